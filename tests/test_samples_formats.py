"""The format samples are what their sources say, whatever program made them, and their gold can be found in them."""

from __future__ import annotations

import io
import json
import re
import sys
import unicodedata
import zipfile
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from ingest.sources import find_files  # noqa: E402
from samples.build import annotated  # noqa: E402
from samples.build.formats import FOLDER, build_formats, outputs, sources  # noqa: E402
from samples.build.gold import META  # noqa: E402
from samples.build.legacy import encode  # noqa: E402
from samples.build.markup import Section, Source, parse  # noqa: E402
from samples.build.paged import NOTES  # noqa: E402

GOLD = ROOT / "samples" / "gold"
SOURCES = {path.stem: parse(path) for path in sources()}
NAMES = sorted(SOURCES)
FILES = [(name, ending) for name in NAMES for ending in outputs(SOURCES[name])]
CONVERTED = annotated.sources()
LIMIT, LIMIT_SCAN = 3_000_000, 400_000


def load(name: str, kind: str):
    return json.loads((GOLD / f"{name}.{kind}.json").read_text(encoding="utf-8"))


def letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFC", text)).casefold()


def reading(name: str) -> str:
    return letters((GOLD / "text" / f"{name}.txt").read_text(encoding="utf-8"))


def printed(name: str) -> bool:
    """Whether the sample has a PDF whose text can be read without recognition."""
    return "pdf" in outputs(SOURCES[name]) and not SOURCES[name].meta.get("scan")


PRINTED = [name for name in NAMES if printed(name)]


def has_columns(name: str) -> bool:
    return any(isinstance(b, Section) and b.layout == "columns" for b in SOURCES[name].blocks)


def pages(name: str) -> list:
    """The pages of a PDF, or their halves where it has columns: lists of (text of line, size of its letters)."""
    import pdfplumber

    out = []
    halves = [(0, 0, 0.515, 1), (0.515, 0, 1, 1)] if has_columns(name) else [(0, 0, 1, 1)]
    with pdfplumber.open(FOLDER / f"{name}.pdf") as pdf:
        views = [
            p.crop([f * s for f, s in zip(h, (p.width, p.height) * 2, strict=True)]) for p in pdf.pages for h in halves
        ]
        for page in views:
            lines = page.extract_text_lines(return_chars=True)
            out.append([(line["text"], max(c["size"] for c in line["chars"])) for line in lines])
    return out


def test_every_file_is_there_and_none_besides() -> None:
    built = [f"{name}.{ending}" for name, ending in FILES] + [path.name for path in CONVERTED]
    assert sorted(path.name for path in FOLDER.iterdir()) == sorted(built)
    sizes = {path.name: path.stat().st_size for path in FOLDER.iterdir()}
    assert sum(sizes.values()) < LIMIT, sizes
    for name in NAMES:
        if SOURCES[name].meta.get("scan"):
            assert sizes[f"{name}.pdf"] < LIMIT_SCAN


@pytest.mark.parametrize("name", NAMES)
def test_builders_reproduce_the_committed_files(name: str) -> None:
    for path, data in build_formats(next(p for p in sources() if p.stem == name)).items():
        assert path.read_bytes() == data, f"{path.name} differs: run python -m samples.build"


@pytest.mark.parametrize("path", CONVERTED, ids=lambda path: path.stem)
def test_annotated_sources_are_the_documents_with_their_gold(path: Path) -> None:
    for target, data in annotated.build(path).items():
        assert target.read_bytes() == data, f"{target.name} differs: run python -m samples.build"
    raw = (FOLDER / path.name).read_text(encoding="utf-8")
    assert not set("‹›") & set(raw), "a mark of the annotation was left in the document"
    meta, _, marked = annotated.split(path)
    text = letters(annotated.plain(annotated.without_markers(meta, marked)))
    structure = load(path.stem, "structure")
    assert set(structure["meta"]) == {*META, "draft"}
    number = structure["meta"]["doc_number"]
    assert number is None or letters(number) in text
    for row in structure["headings"]:
        assert letters(row["text"])[:24] in text, row
    for row in load(path.stem, "footnotes"):
        assert row["anchor_before"], row
        assert letters(row["body_start"]) in text, row
        assert letters(row["body_end"]) in text, row
    for join in structure["joins"]:
        assert letters(join["left_end"])[-18:] in text, join
        assert letters(join["right_start"])[:18] in text, join


