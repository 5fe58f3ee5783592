"""Inline markup of text and Markdown files: bold, italic, headings, bookmarks and every way to write a marker."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ingest.lines import CLOSE, MARKER, OPEN, marker, visible, without_markers

SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁽⁾", "0123456789()")
_SUP_TAG = re.compile(r"<sup>\s*(\(?\s*\[?\d{1,3}\]?\s*\)?)\s*</sup>|<sup>\s*(\(?\d{1,3}\)?)\s*</sup(?=\W|$)", re.I)
_SUP_CARET = re.compile(r"\^(\(?\d{1,3}\)?)\^")  # of Pandoc
# Two numbers in a row may fuse: "¹⁰¹¹"; within a word it is a letter of an old font
_SUP_TEXT = re.compile(r"⁽?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,6}⁾?(?![^\W\d_])")
_REF = re.compile(r"\(\s*\[footnoteRef:(\d+)\]\s*\)|\[footnoteRef:(\d+)\]|\[\^(\d+)\](?!:)")
_BOOKMARK = re.compile(  # Word's names have 40 characters at most
    r"\[bookmark:[^\[\]\n]{0,200}\]|<a\s[^<>\n]{0,400}>\s{0,9}</a>|\[\]\{#[^{}\n]{0,200}\}", re.I
)
_IMAGE = re.compile(
    r"!\[[^\[\]\n]{0,500}\](?:\((?:[^()\n]|\([^()\n]*\))*+\)(?:\{[^{}\n]{0,200}\})?|\[[^\[\]\n]{0,60}\])"
    r"|^\s*\[[^\[\]\n]{1,60}\]:\s*<?data:image/[^<>\s]*>?\s*$"
)
LINE_BREAK = re.compile(r"[ \t]{0,9}<br[ \t]{0,9}/?>[ \t]{0,9}", re.I)
# A backslash takes a sign out of Markdown; signs that later steps would read as markup wait under other names
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+.!|>~-])")
_WAITING, _WAITED = str.maketrans("*_#", "\x01\x02\x03"), str.maketrans("\x01\x02\x03", "*_#")
_TAG = re.compile(r"</?(?:a|b|i|u|em|strong|span|font|sub|sup|br|p|div|center)(?:\s[^<>\n]*)?/?>", re.I)
_HASH = re.compile(r"^\s{0,3}(#{1,6})(?=\s|\*)\s*")
# "**" is markup even without its partner (converters lose them); "__" only around words, since "__" is also a blank
_STARS = re.compile(
    r"\*{1,3}|(?<!\w)__(?=\*{0,2}[^\W_]|[“\"‘(][^_\n]{1,400}[^\s_]__(?!\w))"
    rf"|(?<=[^\W_])__(?!\w)|(?<=[.;)*{CLOSE}])__(?!\w)|(?<=[:,!?…”\"’%])(?P<loose>__)(?!\w)"
)
_UNDERSCORES = re.compile(r"(?<!\w)_(?=[^\W_]|[“\"‘(*\x01])[^_\n]{1,2000}(?<=[^\s_])_(?!\w)")
_OPENS, _CLOSES = re.compile(r"(?:^|.*[\s(\[“\"‘])$"), re.compile(rf"$|[\s.,;:)\]…”\"’!?{OPEN}]")
_LONE_STAR = re.compile(r"(?<!\*)\*(?!\*)")
_FUSED = re.compile(r"(?<=\w)\*{4}(?=\w)")  # two bold runs that lost the line break between them
_STAR_SIGN = re.compile(r"\((\*{1,4})\)")  # a note's sign, no emphasis
_NUMERAL = re.compile(r"\s*(?:\d{1,2}(?:\.\d{1,2}){0,3}[.)/-]{0,2}|[IVX]{1,5}[./-]|[a-zđ][.)])\s+")
_PAGE_NOTE = re.compile(r"\s*\(\s*\d[\d.,/ –-]{0,7}\s*trang\)\s*$", re.I)


@dataclass(slots=True)
class Inline:
    """A line without its markup."""

    text: str
    removed: list[str]
    bold: bool = False
    lead: int = 0
    hint: int | None = None


def strip_inline(line: str) -> Inline:
    """Take the markup out of one line; suspected footnote markers become tokens (`ingest.lines.marker`)."""
    removed: list[str] = []

    def take(pattern: re.Pattern[str], text: str) -> str:
        for m in pattern.finditer(text):
            removed.append(visible(m.group(0)))  # a tag may hold a marker's token ("<p ²>")
        return pattern.sub("", text)

    text = _unescape(take(_IMAGE, take(_BOOKMARK, _without_comments(line, removed))), removed)
    hint = None
    if m := _HASH.match(text):
        hint = len(m.group(1))
        removed.append(m.group(1))
        text = text[m.end() :]
    text = _mark(text, removed)
    removed += LINE_BREAK.findall(text)
    text = take(_TAG, LINE_BREAK.sub(" ", text))
    if m := _PAGE_NOTE.search(text):
        removed.append(m.group(0).strip())
        text = text[: m.start()]
    text = _STAR_SIGN.sub(lambda m: marker(m.group(1), m.group(0)), text)
    text, bold, lead = _strip_stars(_FUSED.sub("** **", text), removed)
    return Inline(text.translate(_WAITED), removed, bold, lead, hint)


def _unescape(text: str, removed: list[str]) -> str:
    r"""Take the backslashes out of "\*", "1\." and the like."""
    if "\\" not in text:
        return text
    removed.append("\\" * len(_ESCAPED.findall(text)))
    return _ESCAPED.sub(lambda m: m.group(1).translate(_WAITING), text)


def _without_comments(text: str, removed: list[str]) -> str:
    """Take ``<!-- … -->`` out; one that never closes is text."""
    kept: list[str] = []
    position = 0
    while (start := text.find("<!--", position)) >= 0 and (end := text.find("-->", start + 4)) >= 0:
        kept.append(text[position:start])
        removed.append(visible(text[start : end + 3]))
        position = end + 3
    return "".join([*kept, text[position:]])


def _mark(text: str, removed: list[str]) -> str:
    """Every notation of a marker becomes a token; the notation's own signs count as removed."""

    def tag(m: re.Match[str]) -> str:
        inner = re.sub(r"\s", "", m.group(1) or m.group(2))
        removed.append(m.group(0).replace(m.group(1) or m.group(2), "", 1))
        return marker(re.sub(r"\D", "", inner), inner)

    def ref(m: re.Match[str]) -> str:
        removed.append(m.group(0))
        key = next(g for g in m.groups() if g)
        return marker("#" + key, "")

    def sup(m: re.Match[str]) -> str:
        return marker(re.sub(r"\D", "", m.group(0).translate(SUPERSCRIPT)), m.group(0))

    def caret(m: re.Match[str]) -> str:
        removed.append("^^")
        return marker(re.sub(r"\D", "", m.group(1)), m.group(1))

    return _SUP_TEXT.sub(sup, _SUP_CARET.sub(caret, _REF.sub(ref, _SUP_TAG.sub(tag, text))))


