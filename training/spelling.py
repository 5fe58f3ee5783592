"""How often Vietnamese words stand beside each other at large: what `index.spelling_table` knows before any corpus.

usage: python -m training.spelling DATA_FOLDER

Counts of words and pairs over the training texts (what is held out is left out), scaled to two million tokens, the
commonest kept; counts alone, no text. Writes ``index/vietnamese.npz`` and, beside it, what it was counted from.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from index.spelling_table import BACKGROUND, NUMBER, Counting
from index.tokens import syllable_keys
from ingest.syllables import is_syllable
from training.manifest import manifest
from training.sources import WRITTEN, available, read_source

TOKENS = 2_000_000
MAX_PAIRS = 300_000
WRITTEN_WEIGHT = 8
"""How often what was written for the search counts: queries are worded like these, not like the news."""

LEAST = 10
"""A pair that counts less is left out."""

_PIECES = re.compile(r"[^\W\d_]+|\d+(?:[.,/]\d+)*")


def texts(data: Path) -> Iterator[str]:
    """Every training text and Vietnamese query, as often as it counts; what is held out is left out."""
    for name in available(data):
        if name == "thesaurus":  # all of it stands among the concepts too
            continue
        times = WRITTEN_WEIGHT if name in (*WRITTEN, "concepts") else 1
        for record in read_source(data, name):
            if not record.held:
                queries = [query for kind, query in record.queries if kind not in ("english", "abbr")]
                yield from [record.passage, *queries] * times


def native(text: str) -> str:
    """Marked keys of the words that are syllables, and numbers; queries typed without marks give nothing."""
    keys = []
    for piece in _PIECES.findall(unicodedata.normalize("NFC", text).lower()):
        if piece[0].isdigit():
            keys.append(NUMBER)
        elif is_syllable(piece):
            keys.append(syllable_keys(piece)[0])
    return " ".join(keys) if any(not key.isascii() or key[-1] in "12345" for key in keys) else ""


def main() -> int:
    """Count and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    args = parser.parse_args()
    counting = Counting()
    for text in texts(args.data):
        counting.add("", native(text))
    counting.settle()
    keys = sorted(counting.ids)
    order = np.array([counting.ids[key] for key in keys], np.int64)
    kept = order[counting.words[order] >= LEAST]
    place = np.full(len(keys), -1, np.int64)
    place[kept] = np.arange(len(kept))
    pairs, times = counting.pairs_between(place, len(kept), MAX_PAIRS)
    scale = TOKENS / counting.words.sum()
    common = times >= max(LEAST, 0.5 / scale)
    names = [key for key in keys if place[counting.ids[key]] >= 0]
    np.savez_compressed(
        BACKGROUND,
        words=np.frombuffer(" ".join(names).encode(), np.uint8),
        counts=np.rint(counting.words[kept] * scale).astype(np.uint32),
        pairs=np.diff(pairs[common], prepend=0).astype(np.uint32),
        pair_counts=np.rint(times[common] * scale).astype(np.uint16),
    )
    told = json.dumps(manifest(args.data), ensure_ascii=False, indent=1)
    BACKGROUND.with_suffix(".json").write_text(told + "\n", encoding="utf-8")
    print(f"{counting.words.sum()} tokens, {len(names)} words, {int(common.sum())} pairs")
    return 0


if __name__ == "__main__":
    sys.exit(main())
