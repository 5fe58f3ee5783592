"""How well queries are understood that are spelled badly, and whether good ones are left alone.

usage: python -m benchmarks.spelling [--held-out] [--keep FOLDER] [--queries N] [--search]

The index holds the samples and the passages of training/written; with ``--held-out`` without the sections that training
holds out. The queries are always those of the held-out sections, so with ``--held-out`` nothing that they ask for is in
the index. Each is spoilt by code, with a fixed seed, in five ways: all marks away, half of the syllables without marks,
Telex, VNI, one slip of the fingers. ``--search`` measures what the search makes of them too: nDCG@10 of the one right
passage (needs the whole index, so not with ``--held-out``).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
import tempfile
import time
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from index.build import build_documents
from index.encode import load_encoder
from index.query import analyse
from index.search import Searcher, open_index
from index.segment import has_diacritics
from index.slips import near_syllables
from index.tokens import syllable_keys, tokenize
from ingest.document import Document, Metadata, Passage
from ingest.pipeline import parse_file
from ingest.syllables import is_syllable, strip_marks
from training.sources import OWN, held_out

ROOT = Path(__file__).resolve().parents[1]
_TELEX_TONES = dict(zip("\u0300\u0301\u0303\u0309\u0323", "fsxrj", strict=True))
_VNI_TONES = dict(zip("\u0300\u0301\u0303\u0309\u0323", "21435", strict=True))
_TELEX_LETTERS = {"ă": "aw", "â": "aa", "ê": "ee", "ô": "oo", "ơ": "ow", "ư": "uw", "đ": "dd"}
_VNI_LETTERS = {"ă": "a8", "â": "a6", "ê": "e6", "ô": "o6", "ơ": "o7", "ư": "u7", "đ": "d9"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A query with its kind and the id of the passage that answers it."""

    text: str
    kind: str
    passage: str


