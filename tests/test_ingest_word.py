"""Word packages as other programs write them: names, relationships, tracked changes, documents inside documents."""

from __future__ import annotations

import zipfile
from io import BytesIO

import pytest

from ingest.document import Document
from ingest.errors import UnsupportedFileError
from ingest.pipeline import parse_bytes
from ingest.readers import DOCX, sniff

TRANSITIONAL = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"
MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
KINDS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"


def relationships(rows: dict[str, tuple[str, str]], kinds: str = KINDS) -> str:
    """Id → (kind, target)."""
    inside = "".join(
        f'<Relationship Id="{i}" Type="{kinds}/{kind}" Target="{target}"/>' for i, (kind, target) in rows.items()
    )
    return f'<Relationships xmlns="{RELATIONS}">{inside}</Relationships>'


def package(
    body: str,
    *,
    space: str = TRANSITIONAL,
    main: str = "word/document.xml",
    content_type: str = MAIN,
    related: dict[str, tuple[str, str]] | None = None,
    parts: dict[str, str | bytes] | None = None,
    kinds: str = KINDS,
) -> bytes:
    """A Word package with content types and relationships, its main part wherever it is wanted."""
    folder, _, base = main.rpartition("/")
    types = f'<Override PartName="/{main}" ContentType="{content_type}"/>'
    names = f'xmlns:w="{space}" xmlns:mc="{MC}" xmlns:r="{kinds}"'
    files: dict[str, str | bytes] = {
        "[Content_Types].xml": f'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">{types}</Types>',
        "_rels/.rels": relationships({"rId1": ("officeDocument", main)}, kinds),
        main: f"<w:document {names}><w:body>{body}</w:body></w:document>",
        f"{folder}/_rels/{base}.rels": relationships(related or {}, kinds),
        **(parts or {}),
    }
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def run(text: str) -> str:
    return f"<w:r><w:t xml:space='preserve'>{text}</w:t></w:r>"


