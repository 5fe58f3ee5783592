"""Fonts of a DOCX: which one a run is shown in, and the runs of fonts before Unicode converted."""

from __future__ import annotations

import re
from itertools import groupby

from lxml import etree

from ingest.legacy_fonts import Tally, charset_of_font, convert, convert_pieces, evidence, is_capital_font, is_of

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_MAX_CHAIN = 20  # styles that inherit from each other; a damaged file may hold a ring
_SIDES = ("hAnsi", "ascii")  # Word shows letters above ASCII in the first, which is where the fonts differ

Key = tuple[str, bool]  # character set, and whether the font draws capitals only
Piece = tuple[etree._Element, Key | None]  # <w:t>, and its legacy font


class Fonts:
    """Finds the font of each run: its own, its styles', the document's.

    Attributes:
        tally: what was converted.
    """

    def __init__(self, styles: etree._Element | None, theme: etree._Element | None) -> None:
        self.tally = Tally()
        self._theme = _theme_fonts(theme)
        self._styles = {} if styles is None else {s.get(f"{_W}styleId", ""): s for s in styles.iter(f"{_W}style")}
        self._default = next((k for k, s in self._styles.items() if _is_default_paragraph(s)), "")
        defaults = None if styles is None else styles.find(f"{_W}docDefaults/{_W}rPrDefault/{_W}rPr")
        self._base = self._own(defaults)
        self._known: dict[str, dict[str, str]] = {}
        self._for: dict[str, int] = {}  # words of the character set so far that speak for it, less those against

    def key(self, properties: etree._Element | None, style: str | None) -> Key | None:
        """The legacy font of a run, None for every other font.

        Args:
            properties: the run's <w:rPr>.
            style: id of the paragraph's style.
        """
        named = _value(properties, "rStyle") if properties is not None else None
        own = self._own(properties)
        for side in _SIDES:
            layers = (own, self._of_style(named or ""), self._of_style(style or self._default), self._base)
            font = next((layer[side] for layer in layers if side in layer), "")
            if font:
                charset = charset_of_font(font)
                return (charset, is_capital_font(font)) if charset else None
        return None

    def convert(self, root: etree._Element) -> None:
        """Convert the text of one part in its place; neighbouring runs of one font as one text.

        A font is believed where most of what the parts so far say in it is no Unicode, and in each paragraph again:
        people paste Unicode into documents of .VnTime.
        """
        paragraphs = [p for p in map(self._pieces, root.iter(f"{_W}p")) if any(key for _, key in p)]
        for pieces in paragraphs:
            for charset, text in _texts(pieces).items():
                found = evidence(text, charset)
                self._for[charset] = self._for.get(charset, 0) + found.after - found.before
        for pieces in paragraphs:
            good = {c for c, text in _texts(pieces).items() if self._for[c] >= 0 and is_of(text, c)}
            for key, group in groupby(pieces, key=lambda piece: piece[1]):
                if key and key[0] in good:
                    self._convert([element for element, _ in group], key)
        for level in root.iter(f"{_W}lvl"):
            self._convert_label(level)

    def _convert(self, elements: list[etree._Element], key: Key) -> None:
        texts, done = convert_pieces([e.text or "" for e in elements], *key)
        self.tally.add(key[0], done)
        for element, text in zip(elements, texts, strict=True):
            element.text = text

    def _convert_label(self, level: etree._Element) -> None:
        """The words around an automatic number: "§iÒu %1."."""
        key = self.key(level.find(f"{_W}rPr"), _value(level, "pStyle"))
        label = level.find(f"{_W}lvlText")
        text = label.get(f"{_W}val", "") if label is not None else ""
        if label is not None and key and _value(level, "numFmt") != "bullet" and is_of(text, key[0]):
            done = convert_pieces([text], *key)[1]
            self.tally.add(key[0], done)
            label.set(f"{_W}val", done.text)

    def _pieces(self, paragraph: etree._Element) -> list[Piece]:
        """The texts of a paragraph, those of text boxes in it left to their own paragraphs."""
        style = _value(paragraph, f"pPr/{_W}pStyle")
        out: list[Piece] = []
        for run in paragraph.iter(f"{_W}r"):
            if next(run.iterancestors(f"{_W}p"), None) is paragraph:
                key = self.key(run.find(f"{_W}rPr"), style)
                for child in run:
                    _symbol_as_text(child)
                    if child.tag == f"{_W}t":
                        out.append((child, key))
        return out

    def _own(self, properties: etree._Element | None) -> dict[str, str]:
        """The fonts that properties name themselves."""
        fonts = properties.find(f"{_W}rFonts") if properties is not None else None
        out: dict[str, str] = {}
        if fonts is None:
            return out
        for side in _SIDES:
            theme = fonts.get(f"{_W}{side}Theme")
            name = self._theme.get(theme[:5], "") if theme else fonts.get(f"{_W}{side}")
            if name:
                out[side] = name
        return out

    def _of_style(self, identifier: str) -> dict[str, str]:
        """The fonts of a style with what it inherits."""
        if identifier not in self._known:
            out: dict[str, str] = {}
            current = identifier
            for _ in range(_MAX_CHAIN):
                element = self._styles.get(current)
                if element is None:
                    break
                out = self._own(element.find(f"{_W}rPr")) | out
                current = _value(element, "basedOn") or ""
            self._known[identifier] = out
        return self._known[identifier]


def _texts(pieces: list[Piece]) -> dict[str, str]:
    """Character set → all that one paragraph says in it."""
    out: dict[str, str] = {}
    for element, key in pieces:
        if key:
            out[key[0]] = out.get(key[0], "") + (element.text or "")
    return out


def _symbol_as_text(element: etree._Element) -> None:
    """A letter that Word keeps as a symbol of a legacy font (``<w:sym w:font=".VnTime" w:char="F0B8"/>``)."""
    if element.tag != f"{_W}sym":
        return
    charset = charset_of_font(element.get(f"{_W}font", ""))
    code = element.get(f"{_W}char", "")
    if charset and re.fullmatch(r"[Ff]0[0-9A-Fa-f]{2}", code):
        letter = convert(chr(int(code, 16)), charset, is_capital_font(element.get(f"{_W}font", ""))).text
        element.clear()
        element.tag, element.text = f"{_W}t", letter


def _is_default_paragraph(style: etree._Element) -> bool:
    return style.get(f"{_W}type") == "paragraph" and style.get(f"{_W}default") in {"1", "true", "on"}


def _theme_fonts(theme: etree._Element | None) -> dict[str, str]:
    """The theme's Latin fonts by "major" and "minor"."""
    out: dict[str, str] = {}
    if theme is None:
        return out
    for kind in ("major", "minor"):
        latin = next(theme.iter(f"{_A}{kind}Font"), None)
        latin = latin.find(f"{_A}latin") if latin is not None else None
        if latin is not None:
            out[kind] = latin.get("typeface", "")
    return out


def _value(element: etree._Element, path: str) -> str | None:
    found = element.find(f"{_W}{path}")
    return found.get(f"{_W}val") if found is not None else None
