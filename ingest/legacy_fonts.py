"""Text of Vietnamese fonts before Unicode: told by the font's name or by its letters, converted, reported.

A run in .VnTime, VNI-Times or VPS Times holds codes that only its font shows as Vietnamese: "Céng hßa" is "Cộng hòa".
TCVN3 has no capital with a tone. Its capital fonts (.VnTimeH) draw every letter as a capital; elsewhere "VIÖT NAM"
shows "VIệT NAM", and the letters between capitals are made capitals, which is reported.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from ingest.document import ParseWarning
from ingest.legacy_tables import (
    CHARSETS,
    NAMES,
    TCVN_TONES,
    caseless_codes,
    code_points,
    doubtful_codes,
    pairs,
    single_codes,
    western,
)
from ingest.syllables import is_syllable

_SUBSET = re.compile(r"^[A-Z]{6}\+")
_STYLES = re.compile(r"[\s,_-]*(?:bold|italic|oblique|regular|normal|medium|roman|mt|ps)+$", re.I)
_VERSION = re.compile(r"[A-Za-z]\d+H?$")  # .VnTimes2: fonts of Bách Khoa HCM, another character set
_SMALL_H = re.compile(r"(?:times?|arial|narrow|avant|helve?)h$")
# Any font's name, in the bytes of a file, that could be one of these: whether to look at fonts at all
MENTION = re.compile(rb"(?:\.|\\\.)vn[a-z]|\bvn(?:time|arial)|\bvni[ _-]|\bvps[ _-]?[a-z]", re.I)

_GAP = re.compile(r"[ \t\n\r\f\v\u00a0!-@\[-`{-~]+")  # not \s: VPS has letters among the control characters
_SIGN = re.compile(r"[\x02-\x06\x10-\x15\x19\x1c\x1d\x80-\U0010ffff]")
_ENDS = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_LONGEST = 24  # characters of a token that may be a word; a longer one is a rule, an address, or an attack
_SMALL_THEN_CAPITAL = re.compile("^[a-zăâêôơưđ].*[ĂÂÊÔƠƯĐẰẲẴẮẦẨẪẤỀỂỄẾỒỔỖỐ]")
_UNICODE_ONLY = re.compile("[ăđơưĂĐƠƯ\u1ea0-\u1ef9]")
# What `detect_charset` asks for before it believes that a text is of a legacy font
SAMPLE = 200_000  # characters
MIN_WORDS = 8  # words that hold signs above ASCII
MIN_DISTINCT = 5
MIN_VALID = 0.85  # share of them that are syllables once converted
MIN_GAIN = 0.3  # by how much that share must be above the share before
MIN_SYLLABLES = 0.7  # share of all words that are syllables once converted


@dataclass(frozen=True, slots=True)
class Converted:
    """A converted text.

    Attributes:
        text: NFC.
        letters: how many letters the conversion made.
        capitals: letters made capitals because their neighbours are (their code has no case).
        doubtful: codes that the character set's fonts do not have; shown by the whole standard or as they came.
    """

    text: str
    letters: int = 0
    capitals: int = 0
    doubtful: int = 0

    @property
    def lossy(self) -> int:
        """Letters that may not be what the page shows."""
        return self.capitals + self.doubtful


@dataclass(frozen=True, slots=True)
class Evidence:
    """Words of a text that hold signs above ASCII, and how many are syllables as they stand and once converted."""

    words: int
    before: int
    after: int


@lru_cache(maxsize=4096)
def charset_of_font(name: str) -> str | None:
    """The character set of a font: "tcvn3", "vni" or "vps", None for every other font.

    Args:
        name: as a file gives it; a PDF's subset tag, quotation marks, a style ("-Bold") and further families of a CSS
            list are no part of it.
    """
    family = _family(name)
    if re.match(r"\.?vni[\s_-]", family, re.I) or re.match(r"VNI[A-Z]", family):
        return "vni"
    if re.match(r"vps(?:[\s_-]|[A-Z]|$)", family, re.I) and not _VERSION.search(family):
        return "vps"
    if re.match(r"\.vn[a-z0-9]|Vn[A-Z]", family if family.startswith("Vn") else family.lower()):
        if re.match(r"\.?vn(?:i|ps|post)(?:[\s_-]|$)", family, re.I) or _VERSION.search(family):
            return None
        return "tcvn3"
    return None


@lru_cache(maxsize=4096)
def is_capital_font(name: str) -> bool:
    """Whether a font draws small letters as capitals: .VnTimeH, VPS Times Hoa."""
    family = _family(name)
    return charset_of_font(name) in {"tcvn3", "vps"} and bool(
        re.search(r"[A-Za-z]H$| Hoa$", family) or (family == family.lower() and _SMALL_H.search(family))
    )


def _family(name: str) -> str:
    """The bare name of the first family of a list."""
    first = name[:200].replace("\\", "").split(",")[0].strip().strip("\"'").strip()
    first = _SUBSET.sub("", first)
    return _STYLES.sub("", first)


def convert(text: str, charset: str, capitals: bool = False) -> Converted:
    """Read `text` as the codes of `charset`.

    Args:
        text: bytes read by Latin-1, Windows 1252 or 1258, or with U+F0xx code points of a symbol font.
        charset: one of `CHARSETS`.
        capitals: the font draws small letters as capitals.
    """
    return convert_pieces([text], charset, capitals)[1]


def convert_pieces(pieces: Sequence[str], charset: str, capitals: bool = False) -> tuple[list[str], Converted]:
    """Convert neighbouring runs as one text, since a pair of VNI or a word may be cut between two runs.

    Returns:
        The converted runs, as many as were given, and all of it together with its counts.
    """
    text = "".join(pieces)
    out, letters, doubtful, caseless = _read(text, charset)
    raised = 0
    if capitals:
        out = [c.upper() for c in out]
    elif caseless:
        raised = _raise(out, caseless)
    runs: list[str] = []
    position = 0
    for piece in pieces:
        runs.append("".join(out[position : position + len(piece)]))
        position += len(piece)
    return runs, Converted("".join(runs), letters, raised, doubtful)


def _read(text: str, charset: str) -> tuple[list[str], int, int, set[int]]:
    """One string for each character of `text` ("" behind a pair), counts, and where the code has no case."""
    single, points = single_codes(charset), code_points()
    joined = pairs() if charset == "vni" else {}
    rare, without_case = doubtful_codes(charset), caseless_codes(charset)
    out: list[str] = []
    caseless: set[int] = set()
    letters = doubtful = 0
    for i, char in enumerate(text):
        code = points.get(char, ord(char) if char < "\x20" else 0)
        if code in single:
            out.append(single[code])
            letters += 1
            doubtful += code in rare
            if code in without_case:
                caseless.add(i)
            continue
        before = out[-1] if out else ""
        together = joined.get((before, code)) if code else None
        if together is None and charset == "tcvn3" and code in TCVN_TONES and before and before in "AĂÂEÊIOÔƠUƯY":
            together = unicodedata.normalize("NFC", before + TCVN_TONES[code])
            doubtful += 1
        if together is not None:
            out[-1] = together
            out.append("")
            letters += 1
        elif 0x80 <= code < 0xA0:
            out.append(western(code))
        else:
            out.append(chr(code) if code and not char.isalpha() else char)
            doubtful += code > 0x7F and chr(code).isalpha()
    return out, letters, doubtful, caseless


def _raise(out: list[str], caseless: set[int]) -> int:
    """Make caseless letters capitals where the word's other letters are, or else the words beside it; count them."""
    raised = 0
    line: list[tuple[list[int], bool | None]] = []  # places of a word's letters; capital, small, or not known
    word: list[int] = []
    for i, piece in enumerate([*out, "\n"]):
        if piece.isalpha():
            word.append(i)
        elif piece:
            if word:
                line.append((word, _case(out, word, caseless)))
                word = []
            if piece == "\n":
                raised += sum(_raise_word(out, letters) for letters in _between_capitals(line))
                line = []
    return raised