def para(*runs: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr>{''.join(runs)}</w:p>"


def parse(data: bytes, name: str = "a.docx") -> Document:
    document = parse_bytes(data, name)
    assert not [w for w in document.warnings if w.code == "account"]
    assert all(document.canonical[p.start : p.end] == p.text for p in document.passages)
    return document


def texts(document: Document) -> list[str]:
    return [p.text for p in document.passages]


def codes(document: Document) -> set[str]:
    return {w.code for w in document.warnings}


NOTE = "<w:r><w:footnoteReference w:id='2'/></w:r>"


def notes(space: str) -> str:
    return (
        f"<w:footnotes xmlns:w='{space}'><w:footnote w:id='2'>{para(run('Theo chuẩn mới.'))}</w:footnote></w:footnotes>"
    )


@pytest.mark.parametrize("main", ["word/document2.xml", "word/document.xml", "tài liệu/chính.xml"])
def test_the_main_part_and_its_notes_are_found_by_relationships(main):
    folder = main.rpartition("/")[0]
    data = package(
        para(run("Còn 340 hộ nghèo"), NOTE, run(", giảm 52 hộ.")),
        main=main,
        related={"rId7": ("footnotes", "chú thích 3.xml"), "rId8": ("header", f"/{folder}/đầu.xml")},
        parts={
            f"{folder}/chú thích 3.xml": notes(TRANSITIONAL),
            f"{folder}/đầu.xml": f"<w:hdr xmlns:w='{TRANSITIONAL}'>{para(run('Mật'))}</w:hdr>",
            "word/footnotes.xml": f"<w:footnotes xmlns:w='{TRANSITIONAL}'/>",
        },
    )
    assert sniff(data) == DOCX
    document = parse(data)
    assert texts(document)[0] == "Còn 340 hộ nghèo, giảm 52 hộ."
    assert [(n.marker, n.text, n.note) for n in document.footnotes] == [("1", "Theo chuẩn mới.", None)]
    assert [f.text for f in document.furniture] == ["Mật"]


def test_strict_names_read_like_the_usual_ones():
    kinds = "http://purl.oclc.org/ooxml/officeDocument/relationships"
    table = "".join(
        f"<w:tr>{''.join(f'<w:tc>{para(run(c))}</w:tc>' for c in row)}</w:tr>"
        for row in (("TT", "Chỉ tiêu", "Số"), ("1", "Hộ nghèo", "340"))
    )
    body = para(run("Còn 340 hộ"), NOTE, run(" nghèo.")) + f"<w:tbl>{table}</w:tbl>" + para(run("Hết."))
    found = []
    for space, names in ((TRANSITIONAL, KINDS), (STRICT, kinds)):
        data = package(
            body,
            space=space,
            kinds=names,
            related={"rId7": ("footnotes", "notes.xml")},
            parts={"word/notes.xml": notes(space)},
        )
        document = parse(data)
        found.append((texts(document), [n.text for n in document.footnotes], [t.rows for t in document.tables]))
    assert found[0] == found[1]
    assert found[1][1] == ["Theo chuẩn mới."]
    assert found[1][2] == [(("1", "Hộ nghèo", "340"),)]


@pytest.mark.parametrize(
    "content_type",
    [
        "application/vnd.ms-word.document.macroEnabled.main+xml",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml",
    ],
)
def test_templates_and_documents_with_macros_are_read(content_type):
    data = package(para(run("Huyện có 12 xã.")), main="word/doc.xml", content_type=content_type)
    assert texts(parse(data, "a.docm")) == ["Huyện có 12 xã."]


def test_spreadsheets_and_slides_are_named():
    for kind in ("spreadsheetml.sheet", "presentationml.presentation"):
        data = package(
            "", main="x/y.xml", content_type=f"application/vnd.openxmlformats-officedocument.{kind}.main+xml"
        )
        with pytest.raises(UnsupportedFileError, match=kind):
            parse_bytes(data, "a.zip")


def test_damaged_relationships_leave_the_usual_names():
    data = package(
        para(run("Còn 340 hộ"), NOTE, run(".")), parts={"_rels/.rels": "<", "word/footnotes.xml": notes(TRANSITIONAL)}
    )
    document = parse(data)
    assert [n.text for n in document.footnotes] == ["Theo chuẩn mới."]


def test_tracked_changes_are_read_as_accepted():
    gone = "<w:del w:id='1'><w:r><w:delText>{}</w:delText></w:r></w:del>"
    mark = "<w:rPr><w:del w:id='2'/></w:rPr>"
    data = package(
        para(
            run("Toàn huyện có "),
            gone.format("mười "),
            "<w:ins w:id='3'>" + run("12 ") + "</w:ins>",
            run("xã,"),
            properties=mark,
        )
        + para(gone.format("bỏ hết"), properties=mark)
        + para(run(" đạt chuẩn nông thôn mới."))
        + para("<w:moveFrom w:id='4'>" + run("Chuyển đi.") + "</w:moveFrom>")
        + para("<w:moveTo w:id='4'>" + run("Chuyển đến.") + "</w:moveTo>")
    )
    document = parse(data)
    assert texts(document) == ["Toàn huyện có 12 xã, đạt chuẩn nông thôn mới.", "Chuyển đến."]
    (told,) = [w for w in document.warnings if w.code == "tracked-changes"]
    assert "9 deleted characters" in told.message


def test_a_document_without_changes_says_nothing_of_them():
    assert codes(parse(package(para(run("Huyện có 12 xã."))))) == set()


def test_comments_are_counted_and_left_out():
    comment = f"<w:comment w:id='0'>{para(run('Xem lại số này'))}</w:comment>"
    data = package(
        para("<w:commentRangeStart w:id='0'/>", run("Có 12 xã."), "<w:r><w:commentReference w:id='0'/></w:r>"),
        related={"rId9": ("comments", "comments.xml")},
        parts={"word/comments.xml": f"<w:comments xmlns:w='{TRANSITIONAL}'>{comment}</w:comments>"},
    )
    document = parse(data)
    assert "Xem lại" not in document.canonical
    assert "comments" in codes(document)


def test_words_in_tags_links_fields_controls_and_boxes_are_read():
    box = f"<w:txbxContent>{para(run('Trong khung.'))}</w:txbxContent>"
    twice = f"<mc:AlternateContent><mc:Choice Requires='wps'><w:drawing>{box}</w:drawing></mc:Choice>"
    twice += f"<mc:Fallback><w:pict>{box}</w:pict></mc:Fallback></mc:AlternateContent>"
    only = (
        "<mc:AlternateContent><mc:Choice Requires='w16se'><w:sym/></mc:Choice><mc:Fallback><w:t>tốt</w:t></mc:Fallback>"
    )
    data = package(
        para(
            "<w:smartTag w:element='place'>" + run("Huyện ") + "</w:smartTag>",
            "<w:hyperlink>" + run("Nậm ") + "</w:hyperlink>",
            "<w:fldSimple w:instr=' PAGE '>" + run("Kha ") + "</w:fldSimple>",
            "<w:sdt><w:sdtPr><w:alias w:val='x'/></w:sdtPr><w:sdtContent>" + run("có 12 ") + "</w:sdtContent></w:sdt>",
            "<w:customXml w:element='y'>" + run("xã ") + "</w:customXml>",
            f"<w:r>{only}</mc:AlternateContent></w:r>",
            "<w:r><w:ruby><w:rt>" + run(" lắm") + "</w:rt><w:rubyBase>" + run(".") + "</w:rubyBase></w:ruby></w:r>",
        )
        + para(f"<w:r>{twice}</w:r>", f"<w:r><w:object><w:pict>{box.replace('khung', 'vật')}</w:pict></w:object></w:r>")
        + para(run("Hết."))
    )
    document = parse(data)
    assert texts(document)[0] == "Huyện Nậm Kha có 12 xã tốt lắm."
    assert document.canonical.count("Trong khung.") == 1
    assert document.canonical.count("Trong vật.") == 1


def test_documents_inside_a_document_are_read_in_their_place():
    table = (
        "<table>"
        + "".join(f"<tr><td>{a}</td><td>{b}</td><td>9</td></tr>" for a, b in (("TT", "Tên"), ("1", "Xã A")))
        + "</table>"
    )
    page = f"<html><body><p>Từ HTML.</p>{table}</body></html>".encode()
    related = {"rId1": ("footnotes", "f.xml")}
    inner = package(para(run("Từ DOCX"), NOTE, run(".")), related=related, parts={"word/f.xml": notes(TRANSITIONAL)})
    own = notes(TRANSITIONAL).replace("Theo chuẩn mới.", "Chú thích ngoài.")
    data = package(
        para(run("Trước"), NOTE, run("."))
        + "<w:altChunk r:id='rId1'/><w:altChunk r:id='rId2'/><w:altChunk r:id='rId3'/><w:altChunk r:id='rId9'/>"
        + para(run("Sau.")),
        related={
            "rId1": ("aFChunk", "chunk.htm"),
            "rId2": ("aFChunk", "chunk.docx"),
            "rId3": ("aFChunk", "chunk.bin"),
            "rId5": ("footnotes", "footnotes.xml"),
        },
        parts={
            "word/chunk.htm": page,
            "word/chunk.docx": inner,
            "word/chunk.bin": b"\x7fELF\0\0\0",
            "word/footnotes.xml": own,
        },
    )
    document = parse(data)
    assert [t for t in texts(document) if not t.startswith("1\t") and "Xã" not in t] == [
        "Trước.", "Từ HTML.", "Từ DOCX.", "Theo chuẩn mới.", "Sau.", "Chú thích ngoài.",
    ]  # fmt: skip
    assert {n.text: n.marker for n in document.footnotes} == {"Chú thích ngoài.": "1", "Theo chuẩn mới.": "2"}
    assert all(n.anchor is not None for n in document.footnotes)
    assert len([w for w in document.warnings if w.code == "chunk"]) == 2
    assert document.tables[0].rows == (("1", "Xã A", "9"),)


def test_documents_inside_each_other_end():
    data = package(para(run("Đáy.")))
    for level in range(5):
        data = package(
            para(run(f"Tầng {level}.")) + "<w:altChunk r:id='rId1'/>",
            related={"rId1": ("aFChunk", "c.docx")},
            parts={"word/c.docx": data},
        )
    document = parse(data)
    assert texts(document) == ["Tầng 4.", "Tầng 3.", "Tầng 2.", "Tầng 1."]
    assert "chunk" in codes(document)


def test_a_typed_page_break_that_word_drew_as_well_counts_once():
    data = package(
        para(run("Trang một."), "<w:r><w:br w:type='page'/></w:r>")
        + para("<w:r><w:lastRenderedPageBreak/></w:r>", run("Trang hai."))
        + para("<w:r><w:lastRenderedPageBreak/></w:r>", run("Trang ba."))
    )
    assert {p.text: p.page for p in parse(data).passages} == {"Trang một.": 1, "Trang hai.": 2, "Trang ba.": 3}
