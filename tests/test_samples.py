"""The samples are what their sources say, and their gold can be found in them."""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from samples.build import gold as derived  # noqa: E402
from samples.build.make import SOURCES, build  # noqa: E402
from samples.build.markup import parse, shown  # noqa: E402
from samples.build.queries import KINDS, SHARED  # noqa: E402

SAMPLES = ROOT / "samples"
GOLD = SAMPLES / "gold"
NAMES = sorted(path.stem for path in SOURCES.glob("*.vk"))
TEXT_NAMES = [name for name in NAMES if parse(SOURCES / f"{name}.vk").meta["format"] in ("md", "txt")]
MARKUP = re.compile(r"\[footnoteRef:\d+\]|<sup>\(?\d+\)?</sup>|\[bookmark: [^\]]*\]|</?b>|[*#]|[⁰¹²³⁴⁵⁶⁷⁸⁹]+")


def sample(name: str) -> Path:
    return next(path for path in SAMPLES.glob(f"{name}.*"))


def load(name: str, kind: str):
    return json.loads((GOLD / f"{name}.{kind}.json").read_text(encoding="utf-8"))


def queries(name: str) -> list[dict]:
    return [json.loads(line) for line in (GOLD / f"{name}.queries.jsonl").read_text(encoding="utf-8").splitlines()]


