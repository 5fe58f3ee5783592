"""HTML: trees of tags that close or not, Word's footnotes, tables with absurd spans, entities of every kind."""

from __future__ import annotations

import base64
import quopri
from random import Random

from benchmarks.fuzz.alphabet import BIG, INLINE, MARKERS, NUMBERS, ODD, words
from benchmarks.fuzz.bytewise import mutate_bytes
from benchmarks.fuzz.plain import grow, line, mutate_characters, window

INLINES = ("b", "i", "em", "strong", "span", "sup", "sub", "a", "font", "u", "o:p", "ins", "del", "code", "label")
BLOCKS = (
    *(
        "p",
        "div",
        "h1",
        "h2",
        "h6",
        "li",
        "ul",
        "ol",
        "dl",
        "dt",
        "dd",
        "blockquote",
        "section",
        "article",
        "pre",
        "center",
    ),
    *(
        "table",
        "tbody",
        "thead",
        "tfoot",
        "tr",
        "td",
        "th",
        "caption",
        "colgroup",
        "col",
        "form",
        "fieldset",
        "figure",
        "hr",
    ),
    *("br", "nav", "button", "select", "script", "style", "textarea", "noscript", "svg", "math", "iframe", "template"),
    *("title", "head", "body", "html", "plaintext", "xmp", "frameset", "ruby", "details", "input", "img", "object"),
)
ENTITIES = (
    *("&nbsp;", "&amp;", "&lt;", "&#0;", "&#x200b;", "&#57344;", "&#xE000;#1&#xE001;1&#xE002;", "&#xD800;", "&#xDFFF;"),
    *(
        "&#x110000;",
        "&#769;",
        "&#x1161;",
        "&#133;",
        "&#x85;",
        "&#x2028;",
        "&#xA0;",
        "&bogus;",
        "&",
        "&#",
        "&#x;",
        "&#99999999999;",
    ),
    *("&#13;", "&#9;&#9;", "&#12;", "&sup2;", "&#xFFFE;", "&#x1F;", "&zwj;", "&shy;", "&acute;"),
)
DEBRIS = (
    *(
        "<![if !supportLists]>",
        "<![endif]>",
        "<![CDATA[x]]>",
        "<!-- x -->",
        "<!--",
        "-->",
        "<?xml version='1.0'?>",
        "<?php x ?>",
    ),
    *(
        "<!DOCTYPE html>",
        "<!ENTITY a 'b'>",
        "</",
        "<",
        ">",
        "<>",
        "</>",
        "<p",
        "<a href=",
        "<div id='",
        "\x00",
        "<!>",
        "<?>",
    ),
    *("<!--[if gte mso 9]><xml><w:x>1</w:x></xml><![endif]-->", "<o:p></o:p>", "<v:shape>x</v:shape>", "<p/>", "<td/>"),
)
ATTRIBUTES = (
    *(
        "id='ftn1'",
        "id='_ftn2'",
        "id='fn:3'",
        "id='edn1'",
        "id=ftn٣",
        "href='#_ftn1'",
        "href='#_ftnref1'",
        "href='#fn2'",
    ),
    *("href='#cite_note-x-1'", "href='#fnref:3'", "href='#_edn1'", "name='_ftnref1'", "style='font-weight:bold'"),
    *(
        "style='text-align:center'",
        "style='mso-element:footnote'",
        "align='center'",
        "class='MsoNormal'",
        "face='.VnTime'",
        "style='font-family:VNI-Times'",
        "align=''",
        "x",
    ),
)
CHARSETS = (
    *(
        "utf-8",
        "windows-1258",
        "windows-1252",
        "iso-8859-1",
        "us-ascii",
        "utf-16",
        "cp037",
        "utf-7",
        "hex",
        "zlib",
        "punycode",
    ),
    *("cp65001", "iso-8859-99", "utf8", "UTF-8-SIG", "idna", "unicode_escape", "cp932", "windows-874", "iso8859-10"),
)


def attributes(rng: Random) -> str:
    """Some attributes, as they stand behind the tag's name."""
    out: list[str] = []
    for _ in range(rng.choice((0, 0, 0, 1, 1, 2, 30 if rng.random() < 0.01 else 3))):
        if rng.random() < 0.25:
            out.append(f"{rng.choice(('colspan', 'rowspan', 'start', 'value', 'width'))}='{rng.choice(BIG)}'")
        else:
            out.append(rng.choice(ATTRIBUTES))
    return "".join(f" {a}" for a in out)


def table(rng: Random, depth: int) -> str:
    """A table, well formed for the most part."""
    rows: list[str] = []
    for _ in range(rng.randint(0, 6)):
        cells = (
            f"<{t}{attributes(rng)}>{content(rng, depth + 2)}</{t}>"
            for t in rng.choices(("td", "th"), k=rng.randint(0, 6))
        )
        rows.append(f"<tr{attributes(rng)}>{''.join(cells)}</tr>")
        if rng.random() < 0.1:
            rows.append(
                rng.choice((words(rng, 3), "<p>x</p>", "<caption>y</caption>", "<tr>", "<td>", "</tbody><tfoot>"))
            )
    return f"<table>{''.join(rows)}</table>"