def _case(out: list[str], word: list[int], caseless: set[int]) -> bool | None:
    sure = [out[i] for i in word if i not in caseless]
    if any(c != c.upper() for c in sure):
        return False
    return True if len(sure) > 1 else None


def _between_capitals(line: list[tuple[list[int], bool | None]]) -> list[list[int]]:
    """The words of a line in capitals, and those that could be and have no small word next to them."""
    left: list[bool | None] = []
    known: bool | None = None
    for _, upper in line:
        left.append(known)
        known = upper if upper is not None else known
    found: list[list[int]] = []
    known = None
    for (letters, upper), before in zip(reversed(line), reversed(left), strict=True):
        beside = {before, known} - {None}
        if upper or (upper is None and beside == {True}):
            found.append(letters)
        known = upper if upper is not None else known
    return found


def _raise_word(out: list[str], letters: list[int]) -> int:
    small = [i for i in letters if out[i] != out[i].upper()]
    for i in small:
        out[i] = out[i].upper()
    return len(small)


def evidence(text: str, charset: str) -> Evidence:
    """Count what speaks for `text` being of `charset`: words that are syllables only once converted."""
    words = [w for w in _GAP.split(text) if _SIGN.search(w)]
    return Evidence(len(words), sum(map(_is_word, words)), sum(_is_word_of(w, charset) for w in words))


