"""What ``vankien verify`` prints: the verdict, the place, and each change with the document's own words."""

from __future__ import annotations

from index.differences import Difference
from index.passage_places import QuotePlace
from index.quotes import Verdict
from search_api.highlight import cut
from search_api.terminal import BLUE, BOLD, DIM, GREEN, RED, YELLOW, Printer

_COLOURS = {"verbatim": GREEN, "altered": RED, "misattributed": YELLOW, "not_found": RED}
_KINDS = {
    "replaced": "sửa / replaced",
    "added": "thêm / added",
    "left_out": "bỏ / left out",
}


def print_verdict(verdict: Verdict) -> None:
    """Print a verdict for people."""
    out = Printer()
    out.line(out.style(verdict.message, f"{BOLD};{_COLOURS[verdict.status]}"))
    if verdict.place is None:
        return
    if verdict.status == "altered":
        out.line(out.style(f"  giống / alike {verdict.similarity:.0%}", DIM))
    for change in verdict.differences:
        out.line(f"  {_change(change)}")
    _place(out, verdict.place)
    if verdict.tolerated:
        out.line(out.style(f"  khác về trình bày / differs in form: {', '.join(verdict.tolerated)}", DIM))
    if verdict.places > 1:
        out.line(out.style(f"  {verdict.places} nơi có lời này / places have this wording; cũng ở / also in:", DIM))
        for place in verdict.elsewhere[:3]:
            out.line(out.style(f"    {place.citation} · {place.passage_id or place.kind}", DIM))


def _change(change: Difference) -> str:
    """One change: what the quotation has, what the document has."""
    quoted, written = (f"“{text}”" if text else "—" for text in (change.quote, change.document))
    return f"{_KINDS[change.kind]}: trích / quoted {quoted} · văn kiện / document {written}"


def _place(out: Printer, place: QuotePlace) -> None:
    out.line()
    out.flow(cut(place.text, (), []), indent="  ")
    out.line(f"  {out.style(place.citation, BLUE)}")
    where = place.passage_id or place.kind
    out.line(out.style(f"  {where} · {place.start}–{place.end} · {place.source} · sha256 {place.sha256[:16]}", DIM))
