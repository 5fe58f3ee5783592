"""What the user typed → what is looked for: kind, phrases, document numbers, concepts, weighted terms.

Everything here is a rule that can be read. Of the documents in the index only
their spellings and abbreviations count (`index.spelling`), where a speller is
given. `Query.explain` shows what was made of the words.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from index.abbreviations import Expansion
from index.alternatives import extra_terms, instead, trust
from index.conditions import phrase_term
from index.lexical import Term, bigrams
from index.operators import NO_OPERATORS, Operators, read_operators
from index.segment import has_diacritics
from index.spelling import Reading, Respelling, Speller
from index.thesaurus import Match, Thesaurus
from index.times import Period, periods
from index.tokens import Token, folded_keys, is_vietnamese_syllable, tokenize, typed_references

_ENGLISH = re.compile(
    "a|an|and|are|at|by|did|do|does|during|for|from|had|has|have|how|in|into|is|it|its|many|much|new|not|of|off|on|or|our|"
    "over|per|rate|than|that|the|their|these|they|this|to|under|was|were|what|when|where|which|who|why|with|year"
)
# Words that say "this is a question", and words that only tie a sentence together; typed with and without marks.
_ASKING = (
    "bao nhiêu|như thế nào|thế nào|ra sao|vì sao|tại sao|là gì|cái gì|những gì|gì|ở đâu|nơi nào|khi nào|lúc nào|"
    "bao giờ|ai|nào|sao|hay không|có không|được không|mấy|à|nhỉ|hả|hãy cho biết|cho biết|cho hỏi|hỏi"
)
_TYING = (
    "và|của|các|những|là|có|cho|được|về|trong|với|đã|đang|sẽ|để|từ|đến|tại|ở|trên|theo|do|bị|một|này|đó|thì|mà|"
    "cũng|rất|còn|nhưng|hoặc|hay|khi|nếu|không|chưa|như|vào|ra|lên|số|việc|sự|cả|tới|bởi|rằng|người ta|ta|mình"
)

_WORD = re.compile(r"[^\W_]+")
_RESTORED = 0.7  # of a concept that is named only where lost marks are restored


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each part of a query counts; measured by `benchmarks.lexical_weights`, not on gold of real reports.

    Where that found no difference (restored), the value is small enough for what was typed to lead.

    Attributes:
        whole: a syllable without marks anywhere with the passage: document, headings, carrying sentence, text.
        bigrams: two of them that stand together.
        marked: a syllable of the text with its marks.
        words: a word of two syllables and more.
        header: a syllable in the document's name, place or period, beside what it counts in the whole.
        refs: a document number in full.
        short_refs: its number and kind only.
        phrase: a quoted phrase.
        period: a period of time in another spelling.
        named: the official forms of a concept that the query names.
        meant: the same where the query has everyday words for it or an abbreviation.
        near: the official forms of a concept that it comes near to.
        restored: a syllable with the marks that the corpus has for it, where it was typed without.
        abbreviated: the long form of an abbreviation that was typed, or the abbreviation of a long form.
    """

    whole: float = 1.0
    bigrams: float = 0.8
    marked: float = 0.4
    words: float = 0.2
    header: float = 0.7
    refs: float = 6.0
    short_refs: float = 2.0
    phrase: float = 4.0
    period: float = 0.8
    named: float = 0.25
    meant: float = 0.3
    near: float = 0.25
    restored: float = 0.3
    abbreviated: float = 0.7


DEFAULT_WEIGHTS = Weights()


