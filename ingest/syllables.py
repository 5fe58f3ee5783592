"""Vietnamese syllables: which words can be one, and pages whose words extraction broke apart.

A syllable is onset + rhyme + tone, by the rules of the orthography: k, gh, ngh stand before e, ê, i; syllables that end
in c, ch, p or t carry sắc or nặng only. Both habits of placing the tone are right: hòa and hoà, thủy and thuỷ.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import pairwise

from ingest.document import ParseWarning
from ingest.lines import Block, visible

_ONSETS = re.findall(r"\w+", "b c ch d đ g gh gi h k kh l m n ng ngh nh p ph qu r s t th tr v x")
_RHYMES = re.findall(
    r"\w+",
    "a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây "
    "e ec em en eng eo ep et ê êch êm ên êng ênh êp êt êu "
    "i ia ich im in inh ip it iu iêc iêm iên iêng iêp iêt iêu "
    "o oc oi om on ong op ot oong ooc ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt "
    "oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oe oen oeo oet "
    "u ua uc ui um un ung up ut uôc uôi uôm uôn uông uôt uơ uâ uân uâng uât uây uê uêch uên uênh "
    "uy uya uych uyn uynh uyp uyt uyu uyên uyêt "
    "ư ưa ưc ưi ưm ưn ưng ưt ưu ươc ươi ươm ươn ương ươp ươt ươu y yêm yên yêng yêt yêu",
)
# Behind qu, whose u is the glide itself: quy, quyên, quýt
_AFTER_QU = [r for r in _RHYMES if r[0] in "aăâeêiơyô"] + ["ych", "yn", "ynh", "yt", "yu"]
_FRONT = "eêiy"
_TONES = "\u0301\u0300\u0309\u0303\u0323"
_STOP_TONES = "\u0301\u0323"
_CLOSED = re.compile(r"(?:ch|nh|ng|[cmnpt])$")


@cache
def _inventory() -> dict[str, tuple[bool, frozenset[int]]]:
    """Syllable without its tone → (ends in a stop, places where the tone may stand)."""
    out: dict[str, tuple[bool, frozenset[int]]] = {}
    for onset in ["", *_ONSETS]:
        for rhyme in _AFTER_QU if onset == "qu" else _RHYMES:
            if _spelt(onset, rhyme):
                places = {len(onset) + place for place in _places(rhyme)}
                if onset in {"qu", "gi"}:  # qúy, gía: careless, but read by everybody
                    places.add(1)
                known = out.get(onset + rhyme)
                stop = rhyme.endswith(("c", "ch", "p", "t"))
                out[onset + rhyme] = stop, frozenset(places) | (known[1] if known else frozenset())
    return out


def _spelt(onset: str, rhyme: str) -> bool:
    """Whether the onset is written so before the rhyme: k, gh, ngh before e, ê, i; c, g, ng elsewhere."""
    front = rhyme[0] in _FRONT
    if onset in {"c", "ng"} or (onset == "g" and rhyme[0] != "i"):
        return not front
    if onset in {"k", "gh", "ngh"}:
        return front
    if onset == "gi":
        return rhyme[0] not in "iy"
    if rhyme.startswith("yê"):
        return not onset or onset == "qu"
    return bool(onset) or not rhyme.startswith("iê")


def _places(rhyme: str) -> set[int]:
    """Where the tone may stand in a rhyme: on the marked vowel, else by the old and the new habit."""
    vowels = _CLOSED.sub("", rhyme)
    marked = [i for i, letter in enumerate(vowels) if letter in "ăâêôơư"]
    if marked:
        return {marked[-1]}
    if len(vowels) == 3 or (len(vowels) == 2 and vowels != rhyme):
        return {1}
    return {0, 1} if vowels in {"oa", "oe", "uy"} else {0}


@cache
def _parts(char: str) -> tuple[str, str]:
    """A letter without its tone, and the tone ("" for none)."""
    pieces = unicodedata.normalize("NFD", char)
    tone = "".join(c for c in pieces if c in _TONES)
    return unicodedata.normalize("NFC", "".join(c for c in pieces if c not in _TONES)), tone


@lru_cache(maxsize=1 << 13)
def is_syllable(word: str) -> bool:
    """Whether `word` can be a Vietnamese syllable by onset, rhyme and tone; case does not matter.

    Args:
        word: letters in NFC; anything else in it makes the answer False.
    """
    if not 0 < len(word) <= 7:
        return False
    letters = [_parts(c) for c in word.lower()]
    plain = "".join(letter for letter, _ in letters)
    toned = [i for i, (_, tone) in enumerate(letters) if tone]
    entry = _inventory().get(plain)
    if entry is None or len(toned) > 1:
        return False
    stop, places = entry
    if not toned:
        return not stop
    tone = letters[toned[0]][1]
    return toned[0] in places and len(tone) == 1 and (not stop or tone in _STOP_TONES)


@cache
def _bare() -> frozenset[str]:
    """Syllables whose marks were lost and that are none without them: "thuc", "tieng"; "tinh" is one either way."""
    bare = {strip_marks(plain) for plain in _inventory()}
    return frozenset(b for b in bare if not is_syllable(b))


def strip_marks(text: str) -> str:
    """`text` without any diacritic, đ as d."""
    pieces = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(c for c in pieces if not unicodedata.combining(c))


_EDGE = "\"'“”‘’«»()[]{}<>.,;:!?…*_-–—+/\\|•"
_LOST = re.compile(r"[^\W\d_][?\ufffd□][^\W\d_]")
_FOREIGN = re.compile(r"[fjwzk]|[bdđghlrsvx]$|[bcdđgpt]r|[kbpts]l", re.I)  # names of other languages: Đắk, Krông, Blao
_GLUED = re.compile(r"[a-zà-ỹ][A-ZĐ][a-zà-ỹ]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff]+")
_NATIVE = re.compile("[ăđơưĂĐƠƯ\u1ea0-\u1ef9]")
_CONSONANTS = re.compile(r"[bcdđghklmnpqrstvx]+")
_UNITS = frozenset(re.findall(r"\w+", "km cm mm dm kg mg ml hl kv kw kwh mw tr th tp tx nd vv pp ctr đc"))
_BEFORE_LETTER = frozenset(
    re.findall(r"\w+", "điểm mục khoản tiết nhóm loại lớp hạng phần hình chữ bước cấp bậc số và hoặc đến")
)
# A page is broken from these on; correct pages stay far below (see docs/formats.md)
MIN_SHARE = 0.02  # words in pieces, of all words
MIN_BROKEN = 4
MIN_PAGE = 40  # words; a shorter page says too little about lost marks
MIN_BARE = 0.2  # share of words that are syllables only with the marks they lack
MAX_MARKED = 0.1  # share of words with a mark, beside it
MIN_VIETNAMESE = 0.75  # share of words that are syllables with or without marks, beside it; half in English
MIN_NATIVE = 0.03  # share of words with a letter that only Vietnamese has; French words are odd, not broken
_ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_SPACED = 4  # single letters in a row
_LONGEST = 40  # characters of a word
_REPEATS = 2  # how often the same word counts on one page; a loanword ("ôtô") comes again and again


@dataclass(slots=True)
class Words:
    """What the words of a page look like.

    Attributes:
        total: words made of letters.
        broken: those that extraction cut, glued, or robbed of a letter.
        marked: with a Vietnamese mark.
        native: with a letter that French or Spanish do not have.
        good: that are syllables.
        bare: that are syllables only with marks they lack.
        example: the first broken place.
        seen: how often each broken word was met.
    """

    total: int = 0
    broken: int = 0
    marked: int = 0
    native: int = 0
    good: int = 0
    bare: int = 0
    example: str = ""
    seen: Counter[str] = field(default_factory=Counter)

    @property
    def share(self) -> float:
        """Broken words of all words, 0 to 1; 1 where the marks of the whole page are lost."""
        if (
            self.total >= MIN_PAGE
            and self.bare >= MIN_BARE * self.total
            and self.marked <= MAX_MARKED * self.total
            and self.good + self.bare >= MIN_VIETNAMESE * self.total
        ):
            return 1.0
        return self.broken / self.total if self.total else 0.0

    @property
    def is_broken(self) -> bool:
        """Whether a reader should know."""
        if self.share == 1.0:
            return True
        return self.broken >= max(MIN_BROKEN, MIN_SHARE * self.total) and self.native >= MIN_NATIVE * self.total

    def add(self, line: str) -> None:
        """Count the words of one line or paragraph."""
        group: list[_Token] = []  # words one space apart, without punctuation between them
        for piece in line.replace("\u00a0", " ").replace("\t", "  ").replace("\n", "  ").split(" "):
            token = _token(piece)
            if group and not token.opens:
                self._judge(group)
                group = []
            if token.word:
                group.append(token)
            elif token.hole:
                self.total += 1
                self._found(1, token.hole)
            if group and not token.closes:
                self._judge(group)
                group = []
        self._judge(group)

    def _found(self, count: int, example: str) -> None:
        self.seen[example] += 1
        if self.seen[example] <= _REPEATS:
            self.broken += count
            self.example = self.example or example[:60]

    def _judge(self, group: list[_Token]) -> None:
        """Count words that stand one space apart."""
        self.total += len(group)
        self.native += sum(t.native for t in group)
        self.marked += sum(t.marked for t in group)
        good = sum(t.good for t in group)
        self.good += good
        if good == len(group):
            return
        words = [t.word for t in group]
        place = row = 0
        while place < len(group):
            size = 0
            if place >= row:  # a row of letters that is no word is looked at once
                row = place + _row(words, place)
                if row - place > 2 and _is_list(words[place:row]):
                    place = row
                    continue
                size = row - place if _is_spaced(words[place:row]) else 0
            if size := size or _torn(group, place):
                self._found(size, " ".join(words[place : place + size]))
                place += size
                continue
            token, before = group[place], words[place - 1] if place else ""
            place += 1
            if token.good:
                continue
            self.bare += token.bare
            if token.odd or _is_piece(token.word, before):
                self._found(1, f"{before} {token.word}" if len(token.word) == 1 else token.word)


@dataclass(frozen=True, slots=True)
class _Token:
    """What one piece between spaces is.

    Attributes:
        word: without punctuation; "" where it holds other signs than letters.
        opens: no punctuation before the word.
        closes: none behind it.
        good: a syllable.
        marked: with a mark.
        native: with a letter that only Vietnamese has.
        bare: a syllable but for its marks.
        odd: with Vietnamese marks, and no word at all.
        hole: the piece, where a letter was lost in it.
    """

    word: str = ""
    opens: bool = False
    closes: bool = False
    good: bool = False
    marked: bool = False
    native: bool = False
    bare: bool = False
    odd: bool = False
    hole: str = ""


@lru_cache(maxsize=1 << 15)
def _token(piece: str) -> _Token:
    word = piece.strip(_EDGE)
    if not word.isalpha():
        hole = len(word) <= _LONGEST and bool(_LOST.search(word)) and "=" not in word and "/" not in word
        return _Token(hole=word if hole else "")
    if len(word) > _LONGEST:  # not worth keeping, and no word of any language written with spaces
        return _Token()
    good = is_syllable(word)
    return _Token(
        word=word,
        opens=piece.startswith(word),
        closes=piece.endswith(word),
        good=good,
        marked=not word.isascii(),
        native=bool(_NATIVE.search(word)),
        bare=not good and word.lower() in _bare(),
        odd=not good and not word.isascii() and _is_odd(word),
    )


def _row(words: list[str], place: int) -> int:
    """How many single letters follow each other."""
    end = place
    while end < len(words) and len(words[end]) == 1 and _LATIN.fullmatch(words[end]):
        end += 1
    return end - place


def _is_list(row: list[str]) -> bool:
    """Whether single letters are a, b, c in their order."""
    return all(a < b for a, b in pairwise(_ALPHABET.find(letter.lower()) for letter in row))


def _is_spaced(row: list[str]) -> bool:
    """Whether single letters are words with their letters set apart."""
    return len(row) >= _SPACED and len({letter.lower() for letter in row}) > 2


def _torn(group: list[_Token], place: int) -> int:
    """How many pieces from `place` on are one syllable together, at least one of them none by itself; else 0."""
    for size in (3, 2):
        pieces = group[place : place + size]
        if len(pieces) < size or all(t.good for t in pieces):
            continue
        joined = "".join(t.word for t in pieces)
        if is_syllable(joined) and (joined.islower() or joined.isupper() or joined.istitle()):
            return size
    return 0


def _is_piece(word: str, before: str) -> bool:
    """A small word without a vowel: "nm", "tng"; a single letter where it is neither a sign (n, x) nor a "điểm b"."""
    if not _CONSONANTS.fullmatch(word) or word in _UNITS:
        return False
    return len(word) > 1 or (word not in "xn" and len(before) > 1 and before.lower() not in _BEFORE_LETTER)


def _is_odd(word: str) -> bool:
    """A word with Vietnamese marks that no Vietnamese word can be: "thựchiện", "nghiệ", "củaHuyện"."""
    if len(word) < 2 or _FOREIGN.search(word) or not _LATIN.fullmatch(word):
        return False
    return word.islower() or bool(_GLUED.search(word))


def broken_share(text: str) -> float:
    """Share of the words of `text` that extraction broke, 0 to 1."""
    words = Words()
    for line in text.split("\n"):
        words.add(line)
    return words.share


def check_pages(blocks: Iterable[Block]) -> list[ParseWarning]:
    """One warning with code "broken-words" for each page whose words are in pieces or lost their marks.

    Args:
        blocks: as a reader yields them; those without a page are judged together, as one page None.
    """
    pages: dict[int | None, Words] = {}
    for block in blocks:
        words = pages.setdefault(block.page, Words())
        for cell in block.cells or [block.text]:
            words.add(visible(cell))
    return [_warning(page, words) for page, words in pages.items() if words.is_broken]


def _warning(page: int | None, words: Words) -> ParseWarning:
    if words.share == 1.0:
        told = "Chữ mất dấu / the words lost their marks"
    else:
        percent = max(1, round(100 * words.share))
        told = (
            f"Khoảng {percent}% số chữ bị tách rời, dính liền hoặc mất dấu, ví dụ «{words.example}» / "
            f"about {percent}% of the words are torn, glued or without their marks"
        )
    return ParseWarning("broken-words", told + ", nên xem bản gốc (check the original)", page)
