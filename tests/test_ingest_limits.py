"""Every limit of ingest is written down, with its figure, in one table."""

from __future__ import annotations

import re
from pathlib import Path

REPO = Path(__file__).resolve().parents[1]
ELSEWHERE = {"MAX_MARKED"}  # a share that a rule weighs, no limit of input


def test_the_table_names_every_limit():
    text = (REPO / "docs/formats.md").read_text("utf-8")
    table = text[text.index("## Limits") :].split("\n## ")[0]
    named = set(re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", table))
    there = {
        name
        for path in (REPO / "ingest").rglob("*.py")
        for name in re.findall(r"^(MAX_[A-Z_]+|[A-Z]+_LIMIT)\b", path.read_text("utf-8"), re.MULTILINE)
    }
    assert there - ELSEWHERE <= named
    assert {n for n in named if n.startswith("MAX_")} <= there