def test_they_are_not_indexed_with_the_samples() -> None:
    assert not [file for file in find_files([ROOT / "samples"]) if "formats" in file.path.parts]
    assert len(find_files([FOLDER])) >= 3, "but asked for by name they are"


@pytest.mark.parametrize("name", NAMES)
def test_meta_is_complete(name: str) -> None:
    meta = load(name, "structure")["meta"]
    assert set(meta) == {*META, "draft"}
    for key in ("place", "issuer", "signer"):
        if meta[key]:
            words = meta[key].removeprefix("huyện ").removeprefix("tỉnh ").removeprefix("xã ").split()
            assert letters(words[-1]) in reading(name), f"{key}: gold says what the file does not"
    number = meta["doc_number"]
    assert number is None or letters(number) in reading(name)


@pytest.mark.parametrize("name", NAMES)
def test_gold_stands_in_the_reading_form(name: str) -> None:
    text = reading(name)
    for row in load(name, "footnotes"):
        for part in ("anchor_before", "body_start", "body_end"):
            assert letters(row[part] or "") in text, (name, row)
    structure = load(name, "structure")
    for heading in structure["headings"]:
        assert letters((heading["number"] or "") + heading["text"]) in text, heading
    for join in structure["joins"]:
        assert letters(join["left_end"])[-18:] + letters(join["right_start"])[:18] in text, join


@pytest.mark.parametrize("name", PRINTED)
def test_pdf_has_every_heading_note_and_row(name: str) -> None:
    text = letters("".join(line for page in pages(name) for line, _ in page))
    for row in load(name, "footnotes"):
        assert letters(row["body_end"])[-12:] in text, row
    for heading in load(name, "structure")["headings"]:
        assert letters(heading["text"])[:14] in text, heading


@pytest.mark.parametrize("name", PRINTED)
def test_pages_break_where_the_gold_says(name: str) -> None:
    """Each `{//}` of the source is the end of a page of the PDF, the last line of its body text."""
    ends, starts = set(), set()
    for lines in pages(name):
        body = [letters(text) for text, size in lines if size > 12.5 and not re.fullmatch(r"\d+", text.strip())]
        if body:
            starts |= {
                line[:9] for line in body[: 40 if has_columns(name) else 1]
            }  # a column begins below the letterhead
            ends.add(body[-1][-9:])
    for text in (b.text for b in SOURCES[name].blocks if hasattr(b, "text")):
        parts = [letters(re.sub(r"\{[^{}]*\}", "", part)) for part in text.split("{//}")]
        for left, right in pairwise(parts):
            assert left[-9:] in ends, (left[-40:], ends)
            assert right[:9] in starts, (right[:40], starts)


@pytest.mark.parametrize("name", [n for n in NAMES if "docx" in outputs(SOURCES[n])])
def test_word_notes_are_declared_and_called_in_order(name: str) -> None:
    with zipfile.ZipFile(FOLDER / f"{name}.docx") as package:
        document = package.read("word/document.xml").decode()
        kind = "endnote" if "word/endnotes.xml" in package.namelist() else "footnote"
        notes = package.read(f"word/{kind}s.xml").decode()
    referred = re.findall(rf'<w:{kind}Reference w:id="(\d+)"/>', document)
    declared = re.findall(rf'<w:{kind} w:id="(\d+)">', notes)
    assert referred == declared == [str(i + 2) for i in range(len(load(name, "footnotes")))]


@pytest.mark.parametrize(
    ("voice", "text", "code"),
    [
        ("tcvn3", "Mường Lát, huyện ủy, kỷ luật", "M\u00adêng L¸t, huyÖn ñy, kû luËt"),
        ("tcvn3", "Đảng bộ tư tưởng", "§¶ng bé t\u00ad t\u00adëng"),
        ("vni", "Xin chào các bạn, đường phố lịch sử", "Xin chaøo caùc baïn, ñöôøng phoá lòch söû"),
    ],
)
def test_old_code_points(voice: str, text: str, code: str) -> None:
    assert "".join(part for _, part in encode(text, voice)) == code


def test_a_capital_with_a_tone_is_a_small_letter_of_the_capitals_font() -> None:
    assert encode("Ủy ban", "tcvn3") == [(".VnTimeH", "ñ"), (".VnTime", "y ban")]


