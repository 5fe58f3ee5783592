"""The page in a real browser: nothing refused by its own policy, htmx, the copy button, a phone's width."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from search_api.app import create_app
from search_api.commands.serve import address, listen
from search_api.settings import Settings

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = playwright.expect
# A page of hits with all that it can show.
WHOLE = "/tim?q=tỷ lệ hộ nghèo&diverse=2&context=1"


@pytest.fixture(scope="module")
def site(sample_index: Path) -> Iterator[str]:
    """The address of a running server."""
    import uvicorn

    listener = listen("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(create_app(Settings(index=sample_index, limit=5)), log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    until = time.monotonic() + 60
    while not server.started and time.monotonic() < until:
        time.sleep(0.05)
    assert server.started
    yield address(listener, "127.0.0.1")
    server.should_exit = True
    thread.join(timeout=30)
    listener.close()


@pytest.fixture(scope="module")
def browser(chromium: str):
    with playwright.sync_playwright() as p:
        browser = p.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def tab(browser, site):
    """A fresh page that fails the test when the browser reports anything."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, base_url=site)
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    context.close()
    assert said == []


def test_search_by_typing_then_filter_page_and_go_back(tab):
    tab.goto("/")
    tab.keyboard.type("giảm nghèo")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/tim?q=*")
    assert tab.locator("article.hit").count() == 5
    loads: list[str] = []
    tab.on("domcontentloaded", lambda _: loads.append("whole page"))
    tab.locator("aside.filters a", has_text="Chú thích").click()
    tab.wait_for_url("**kind=footnote*")
    tab.wait_for_selector(".chips")
    assert set(tab.locator("article.hit").evaluate_all("rows => rows.map(row => row.className)")) == {"hit footnote"}
    expect(tab.locator("#ket-qua h1")).to_be_focused()
    # The form keeps the filter that stands in the address.
    tab.fill("#q", "đảng viên")
    tab.press("#q", "Enter")
    tab.wait_for_url("**/tim?q=*ng+vi*&kind=footnote")
    expect(tab).to_have_title(re.compile("^đảng viên"))
    assert loads == []
    tab.go_back()
    expect(tab.locator("#q")).to_have_value("giảm nghèo")


def test_without_javascript_everything_is_reached(browser, site):
    context = browser.new_context(java_script_enabled=False, base_url=site)
    tab = context.new_page()
    tab.goto("/")
    tab.fill("#q", "giảm nghèo")
    tab.press("#q", "Enter")
    assert tab.locator("article.hit").count() == 5
    assert tab.locator("button.copy").first.is_hidden()
    assert tab.locator("details.why .parts").first.is_hidden()
    tab.locator("details.why summary").first.click()
    assert tab.locator("details.why .parts").first.is_visible()
    tab.locator("aside.filters a", has_text="Chú thích").click()
    assert "kind=footnote" in tab.url
    tab.locator(".links > a").first.click()
    assert "/van-kien/" in tab.url
    assert tab.locator("article.paper h1").is_visible()
    context.close()


def test_the_nearest_clause_stands_out_softly_and_in_print_by_a_line(browser, site):
    grounds = {}
    for scheme in ("light", "dark"):
        context = browser.new_context(color_scheme=scheme, base_url=site)
        tab = context.new_page()
        tab.goto(WHOLE)
        style = "getComputedStyle(document.querySelector('.nearest'))"
        grounds[scheme] = tab.evaluate(f"{style}.backgroundColor")
        assert grounds[scheme] not in (
            tab.evaluate("getComputedStyle(document.body).backgroundColor"),
            "rgba(0, 0, 0, 0)",
        )
        assert grounds[scheme] != tab.evaluate("getComputedStyle(document.querySelector('mark')).backgroundColor")
        tab.emulate_media(media="print")
        assert tab.evaluate(f"{style}.borderBottomStyle") == "dotted"
        context.close()
    assert grounds["light"] != grounds["dark"]


def test_citation_is_copied_and_the_marker_is_not(browser, site):
    context = browser.new_context(base_url=site, permissions=["clipboard-read", "clipboard-write"])
    tab = context.new_page()
    tab.goto("/tim?q=giảm nghèo")
    button = tab.locator("button.copy").first
    button.click()
    expect(button).to_have_text("Đã chép")
    assert tab.evaluate("navigator.clipboard.readText()") == button.get_attribute("data-copy")
    context.close()


def test_a_hit_leads_to_its_passage_marked_and_in_view(tab):
    tab.goto("/tim?q=giảm nghèo")
    tab.locator(".links > a").first.click()
    tab.wait_for_url("**/van-kien/*#p*")
    spot = tab.evaluate("document.querySelector(':target').getBoundingClientRect().top")
    assert 0 <= spot < 900


def test_keyboard_slash_focuses_the_box_and_skip_link_comes_first(tab):
    tab.goto("/tim?q=giảm nghèo")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.className") == "skip"
    tab.keyboard.press("/")
    assert tab.evaluate("document.activeElement.id") == "q"


@pytest.mark.parametrize("path", ["/", WHOLE, "/so-sanh?q=giảm nghèo", "/van-kien", "document"])
@pytest.mark.parametrize("width", [360, 768])
def test_narrow_screens_never_scroll_sideways(tab, path, width):
    tab.set_viewport_size({"width": width, "height": 740})
    if path == "document":
        tab.goto("/van-kien")
        path = tab.locator(".documents a").first.get_attribute("href")
    tab.goto(path)
    tab.evaluate("document.querySelectorAll('details').forEach(details => { details.open = true; })")
    assert tab.evaluate("document.documentElement.scrollWidth") <= width


def test_filters_fold_on_a_phone(tab):
    tab.set_viewport_size({"width": 375, "height": 812})
    tab.goto("/tim?q=giảm nghèo")
    assert tab.locator("aside.filters .folded").is_hidden()
    tab.locator("label.opener").click()
    assert tab.locator("aside.filters .folded").is_visible()


CONTRAST = """
() => {
  const channel = v => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
  const parse = c => (c.match(/[\\d.]+/g) || []).map(Number);
  const light = c => 0.2126 * channel(c[0]) + 0.7152 * channel(c[1]) + 0.0722 * channel(c[2]);
  const ground = e => { for (; e; e = e.parentElement) {
    const c = parse(getComputedStyle(e).backgroundColor); if (c.length === 3 || c[3] === 1) return c; }
    return [255, 255, 255]; };
  const bad = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !e.checkVisibility({visibilityProperty: true})) continue;
    const [a, b] = [light(parse(getComputedStyle(e).color)), light(ground(e))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) bad.push(`${ratio.toFixed(2)} ${e.className} ${walker.currentNode.data.trim().slice(0, 30)}`);
  }
  return bad;
}
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", WHOLE, "/tim?q=giảm nghèo&kind=footnote", "/so-sanh?q=giảm nghèo", "/van-kien"])
def test_text_has_contrast_in_both_schemes(browser, site, path, scheme):
    context = browser.new_context(color_scheme=scheme, base_url=site)
    tab = context.new_page()
    tab.goto(path)
    tab.evaluate("document.querySelectorAll('details').forEach(details => { details.open = true; })")
    assert tab.evaluate(CONTRAST) == []
    context.close()
