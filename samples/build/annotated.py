"""Samples written in the form that a converter left, with the gold marked inside the text.

A source in `source/converted` is the document itself, character by character, with marks in ‹ ›, which are taken out:

%key value             head of the file, up to an empty line: the gold's `meta`; `%header a | b | c`, one a table;
                       `%marker PATTERN`: how markers look where `MARKER` does not know it
‹H2 1.1›title‹/H›      a heading: level, number (`-` none), `r` behind it = the paragraph goes on in the same line
‹N key›                a footnote's marker stands here; what follows the key's last dot is the number that a reader sees
‹B key›body‹/B›        the body of that note, over pages and furniture
‹J id› … ‹j id›        one paragraph, heading, note or title goes on from the one place to the other
‹T Biểu 1›title‹/T›    title of an annex table (`-` no number); ‹t›title‹/t› of one inside a section
‹R›                    a row of that table begins; ‹G I›title‹/G›: it is a group with that number
"""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path

from .gold import META, _words_back, _words_on

SOURCES = Path(__file__).parent / "source" / "converted"
FOLDER = Path(__file__).parents[1] / "formats"
GOLD = Path(__file__).parents[1] / "gold"
MARK = re.compile(r"‹[^›]*›")
MARKER = re.compile(r"‹N [^›]*›(?:\(?\[footnoteRef:\d+\]\)?|\[\^\w+\]|[¹²³⁴⁵⁶⁷⁸⁹⁰]+|\(?\d+\)?(?=</sup>)|\(\d+\))")


def sources() -> list[Path]:
    """The annotated sources, sorted by name."""
    return sorted(SOURCES.iterdir())


def split(path: Path) -> tuple[dict[str, str], list[list[str]], str]:
    """Meta, headers of the tables, and the annotated text of a source."""
    head, _, text = unicodedata.normalize("NFC", path.read_text(encoding="utf-8")).partition("\n\n")
    pairs = [line[1:].split(" ", 1) for line in head.splitlines()]
    headers = [value.split(" | ") for key, value in pairs if key == "header"]
    return {key: value for key, value in pairs if key != "header"}, headers, text


def plain(text: str) -> str:
    """Text as a reader sees it: no marks, markers and markup, one space for white space."""
    text = re.sub(r"(\d|m|km)(?:<sup>(\d)</sup>|\^(\d)\^)", r"\1\2\3", MARK.sub("", MARKER.sub("", text)))
    return re.sub(r"\s+", " ", re.sub(r"</?\w+>|[*#\\]", "", text)).strip()


def without_markers(meta: dict[str, str], text: str) -> str:
    """The annotated text without markers of the source's own look (`%marker`)."""
    return re.sub(rf"(‹N [^›]*›)(?:{meta['marker']})", r"\1", text) if "marker" in meta else text


def headings(text: str) -> list[dict]:
    """Headings in reading order, tables' titles and groups among them, each with its parent's number."""
    rows: list[dict] = []
    stack: list[tuple[int, str | None]] = []
    for match in re.finditer(r"‹(?:H(\d) ([^›]+?)( r)?|(T) ([^›]+)|(G) (\S+))›(.*?)‹/[HTG]›", text, re.S):
        level = int(match[1] or (1 if match[4] else 2))
        number = match[2] or match[5] or match[7]
        while stack and stack[-1][0] >= level:
            stack.pop()
        row = {"level": level, "number": None if number == "-" else number, "text": plain(match[8])}
        row |= {"parent": stack[-1][1] if stack else None, "run_in": bool(match[3])}
        rows.append(row | ({"annex": True} if match[4] else {}) | ({"in_table": True} if match[6] else {}))
        stack.append((level, row["number"]))
    return rows


def footnotes(text: str) -> list[dict]:
    """One row a marker, in reading order."""
    bodies = dict(re.findall(r"‹B ([^›]+)›(.*?)‹/B›", text, re.S))
    rows = []
    for match in re.finditer(r"‹N ([^›]+)›", text):
        body = bodies[match[1]]
        first, last = re.split(r"‹J [^›]+›", body)[0], re.split(r"‹j [^›]+›", body)[-1]
        row = {"marker": match[1].rsplit(".", 1)[-1]}
        row["anchor_before"] = _words_back(plain(re.split(r"[\n|]", text[: match.start()])[-1]), 50)
        # "m²" or "m2": both are faithful readings of an exponent
        row["body_start"] = _words_on(re.split(r"[²³⁶]", plain(first))[0], 50)
        rows.append(row | {"body_end": _words_back(plain(last), 40), "key": match[1]})
    seen = [row["marker"] for row in rows]
    return [row | {"restarts": len(set(seen)) < len(seen)} for row in rows]


def joins(text: str) -> list[dict]:
    """Both sides of every break inside a paragraph, heading, note or title."""
    rows = []
    for match in re.finditer(r"‹J ([^›]+)›", text):
        left = plain(re.sub(r"‹[HB] ?[^›]*›", "\n", text[: match.start()]).rsplit("\n", 1)[-1])
        right = plain(text.split(f"‹j {match[1]}›")[1].split("\n", 1)[0])
        rows.append({"left_end": _words_back(left, 36), "right_start": _words_on(right, 36)})
    return rows


def tables(text: str, headers: list[list[str]]) -> list[dict]:
    """Title, header and number of rows of every table."""
    parts = re.split(r"‹(?:T ([^›]+)|t)›(.*?)‹/[Tt]›", text, flags=re.S)[1:]
    found = zip(parts[::3], parts[1::3], parts[2::3], headers, strict=True)
    return [
        {
            "title": plain(f"{number}. {title}" if number not in (None, "-") else title),
            "header": header,
            "rows": rest.count("‹R›"),
        }
        for number, title, rest, header in found
    ]


def build(path: Path) -> dict[Path, bytes]:
    """The document and its gold, as path → bytes (nothing is written here)."""
    meta, headers, text = split(path)
    document, text = MARK.sub("", text).encode(), without_markers(meta, text)
    structure = {
        "meta": {key: meta.get(key) for key in META} | {"draft": False},
        "headings": headings(text),
        "joins": joins(text),
        "tables": tables(text, headers),
    }

    def dump(data: object) -> bytes:
        return (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode()

    return {
        FOLDER / path.name: document,
        GOLD / f"{path.stem}.footnotes.json": dump(footnotes(text)),
        GOLD / f"{path.stem}.structure.json": dump(structure),
    }


def build_all_annotated() -> list[Path]:
    """Write every document and its gold; returns the paths written."""
    written = []
    for path in sources():
        for target, data in build(path).items():
            target.write_bytes(data)
            written.append(target)
    return written