@dataclass(frozen=True, slots=True)
class Query:
    """A query, analysed.

    Attributes:
        raw: as typed.
        text: NFC, blanks collapsed; Telex, VNI and slips put right.
        kind: "docref", "english", "question", "number", "unmarked" or "keywords".
        marked: whether it carries Vietnamese diacritics.
        tokens: all of them, offsets in `text`.
        content: those that are not function words (all of them where nothing else is left).
        restored: the text with the marks that the corpus has, where it was typed without; else equal to `text`.
        words: marked keys of its words of two syllables and more.
        phrases: what stood in quotation marks.
        operators: filters, phrases and minus that stood in it.
        periods: of time, that it names.
        refs: document numbers, normal forms, full before short.
        matches: concepts of the thesaurus.
        respelled: words that are read as others than were typed; slips and marks with offsets in `text`.
        expanded: abbreviations of the query written out, and long forms abbreviated.
    """

    raw: str
    text: str
    kind: str
    marked: bool
    tokens: tuple[Token, ...]
    content: tuple[Token, ...]
    restored: str
    words: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    refs: tuple[str, ...] = ()
    matches: tuple[Match, ...] = field(default=())
    operators: Operators = NO_OPERATORS
    periods: tuple[Period, ...] = ()
    respelled: tuple[Respelling, ...] = ()
    expanded: tuple[Expansion, ...] = ()

    @property
    def meaning(self) -> str:
        """The text for the encoder: restored marks help it (2 points of nDCG@10 on queries without marks)."""
        return self.restored

    @property
    def spellings(self) -> tuple[str, ...]:
        """Other spellings of the whole text that are searched too: with its marks restored; slips are mended in it."""
        return (self.restored,) if self.restored != self.text else ()

    @property
    def expansions(self) -> dict[str, list[str]]:
        """Concept → the forms that were added for it."""
        return {m.concept: list(m.official) for m in self.matches}

    def explain(self) -> dict[str, Any]:
        """What was made of the words, ready for JSON."""
        found: dict[str, Any] = {"kind": self.kind, "marked": self.marked}
        if self.refs:
            found["references"] = list(self.refs)
        found |= self.operators.explain()
        if self.periods:
            found["periods"] = [period.key for period in self.periods]
        if any(r.how != "marks" for r in self.respelled):
            found["searched"] = self.text
        if self.respelled:
            found["respelled"] = [
                {"from": r.written, "to": r.meant, "how": r.how, "score": r.score} for r in self.respelled
            ]
        if self.restored != self.text:
            found["restored"] = self.restored
        if self.expanded:
            found["abbreviations"] = [
                {"from": e.written, "to": e.form, "how": e.how, "share": e.share} for e in self.expanded
            ]
        if self.matches:
            found["expansions"] = [
                {"concept": m.concept, "how": m.how, "score": m.score, "forms": list(m.official)} for m in self.matches
            ]
        return found


def analyse(raw: str, thesaurus: Thesaurus | None = None, speller: Speller | None = None) -> Query:
    """Read a query.

    Args:
        raw: as typed, any Unicode form.
        thesaurus: concepts to expand with; None for none.
        speller: the corpus' spellings and abbreviations; None takes the words as they are.
    """
    operators, respelled = _decoded(read_operators(raw), speller)
    text = operators.text
    reading = _read(text, operators.phrases, speller)
    text, respelled = reading.text, respelled + reading.respelled
    tokens = tuple(tokenize(text))
    marked = has_diacritics(text)
    refs, parts = typed_references(text, tokens)
    kind = _kind(text, tokens, marked, refs)
    content = _content(tokens, marked, parts)
    matches: tuple[Match, ...] = ()
    if thesaurus is not None and kind != "docref":
        matches = _concepts(thesaurus, tokens, content, kind, marked, reading)
    return Query(
        raw=raw,
        text=text,
        kind=kind,
        marked=marked,
        tokens=tokens,
        content=content,
        restored=reading.restored,
        words=_words(text) if marked else (),
        phrases=operators.phrases,
        refs=refs,
        matches=matches,
        operators=operators,
        periods=periods(text),
        respelled=respelled,
        expanded=speller.abbreviations.expansions(text, tokens) if speller else (),
    )


