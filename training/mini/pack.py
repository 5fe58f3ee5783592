"""All material as token numbers: what the training machine needs, and nothing else.

``text/<source>.npy``    uint16, the documents of a source one behind the other
``text/<source>.starts.npy``  int64, where each document starts, and the end
``written.npz``          the texts of the written material, ragged; ``written.json`` says what belongs to what,
                         ``written.stamp`` what it was made of
``training.json``        the manifest of all of it
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer
from tqdm import tqdm

from index.clauses import clauses
from index.segment import fold
from training.manifest import manifest, save_manifest
from training.mini.corpus import DRAWN, documents
from training.mistyped import mistyped
from training.prepare import swap_abbreviations
from training.sources import CONCEPTS, WRITTEN, available, file_hash, read_source, source_files

__all__ = ["Ragged", "pack", "read_text"]

_BATCH = 2000
FORMAT = "3"  # of the packed written material


@dataclass(frozen=True, slots=True)
class Ragged:
    """Texts of different lengths in one array: text i is ``ids[starts[i]:starts[i + 1]]``."""

    ids: np.ndarray
    starts: np.ndarray

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __getitem__(self, i: int) -> np.ndarray:
        return self.ids[self.starts[i] : self.starts[i + 1]]

    @classmethod
    def of(cls, texts: Iterable[list[int]]) -> Ragged:
        """From lists of token numbers under 65,536."""
        parts = [np.asarray(text, dtype=np.uint16) for text in texts]
        lengths = np.asarray([len(part) for part in parts], dtype=np.int64)
        starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        return cls(np.concatenate(parts) if parts else np.zeros(0, np.uint16), starts)


def pack(data: Path, work: Path, *, force: bool = False) -> dict[str, int]:
    """Write the token numbers of all material.

    Args:
        data: the data folder.
        work: has ``tokenizer.json``; ``text/`` and ``written.*`` are written into it.
        force: also do again what is there.

    Returns:
        Source → tokens.
    """
    tokenizer = Tokenizer.from_file(str(work / "tokenizer.json"))
    folder = work / "text"
    folder.mkdir(exist_ok=True)
    for source in DRAWN:
        if force or not (folder / f"{source}.starts.npy").exists():
            ragged = Ragged.of(_encoded(tokenizer, documents(data, source), source))
            np.save(folder / f"{source}.npy", ragged.ids)
            np.save(folder / f"{source}.starts.npy", ragged.starts)
    stamp, made_of = work / "written.stamp", _made_of(data, work)
    if force or not stamp.exists() or stamp.read_text(encoding="utf-8") != made_of:
        _pack_written(data, work, tokenizer)
        save_manifest(manifest(data, [*_written(data), *DRAWN, "thesaurus"]), work)  # the last in pre-training alone
        stamp.write_text(made_of, encoding="utf-8")
    return {source: len(read_text(work, source).ids) for source in DRAWN}


def _made_of(data: Path, work: Path) -> str:
    """The hashes of what the written material is packed from: what has grown since is packed again."""
    files = [path for source in _written(data) for path in source_files(data, source)]
    return " ".join([FORMAT, *map(file_hash, (work / "tokenizer.json", *files))])


def _written(data: Path) -> list[str]:
    return [name for name in (*WRITTEN, CONCEPTS) if name in available(data)]


def read_text(work: Path, source: str) -> Ragged:
    """The documents of one source, read from disk as they are used."""
    folder = work / "text"
    return Ragged(np.load(folder / f"{source}.npy", mmap_mode="r"), np.load(folder / f"{source}.starts.npy"))


def _encoded(tokenizer: Tokenizer, texts: Iterator[str], name: str) -> Iterator[list[int]]:
    with tqdm(desc=f"pack {name}", unit=" texts", mininterval=5) as progress:
        while batch := list(islice(texts, _BATCH)):
            yield from (encoding.ids for encoding in tokenizer.encode_batch(batch))
            progress.update(len(batch))


def _pack_written(data: Path, work: Path, tokenizer: Tokenizer) -> None:
    """Passages with context, clauses, and queries in all their forms; each text once."""
    texts: dict[str, int] = {}

    def number(text: str) -> int:
        return texts.setdefault(" ".join(text.split()), len(texts))

    items = []
    for source in _written(data):
        for record in read_source(data, source):
            parts = clauses(record.passage) if source in WRITTEN else []
            items.append(
                {
                    "source": source,
                    "id": record.id,
                    "group": record.group,
                    "held": record.held,
                    "passage": number(record.passage),
                    "context": number(f"{record.context}\n{record.passage}" if record.context else record.passage),
                    "clauses": [number(record.passage[a:b]) for a, b in parts] if len(parts) > 1 else [],
                    "queries": [[kind, _forms(query, number)] for kind, query in record.queries],
                    "wide": [[kind, _forms(query, number), answers] for kind, query, answers in record.wide],
                }
            )
    ragged = Ragged.of(_encoded(tokenizer, iter(texts), "written"))
    np.savez(work / "written.npz", ids=ragged.ids, starts=ragged.starts)
    (work / "written.json").write_text(json.dumps(items, ensure_ascii=False), encoding="utf-8")


def _forms(query: str, number: Callable[[str], int]) -> list[int]:
    """As written, without diacritics, with abbreviations swapped, with a word misspelled."""
    wrong = mistyped(query, random.Random(query))
    return [number(text) for text in (query, fold(query), swap_abbreviations(query), wrong)]