@lru_cache(maxsize=1 << 15)
def _is_word(word: str) -> bool:
    return len(word) <= _LONGEST and is_syllable(_ENDS.sub("", unicodedata.normalize("NFC", word)))


@lru_cache(maxsize=1 << 16)
def _is_word_of(word: str, charset: str) -> bool:
    read = _ENDS.sub("", convert(word, charset).text) if len(word) <= _LONGEST else ""
    if not is_syllable(read):
        return False
    if charset == "tcvn3":
        return not _SMALL_THEN_CAPITAL.search(read)
    return read.islower() or read.isupper() or read.istitle()


def is_of(text: str, charset: str) -> bool:
    """Whether a run whose font is of `charset` really holds its codes, not Unicode that someone pasted into it."""
    found = evidence(text, charset)
    if found.after == found.before:
        return not _UNICODE_ONLY.search(text)
    return found.after > found.before


def convert_run(text: str, font: str, tally: Tally | None = None) -> tuple[str, str | None]:
    """Convert a run of text by the name of its font.

    Args:
        text: of one font, the longer the better: whole lines, not letters.
        font: its name; known names are remembered, so asking for every run is cheap.
        tally: where to count the conversion for the file's warning.

    Returns:
        The text, and the character set it was of; the same text and None where there is nothing to convert: the font
        is no legacy font, the text plain ASCII, or Unicode although the font's name says otherwise.
    """
    charset = charset_of_font(font)
    if charset is None or not is_of(text, charset):
        return text, None
    done = convert(text, charset, is_capital_font(font))
    if tally is not None:
        tally.add(charset, done)
    return done.text, charset if done.text != text else None


def detect_charset(text: str) -> str | None:
    """The legacy character set that a text without font names is of; None when in doubt.

    Correct Vietnamese, other languages and debris of code pages give None: most words with signs above ASCII must
    become syllables by the conversion, many of them must not have been one before, and the plain words must be
    Vietnamese too.
    """
    text = text[:SAMPLE]
    tokens = [t for t in _GAP.split(text) if t]
    words = [t for t in tokens if _SIGN.search(t)]
    if len(words) < MIN_WORDS:
        return None
    plain = sum(is_syllable(t) for t in tokens if t.isascii())
    best: tuple[int, str] | None = None
    for charset in CHARSETS:
        good = [w for w in words if _is_word_of(w, charset)]
        gained = [w for w in good if not _is_word(w)]
        before = sum(map(_is_word, words))
        if (
            len(good) >= MIN_VALID * len(words)
            and len(good) - before >= MIN_GAIN * len(words)
            and len(set(gained)) >= MIN_DISTINCT
            and len(good) + plain >= MIN_SYLLABLES * len(tokens)
        ):
            best = max(best or (0, ""), (len(good), charset))
    return best[1] if best else None


