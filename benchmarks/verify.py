"""How well quotations are told apart, and how fast: true ones, altered ones, foreign ones.

``python -m benchmarks.verify [--count 500] [--folder DIR] [--foreign FILE.jsonl]``

True quotations are cut at random words out of the files as they lie there (markup, footnote markers and line breaks and
all) and out of the canonical texts; altered ones have one digit, one word or one negation changed; foreign ones come
from other reports. Wanted: none of the altered or foreign called verbatim, at least 0.99 of the true ones, each under
20 ms.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import re
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from index import open_index
from index.build import ingest_paths
from index.search import Searcher
from index.wording import quoted

SHARED = Path(__file__).resolve().parents[2] / "shared"
_PIECE = re.compile(r"\S+")


def cut(text: str, random_: random.Random, least: int = 6, most: int = 60) -> str:
    """A run of pieces between blanks, at least six words in it, out of one block between empty lines."""
    # A converter's "[7: body of the note]" stands in the middle of a sentence that it is no part of.
    blocks = [b for b in re.split(r"\n\s*\n|\[\d+:|\]\s+(?=\[)", text) if len(b.split()) >= least]
    while True:
        block = random_.choice(blocks)
        pieces = list(_PIECE.finditer(block))
        length = random_.randint(least, min(most, len(pieces)))
        first = random_.randint(0, len(pieces) - length)
        found = block[pieces[first].start() : pieces[first + length - 1].end()]
        if len(quoted(found)[1]) >= least:
            return found


def one_digit(text: str, random_: random.Random) -> str | None:
    """The text with one digit changed; None where it has none."""
    places = [m.start() for m in re.finditer(r"\d", text)]
    if not places:
        return None
    at = random_.choice(places)
    return text[:at] + random_.choice([d for d in "123456789" if d != text[at]]) + text[at + 1 :]


def one_word(text: str, random_: random.Random) -> str | None:
    """The text with one word replaced by another of its words, one left out, or one typed with other marks."""
    words = list(re.finditer(r"[^\W\d_]{2,}", text))
    if len(words) < 3:
        return None
    word, other = random_.sample(words, 2)
    if word[0].lower() == other[0].lower():
        return None
    new = random_.choice([other[0], "", word[0][:-1] + ("a" if word[0][-1] != "a" else "o")])
    return text[: word.start()] + new + text[word.end() :]


def one_negation(text: str, random_: random.Random) -> str | None:
    """The text with "không" or "chưa" before a verb, or without it where it has one."""
    held = list(re.finditer(r"\b(?:không|chưa)\s+", text))
    if held:
        match = random_.choice(held)
        return text[: match.start()] + text[match.end() :]
    verbs = list(re.finditer(r"\b(?:đạt|được|có|tăng|giảm|hoàn thành|thực hiện|đã)\b", text))
    if not verbs:
        return None
    match = random_.choice(verbs)
    return text[: match.start()] + random_.choice(["không ", "chưa "]) + text[match.start() :]


ALTERATIONS: tuple[tuple[str, Callable[[str, random.Random], str | None]], ...] = (
    ("digit", one_digit),
    ("word", one_word),
    ("negation", one_negation),
)


def judged(searcher: Searcher, quotes: Iterator[tuple[str, str]], count: int) -> tuple[Counter[tuple[str, str]], list]:
    """How often each kind of quotation got each status, and the milliseconds of each call."""
    statuses: Counter[tuple[str, str]] = Counter()
    times = []
    for _, (kind, quote) in zip(range(count), quotes, strict=False):
        started = time.perf_counter()
        verdict = searcher.verify(quote)
        times.append((time.perf_counter() - started) * 1000)
        statuses[kind, verdict.status] += 1
        WRONG.setdefault((kind, verdict.status), []).append(quote)
    return statuses, times


WRONG: dict[tuple[str, str], list[str]] = {}


def true_quotes(texts: list[tuple[str, str]], random_: random.Random) -> Iterator[tuple[str, str]]:
    """Out of the files and out of the canonical texts, without end."""
    while True:
        kind, text = random_.choice(texts)
        yield kind, cut(text, random_)


def altered_quotes(texts: list[tuple[str, str]], random_: random.Random, held: str) -> Iterator[tuple[str, str]]:
    """True ones with one change that really changes the wording, and are no wording of the corpus by chance."""
    for i, (_, quote) in enumerate(true_quotes(texts, random_)):
        name, change = ALTERATIONS[i % len(ALTERATIONS)]
        new = change(quote, random_)
        keys = quoted(new)[1].keys if new else ()
        if new and keys != quoted(quote)[1].keys and f" {' '.join(keys)} " not in held:
            yield name, new


def strings(value: object) -> Iterator[str]:
    """Every text in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from strings(part)


def foreign_quotes(path: Path, random_: random.Random, held: str) -> Iterator[tuple[str, str]]:
    """Out of other reports, where none of them stands in the corpus word for word."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    texts = [text for row in rows for text in strings(row) if len(text.split()) >= 12]
    while True:
        quote = cut(random_.choice(texts), random_)
        if f" {' '.join(quoted(quote)[1].keys)} " not in held:
            yield "foreign", quote


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--folder", type=Path, default=SHARED / "seeds", help="documents")
    parser.add_argument("--foreign", type=Path, help="JSON lines whose texts are foreign quotations")
    parser.add_argument("--seed", type=int, default=6)
    parser.add_argument("--show", action="store_true", help="print the quotations that got another status than wanted")
    args = parser.parse_args()
    files = sorted(p for p in args.folder.iterdir() if p.suffix in (".txt", ".md"))
    with tempfile.TemporaryDirectory() as folder:
        ingest_paths(files, folder)
        searcher = open_index(folder)
        canonical = [searcher.document(info.id).canonical for info in searcher.documents()]
        texts = [("file", p.read_text(encoding="utf-8")) for p in files] + [("canonical", text) for text in canonical]
        # As the servers do before they answer: `search_api.reloading.settled`.
        searcher.warm()
        gc.collect()
        gc.freeze()
        held = " ".join(" ".join(quoted(text)[1].keys) for text in canonical)
        random_ = random.Random(args.seed)
        searcher.verify("văn kiện")
        kinds = [("true", true_quotes(texts, random_)), ("altered", altered_quotes(texts, random_, held))]
        if args.foreign:
            kinds.append(("foreign", foreign_quotes(args.foreign, random_, held)))
        for name, quotes in kinds:
            statuses, times = judged(searcher, quotes, args.count)
            times.sort()
            p50, p99, most = times[len(times) // 2], times[int(len(times) * 0.99)], times[-1]
            print(f"{name}: p50 {p50:.1f} ms, p99 {p99:.1f} ms, most {most:.1f} ms")
            for (kind, status), number in sorted(statuses.items()):
                print(f"  {kind:10} {status:14} {number}")
        searcher.close()
    if args.show:
        for (kind, status), quotes in sorted(WRONG.items()):
            if (kind in ("file", "canonical")) != (status == "verbatim"):
                for quote in quotes[:40]:
                    print(f"--- {kind} {status}\n{quote}")


if __name__ == "__main__":
    main()