def _decoded(operators: Operators, speller: Speller | None) -> tuple[Operators, tuple[Respelling, ...]]:
    """The operators with keyboard codes put into letters, in the quotations and behind a minus too."""
    text, respelled = speller.decoded(operators.text) if speller else (operators.text, ())
    if speller is None or not respelled:
        return operators, ()
    words = {change.written: change.meant for change in respelled}
    phrases = dict.fromkeys(
        _WORD.sub(lambda m: words.get(m.group(), m.group()), phrase) for phrase in operators.phrases
    )
    excluded = dict.fromkeys(speller.decoded(gone)[0] for gone in operators.excluded)
    return replace(operators, text=text, phrases=tuple(phrases), excluded=tuple(excluded)), respelled


def _read(text: str, phrases: tuple[str, ...], speller: Speller | None) -> Reading:
    """The text with slips mended and marks restored; English, document numbers and quotations stay as they are."""
    tokens = tuple(tokenize(text))
    refs, parts = typed_references(text, tokens)
    if speller is None or _kind(text, tokens, has_diacritics(text), refs) == "english":
        return Reading(text, text)
    places = ((text.find(phrase), len(phrase)) for phrase in phrases)
    kept = [(start, start + length) for start, length in places if start >= 0]
    return speller.read(text, tokens, kept + [(t.start, t.end) for t in tokens if t in parts])


def terms(query: Query, weights: Weights = DEFAULT_WEIGHTS) -> list[Term]:
    """The weighted terms that the lexical index looks for; each (field, token) once, at its highest weight."""
    found: dict[tuple[str, str, bool], float] = {}

    def add(field_: str, token: str, weight: float, phrase: bool = False) -> None:
        key = (field_, token, phrase)
        if weight > 0 and token:
            found[key] = max(weight, found.get(key, 0.0))

    english = query.kind == "english"
    sure = trust(query)
    for token in query.content:
        scale = (0.3 if english else 1.0) * sure.get(token.start, 1.0)
        for name in ("whole", "header"):
            add(name, token.folded, getattr(weights, name) * scale)
        if query.marked:
            add("marked", token.marked, weights.marked * sure.get(token.start, 1.0))
    for pair in bigrams([t.folded for t in query.tokens]):
        add("bigrams", pair, weights.bigrams)
    for name, key, weight in (*extra_terms(query, weights), *(("words", word, weights.words) for word in query.words)):
        add(name, key, weight)
    for ref in query.refs:
        add("refs", ref, weights.short_refs if ref.count("-") == 1 else weights.refs)
    for name, sequence, weight in _sequences(query, weights):
        add(name, sequence, weight, " " in sequence)
    for match in query.matches:
        scale = 1.0 if english else getattr(weights, match.how)
        for form in match.official:
            tokens = folded_keys(form)
            for token in tokens:
                add("whole", token, scale * match.score * weights.whole)
            for pair in bigrams(tokens):
                add("bigrams", pair, scale * match.score * weights.bigrams)
    return [Term(name, token, weight, phrase) for (name, token, phrase), weight in found.items()]


def _sequences(query: Query, weights: Weights) -> Iterator[tuple[str, str, float]]:
    """Field, tokens and weight of what must stand together: quoted phrases, and periods in their other spellings."""
    for phrase in query.phrases:
        term = phrase_term(phrase)
        yield term.field, term.token, weights.phrase
    for period in query.periods:
        typed = " ".join(t.folded for t in query.tokens if period.start <= t.start < period.end)
        yield from (("folded", form, weights.period) for form in period.forms if form != typed)


def gates(query: Query, least_share: float = 0.6) -> list[tuple[list[list[Term]], int]]:
    """What a passage must hold to count as a match, as `LexicalIndex.matching` takes it.

    Most of the query's own words (in the text, its headings or the sentence that a note belongs to), or a document
    number in full, or an official form of a concept that the query names.

    Args:
        query: the query.
        least_share: part of the content words that must be there; all of one or two.
    """
    keys = list(dict.fromkeys(t.folded for t in query.content))
    others = instead(query)
    groups = [[Term("body", key, 1.0), *others.get(key, ())] for key in keys]
    least = len(keys) if len(keys) <= 2 else math.ceil(least_share * len(keys))
    found: list[tuple[list[list[Term]], int]] = [(groups, least)] if groups and query.kind != "english" else []
    full = [ref for ref in query.refs if ref.count("-") > 1] or list(query.refs)
    found += [([[Term("refs", ref, 1.0)]], 1) for ref in full]
    forms = [
        " ".join(folded_keys(form))
        for match in query.matches
        if match.how != "near" or query.kind == "english"
        for form in match.official
    ]
    return found + [([[Term("folded", form, 1.0, " " in form)]], 1) for form in dict.fromkeys(forms)]


