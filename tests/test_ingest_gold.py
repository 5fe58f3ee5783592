"""Structure against gold: the bars of the project, and never two points below what was reached."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from benchmarks.structure import REAL, gold_of, wrong_fields
from ingest.pipeline import parse_file

# Reached on the real reports when this gate was set, by the scorer of ../shared: (headings, footnotes, joins, rows)
REACHED = {
    "tamduong": (1.0, 0.99, 1.0, 1.0),
    "muongte": (1.0, 1.0, 1.0, 1.0),
    "laichau": (1.0, 1.0, 1.0, None),
}
BARS = (0.95, 0.98, 0.95, 0.97)
PARENTS, METADATA = 0.95, 0.90


@pytest.mark.parametrize("name", REAL)
def test_real_reports_reach_the_bars(name, shared_dir, tmp_path):
    document = parse_file(shared_dir / "seeds" / REAL[name])
    parsed = tmp_path / "parsed.json"
    parsed.write_text(json.dumps(document.to_json(), ensure_ascii=False), "utf-8")
    command = [sys.executable, shared_dir / "tools/score_structure.py", parsed, shared_dir / "gold" / name, "--json"]
    out = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    found = (out["headings"]["f1"], out["footnotes"]["f1"], out["joins"]["share"], out["tables"]["row_recall"])
    assert out["headings"]["levels"] >= PARENTS, (name, out)
    wrong, stated = wrong_fields(document, gold_of(shared_dir / "gold", name)[0]["meta"])
    assert len(wrong) <= (1 - METADATA) * stated, (name, wrong)
    for value, bar, reached in zip(found, BARS, REACHED[name], strict=True):
        assert value is None or value >= max(bar, (reached or 0) - 0.02), (name, out)
    # In muongte one sentence stands both in a paragraph and as the start of note 26, which the scorer counts as a leak
    assert out["joins"]["leaks"] <= (1 if name == "muongte" else 0)


def test_real_reports_lose_nothing(shared_dir):
    for path in sorted((shared_dir / "seeds").glob("*.txt")):
        document = parse_file(path)
        assert not [w for w in document.warnings if w.code == "account"], path.name
        assert max(len(p.text.split()) for p in document.passages if p.kind != "table_row") <= 250