def test_old_fonts_stand_in_the_word_file() -> None:
    with zipfile.ZipFile(FOLDER / "vinh-thuong-2005.docx") as package:
        document, notes, styles = (
            package.read(f"word/{part}.xml").decode() for part in ("document", "footnotes", "styles")
        )
    assert 'w:ascii=".VnTime"' in styles, "body runs take their font from the default of the document"
    assert 'w:ascii=".VnTime"' in notes
    runs = re.findall(r'<w:rFonts w:ascii="([^"]+)"[^>]*>[^§]*?<w:t xml:space="preserve">([^<]*)</w:t>', document)
    fonts = {font for font, _ in runs}
    assert fonts == {".VnTimeH", "VNI-Times", "Times New Roman"}
    capitals = "".join(text for font, text in runs if font == ".VnTimeH")
    assert "c«ng t¸c n¨m 2005" in capitals
    assert "VÒ KINH TÕ" in capitals
    assert "ñoàng baøo caùc tænh bò baõo" in "".join(text for font, text in runs if font == "VNI-Times")


@pytest.mark.parametrize("name", [n for n in NAMES if "txt" in outputs(SOURCES[n])])
def test_text_has_markers_bodies_and_headings_in_its_form(name: str) -> None:
    meta = SOURCES[name].meta
    raw = (FOLDER / f"{name}.txt").read_bytes().decode(meta.get("encoding", "utf-8"))
    assert ("\r\n" in raw) == (meta.get("line_end") == "crlf")
    assert raw.count("\f") == (2 if meta.get("page_break") else 0)
    if meta.get("wrap"):
        assert max(map(len, raw.splitlines())) <= int(meta["wrap"])
    squeezed = " ".join(raw.split())
    form = NOTES[meta["style"]]
    for row in load(name, "footnotes"):
        words = row["body_start"].split()[:3]
        assert form.body(row["marker"], " ".join(words)) in squeezed, row
        last = row["anchor_before"].split()[-1]
        assert last + form.marker(row["marker"]) in squeezed, row
    for heading in load(name, "structure")["headings"]:
        assert letters((heading["number"] or "") + heading["text"]) in letters(raw), heading


def test_rtf_and_doc_keep_the_notes() -> None:
    rtf = (FOLDER / "pom-lang-2022.rtf").read_text(encoding="ascii")
    assert rtf.count("\\footnote") == len(load("pom-lang-2022", "footnotes"))
    doc = (FOLDER / "pom-lang-2022.doc").read_bytes()
    for row in load("pom-lang-2022", "footnotes"):
        assert row["body_start"].encode("utf-16-le") in doc, row


@pytest.mark.parametrize("name", [n for n in NAMES if SOURCES[n].meta.get("scan")])
def test_a_scan_is_pictures_alone(name: str) -> None:
    import pdfplumber

    with pdfplumber.open(FOLDER / f"{name}.pdf") as pdf:
        assert 2 <= len(pdf.pages) <= 3
        assert all(len(page.images) == 1 and not page.chars for page in pdf.pages)


def test_the_annex_is_turned_and_its_notes_begin_again_on_each_page() -> None:
    import pdfplumber

    with pdfplumber.open(FOLDER / "hua-lot-2023.pdf") as pdf:
        turned = [page for page in pdf.pages if page.rotation == 90]
        assert len(turned) == 2
        assert all(page.width > page.height for page in turned), "wide as shown"
        heads = [letters(page.extract_text()).count("giảingân") for page in turned]
        numbered = [re.findall(r"^(\d) [A-ZĐ]", page.extract_text(), re.MULTILINE) for page in pdf.pages[:2]]
    assert heads[0] >= 3, "title and header"
    assert heads[1] == 0, "the header is not repeated"
    assert numbered == [["1", "2", "3"], ["1", "2", "3", "4"]]
    assert [row["marker"] for row in load("hua-lot-2023", "footnotes")] == ["1", "2", "3", "1", "2", "3", "4"]


def _bytes_of(source: Source, ending: str) -> bytes:
    return (FOLDER / f"{source.name}.{ending}").read_bytes()


def test_files_are_what_their_endings_say() -> None:
    starts = {"pdf": b"%PDF-", "docx": b"PK", "zip": b"PK", "doc": b"\xd0\xcf\x11\xe0", "rtf": b"{\\rtf1"}
    for name, ending in FILES:
        data = _bytes_of(SOURCES[name], ending)
        assert data.startswith(starts.get(ending, b"")), (name, ending)
        if ending == "zip":
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                for member in archive.namelist():
                    assert archive.read(member) == (FOLDER / Path(member).name).read_bytes()