def _kind(text: str, tokens: tuple[Token, ...], marked: bool, refs: tuple[str, ...]) -> str:
    if refs:
        return "docref"
    words = [t for t in tokens if t.kind == "word"]
    if not marked and words:
        foreign = [t.folded for t in words if _is_english(text[t.start : t.end], t.folded)]
        # "an", "do", "to" and "the" are syllables too: one word must be none.
        if len(foreign) >= len(words) / 2 and not all(map(is_vietnamese_syllable, foreign)):
            return "english"
    if "?" in text or _asks(tokens, marked):
        return "question"
    if any(t.kind != "word" for t in tokens):
        return "number"
    return "keywords" if marked else "unmarked"


def _is_english(written: str, folded: str) -> bool:
    if written.isupper() and len(written) > 1:
        return False  # an abbreviation: OCOP, UBND
    return _ENGLISH.fullmatch(folded) is not None or (len(folded) > 1 and not is_vietnamese_syllable(folded))


def _asks(tokens: tuple[Token, ...], marked: bool) -> bool:
    keys = " " + " ".join(t.marked if marked else t.folded for t in tokens) + " "
    return any(f" {words} " in keys for words in _phrases(_ASKING, marked, least=1 if marked else 2))


def _content(tokens: tuple[Token, ...], marked: bool, parts_of_refs: frozenset[Token]) -> tuple[Token, ...]:
    """The tokens without function words and without the parts of document numbers, which are looked for whole."""
    dropped = [t in parts_of_refs for t in tokens]
    keys = [t.marked if marked else t.folded for t in tokens]
    by_first = _by_first(marked)
    for i, key in enumerate(keys):
        for parts in by_first.get(key, ()):
            if keys[i : i + len(parts)] == parts:
                dropped[i : i + len(parts)] = [True] * len(parts)
    kept = tuple(t for t, out in zip(tokens, dropped, strict=True) if not out)
    return kept if kept or parts_of_refs else tokens


@lru_cache(maxsize=2)
def _by_first(marked: bool) -> dict[str, list[list[str]]]:
    """The words that say little, by their first key."""
    found: dict[str, list[list[str]]] = {}
    for phrase in _phrases(_ASKING + "|" + _TYING, marked, least=1 if marked else 2):
        parts = phrase.split()
        found.setdefault(parts[0], []).append(parts)
    return found


@lru_cache(maxsize=8)
def _phrases(listing: str, marked: bool, least: int) -> list[str]:
    """The listed phrases as keys; without marks only those of `least` syllables, since "la" may be "là" or "lá"."""
    found = []
    for phrase in listing.split("|"):
        tokens = tokenize(phrase)
        if len(tokens) >= least:
            found.append(" ".join(t.marked if marked else t.folded for t in tokens))
    return found


def _concepts(
    thesaurus: Thesaurus,
    tokens: tuple[Token, ...],
    content: tuple[Token, ...],
    kind: str,
    marked: bool,
    reading: Reading,
) -> tuple[Match, ...]:
    """Concepts that the query names or comes near to, as typed and with its marks restored."""
    found = {
        match.concept: match
        for match in thesaurus.matches(list(tokens), list(content), marked=marked, english=kind == "english")
    }
    if marked and reading.restored != reading.text:  # typed without any marks it has found every spelling
        spelled = tokenize(reading.restored)
        for match in thesaurus.matches(spelled, spelled, marked=True):
            if match.how != "near":
                found.setdefault(match.concept, replace(match, score=match.score * _RESTORED))
    return tuple(found.values())


def _words(text: str) -> tuple[str, ...]:
    from index.records import word_keys

    return tuple(word_keys(text))
