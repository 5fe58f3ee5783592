"""Gold derived from the sources: footnotes, structure, and the plain reading form in which quotes are looked up."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from .markup import TOKEN, Heading, PageBreak, Paragraph, Raw, Source, Table, exponents, plain, shown

META = (
    "doc_type",
    "title",
    "issuer",
    "place",
    "province",
    "doc_number",
    "date",
    "period",
    "signer",
    "signer_position",
)  # null: the file does not state it


ITEM = re.compile(r"\(\d+\) |[a-zđ]\) ")


@dataclass(frozen=True)
class Line:
    """One line of the reading form and what it is: body, heading, footnote, table or furniture."""

    kind: str
    text: str


def reading(source: Source) -> list[Line]:
    """The document as a reader sees it: one line a paragraph, note or table row; notes follow their paragraph."""
    lines = []
    for block in source.blocks:
        match block:
            case Heading():
                lines.append(Line("heading", plain(block.label + block.title)))
            case Paragraph():
                lines.append(Line("body", plain(block.text)))
                keys = [key for key in TOKEN.findall(block.text) if source.notes.get(key)]
                lines += [Line("footnote", f"{shown(key)} {plain(source.notes[key] or '')}") for key in keys]
            case Table():
                rows = [block.columns, *[row for row in block.rows if row]]
                lines += [Line("heading", plain(block.title)), Line("furniture", plain(block.note))]
                lines += [Line("table", plain("\t".join(row))) for row in rows]
            case Raw():
                lines.append(Line("furniture", plain(block.text).replace("\t", " ")))
            case PageBreak():
                pass
    return [line for line in lines if line.text]


def _words_back(text: str, length: int) -> str:
    text = re.sub(r"\s+", " ", text).rstrip()
    return text if len(text) <= length else text[text.index(" ", len(text) - length) :].strip()


def _words_on(text: str, length: int) -> str:
    text = re.sub(r"\s+", " ", text).lstrip()
    return text if len(text) <= length else text[: text.rindex(" ", 0, length)].strip()


def footnotes(source: Source) -> list[dict]:
    """One row a marker, in reading order; start and end are null where the body is lost."""
    rows = []
    for block in source.blocks:
        if not isinstance(block, Paragraph):
            continue
        for match in TOKEN.finditer(block.text):
            if match[1] in ("/", "//"):
                continue
            body = source.notes[match[1]]
            text = re.sub(r"^(\d|\(\)) ", "", plain(body)) if body else None  # a doubled or empty marker is debris
            start = (
                re.split(r"[²³]", text)[0] if text else None
            )  # "m²" or "m2": both are faithful readings of an exponent
            rows.append(
                {
                    "marker": shown(match[1]),
                    "anchor_before": _words_back(plain(block.text[: match.start()]), 50),
                    "body_start": _words_on(start, 50) if start else None,
                    "body_end": _words_back(text, 40) if text else None,
                    "key": match[1],
                }
            )
    seen = [row["marker"] for row in rows]
    for row in rows:
        row["restarts"] = len(set(seen)) < len(seen)
    return rows


def _break(left: str, right: str) -> dict:
    return {"left_end": _words_back(plain(left), 36), "right_start": _words_on(plain(right), 36)}


def joins(source: Source) -> list[dict]:
    """Every place where a paragraph, heading or title is broken over a page or line in a text sample."""
    rows = []
    texts = [body for body in source.notes.values() if body]
    for block in source.blocks:
        if not isinstance(block, Raw) or block.kind == "title":
            texts.append(block.title if isinstance(block, Heading) else getattr(block, "text", ""))
    for text in texts:
        for match in re.finditer(r"\{//?\}", text):
            if text[match.end() :].strip():
                rows.append(_break(text[: match.start()], text[match.end() :]))
    return rows


def _heading_row(h: Heading) -> dict:
    return {
        "level": h.level,
        "number": h.number or None,
        "text": plain(h.title),
        "parent": h.parent,
        "run_in": "runin" in h.options,
    }


def _annex_rows(t: Table) -> list[dict]:
    """The headings that an annex table brings: its title, and its group rows with Roman numbers."""
    if not t.annex:
        return []
    title = plain(t.title.removeprefix(f"{t.number}. "))
    shape = {"run_in": False, "annex": True}
    rows = [{"level": 1, "number": t.number or None, "text": title, "parent": None, **shape}]
    for row in t.rows:
        if row and re.fullmatch(r"[IVX]+", row[0]) and not any(row[2:]):
            group = {"level": 2, "number": row[0], "text": plain(row[1]), "parent": t.number or None}
            rows.append({**group, "run_in": False, "in_table": True})
    return rows


def _headings(source: Source) -> list[dict]:
    rows = []
    for block in source.blocks:
        if isinstance(block, Heading):
            rows.append(_heading_row(block))
        elif isinstance(block, Table):
            rows += _annex_rows(block)
    return rows


def _table_row(t: Table, crosses: bool) -> dict:
    rows = [row for row in t.rows if row]
    lines = {"header_lines": t.header_lines} if len(t.header_lines) > 1 else {}
    return {
        "title": plain(t.title),
        "header": t.columns,
        **lines,
        "rows": len(rows),
        "first_row": exponents(rows[0][1]).replace("<b>", "").replace("</b>", ""),
        "continues_over_page_break": crosses or None in t.rows,
        "numbering_row": t.numbering,
    }


def structure(source: Source, laid_out: list[dict] | None = None) -> dict:
    """The structure gold; `laid_out` are the joins of a format whose builder breaks lines or pages itself."""
    items = [b.text for b in source.blocks if isinstance(b, Paragraph) and ITEM.match(b.text)]
    return {
        "meta": {key: source.meta.get(key) for key in META} | {"draft": source.meta.get("draft") == "yes"},
        "headings": _headings(source),
        "list_items": [{"number": item.split(" ")[0], "text": _words_on(plain(item), 50)} for item in items],
        "joins": joins(source) if laid_out is None else laid_out,
        "tables": [
            _table_row(b, source.meta.get("table_crosses") == "yes") for b in source.blocks if isinstance(b, Table)
        ],
        "artifacts": [note for note in source.meta.get("artifacts", "").split(" · ") if note],
    }


def write(source: Source, folder: Path, laid_out: list[dict] | None = None) -> dict[Path, bytes]:
    """The gold files of one sample, as path → bytes (nothing is written here)."""

    def dump(data: object) -> bytes:
        return (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode()

    text = "\n".join(line.text for line in reading(source)) + "\n"
    return {
        folder / f"{source.name}.footnotes.json": dump(footnotes(source)),
        folder / f"{source.name}.structure.json": dump(structure(source, laid_out)),
        folder / "text" / f"{source.name}.txt": text.encode(),
    }