def material(*, without_held_out: bool) -> tuple[list[Document], list[Asked]]:
    """What goes into the index, and the held-out queries."""
    documents = [parse_file(p) for p in sorted((ROOT / "samples").glob("*.*")) if p.suffix in {".md", ".docx", ".txt"}]
    asked: list[Asked] = []
    for path in sorted(OWN.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            document = _document(row)
            held = held_out(row["id"])
            if not (held and without_held_out):
                documents.append(document)
            if held:
                pairs = zip(row["passages"], document.passages, strict=True)
                asked += [Asked(q["query"], q["kind"], p.id) for r, p in pairs for q in r["queries"]]
    return documents, asked


def _document(row: dict) -> Document:
    sha = hashlib.sha256(row["id"].encode()).hexdigest()
    meta = Metadata(doc_type="Báo cáo", title=f"Báo cáo năm {row['year']}", place=row["place"], period=row["year"])
    passages, place = [], 0
    for i, part in enumerate(row["passages"]):
        kind = {"footnote": "footnote", "table_row": "table_row"}.get(part.get("role", ""), "paragraph")
        text, path = part["passage"], tuple(row["heading"])
        passages.append(Passage(f"{sha[:12]}:p{i:05d}", kind, text, None, path, None, None, place, place + len(text)))
        place += len(text) + 1
    canonical = "\n".join(p.text for p in passages)
    return Document(sha[:12], row["id"], sha, "text/plain", meta, (), tuple(passages), (), (), (), (), canonical)


def keyed(text: str, letters: dict[str, str], tones: dict[str, str]) -> str:
    """The keys that a Vietnamese keyboard would have turned into this text, the tone behind each syllable."""
    words = []
    for word in unicodedata.normalize("NFC", text).split(" "):
        tone, keys = "", ""
        end = next((i for i in range(len(word), 0, -1) if word[i - 1].isalpha()), 0)
        for char in word[:end]:
            parts = unicodedata.normalize("NFD", char)
            tone = next((tones[p] for p in parts if p in tones), tone)
            base = unicodedata.normalize("NFC", "".join(p for p in parts if p not in tones))
            coded = letters.get(base.lower(), base)
            keys += coded.capitalize() if base.isupper() else coded
        words.append(keys + tone + word[end:])
    return " ".join(words)


def half_bare(text: str, rng: random.Random) -> str:
    """Half of the syllables without their marks; one of them keeps them at least."""
    words = text.split(" ")
    with_marks = [i for i, word in enumerate(words) if has_diacritics(word)]
    bare = rng.sample(with_marks, len(with_marks) // 2)
    return " ".join(strip_marks(word) if i in bare else word for i, word in enumerate(words))


def slipped(text: str, rng: random.Random) -> str | None:
    """One slip in one syllable of three letters and more, that makes it none; None where no slip does."""
    words = text.split(" ")
    places = [i for i, word in enumerate(words) if len(word) > 2 and word.isalpha() and word.islower()]
    rng.shuffle(places)
    for i in places:
        word = words[i]
        kinds: list[Callable[[int], str]] = [
            lambda k, w=word: w[:k] + w[k + 1 :],
            lambda k, w=word: w[:k] + w[k] + w[k:],
            lambda k, w=word: w[: k - 1] + w[k] + w[k - 1] + w[k + 1 :] if k else w,
            lambda k, w=word: w[:k] + rng.choice(_beside(w[k])) + w[k + 1 :],
        ]
        for _ in range(20):
            spoilt = rng.choice(kinds)(rng.randrange(len(word)))
            if spoilt != word and not is_syllable(spoilt):
                return " ".join([*words[:i], spoilt, *words[i + 1 :]])
    return None


def _beside(char: str) -> str:
    """Letters that lie beside one on the keyboard."""
    folded = syllable_keys(char)[1]
    return "".join(w for w, likely in near_syllables(folded) if len(w) == 1 and likely > 0.5) or "x"


def keys_of(text: str) -> list[str]:
    """Marked keys of the words of a text."""
    return [t.marked for t in tokenize(text) if t.kind == "word"]


def share(right: int, every: int) -> str:
    """For a table."""
    return f"{100 * right / max(1, every):6.2f} % of {every}"


def syllables_right(searcher: Searcher, rows: list[tuple[str, str]]) -> Iterator[tuple[str, int, int]]:
    """(what, right, of) for pairs of spoilt and good text: all syllables, those the corpus spells so, whole queries."""
    table = searcher._speller.table
    right, every, held, held_right, whole, queries = 0, 0, 0, 0, 0, 0
    for spoilt, good in rows:
        query = analyse(spoilt, None, searcher._speller)
        got, wanted = keys_of(query.restored), keys_of(good)
        if len(got) != len(wanted):
            every += len(wanted)
            queries += 1
            continue
        same = [a == b for a, b in zip(got, wanted, strict=True)]
        here = [table.find(key) >= 0 for key in wanted]
        right, every = right + sum(same), every + len(same)
        held, held_right = held + sum(here), held_right + sum(a and b for a, b in zip(same, here, strict=True))
        whole, queries = whole + all(same), queries + 1
    yield "syllables", right, every
    yield "syllables that the corpus spells so", held_right, held
    yield "whole queries", whole, queries


def spoilt_queries(asked: list[Asked]) -> dict[str, list[tuple[Asked, str]]]:
    """Way of spoiling → (query, spoilt text)."""
    rng = random.Random(11)
    good = [q for q in asked if has_diacritics(q.text)]
    slips = [(q, s) for q in good if (s := slipped(q.text, rng)) is not None]
    return {
        "no marks": [(q, strip_marks(q.text)) for q in good],
        "half marked": [(q, half_bare(q.text, rng)) for q in good],
        "telex": [(q, keyed(q.text, _TELEX_LETTERS, _TELEX_TONES)) for q in good],
        "vni": [(q, keyed(q.text, _VNI_LETTERS, _VNI_TONES)) for q in good],
        "slip": slips,
        "slip, no marks": [(q, strip_marks(text)) for q, text in slips],
    }


def report_spelling(searcher: Searcher, asked: list[Asked]) -> None:
    """Right syllables by way of spoiling, and harm."""
    for name, rows in spoilt_queries(asked).items():
        for what, right, every in syllables_right(searcher, [(text, q.text) for q, text in rows]):
            print(f"{name:16} {what:36} {share(right, every)}")
    for name in ("slip", "slip, no marks"):
        report_slips(searcher, name, spoilt_queries(asked)[name])
    english = [q.text for q in asked if q.kind == "english"]
    others = [q.text for q in asked if q.kind != "english"]
    report_harm(searcher, "with marks", [text for text in others if has_diacritics(text)])
    report_harm(searcher, "without marks", [text for text in others if not has_diacritics(text)])
    report_harm(searcher, "English", english)


def report_slips(searcher: Searcher, name: str, rows: list[tuple[Asked, str]]) -> None:
    """Slips whose letters were put right, and those that became another word."""
    fixed = wrong = 0
    for query, text in rows:
        got = [t.folded for t in analyse(text, None, searcher._speller).tokens]
        wanted = [t.folded for t in tokenize(query.text)]
        fixed += got == wanted
        wrong += got not in (wanted, [t.folded for t in tokenize(text)])
    print(f"{name:16} {'letters mended right':36} {share(fixed, len(rows))}")
    print(f"{name:16} {'mended into something else':36} {share(wrong, len(rows))}")


def report_harm(searcher: Searcher, name: str, texts: list[str]) -> None:
    """Good queries that are changed: other letters, or marks where some were typed."""
    changed = []
    for text in texts:
        query = analyse(text, None, searcher._speller)
        if query.text != text or (query.marked and query.restored != query.text):
            changed.append((text, query.text, query.restored))
    print(f"{'good, ' + name:20} {'changed':32} {share(len(changed), len(texts))}")
    for row in changed[:8]:
        print("      ", " | ".join(row))


def gain(searcher: Searcher, text: str, passage: str) -> float:
    """1 / log2(rank + 1) of the answer among ten hits."""
    ids = [hit.passage_id for hit in searcher.search(text).hits]
    return 1 / np.log2(ids.index(passage) + 2) if passage in ids else 0.0


def report_search(searcher: Searcher, asked: list[Asked], number: int) -> None:
    """nDCG@10 with and without the speller, by way of spoiling."""
    rng = random.Random(5)
    speller = searcher._speller
    ways = {"clean": [(q, q.text) for q in asked if q.kind != "english"], **spoilt_queries(asked)}
    for name, rows in ways.items():
        chosen = rng.sample(rows, min(number, len(rows)))
        means = []
        for use in (speller, None):
            searcher._speller = use  # type: ignore[assignment]
            means.append(np.mean([gain(searcher, text, q.passage) for q, text in chosen]))
        searcher._speller = speller
        print(f"{name:16} n={len(chosen)} nDCG@10 with {means[0]:.4f} without {means[1]:.4f}", flush=True)


def report_time(searcher: Searcher, asked: list[Asked]) -> None:
    """Milliseconds that the speller takes of a query, by way of spoiling."""
    speller = searcher._speller
    for name, rows in {"good": [(q, q.text) for q in asked], **spoilt_queries(asked)}.items():
        took = []
        for _, typed in rows[:400]:
            begun = time.perf_counter()
            text, _ = speller.decoded(typed)
            took.append(time.perf_counter() - begun)
            tokens = tokenize(text)
            begun = time.perf_counter()
            speller.read(text, tokens)
            speller.abbreviations.expansions(text, tokens)
            took[-1] += time.perf_counter() - begun
        p50, p95 = np.percentile(took, 50) * 1000, np.percentile(took, 95) * 1000
        print(f"{name:16} the speller takes p50 {p50:.3f} ms, p95 {p95:.3f} ms")


def main() -> int:
    """Index, spoil, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--held-out", action="store_true")
    parser.add_argument("--keep", type=Path, help="folder for the index; used as it is where it holds one")
    parser.add_argument("--queries", type=int, default=400, help="for --search, of each way")
    parser.add_argument("--search", action="store_true")
    args = parser.parse_args()
    documents, asked = material(without_held_out=args.held_out)
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.keep or Path(temporary) / "index"
        if not (folder / "CURRENT").exists():
            build_documents(documents, folder, load_encoder(None))
        searcher = open_index(folder)
        begun = time.perf_counter()
        table, short = searcher._speller.table, searcher._speller.abbreviations
        print(f"{searcher.info.passages} passages; {len(table.words)} words, {len(short)} abbreviations", end="")
        print(f", opened in {(time.perf_counter() - begun) * 1000:.1f} ms")
        report_spelling(searcher, asked)
        report_time(searcher, asked)
        if args.search:
            report_search(searcher, asked, args.queries)
    return 0


if __name__ == "__main__":
    sys.exit(main())
