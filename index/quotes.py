"""Is this quotation in the corpus, word for word, and where?

The words are those of `index.wording`: strict on letters, marks, numbers and signs, blind to white space, quotation
marks, case and tone placement. Candidates come from the lexical index, so nothing here grows with the corpus: passages
that hold the quotation as one phrase; else those that share most pairs of its words, each with its surroundings in the
document's canonical text, since a quotation may run over a paragraph's end or be a heading. What is nowhere verbatim is
aligned with the likeliest of these (`index.alignment`), and the differences are named.
"""

from __future__ import annotations

import time
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from index.alignment import Alignment, align
from index.candidates import DocumentTable, Retriever
from index.catalogue import Catalogue, StoredPassage
from index.conditions import documents_meant, phrase_term
from index.differences import Difference, differences, similarity, tolerated, without_markers
from index.edges import grown, place_of
from index.lexical import Term, bigrams
from index.passage_places import Locator, QuotePlace
from index.tokens import tokenize
from index.wording import Wording, folded, quoted, wording
from ingest.errors import UsageError

MOST_WORDS = 1000
"""Words of a quotation at most; longer texts are verified paragraph by paragraph."""
ALTERED_FROM = 0.6
"""Likeness (0 to 1) from which a place counts as what was quoted, with changes; below it, nothing was found."""
LISTED = 20
"""Places of the same wording that are listed; `Verdict.places` counts all that were looked at."""
_LOOKED_AT = 200  # passages with the phrase that are compared word by word
_CANDIDATES = 12  # passages whose surroundings are read where no passage has the phrase
_FEW = 20  # documents whose text outside of passages is read for one quotation
_BREAK = "\n"  # a key that no quotation has, between pieces that do not stand together
_TERMS = 64  # pairs of words that a long quotation is looked for by
_PHRASE = 200  # tokens of the longest phrase that the lexical index is asked for
_AROUND = " \"'“”„«»‘’().,;:…"
STATUSES = ("verbatim", "altered", "misattributed", "not_found")
_NO_SUCH = "không có văn kiện nào như được dẫn / no document is what was named"
_SAID = {
    "verbatim": "đúng nguyên văn / verbatim",
    "altered": "có trong văn kiện nhưng đã bị sửa / in the documents, but altered",
    "misattributed": "đúng nguyên văn, nhưng không ở nơi được dẫn / verbatim, but not where it is said to be",
    "not_found": "không thấy trong các văn kiện / not found in the documents",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be said of a quotation.

    Attributes:
        quote: as it was given.
        status: one of `STATUSES`. "verbatim": the same words, numbers and signs in the same order, with nothing
            between them; "altered": a place that is alike, with other words; "misattributed": verbatim, but in another
            document or on another page than was said.
        message: the status in one sentence, Vietnamese first.
        exact: whether it is the same character by character as well.
        similarity: 0 to 1; 1 where verbatim.
        place: the place itself, or the one that it comes nearest to; None where nothing was found.
        elsewhere: further places of the same wording, `LISTED` at most.
        places: how many places have the same wording.
        differences: what was changed, in reading order; empty where verbatim.
        tolerated: what differs without changing the wording ("white space", "quotes", "dashes", "case",
            "tone placement", "raised digits", "punctuation", "footnote marker", "markup", "surroundings").
        took_ms: milliseconds.
    """

    quote: str
    status: str
    message: str
    exact: bool
    similarity: float
    place: QuotePlace | None
    elsewhere: tuple[QuotePlace, ...]
    places: int
    differences: tuple[Difference, ...]
    tolerated: tuple[str, ...]
    took_ms: float


@dataclass(frozen=True, slots=True)
class _Window:
    """A stretch of a document's canonical text: its document, where it begins, its words."""

    document: str
    start: int
    text: str
    words: Wording


@dataclass(frozen=True, slots=True)
class _Span:
    """A half-open range of a document's canonical text."""

    document: str
    start: int
    end: int


class Verifier:
    """Verifies quotations against one generation.

    Args:
        catalogue: the generation's.
        retriever: its caches.
        documents: its documents.
        locator: says what stands where.
    """

    def __init__(self, catalogue: Catalogue, retriever: Retriever, documents: DocumentTable, locator: Locator) -> None:
        self._catalogue = catalogue
        self._retriever = retriever
        self._documents = documents
        self._locator = locator
        self._kept: dict[str, _Window] = {}

    def verify(self, quote: str, document: str | None = None, page: int | None = None) -> Verdict:
        """Look for a quotation.

        Args:
            quote: a few words, or up to `MOST_WORDS`.
            document: where it is said to stand: a document's id, number, file, words of its title or its place, or the
                id of a passage; None where nothing is said.
            page: 1-based sheet it is said to stand on.

        Raises:
            UsageError: no word in it, or too many.
        """
        started = time.perf_counter()
        text, words = quoted(quote)
        if not len(words):
            raise UsageError("đoạn trích không có từ nào / the quotation has no words", where=quote[:40] or None)
        if len(words) > MOST_WORDS:
            raise UsageError(
                f"đoạn trích dài {len(words)} từ, nhiều nhất {MOST_WORDS} / the quotation is too long",
                do="Kiểm tra từng đoạn một / verify it paragraph by paragraph",
            )
        meant = documents_meant(document, self._documents) if document else None
        verdict = self._verdict(quote, text, words, meant, page)
        return replace(verdict, took_ms=round((time.perf_counter() - started) * 1000, 3))

    def _verdict(
        self, quote: str, text: str, words: Wording, meant: frozenset[str] | None, page: int | None
    ) -> Verdict:
        spans = self._verbatim(text, words, meant)
        markers: tuple[str, ...] = ()
        nearest: tuple[Alignment, _Window] | None = None
        if not any(self._as_said(span, meant, page) for span in spans):
            windows = self._windows(text, words, meant)
            spans = list(dict.fromkeys([*spans, *self._in_windows(words, windows)]))
            if not spans:
                nearest = self._nearest(words, windows, meant)
        if nearest is not None:
            alignment, window = nearest
            notes = self._locator.markers(window.document, window.start, window.start + len(window.text))
            without = without_markers(alignment, text, words, window.words, window.start, notes)
            if without is None:
                return self._altered(quote, text, words, alignment, window, meant)
            text, words = quoted(without)
            at = place_of(words, window.words, window.text) if len(words) else -1
            if at < 0:
                again = self._nearest(words, [window], meant) if len(words) else None
                return self._altered(quote, text, words, again[0], window, meant) if again else _nothing(quote)
            spans, markers = [_range(window, at, at + len(words))], ("footnote marker",)
        if spans:
            return self._found(quote, text, words, spans, meant, page, markers)
        return _nothing(quote)

    # ---- verbatim ------------------------------------------------------------------------------------------------

    def _verbatim(self, text: str, words: Wording, meant: frozenset[str] | None) -> list[_Span]:
        """Places inside one passage, in the order of the passages; those that were meant first."""
        tokens = tokenize(text[words.spans[0][0] : words.spans[-1][1]])
        if not tokens or len(tokens) > _PHRASE:
            return []
        term = phrase_term(text[words.spans[0][0] : words.spans[-1][1]])
        rows = self._retriever.having(term)
        if meant is not None:
            rows = sorted(rows, key=lambda passage: passage.partition(":")[0] not in meant)
        found = []
        for stored in self._in_order(rows[:_LOOKED_AT]):
            passage = stored.passage
            inside = wording(passage.text)
            at = place_of(words, inside, passage.text)
            if at >= 0:
                start, end = inside.spans[at][0], inside.spans[at + len(words) - 1][1]
                found.append(_Span(stored.document, passage.start + start, passage.start + end))
        return found

    def _in_order(self, ids: Sequence[str]) -> Iterator[StoredPassage]:
        stored = self._catalogue.passages(ids)
        return (stored[passage] for passage in ids if passage in stored)

    def _in_windows(self, words: Wording, windows: Sequence[_Window]) -> Iterator[_Span]:
        for window in windows:
            at = place_of(words, window.words, window.text)
            if at >= 0:
                yield _range(window, at, at + len(words))

    # ---- candidates ----------------------------------------------------------------------------------------------

    def _windows(self, text: str, words: Wording, meant: frozenset[str] | None) -> list[_Window]:
        """What may hold the quotation: the likeliest passages with their surroundings, their headings, their titles."""
        tokens = [token.folded for token in tokenize(text)]
        terms = [Term("bigrams", pair, 1.0) for pair in _some(bigrams(tokens), _TERMS)]
        terms = terms or [Term("folded", token, 1.0) for token in tokens]
        ids = self._retriever.likely(terms, _CANDIDATES)
        if meant:
            ids += [i for i in self._retriever.likely(terms, _CANDIDATES // 2, sorted(meant)) if i not in ids]
        room = min(len(text), 12 * len(words)) + 200
        stored = list(self._in_order(ids))
        near = [_Span(s.document, max(0, s.passage.start - room), s.passage.end + room) for s in stored]
        documents = dict.fromkeys([s.document for s in stored] + sorted(meant or ()))
        few = self._documents.ids if len(self._documents.ids) <= _FEW else ()
        # Headings, letterheads and signatures are in no passage; where there are many documents, in those that were
        # named and those that the words lead to.
        apart = dict.fromkeys([*list(documents)[:_FEW], *few])
        return [self._window(span) for span in _merged(near)] + [self._apart(document) for document in apart]

    def _apart(self, document: str) -> _Window:
        """What no passage of a document holds, piece by piece."""
        kept = self._kept.get(document)
        if kept is None:
            text = self._catalogue.canonical(document)
            keys: list[str] = []
            spans: list[tuple[int, int]] = []
            for start, end in self._locator.apart(document, len(text)):
                words = wording(text[start:end])
                keys += [*words.keys, _BREAK]
                spans += [*((start + a, start + b) for a, b in words.spans), (end, end)]
            kept = _Window(document, 0, text, Wording(tuple(keys), tuple(spans)))
            if len(self._kept) >= _FEW * 2:
                self._kept = {}
            self._kept[document] = kept
        return kept

    def _window(self, span: _Span) -> _Window:
        text = self._catalogue.canonical(span.document, span.start, span.end)
        words = wording(text)
        # A number that the stretch's own edge may have cut through is no number of the document.
        first, last = int(span.start > 0), len(words) - int(len(text) == span.end - span.start)
        return _Window(span.document, span.start, text, Wording(words.keys[first:last], words.spans[first:last]))

    def _nearest(
        self, words: Wording, windows: Sequence[_Window], meant: frozenset[str] | None
    ) -> tuple[Alignment, _Window] | None:
        """The place that is most alike; of equal ones that in a document that was meant."""
        plain = [folded(key) for key in words.keys]
        counted = Counter(plain)
        promising = []
        for window in windows:
            theirs = [folded(key) for key in window.words.keys]
            shared = sum((counted & Counter(theirs)).values()) / len(words)
            if shared >= ALTERED_FROM / 2:
                promising.append((shared, window, theirs))
        promising.sort(key=lambda row: (-row[0], meant is not None and row[1].document not in meant))
        best: tuple[tuple[float, bool], Alignment, _Window] | None = None
        for shared, window, theirs in promising:
            if best is not None and shared < best[0][0]:
                break  # no place in it can be more alike than the words that it shares
            numbers = _numbered(words.keys, window.words.keys, plain, theirs)
            found = align(*numbers)
            rank = (similarity(found, words, window.words), meant is None or window.document in meant)
            if best is None or rank > best[0]:
                best = rank, found, window
        return best[1:] if best is not None and best[0][0] >= ALTERED_FROM else None

    # ---- verdicts ------------------------------------------------------------------------------------------------

    def _found(
        self,
        quote: str,
        text: str,
        words: Wording,
        spans: list[_Span],
        meant: frozenset[str] | None,
        page: int | None,
        markers: tuple[str, ...],
    ) -> Verdict:
        right = [span for span in spans if self._as_said(span, meant, page)]
        ordered = [*right, *(span for span in spans if span not in right)]
        first, *others = (self._locator.place(s.document, s.start, s.end) for s in ordered[: LISTED + 1])
        exact, whole = self._exactly(quote, text, words, first)
        status = "verbatim" if right else "misattributed"
        message = f"{_SAID[status]}; {_NO_SUCH}" if meant == frozenset() else _SAID[status]
        return Verdict(
            quote=quote,
            status=status,
            message=message,
            exact=exact,
            similarity=1.0,
            place=whole,
            elsewhere=tuple(others),
            places=len(ordered),
            differences=(),
            tolerated=() if exact else markers + tolerated(text, words, first.text) or _trimmed(quote, text),
            took_ms=0.0,
        )

    def _exactly(self, quote: str, text: str, words: Wording, place: QuotePlace) -> tuple[bool, QuotePlace]:
        """Whether the document has the very characters; if so, the place with the punctuation at both ends.

        Quotation marks around it and a full stop or the like behind it are the writer's own.
        """
        if unicodedata.normalize("NFC", quote).strip() != text:
            return False, place  # markup or marks of notes were taken out
        for shown in (text, text.strip(_AROUND)):
            start = place.start - (words.spans[0][0] - text.index(shown))
            if start >= 0 and self._catalogue.canonical(place.document.id, start, start + len(shown)) == shown:
                return True, replace(place, start=start, end=start + len(shown), text=shown)
        return False, place

    def _as_said(self, span: _Span, meant: frozenset[str] | None, page: int | None) -> bool:
        """Whether a place is where the quotation is said to stand."""
        if meant is not None and span.document not in meant:
            return False
        return page is None or self._locator.on_page(span.document, span.start, span.end, page)

    def _altered(
        self,
        quote: str,
        text: str,
        words: Wording,
        alignment: Alignment,
        window: _Window,
        meant: frozenset[str] | None,
    ) -> Verdict:
        alignment = grown(alignment, window.words, window.text)
        span = _range(window, alignment.start, alignment.end)
        place = self._locator.place(span.document, span.start, span.end)
        changed = differences(alignment, text, words, window.text, window.words, window.start)
        message = _SAID["altered"]
        if meant == frozenset():
            message += f"; {_NO_SUCH}"
        elif not self._as_said(span, meant, None):
            message += "; không ở văn kiện được dẫn / not in the document that was named"
        return Verdict(
            quote=quote,
            status="altered",
            message=message,
            exact=False,
            similarity=round(similarity(alignment, words, window.words), 4),
            place=place,
            elsewhere=(),
            places=0,
            differences=changed,
            tolerated=(),
            took_ms=0.0,
        )


def _trimmed(quote: str, text: str) -> tuple[str, ...]:
    """What else was not looked at: markup, or a bullet and the like before the first word or behind the last."""
    return ("surroundings",) if unicodedata.normalize("NFC", quote).strip() == text else ("markup",)


def _nothing(quote: str) -> Verdict:
    return Verdict(quote, "not_found", _SAID["not_found"], False, 0.0, None, (), 0, (), (), 0.0)


def _range(window: _Window, first: int, last: int) -> _Span:
    """The characters of the words `first` to `last` (excluded) of a window."""
    spans = window.words.spans
    return _Span(window.document, window.start + spans[first][0], window.start + spans[last - 1][1])


def _some(items: Sequence[str], most: int) -> list[str]:
    """Up to `most` of the items, evenly spread."""
    if len(items) <= most:
        return list(items)
    return [items[int(i)] for i in np.linspace(0, len(items) - 1, most)]


def _merged(ranges: Sequence[_Span]) -> list[_Span]:
    """Ranges of one document that overlap as one, in the order of the first of each."""
    order = {span.document: place for place, span in reversed(list(enumerate(ranges)))}
    merged: list[_Span] = []
    for span in sorted(ranges, key=lambda s: (order[s.document], s.start)):
        last = merged[-1] if merged else None
        if last is not None and last.document == span.document and span.start <= last.end:
            merged[-1] = _Span(last.document, last.start, max(last.end, span.end))
        else:
            merged.append(span)
    return merged


def _numbered(*lists: Sequence[str]) -> list[list[int]]:
    """Strings as numbers, the same for the same string."""
    numbers: dict[str, int] = {}
    return [[numbers.setdefault(item, len(numbers)) for item in items] for items in lists]
