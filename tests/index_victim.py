"""A real ingest in a process of its own, to be killed at any moment: index_victim.py FOLDER INDEX JOBS."""

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parent)]

from index_helpers import HashEncoder  # noqa: E402

import index.build  # noqa: E402 (the path comes first)

if __name__ == "__main__":
    index.build.load_encoder = lambda *_: HashEncoder()
    print("start", flush=True)
    index.build.ingest_paths(
        [sys.argv[1]], sys.argv[2], jobs=int(sys.argv[3]), progress=lambda *step: print(*step, flush=True)
    )
    print("end", flush=True)