def notes(rng: Random) -> str:
    """A reference and its body, as Word saves them, with any number in either."""
    a, b = rng.choice(("1", "2", "12", "999", "0", "٣")), rng.choice(("1", "2", "12"))
    ref = f"<a style='mso-footnote-id:ftn{a}' href='#_ftn{a}' name='_ftnref{a}'><span>[{a}]</span></a>"
    body = f"<div id='ftn{b}'><p><a href='#_ftnref{b}'>[{b}]</a> {words(rng)}</p>{rng.choice(('', '<p>x</p>'))}</div>"
    return rng.choice(
        (ref, body, f"<p>{words(rng)}{ref}</p>{body}", f"<sup>{a}</sup>", f"<sup>({b})</sup> {words(rng)}")
    )


def content(rng: Random, depth: int = 0) -> str:
    """A run of nodes."""
    out: list[str] = []
    for _ in range(rng.randint(1, 8 if depth < 2 else 2)):
        kind = rng.randrange(12)
        if kind < 4 or depth > 6:
            out.append(words(rng, 12))
        elif kind < 7:
            tag = rng.choice(INLINES if rng.random() < 0.4 else BLOCKS[:16])
            out.append(f"<{tag}{attributes(rng)}>{content(rng, depth + 1)}</{tag}>")
        elif kind == 7:
            out.append(table(rng, depth))
        elif kind == 8:
            out.append(notes(rng))
        elif kind == 9:
            out.append(rng.choice((*ENTITIES, *DEBRIS, *ODD)))
        elif kind == 10:
            tag = rng.choice((*BLOCKS, *INLINES))
            out.append(rng.choice((f"<{tag}{attributes(rng)}>", f"</{tag}>", f"<{tag}/>")))
        else:
            out.append(f"<p{attributes(rng)}>{line(rng)}</p>")
    return "".join(out)


def mutate_tags(rng: Random, text: str) -> str:
    """Tags lost, doubled, swapped for others; new ones in the middle of anything."""
    pieces = text.replace("<", "\x01<").replace(">", ">\x01").split("\x01")
    for _ in range(rng.randint(1, 8)):
        at = rng.randrange(len(pieces))
        kind = rng.randrange(6)
        if kind == 0:
            del pieces[at]
        elif kind == 1:
            pieces[at:at] = pieces[at : at + rng.randint(1, 10)] * rng.randint(1, 3)
        elif kind == 2:
            pieces[at] = rng.choice((*ENTITIES, *DEBRIS, *ODD, *MARKERS, *NUMBERS, *INLINE))
        elif kind == 3:
            tag = rng.choice((*BLOCKS, *INLINES))
            pieces.insert(at, rng.choice((f"<{tag}{attributes(rng)}>", f"</{tag}>")))
        elif kind == 4 and pieces[at].startswith("<"):
            pieces[at] = pieces[at][:-1] + attributes(rng) + ">"
        else:
            other = rng.randrange(len(pieces))
            pieces[at], pieces[other] = pieces[other], pieces[at]
        pieces = pieces or [""]
    return "".join(pieces)


def any_page(rng: Random, corpus: list[str]) -> bytes:
    """The bytes of an HTML file."""
    if rng.random() < 0.6:
        text = content(rng)
    else:
        text = window(rng, rng.choice(corpus), 25)
        text = text + window(rng, rng.choice(corpus), 10) if rng.random() < 0.2 else text
    if rng.random() < 0.6:
        text = mutate_tags(rng, text)
    if rng.random() < 0.3:
        text = mutate_characters(rng, text)
    if rng.random() < 0.004:
        text = grow(rng, text, rng.choice((20_000, 60_000)))
    head = "<html>"
    charset = rng.choice(CHARSETS) if rng.random() < 0.1 else "utf-8"
    if rng.random() < 0.4:
        head += rng.choice(("<head>", "")) + f"<meta charset='{charset}'>" + rng.choice(("</head>", "<title>x</title>"))
    text = f"{head}<body>{text}{rng.choice(('</body></html>', ''))}"
    try:
        data = text.encode(charset if rng.random() < 0.5 else "utf-8", "replace")
    except (LookupError, UnicodeError, TypeError):
        data = text.encode("utf-8", "surrogatepass")
    return mutate_bytes(rng, data) if rng.random() < 0.1 else data


def in_one_file(rng: Random, html: bytes) -> bytes:
    """The page as MHTML (RFC 2557), with parts beside it and headers that lie."""
    codings = ("base64", "quoted-printable", "7bit", "8bit", "x-none", "uuencode")
    coding = rng.choice(codings)
    if coding == "base64":
        html = base64.encodebytes(html)
    elif coding == "quoted-printable":
        html = quopri.encodestring(html)
    charset = rng.choice(CHARSETS)
    border = rng.choice(("x", "----=_NextPart", "", 'a"b', "x" * 500))
    said = rng.choice((coding, coding, *codings))
    part = f"Content-Type: text/html; charset={charset}\r\nContent-Transfer-Encoding: {said}\r\n"
    other = rng.choice(("", f"--{border}\r\nContent-Type: image/png\r\n\r\nx\r\n", f"--{border}\r\n{part}\r\ny\r\n"))
    start = rng.choice(("", '; start="<a>"', "; type=text/html", "; boundary*0=x"))
    head = f'MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="{border}"{start}\r\n\r\n'
    head += f"{other}--{border}\r\n{part}"
    data = head.encode("utf-8", "replace") + b"\r\n" + html + f"\r\n--{border}{rng.choice(('--', ''))}\r\n".encode()
    return mutate_bytes(rng, data) if rng.random() < 0.2 else data
