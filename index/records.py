"""Document → the rows of the index: each passage with its context line, its carrying sentence and its clauses."""

from __future__ import annotations

import re
from dataclasses import dataclass

from index.clauses import clauses, sentence_at
from index.tokens import references, tokenize
from ingest.document import Document, Footnote, Metadata, Passage

_LONGEST_NAME = 14  # words of a title that may stand before every passage of its document
_SPEAKING = 12  # tokens from which a passage without figures is no mere heading
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")
_YEARS = re.compile(r"(?<!\d)((?:19|20)\d\d)\s?[-–]\s?((?:19|20)\d\d)(?!\d)")


@dataclass(frozen=True, slots=True)
class Record:
    """One passage as the index holds it.

    Attributes:
        passage: the passage, verbatim.
        position: its place in the document, 0-based.
        footnote: id of the footnote whose body (or part of it) this is, None for others.
        carrier: the sentence that carries the footnote's marker, "" for others.
        header: document · place · period.
        short_header: the same with the document's kind for a title of many words, which would drown the text.
        path: section path as one line, outermost first.
    """

    passage: Passage
    position: int
    footnote: str | None
    carrier: str
    header: str
    short_header: tuple[str, ...]
    path: str

    @property
    def embedded_text(self) -> str:
        """What the encoder sees: document · place · period · headings, a footnote's carrying sentence, the text.

        Each on a line of its own: words are cut line by line, and what comes back is cut once (`index.segment`).
        """
        context = " · ".join(part for part in (*self.short_header, *self.passage.section_path) if part)
        return "\n".join(part for part in (context, self.carrier, self.passage.text) if part)

    @property
    def clause_ranges(self) -> list[tuple[int, int]]:
        """Character ranges of the passage's clauses, each of which gets a vector of its own."""
        return clauses(self.passage.text)


@dataclass(frozen=True, slots=True)
class LexicalRow:
    """The tokens of one record, field by field, each a string of tokens separated by blanks.

    Attributes:
        folded: syllables without diacritics, numbers and document numbers in their normal form.
        marked: the same with diacritics.
        words: words of two syllables and more as the segmenter finds them, with diacritics.
        path: folded syllables of the section path.
        header: folded syllables of document, place and period.
        carrier: folded syllables of the sentence that carries the footnote's marker.
        refs: document numbers, full and short form.
    """

    folded: str
    marked: str
    words: str
    path: str
    header: str
    carrier: str
    refs: str


def records(document: Document) -> list[Record]:
    """All passages of a document in reading order, ready to be indexed."""
    texts = {p.id: p.text for p in document.passages}
    owners = footnote_owners(document)
    meta = document.metadata
    header = document_line(meta, document.source)
    title = document_title(meta, document.source)
    name = title if meta.title and len(title.split()) <= _LONGEST_NAME else meta.doc_type
    short = tuple(part for part in (name, meta.place, meta.period) if part)
    rows = []
    for position, passage in enumerate(document.passages):
        note = owners.get(passage.id)
        carrier = ""
        if note is not None and note.anchor is not None and note.anchor.passage in texts:
            carrier = sentence_at(texts[note.anchor.passage], note.anchor.offset)
        path = " > ".join(passage.section_path)
        rows.append(Record(passage, position, note.id if note else None, carrier, header, short, path))
    return rows


def footnote_owners(document: Document) -> dict[str, Footnote]:
    """Passage id → the footnote whose body it holds; a long body lies in several passages one behind the other."""
    first = {f.passage: f for f in document.footnotes if f.passage}
    owners: dict[str, Footnote] = {}
    current: Footnote | None = None
    for passage in document.passages:
        if passage.id in first:
            current = first[passage.id]
        elif passage.kind != "footnote" or current is None or passage.text not in current.text:
            current = None
        if current is not None:
            owners[passage.id] = current
    return owners


def document_title(meta: Metadata, source: str) -> str:
    """What to call a document: its title, else its kind and number, else the file's name."""
    if meta.title:
        return meta.title
    named = " ".join(part for part in (meta.doc_type, meta.number) if part)
    return named or source.rsplit("/", 1)[-1]


def names_an_office(meta: Metadata) -> bool:
    """Whether a document says its kind, issuer, number, place or period, as what offices write does."""
    return bool(meta.doc_type or meta.issuer or meta.number or meta.place or meta.period)


def document_line(meta: Metadata, source: str) -> str:
    """Document · issuer · place · province · period, without what is unknown or said already."""
    parts: list[str] = []
    for part in (document_title(meta, source), meta.issuer, meta.number, meta.place, meta.province, meta.period):
        if part and not any(part.lower() in seen.lower() for seen in parts):
            parts.append(part)
    return " · ".join(parts)


def document_years(meta: Metadata) -> tuple[int, ...]:
    """Years of the document's date and period; a range such as 2021-2025 counts in full."""
    years: set[int] = set()
    for text in (meta.date or "", meta.period or ""):
        years.update(int(y) for y in _YEAR.findall(text))
        for first, last in _YEARS.findall(text):
            if int(first) <= int(last) <= int(first) + 30:
                years.update(range(int(first), int(last) + 1))
    return tuple(sorted(years))


def standing(text: str) -> float:
    """How much a passage can say by itself, 0.6 to 1: less than 1 for a few words without any figure.

    Such passages are what is left of headings ("6 Giảm nghèo, giải quyết việc làm"): they hold little else than the
    query's own words and would stand before every passage that answers it.
    """
    tokens = tokenize(text)
    figures = sum(t.kind != "word" for t in tokens[1:])
    return 1.0 if figures or len(tokens) >= _SPEAKING else 0.6 + 0.4 * len(tokens) / _SPEAKING


def lexical_row(record: Record) -> LexicalRow:
    """Cut a record into the tokens of every lexical field (loads the word segmenter)."""
    text = record.passage.text
    tokens = tokenize(text)
    return LexicalRow(
        folded=" ".join(t.folded for t in tokens),
        marked=" ".join(t.marked for t in tokens),
        words=" ".join(word_keys(text)),
        path=folded_tokens(record.path),
        header=folded_tokens(record.header),
        carrier=folded_tokens(record.carrier),
        refs=" ".join(references(text) + references(record.header)),
    )


def word_keys(text: str) -> list[str]:
    """Words of two syllables and more, as joined marked keys ("giam4_ngheo1"); empty for text without diacritics."""
    from index.segment import segment

    keys = []
    for word in segment(text):
        tokens = tokenize(word.text)
        if len(tokens) > 1 and all(t.kind == "word" for t in tokens):
            keys.append("_".join(t.marked for t in tokens))
    return keys


def folded_tokens(text: str) -> str:
    """Folded tokens of `text`, separated by blanks."""
    return " ".join(t.folded for t in tokenize(text))