@dataclass(slots=True)
class Tally:
    """What was converted in one file, for its one warning.

    Attributes:
        runs: runs (or lines, in text) a character set.
        letters: letters converted.
        capitals: letters whose case was told from their neighbours.
        doubtful: codes that the fonts of the character set do not have.
        guessed: no font said so; the letters' statistics did.
    """

    runs: dict[str, int] = field(default_factory=dict)
    letters: int = 0
    capitals: int = 0
    doubtful: int = 0
    guessed: bool = False

    def add(self, charset: str, done: Converted) -> None:
        """Count one converted run; one without any letter of the character set does not count."""
        if done.letters:
            self.runs[charset] = self.runs.get(charset, 0) + 1
            self.letters += done.letters
            self.capitals += done.capitals
            self.doubtful += done.doubtful

    def warnings(self) -> list[ParseWarning]:
        """One warning with code "legacy-font", or none where nothing was converted."""
        if not self.runs:
            return []
        names = ", ".join(NAMES[c] for c in CHARSETS if c in self.runs)
        count = sum(self.runs.values())
        told = [f"Chữ theo bảng mã cũ {names}: đã chuyển {count} đoạn, {self.letters} chữ cái sang Unicode"]
        english = [f"legacy font encoding: {count} runs, {self.letters} letters converted to Unicode"]
        if self.guessed:
            told.append("nhận ra nhờ thống kê chữ, không nhờ tên phông, xin kiểm tra")
            english.append("recognised by letter statistics, not by a font's name")
        if self.capitals:
            told.append(f"{self.capitals} chữ hoa có dấu đoán theo chữ bên cạnh")
            english.append(f"{self.capitals} capitals told from their neighbours")
        if self.doubtful:
            told.append(f"{self.doubtful} mã không có trong phông, chưa chắc đúng")
            english.append(f"{self.doubtful} codes that the fonts do not have, doubtful")
        return [ParseWarning("legacy-font", f"{'; '.join(told)} / {'; '.join(english)}")]


def convert_lines(text: str) -> tuple[str, Tally]:
    """Convert the lines of a text without font names that hold a legacy character set; all others stay as they are.

    The whole file decides where it can, else each long line for itself, and the lines between follow where they read
    better so. A line with a letter that only Unicode has is never touched.
    """
    tally = Tally(guessed=True)
    lines = text.split("\n")
    open_lines = [i for i, line in enumerate(lines) if not line.isascii() and not _UNICODE_ONLY.search(line)]
    whole = detect_charset("\n".join(lines[i] for i in open_lines)) if open_lines else None
    own = (
        {} if whole else {i: c for i in open_lines if len(lines[i]) > 2 * MIN_WORDS and (c := detect_charset(lines[i]))}
    )
    charset = whole or next(iter(own.values()), None)
    if charset is None:
        return text, tally
    mixed = any(not lines[i].isascii() for i in set(range(len(lines))) - set(open_lines))
    for i in open_lines:
        of = own.get(i, charset)
        found = evidence(lines[i], of)
        if found.after > found.before or (found.after == found.before and whole and not mixed):
            done = convert(lines[i], of)
            tally.add(of, done)
            lines[i] = done.text
    return "\n".join(lines), tally


def charset_of_bytes(data: bytes) -> str | None:
    """The character set of bytes that are no UTF-8: a legacy one or "cp1258", whichever gives most syllables.

    Returns:
        None where less than 60% of the words with signs above ASCII are syllables in any of them.
    """
    text = data.decode("latin-1")
    words = [w for w in _GAP.split(text) if _SIGN.search(w)]
    windows = [w.encode("latin-1").decode("cp1258", "replace") for w in words]
    valid = {"cp1258": sum(map(_is_word, windows))} | {c: sum(_is_word_of(w, c) for w in words) for c in CHARSETS}
    best = max(valid, key=lambda c: valid[c])
    return best if words and valid[best] >= 0.6 * len(words) else None
