"""Collections of texts that no office wrote, with judged queries: what the ranker learns for such texts.

The default encoder knows the language of reports and little else, so among news, laws and encyclopaedia words must
count for more than meaning: how much more is learnt here, on training material whose queries are of four kinds: legal
questions (the article's citation as its heading), titles of articles of law, headlines, and words that somebody
remembers of a text, with or without its title. Of the last three only rows are taken that the encoder was not trained
on.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from index.evaluation.reading import json_lines
from ingest.document import Document, Metadata, Passage
from ingest.passages import split_text

__all__ = ["SOURCES", "Collection", "collections", "text_document"]

SIZE = 2000  # texts of a collection
ASKED = 500  # of which some are asked for
SHORTEST, LONGEST = 30, 250  # syllables of a text: one passage each
_CITED = re.compile(r"(?:như sau|sau đây)\s*:?\s+")
_CITATION = 400  # characters that a citation has at most
_REMEMBERED = 14  # words in a row, of which somebody remembers half


@dataclass(frozen=True, slots=True)
class Text:
    """A text with its heading ("" for none) and the query that it answers."""

    query: str
    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Collection:
    """Documents of one passage each, and queries with the id of the passage that answers."""

    name: str
    documents: tuple[Document, ...]
    queries: tuple[tuple[str, str], ...]


def collections(data: Path, size: int = SIZE, asked: int = ASKED) -> Iterator[Collection]:
    """The collections whose file is in the data folder.

    Args:
        data: the folder with ``training/``.
        size: texts of each at most.
        asked: queries of each at most.
    """
    for name, (file, read) in SOURCES.items():
        path = data / "training" / file
        if not path.is_file():
            continue
        texts = list(read(row for _, row in json_lines(path)))
        random.Random(3).shuffle(texts)
        kept = [
            (row, text_document(f"{name}/{i}", (row.heading,) if row.heading else (), [row.text]))
            for i, row in enumerate(texts[:size])
        ]
        queries = tuple((row.query, document.passages[0].id) for row, document in kept[:asked])
        yield Collection(name, tuple(document for _, document in kept), queries)


def text_document(name: str, path: tuple[str, ...], paragraphs: Iterable[str]) -> Document:
    """A document of plain paragraphs; those of more than 250 syllables become several passages, as in ingest.

    Args:
        name: its source, and what its id is made from.
        path: headings that all of it stands under.
        paragraphs: texts.
    """
    sha = hashlib.sha256(name.encode()).hexdigest()
    passages: list[Passage] = []
    canonical = ""
    for paragraph in paragraphs:
        start = len(canonical)
        for part in split_text(paragraph):
            number, text = len(passages) + 1, paragraph[part.start : part.end]
            place = (start + part.start, start + part.end)
            passages.append(Passage(f"{sha[:12]}:p{number:05d}", "paragraph", text, None, path, None, None, *place))
        canonical += paragraph + "\n"
    return Document(sha[:12], name, sha, "text/plain", Metadata(), (), tuple(passages), (), (), (), (), canonical)


def _is_passage(text: str) -> bool:
    return SHORTEST <= len(text.split()) <= LONGEST


def _legal_questions(rows: Iterator[dict]) -> Iterator[Text]:
    """The answers begin "Căn cứ Điều 5 Luật … quy định như sau:"; a collection of laws has this as its headings."""
    for row in rows:
        match = _CITED.search(row["passage"][:_CITATION])
        if match and _is_passage(body := row["passage"][match.end() :].strip()):
            yield Text(row["query"], row["passage"][: match.start()].strip(), body)


def _titles_of_articles(rows: Iterator[dict]) -> Iterator[Text]:
    for i, row in enumerate(rows):
        if i % 2 and _is_passage(row["passage"]):
            yield Text(row["query"], "", row["passage"])


def _headlines(rows: Iterator[dict]) -> Iterator[Text]:
    for row in rows:
        body = " ".join(row["body"].split()[:200])
        if row.get("adm", 0) < 1 and _is_passage(body):
            yield Text(row["title"], "", body)


def _remembered_words(rows: Iterator[dict]) -> Iterator[Text]:
    draw = random.Random(5)
    for i, row in enumerate(rows):
        parts = [row["text"][part.start : part.end] for part in split_text(row["text"])] if i % 2 else []
        for text in [part for part in parts if _is_passage(part)][:3]:
            words = text.split()
            start = draw.randrange(len(words) - _REMEMBERED)
            kept = [word for word in words[start : start + _REMEMBERED] if draw.random() < 0.5]
            named = [row["title"]] if draw.random() < 0.5 else []
            if len(kept) >= 4:
                yield Text(" ".join([*named, *kept]), row["title"], text)


SOURCES: dict[str, tuple[str, Callable[[Iterator[dict]], Iterator[Text]]]] = {
    "legal_qa": ("legal_qa_pairs.jsonl.xz", _legal_questions),
    "phapdien": ("phapdien_pairs.jsonl.xz", _titles_of_articles),
    "news": ("news.jsonl.xz", _headlines),
    "wiki": ("wiki.jsonl.xz", _remembered_words),
}
"""Source (as in `training.sources`) → its file and how it is read."""
