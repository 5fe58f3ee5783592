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
from training.sources import Record, available, file_hash, read_source, source_files

__all__ = ["made_of", "prepare", "prepared", "read_forms"]

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
FORMAT = "2"  # of the prepared records
LONG = 200  # signs; a query of so many is an abstract, and is taken as it is
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
        diacritics), `wide` the same with the grades behind.
    """
    row = asdict(record)
    row["clauses"] = [words_form(record.passage[a:b]) for a, b in clauses(record.passage)]
    row["passage"] = " ".join(row["clauses"])
    row["context"] = words_form(record.context)
    row["queries"] = [(kind, *_forms(query)) for kind, query in record.queries]
    row["wide"] = [(kind, *_forms(query), answers) for kind, query, answers in record.wide]
    return row


def _forms(query: str) -> tuple[list[str], str]:
    """A query's forms with diacritics, of which the first is as written, and the one without."""
    texts = [query] if len(query) >= LONG else [query, query.lower(), swap_abbreviations(query)]
    return list(dict.fromkeys(words_form(text) for text in texts)), " ".join(words_form(fold(query)).split())


def prepare(data: Path, work: Path, *, jobs: int = 2, force: bool = False) -> list[str]:
    """Write ``work/forms/<source>.jsonl`` for each source that the data folder has.

    Args:
        data: the data folder (``training/``, ``thesaurus/``).
        work: where results are kept.
        jobs: processes.
        force: also do again what is there.

    Returns:
        The names of the sources that were prepared now, those left out whose files are what they were.
    """
    folder = work / "forms"
    folder.mkdir(parents=True, exist_ok=True)
    names = available(data)
    if not names:
        raise SystemExit(f"no training material under {data}")
    stamps = {name: _stamp(data, name) for name in names}
    todo = [name for name in names if force or _kept(folder, name) != stamps[name]]
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
                (folder / f"{name}.stamp").write_text(stamps[name], encoding="utf-8")
    return todo


def _stamp(data: Path, name: str) -> str:
    """What a prepared source was made of: a source that has grown since is prepared again."""
    files = {path.name: file_hash(path) for path in source_files(data, name)}
    return json.dumps({"format": FORMAT, "files": files}, ensure_ascii=False)


def made_of(work: Path) -> dict[str, dict]:
    """The manifest of what is prepared: the files as they were then, whatever has become of them."""
    stamps = {name: json.loads((work / "forms" / f"{name}.stamp").read_text("utf-8")) for name in prepared(work)}
    return {
        name: {"files": stamp["files"], "records": sum(1 for _ in read_forms(work, name))}
        for name, stamp in stamps.items()
    }


def _kept(folder: Path, name: str) -> str:
    stamp = folder / f"{name}.stamp"
    return stamp.read_text(encoding="utf-8") if stamp.exists() and (folder / f"{name}.jsonl").exists() else ""


def read_forms(work: Path, name: str) -> Iterator[dict]:
    """What `prepare` wrote for one source."""
    with (work / "forms" / f"{name}.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def prepared(work: Path) -> list[str]:
    """Names of the sources that are prepared."""
    return sorted(p.stem for p in (work / "forms").glob("*.jsonl"))
