"""A Word document as it reads: tracked changes accepted, one drawing of what is drawn twice; each told as a warning."""

from __future__ import annotations

from lxml import etree

from ingest.document import ParseWarning
from ingest.lines import count_characters

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_M_TEXT = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_GONE = (f"{_W}del", f"{_W}moveFrom")
_MARKS = (*_GONE, f"{_W}ins", f"{_W}moveTo")


def accept(root: etree._Element) -> list[ParseWarning]:
    """Accept tracked changes and choose between alternatives, in place.

    What was deleted goes; a paragraph whose end was deleted goes on in the next one. Of ``mc:AlternateContent`` the
    first branch that holds text stays, so that a text box drawn for two versions of Word is read once.

    Args:
        root: of the document, or of its footnotes, endnotes, a header or a footer.
    """
    _choose(root)
    if next(root.iter(*_MARKS), None) is None:
        return []
    ends = [p for p in root.iter(f"{_W}p") if any(p.find(f"{_W}pPr/{_W}rPr/{tag}") is not None for tag in _GONE)]
    deleted = sum(count_characters(t.text or "") for t in root.iter(f"{_W}delText"))
    etree.strip_elements(root, *_GONE, with_tail=False)
    for paragraph in ends:
        _join(paragraph)
    told = (
        "Văn bản có theo dõi sửa đổi, đọc như đã chấp nhận, bỏ {n} ký tự bị xoá / "
        "tracked changes are read as accepted: {n} deleted characters left out"
    )
    return [ParseWarning("tracked-changes", told.format(n=deleted))]


def _choose(root: etree._Element) -> None:
    for alternatives in list(root.iter(f"{_MC}AlternateContent")):
        branches = [b for b in alternatives if b.tag in {f"{_MC}Choice", f"{_MC}Fallback"}]
        kept = next((b for b in branches if next(b.iter(f"{_W}t", _M_TEXT), None) is not None), None)
        for branch in branches:
            if branch is not (kept if kept is not None else branches[0]):
                alternatives.remove(branch)


def _join(paragraph: etree._Element) -> None:
    """Put the content of a paragraph in front of the one behind it; in front of a table it stays by itself."""
    following = paragraph.getnext()
    if following is None or following.tag != paragraph.tag:
        return
    content = [child for child in paragraph if child.tag != f"{_W}pPr"]
    place = 1 if len(following) and following[0].tag == f"{_W}pPr" else 0
    following[place:place] = content
    parent = paragraph.getparent()
    if parent is not None:
        parent.remove(paragraph)
