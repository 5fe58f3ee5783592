"""What the command line prints for people: wrapping, highlights, colours."""

from __future__ import annotations

import re

from search_api.highlight import cut
from search_api.terminal import Printer, breadcrumbs, coloured, raised


class Terminal:
    """A stream that says it is a terminal."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> int:
        self.text += text
        return len(text)

    def flush(self) -> None:
        pass

    def isatty(self) -> bool:
        return True


def test_colours_only_on_a_terminal_and_not_under_no_color(monkeypatch, tmp_path):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert coloured(Terminal())
    monkeypatch.setenv("NO_COLOR", "1")
    assert not coloured(Terminal())
    monkeypatch.delenv("NO_COLOR")
    with (tmp_path / "file").open("w", encoding="utf-8") as stream:
        assert not coloured(stream)


def test_wrapping_keeps_every_word_and_highlights_only_what_is_highlighted(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("COLUMNS", "40")
    stream = Terminal()
    text = "Tỷ lệ hộ nghèo giảm từ 31,5% xuống còn 21,4% theo chuẩn nghèo đa chiều; có 02 xã đạt chuẩn."
    Printer(stream).flow(cut(text, [(9, 19)]), "    ")
    assert re.findall(r"\x1b\[1;33m(.*?)\x1b\[0m", stream.text) == ["nghèo giảm"]
    plain = re.sub(r"\x1b\[[\d;]*m", "", stream.text)
    assert plain.split() == text.split()
    assert max(map(len, plain.splitlines())) <= 40


def test_markers_and_breadcrumbs():
    assert raised("12") == "¹²"
    assert raised("*") == "[*]"
    assert breadcrumbs(["A", "x " * 30, "y " * 30]).startswith("A › x x")
    assert breadcrumbs(["A", "x " * 30, "y " * 30]).endswith("y " * 30)