def squeeze(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


@cache
def reading(name: str) -> list[str]:
    return [squeeze(line) for line in (GOLD / "text" / f"{name}.txt").read_text(encoding="utf-8").splitlines()]


def letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", MARKUP.sub("", text)).casefold()


def test_eight_reports_in_every_format() -> None:
    formats = [sample(name).suffix for name in NAMES]
    assert len(NAMES) == 8
    assert set(formats) == {".md", ".txt", ".docx", ".pdf", ".html"}
    styles = {parse(SOURCES / f"{name}.vk").meta.get("style") for name in TEXT_NAMES}
    assert styles == {"sup-digits", "sup-paren", "sup-bare", "footnote-ref"}


@pytest.mark.parametrize("name", NAMES)
def test_builders_reproduce_the_committed_files(name: str) -> None:
    for path, data in build(SOURCES / f"{name}.vk").items():
        if path.suffix == ".pdf":
            continue  # its bytes depend on reportlab's and zlib's versions: see the next test
        assert path.read_bytes() == data, f"{path.name} differs: run python -m samples.build"


def test_pdf_is_rebuilt_with_the_same_glyphs_in_the_same_places(tmp_path: Path) -> None:
    pdfplumber = pytest.importorskip("pdfplumber")
    path, data = next(item for item in build(SOURCES / "thach-giang-2023.vk").items() if item[0].suffix == ".pdf")
    rebuilt = tmp_path / path.name
    rebuilt.write_bytes(data)

    def glyphs(file: Path) -> list[tuple]:
        with pdfplumber.open(file) as pdf:
            return [
                (i, c["text"], round(c["x0"], 1), round(c["top"], 1)) for i, p in enumerate(pdf.pages) for c in p.chars
            ]

    assert glyphs(rebuilt) == glyphs(path)
    assert build(SOURCES / "thach-giang-2023.vk")[path] == data, "two builds on one machine differ"


@pytest.mark.parametrize("name", NAMES)
def test_length_and_form(name: str) -> None:
    text = (GOLD / "text" / f"{name}.txt").read_text(encoding="utf-8")
    assert 900 <= len(text.split()) <= 2600
    assert unicodedata.is_normalized("NFC", text)
    structure = load(name, "structure")
    assert len(structure["headings"]) >= 12
    assert all(structure["meta"][key] for key in ("doc_type", "title", "issuer", "place", "province", "signer")) or (
        name == "ea-vin-2024-du-thao"  # a draft is not signed
    )


@pytest.mark.parametrize("name", NAMES)
def test_queries(name: str) -> None:
    rows = queries(name)
    assert len({row["qid"] for row in rows}) == len(rows)
    assert [row["query"] for row in rows if row["kind"] == "shared"] == list(SHARED)
    own_queries = [row["query"] for row in rows if row["kind"] != "shared"]
    assert len(set(own_queries)) == len(own_queries) >= 60
    kinds = {row["kind"] for row in rows}
    assert kinds == set(KINDS) - ({"table"} if not load(name, "structure")["tables"] else set())
    for row in rows:
        assert row["source"] == sample(name).name
        own = [answer for answer in row["answers"] if "source" not in answer]
        assert row["kind"] == "shared" or any(a["grade"] == 3 for a in own), row["qid"]
        assert row["kind"] != "shared" or own == row["answers"]
        for answer in row["answers"]:
            holder = Path(answer.get("source", row["source"])).stem
            holding = [line for line in reading(holder) if answer["quote"] in line]
            assert len(holding) == 1, (row["qid"], answer["quote"], len(holding))


def test_shared_queries_are_answered_by_most_reports() -> None:
    for i, query in enumerate(SHARED):
        answered = [name for name in NAMES if next(r for r in queries(name) if r["query"] == query)["answers"]]
        assert len(answered) >= 5, (i, query, answered)


@pytest.mark.parametrize("name", TEXT_NAMES)
def test_quotes_stand_in_one_line_of_the_file(name: str) -> None:
    lines = [letters(line) for line in sample(name).read_text(encoding="utf-8").splitlines()]
    for row in queries(name):
        for answer in (a for a in row["answers"] if "source" not in a):
            assert any(letters(answer["quote"]) in line for line in lines), (row["qid"], answer["quote"])


@pytest.mark.parametrize("name", NAMES)
def test_footnotes(name: str) -> None:
    source = parse(SOURCES / f"{name}.vk")
    rows = load(name, "footnotes")
    assert [row["key"] for row in rows] == list(source.notes), "bodies are declared in the order of their markers"
    lost = [row for row in rows if row["body_start"] is None]
    assert len(lost) == (1 if name == "son-khe-2022" else 0)
    text = letters((GOLD / "text" / f"{name}.txt").read_text(encoding="utf-8"))
    for row in rows:
        assert letters(row["anchor_before"]) in text
        if row["body_start"]:
            assert letters(row["body_start"]) in text
            assert letters(row["body_end"]) in text


@pytest.mark.parametrize("name", TEXT_NAMES)
def test_markers_and_bodies_stand_in_the_file(name: str) -> None:
    source = parse(SOURCES / f"{name}.vk")
    raw = sample(name).read_text(encoding="utf-8")
    for key, body in source.notes.items():
        number = shown(key)
        forms = {
            "sup-digits": number.translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")),
            "sup-paren": f"<sup>({number})</sup>",
            "sup-bare": f"<sup>{number}</sup>",
            "footnote-ref": f"[footnoteRef:{number}]",
        }
        form = forms[source.meta["style"]]
        assert form in raw
        assert raw.count(form) >= (2 if body and source.meta["style"] == "sup-bare" else 1)


def test_word_file_has_real_footnotes() -> None:
    import zipfile

    with zipfile.ZipFile(sample("pa-sang-2021")) as package:
        document = package.read("word/document.xml").decode()
        notes = package.read("word/footnotes.xml").decode()
    referred = re.findall(r'<w:footnoteReference w:id="(\d+)"/>', document)
    declared = re.findall(r'<w:footnote w:id="(\d+)">', notes)
    assert referred == declared == [str(i + 2) for i in range(len(load("pa-sang-2021", "footnotes")))]


def test_pdf_notes_stand_on_the_page_of_their_marker() -> None:
    pdfplumber = pytest.importorskip("pdfplumber")
    rows = load("thach-giang-2023", "footnotes")
    with pdfplumber.open(sample("thach-giang-2023")) as pdf:
        pages = [letters(page.extract_text()) for page in pdf.pages]
    for row in rows:
        anchor, end = letters(row["anchor_before"])[-9:], letters(row["body_end"])[-18:]  # a page may break the anchor
        holding = [i for i, text in enumerate(pages) if end in text]
        assert len(holding) == 1
        assert f"{anchor}{row['marker']}" in pages[holding[0]], row


@pytest.mark.parametrize("name", NAMES)
def test_joins_are_broken_in_the_file_and_whole_in_the_reading(name: str) -> None:
    text = letters((GOLD / "text" / f"{name}.txt").read_text(encoding="utf-8"))
    raw = (
        [letters(line) for line in sample(name).read_text(encoding="utf-8").splitlines()] if name in TEXT_NAMES else []
    )
    joins = load(name, "structure")["joins"]
    assert joins
    for join in joins:
        whole = letters(join["left_end"])[-18:] + letters(join["right_start"])[:18]
        assert whole in text, join
        assert not any(whole in line for line in raw), join


def test_a_missing_body_or_marker_is_refused(tmp_path: Path) -> None:
    bad = tmp_path / "bad.vk"
    bad.write_text("%format md\n%style sup-digits\nMột câu{1}.\n", encoding="utf-8")
    with pytest.raises(ValueError, match="markers and bodies differ"):
        parse(bad)


def test_a_quote_that_no_line_has_is_refused(tmp_path: Path) -> None:
    from samples.build.queries import compile_queries

    bad = tmp_path / "bad.queries"
    bad.write_text("topic | một câu\n3 câu này không có trong văn bản\n", encoding="utf-8")
    with pytest.raises(ValueError, match="no line has the quote"):
        compile_queries(parse(SOURCES / "nam-pheo-2023.vk"), bad)


def test_reading_form_keeps_every_note() -> None:
    for name in NAMES:
        source = parse(SOURCES / f"{name}.vk")
        notes = [line for line in derived.reading(source) if line.kind == "footnote"]
        assert len(notes) == sum(body is not None for body in source.notes.values())