def _strip_stars(text: str, removed: list[str]) -> tuple[str, bool, int]:
    """Remove emphasis signs; return the text, whether all of it was emphasised, and the leading run's length."""
    if "*" not in text and "_" not in text:
        return text, False, 0
    if not text.strip("* \t_-"):  # a line of stars alone is a rule or a letterhead's "*", not emphasis
        return text, False, 0
    out: list[str] = []
    length = emphasised = lead = 0
    on = False
    position = 0
    leading = True
    open_signs: set[str] = set()
    for start, end, kind in [*_signs(text), (len(text), len(text), "")]:
        piece = text[position:start]
        plain = len(without_markers(piece).strip(" \t-–.:;,"))
        if on or (not out and _NUMERAL.fullmatch(piece)):  # "1. **Kinh tế:** …": the number goes with its title
            emphasised += plain
        elif (plain and out and leading and emphasised) or (plain and not emphasised):
            leading = False
        out.append(piece)
        length += len(piece)
        if (on or (len(out) == 1 and emphasised)) and leading:
            lead = length
        if kind:
            removed.append(text[start:end])
            open_signs ^= {kind}
        on = bool(open_signs)
        position = end
    whole = "".join(out)
    total = len(without_markers(whole).strip(" \t-–.:;,"))
    return whole, bool(total) and emphasised >= total - 2, lead


def _signs(text: str) -> list[tuple[int, int, str]]:
    """Emphasis signs as (start, end, kind), in their order; those of one kind open and close in turn.

    "__*" in front of a title or "*__" behind it is one sign: two that are nested, not one that closes the other.
    """
    literal = _literal_stars(text) | {i for m in MARKER.finditer(text) for i in range(m.start(), m.end())}
    signs: list[tuple[int, int, str]] = []
    words = False  # inside "__"
    for m in _STARS.finditer(text):
        if m.start() in literal or (m["loose"] and not words):
            continue
        words ^= m.group(0) == "__"
        start = m.start()
        if signs and signs[-1][1] == start and text[start - 1] != text[start]:
            first = signs[-1][0]
            if _OPENS.match(text[max(0, first - 1) : first]) or _CLOSES.match(text[m.end() : m.end() + 1]):
                start = signs.pop()[0]
        signs.append((start, m.end(), "*"))
    for m in _UNDERSCORES.finditer(text):
        if m.start() not in literal:
            signs += [(m.start(), m.start() + 1, "_"), (m.end() - 1, m.end(), "_")]
    return sorted(signs)


def _literal_stars(text: str) -> set[int]:
    """Where a single "*" is no markup: between white space (a bullet, a product), or without a partner in its line."""
    lone = [m.start() for m in _LONE_STAR.finditer(text)]
    loose = {i for i in lone if text[max(0, i - 1) : i].strip() == "" and text[i + 1 : i + 2].strip() == ""}
    paired = [i for i in lone if i not in loose]
    alone = len(paired) == 1 and "***" not in text
    return loose | set(paired) if alone else loose
