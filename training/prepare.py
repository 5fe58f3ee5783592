"""Step 1: every text in the encoder's form of input, cached, one file a source."""

from __future__ import annotations

import json
import multiprocessing
import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from tqdm import tqdm

from index.clauses import clauses
from index.segment import fold, words_form
from training.sources import Record, available, read_source

__all__ = ["prepare", "read_forms"]

# Short forms that queries and reports exchange freely; the long form first.
ABBREVIATIONS = (
    ("ủy ban nhân dân", "UBND"),
    ("hội đồng nhân dân", "HĐND"),
    ("Mặt trận Tổ quốc", "MTTQ"),
    ("nông thôn mới", "NTM"),
    ("ban chấp hành", "BCH"),
    ("ban thường vụ", "BTV"),
    ("kinh tế - xã hội", "KT-XH"),
    ("quốc phòng - an ninh", "QP-AN"),
    ("dân tộc thiểu số", "DTTS"),
    ("bảo hiểm y tế", "BHYT"),
    ("bảo hiểm xã hội", "BHXH"),
    ("cán bộ, công chức, viên chức", "CBCCVC"),
    ("chương trình mục tiêu quốc gia", "CTMTQG"),
    ("tổ chức cơ sở đảng", "TCCSĐ"),
    ("trung học cơ sở", "THCS"),
    ("trung học phổ thông", "THPT"),
    ("cải cách hành chính", "CCHC"),
    ("hợp tác xã", "HTX"),
    ("văn hóa - xã hội", "VH-XH"),
    ("khoa học công nghệ", "KHCN"),
    ("an toàn thực phẩm", "ATTP"),
    ("xóa đói giảm nghèo", "XĐGN"),
)
_SHORT = dict(ABBREVIATIONS)
_LONG = {short: long for long, short in ABBREVIATIONS}
_ANY = re.compile("|".join(rf"(?<!\w){re.escape(t)}(?!\w)" for t in (*_SHORT, *_LONG)))


def swap_abbreviations(text: str) -> str:
    """Long forms shortened and short forms written out."""
    return _ANY.sub(lambda m: _SHORT.get(m.group()) or _LONG.get(m.group()) or m.group(), text)


def to_forms(record: Record) -> dict:
    """A record with its texts as words; each query also without diacritics, lower-cased and with abbreviations swapped.

    Returns:
        The record as a dict, with the passage's `clauses`; `queries` holds (kind, [form, other forms …], form without
        diacritics).
    """
    row = asdict(record)
    row["clauses"] = [words_form(record.passage[a:b]) for a, b in clauses(record.passage)]
    row["passage"] = " ".join(row["clauses"])
    row["context"] = words_form(record.context)
    row["queries"] = []
    for kind, query in record.queries:
        texts = [query]
        if record.context or len(query) < 200:
            texts += [query.lower(), swap_abbreviations(query)]
        forms = list(dict.fromkeys(words_form(text) for text in dict.fromkeys(texts)))
        row["queries"].append((kind, forms, " ".join(words_form(fold(query)).split())))
    return row


def prepare(data: Path, work: Path, *, jobs: int = 2, force: bool = False) -> list[str]:
    """Write ``work/forms/<source>.jsonl`` for each source that the data folder has.

    Args:
        data: the data folder (``training/``, ``thesaurus/``).
        work: where results are kept.
        jobs: processes.
        force: also do again what is there.

    Returns:
        The names of the sources.
    """
    folder = work / "forms"
    folder.mkdir(parents=True, exist_ok=True)
    names = available(data)
    if not names:
        raise SystemExit(f"no training material under {data}")
    todo = [name for name in names if force or not (folder / f"{name}.jsonl").exists()]
    if todo:
        with multiprocessing.get_context("spawn").Pool(jobs) as pool:
            for name in todo:
                records = read_source(data, name)
                part = folder / f"{name}.part"
                with part.open("w", encoding="utf-8") as out:
                    for row in tqdm(
                        pool.imap(to_forms, records, chunksize=64), desc=f"prepare {name}", unit=" records"
                    ):
                        out.write(json.dumps(row, ensure_ascii=False) + "\n")
                part.rename(folder / f"{name}.jsonl")
    return names


def read_forms(work: Path, name: str) -> Iterator[dict]:
    """What `prepare` wrote for one source."""
    with (work / "forms" / f"{name}.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def prepared(work: Path) -> list[str]:
    """Names of the sources that are prepared."""
    return sorted(p.stem for p in (work / "forms").glob("*.jsonl"))
