"""What the commands print for people: plain when piped, styled on a terminal (``NO_COLOR`` is honoured)."""

from __future__ import annotations

import os
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, TextIO

from index.hits import Comparison, Hit, PassageView, SearchResult
from search_api.highlight import Marker, Piece, cut, sentence_around

if TYPE_CHECKING:
    from index.doctor import Finding
    from index.model_profiles import ModelInfo
    from index.report import IngestReport

BOLD, DIM, MARK, BLUE, RED, YELLOW, GREEN = "1", "2", "1;33", "36", "31", "33", "32"
MAX_WIDTH = 100
CRUMB = 40
KIND_NAMES = {"paragraph": "đoạn văn", "list_item": "mục liệt kê", "footnote": "chú thích", "table_row": "dòng bảng"}
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def coloured(stream: TextIO) -> bool:
    """Whether to send ANSI styles: only to a terminal that has not asked for none (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


class Printer:
    """Writes styled, wrapped text to one stream."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stdout
        self.styled = coloured(self.stream)
        self.width = min(MAX_WIDTH, max(40, shutil.get_terminal_size((MAX_WIDTH, 24)).columns))

    def style(self, text: str, code: str) -> str:
        """`text` between ANSI codes, or as it is."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.styled and text else text

    def line(self, text: str = "") -> None:
        """One line as it is."""
        print(text, file=self.stream)

    def flow(self, pieces: Iterable[Piece], indent: str = "", first: str | None = None, style: str = "") -> None:
        """Wrapped text with highlights and raised footnote markers.

        Args:
            pieces: from `search_api.highlight.cut`.
            indent: before each line.
            first: before the first line instead; must be as wide as `indent`.
            style: ANSI code for what is not highlighted.
        """
        words, word = [], []
        for char, code in _characters(pieces, style):
            if char.isspace():
                words.append(word)
                word = []
            else:
                word.append((char, code))
        lines: list[list[tuple[str, str]]] = [[]]
        used = 0
        room = self.width - len(indent)
        for part in (w for w in [*words, word] if w):
            size = sum(_columns(char) for char, _ in part)
            if lines[-1] and used + 1 + size > room:
                lines.append([])
                used = 0
            elif lines[-1]:
                # A space between two highlighted words is highlighted with them.
                code = part[0][1] if lines[-1][-1][1] == part[0][1] else style
                lines[-1].append((" ", code))
                used += 1
            lines[-1].extend(part)
            used += size
        for number, chars in enumerate(lines):
            self.line((first if first is not None and number == 0 else indent) + self._runs(chars))

    def text(self, text: str, indent: str = "", first: str | None = None, style: str = "") -> None:
        """Wrapped plain text."""
        self.flow([Piece(text)], indent, first, style)

    def _runs(self, chars: list[tuple[str, str]]) -> str:
        out, run, code = [], "", ""
        for char, style in [*chars, ("", "end")]:
            if style != code and run:
                out.append(self.style(run, code) if code else run)
                run = ""
            code = style
            run += char
        return "".join(out)


def _characters(pieces: Iterable[Piece], style: str) -> Iterable[tuple[str, str]]:
    for piece in pieces:
        if piece.marker:
            yield from ((char, BLUE) for char in raised(piece.marker.label))
        else:
            yield from ((char, MARK if piece.mark else style) for char in piece.text)


def _columns(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def raised(marker: str) -> str:
    """A footnote marker as superscript digits, in brackets where it is not a number."""
    return marker.translate(_RAISED) if marker.isascii() and marker.isdigit() else f"[{marker}]"


def number(value: float) -> str:
    """Two decimals with the Vietnamese comma."""
    return f"{value:.2f}".replace(".", ",")


def print_result(result: SearchResult, offset: int = 0) -> None:
    """Hits to stdout; how many, in what mode, and what was degraded, to stderr."""
    out, err = Printer(), Printer(sys.stderr)
    _print_found(out, err, result)
    if result.hits:
        range_ = f"{offset + 1}–{result.hits[-1].rank} trong {result.total} đoạn / of {result.total} passages"
        err.line(err.style(f"{range_} · {result.mode} · {number(result.took_ms)} ms", DIM))
    else:
        err.line("Không tìm thấy đoạn nào. Thử ít từ hơn hoặc bỏ bớt bộ lọc.")
        err.line("Nothing found. Try fewer words or fewer filters.")


def print_comparison(found: Comparison) -> None:
    """One hit a document to stdout; the documents without one, and what was degraded, to stderr."""
    out, err = Printer(), Printer(sys.stderr)
    _print_found(out, err, found)
    if found.without:
        names = "; ".join(document.place or document.title for document in found.without)
        err.text(f"Không có đoạn nào hợp ở / nothing in: {names}")
    err.line(err.style(f"{len(found.hits)} văn kiện / documents · {found.mode} · {number(found.took_ms)} ms", DIM))


def _print_found(out: Printer, err: Printer, found: SearchResult | Comparison) -> None:
    """What the search has to say for itself, then the hits."""
    for said in (found.degraded, *found.notes):
        if said:
            err.text(said, "  ", "! ", YELLOW)
    if searched := found.understood.get("searched"):  # as the page says it: keyboard codes and slips put right
        err.text(f"Hiển thị kết quả cho “{searched}” / showing results for this")
    for hit in found.hits:
        _print_hit(out, hit)
    out.stream.flush()


def _print_hit(out: Printer, hit: Hit) -> None:
    indent = "     "
    document = hit.document
    where = [document.place or document.issuer or document.title, document.period or document.date]
    head = " · ".join(part for part in where if part)
    out.text(head, indent, out.style(f"{hit.rank:>3}. ", BOLD), BOLD)
    if hit.section_path:
        out.text(breadcrumbs(hit.section_path), indent, style=BLUE)
    for near in hit.before:
        out.text(near.text, indent, style=DIM)
    _print_body(out, hit, indent)
    for near in hit.after:
        out.text(near.text, indent, style=DIM)
    out.text(hit.citation, indent, style=DIM)
    if hit.duplicates:
        also = "; ".join(f"{twin.document.place or twin.document.title} ({twin.passage_id})" for twin in hit.duplicates)
        out.text(f"cũng có ở / also in: {also}", indent, style=DIM)
    out.text(
        f"{number(hit.score)} · {KIND_NAMES.get(hit.kind, hit.kind)} · {hit.passage_id} · {hit.source}",
        indent,
        style=DIM,
    )
    out.line()


def breadcrumbs(labels: Sequence[str]) -> str:
    """The section path in one line: the innermost heading whole, the outer ones shortened at a word."""
    outer = [label if len(label) <= CRUMB else label[:CRUMB].rsplit(" ", 1)[0] + "…" for label in labels[:-1]]
    return " › ".join([*outer, *labels[-1:]])


def _print_body(out: Printer, hit: Hit, indent: str) -> None:
    markers = [Marker(note.offset, note.marker) for note in hit.footnotes if note.offset is not None]
    out.flow(cut(hit.text, hit.highlights, markers), indent)
    for note in hit.footnotes:
        lead = f"{indent}  {raised(note.marker)} "
        out.text(note.text, " " * len(lead), lead, DIM)
    if hit.anchor:
        begin, end = sentence_around(hit.anchor.text, hit.anchor.offset)
        lead = f"{indent}  ↳ "
        name = f"chú thích {hit.anchor.marker}" if hit.anchor.marker else "chú thích"
        out.text(f"{name} cho câu / note to: “{hit.anchor.text[begin:end]}”", " " * len(lead), lead, DIM)


def print_passage(view: PassageView) -> None:
    """A passage between its neighbours, which are dimmed."""
    out = Printer()
    hit = view.passage
    out.text(hit.citation, style=BOLD)
    out.text(f"{KIND_NAMES.get(hit.kind, hit.kind)} · {hit.passage_id} · {hit.source}", style=DIM)
    if hit.section_path:
        out.text(" › ".join(hit.section_path), style=BLUE)
    out.line()
    for near in view.before:
        out.text(near.text, "  ", style=DIM)
        out.line()
    _print_body(out, hit, "▌ " if out.styled else "| ")
    for near in view.after:
        out.line()
        out.text(near.text, "  ", style=DIM)


def print_models(models: Iterable[ModelInfo]) -> None:
    """One block a model: name, whether it is here, what it needs."""
    out = Printer()
    for model in models:
        here = (
            out.style("có sẵn / here", GREEN)
            if model.here
            else out.style("chưa có trên máy / not on this machine", YELLOW)
        )
        default = " · mặc định / default" if model.default else ""
        out.line(f"{out.style(model.name, BOLD)}  {here}{default}")
        facts = [
            "xếp lại kết quả / reranker" if model.task == "rerank" else "",
            f"{model.dims} chiều / dimensions" if model.dims else "",
            f"tối đa / reads at most {model.max_length} tokens" if model.max_length else "",
            "" if model.input == "raw" else "cần tách từ / needs segmentation",
            f"giấy phép / licence {model.licence}" if model.licence else "",
            f"dùng kèm / used together with {model.beside}" if model.beside else "",
            "chạy mã riêng / runs code of its own" if model.remote_code else "",
            f"backend {', '.join(model.backends)}" if model.backends else "",
        ]
        out.text(" · ".join(fact for fact in facts if fact), "    ", style=DIM)
        if model.published:
            told = " · ".join(f"{given.benchmark} {given.figure:.3f}" for given in model.published)
            out.text(f"đã công bố / published, nDCG@10: {told}", "    ", style=DIM)


def print_report(report: IngestReport) -> None:
    """What an ingest did, to stderr: counts in one line, then each file that failed with its reason."""
    err = Printer(sys.stderr)
    parts = [
        (len(report.ingested), "tệp mới / new"),
        (len(report.unchanged), "không đổi / unchanged"),
        (len(report.renamed), "đổi tên / renamed"),
        (len(report.removed), "đã bỏ / removed"),
        (len(report.failed), "không đọc được / failed"),
    ]
    told = "; ".join(f"{count} {name}" for count, name in parts if count) or "không có gì để làm / nothing to do"
    counts = report.counts
    size = f"{counts.get('documents', 0)} văn kiện / documents, {counts.get('passages', 0)} đoạn / passages"
    err.text(f"{told}. Chỉ mục có / the index holds {size} (#{report.generation}, {number(report.seconds)} s).")
    for failure in report.failed:
        kept = " Bản cũ vẫn tìm được / its earlier version is still searchable." if failure.kept else ""
        err.text(f"{failure.source}: {failure.reason}. {failure.do}{kept}".rstrip(), "    ", err.style("  ✗ ", RED))


def print_findings(findings: Iterable[Finding]) -> None:
    """What the doctor found, each with what to do; a clean index says so."""
    out = Printer()
    colours: dict[str, Any] = {"error": RED, "warning": YELLOW}
    serious = 0
    for finding in findings:
        serious += finding.level in colours
        lead = f"{finding.level}: "
        out.text(
            f"{finding.message} [{finding.code}]", " " * len(lead), out.style(lead, colours.get(finding.level, DIM))
        )
        if finding.do:
            out.text(finding.do, " " * len(lead), " " * (len(lead) - 2) + "→ ")
    if not serious:
        out.line(out.style("Chỉ mục tốt / the index is sound.", GREEN))
