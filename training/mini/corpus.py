"""The texts that the transformer reads: whole documents, which begin with their title or with queries."""

from __future__ import annotations

import json
import lzma
import random
import re
from collections.abc import Iterator
from pathlib import Path

from index.segment import fold
from training.mini.subwords import SEPARATOR, SPECIAL
from training.sources import WRITTEN, read_source

__all__ = ["DRAWN", "documents", "sample"]

SEPARATOR_SIGN = SPECIAL[SEPARATOR]
FOLDED_SHARE = 0.08  # documents that are also read without diacritics

DRAWN = {
    "written": 8.0,
    "raw_text": 5.0,
    "policy_news": 3.0,
    "legal_qa": 2.0,
    "phapdien": 1.5,
    "news": 1.5,
    "laws": 1.0,
    "wiki": 1.0,
    "news_more": 1.0,
}
"""How often a source's text is drawn in pre-training, relative to its length: what is nearest to reports most often."""


def _lines(path: Path) -> Iterator[dict]:
    with (lzma.open if path.suffix == ".xz" else open)(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


def _joined(*parts: str) -> str:
    return f" {SEPARATOR_SIGN} ".join(part for part in parts if part)


def _article(row: dict) -> str:
    body = row["body"]
    lead = "" if body[:60] in row["abstract"] else row["abstract"]
    return _joined(row["title"], f"{lead} {body}".strip())


def _written(data: Path) -> Iterator[str]:
    """Queries before their passage, so that guessing a word of one can look at the other."""
    chance = random.Random(7)
    for name in WRITTEN:
        for record in read_source(data, name):
            if record.held:
                continue
            queries = [query for _, query in record.queries]
            chance.shuffle(queries)
            yield _joined(*queries[:3], f"{record.context} {record.passage}".strip())
            yield _joined(*queries[3:], record.passage)
    for record in read_source(data, "thesaurus"):
        yield _joined(*(query for _, query in record.queries))


def _texts(data: Path, source: str) -> Iterator[str]:
    folder = data / "training"
    if source == "written":
        yield from _written(data)
    elif source in ("news", "news_more"):
        yield from map(_article, _lines(folder / f"{source}.jsonl.xz"))
    elif source in ("legal_qa", "phapdien", "policy_news"):
        for row in _lines(folder / f"{source}_pairs.jsonl.xz"):
            yield _joined(row["query"], row["passage"])
    else:
        for row in _lines(folder / f"{source}.jsonl.xz"):
            yield _joined(str(row.get("title") or ""), row["text"])


def documents(data: Path, source: str, *, longest: int = 12_000) -> Iterator[str]:
    """Texts of one source for pre-training, some of them a second time without diacritics.

    Args:
        data: the data folder (``training/``, ``thesaurus/``).
        source: a key of `DRAWN`.
        longest: characters of a text at most; the rest is left out.

    Yields:
        One text at a time, white space single. Nothing that is held out.
    """
    chance = random.Random(source)
    for whole in _texts(data, source):
        text = re.sub(r"\s+", " ", whole).strip()[:longest]
        if len(text) < 20:
            continue
        yield text
        if chance.random() < FOLDED_SHARE:
            yield fold(text).replace(SEPARATOR_SIGN.lower(), SEPARATOR_SIGN)


SAMPLED = {
    "written": 1.0,
    "raw_text": 0.5,
    "policy_news": 0.5,
    "legal_qa": 0.3,
    "phapdien": 0.15,
    "news": 0.12,
    "laws": 0.1,
    "wiki": 0.1,
    "news_more": 0.06,
}
"""Share of a source's texts that the tokenizer learns from."""


def sample(data: Path) -> Iterator[str]:
    """Beginnings of texts for the tokenizer, by `SAMPLED`."""
    chance = random.Random(3)
    for source in DRAWN:
        for text in documents(data, source):
            if chance.random() < SAMPLED[source]:
                yield text[:3000]
