"""The HTML sample: what Word writes for "save as web page": mso styles, wrapped source lines, `_ftn` anchors."""

from __future__ import annotations

import re
import textwrap
from html import escape

from .markup import TOKEN, Heading, Paragraph, Raw, Source, Table, plain, shown

COLUMNS = 78
HEAD = """<html xmlns:v="urn:schemas-microsoft-com:vml"
xmlns:o="urn:schemas-microsoft-com:office:office"
xmlns:w="urn:schemas-microsoft-com:office:word"
xmlns="http://www.w3.org/TR/REC-html40">

<head>
<meta http-equiv=Content-Type content="text/html; charset=utf-8">
<meta name=ProgId content=Word.Document>
<meta name=Generator content="Microsoft Word 15">
<title>%s</title>
<!--[if gte mso 9]><xml>
 <w:WordDocument>
  <w:View>Print</w:View>
  <w:Zoom>100</w:Zoom>
 </w:WordDocument>
</xml><![endif]-->
<style>
<!--
 /* Style Definitions */
 p.MsoNormal, li.MsoNormal, div.MsoNormal
	{mso-style-unhide:no;
	margin-top:6.0pt;
	text-align:justify;
	text-indent:36.0pt;
	font-size:14.0pt;
	font-family:"Times New Roman",serif;}
p.MsoFootnoteText
	{mso-style-link:"Footnote Text Char";
	font-size:10.0pt;}
span.MsoFootnoteReference
	{vertical-align:super;}
@page WordSection1
	{size:595.3pt 841.9pt;
	mso-footnote-numbering-restart:continuous;}
div.WordSection1
	{page:WordSection1;}
-->
</style>
</head>

<body lang=VI style='tab-interval:36.0pt;word-wrap:break-word'>

<div class=WordSection1>
"""
REF = (
    '<a style=\'mso-footnote-id:ftn%(n)s\' href="#_ftn%(n)s" name="_ftnref%(n)s" title="">'
    "<span class=MsoFootnoteReference><span style='mso-special-character:footnote'>[%(n)s]</span></span></a>"
)
NOTE = """<div style='mso-element:footnote' id=ftn%(n)s>

<p class=MsoFootnoteText><a style='mso-footnote-id:ftn%(n)s' href="#_ftnref%(n)s"
name="_ftn%(n)s" title=""><span class=MsoFootnoteReference><span
style='mso-special-character:footnote'>[%(n)s]</span></span></a> %(body)s</p>

</div>
"""


def _inline(text: str) -> str:
    """Markup of a text, wrapped as Word wraps it: anywhere between two words, in the middle of paragraphs."""
    text = escape(text, quote=False)
    text = re.sub(r"\*\*([^*]+)\*\*", r"<b>\1</b>", text)
    text = re.sub(r"\*([^*]+)\*", r"<i style='mso-bidi-font-style:normal'>\1</i>", text)
    text = re.sub(r"\^([23])", r"<sup>\1</sup>", text).replace(" {/} ", "{/}").replace("{/}", "<br>\n")
    lines = []
    for part in text.split("\n"):
        wrapped = textwrap.wrap(part, COLUMNS, break_long_words=False, break_on_hyphens=False)
        lines.append("\n".join(wrapped))
    return TOKEN.sub(lambda m: REF % {"n": shown(m[1])}, "\n".join(lines))


def _joins(text: str, first: bool = True) -> list[dict]:
    """The wrap of the source line nearest the start of a paragraph, as a join (all of them are one)."""
    lines = textwrap.wrap(escape(text, quote=False), COLUMNS, break_long_words=False, break_on_hyphens=False)
    if len(lines) < 2 or not first:
        return []
    return [{"left_end": " ".join(plain(lines[0]).split()[-7:]), "right_start": " ".join(plain(lines[1]).split()[:7])}]


class HtmlWriter:
    """Collects the body of one source; `joins` are gold for the wrapped lines."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.out: list[str] = []
        self.joins: list[dict] = []
        self.lead = ""

    def heading(self, h: Heading) -> None:
        """A heading as a paragraph or a lying h2, h3."""
        tag = h.options.get("tag", "p")
        attributes = " class=MsoNormal" if tag == "p" else ""
        centre = " align=center style='text-align:center;text-indent:0cm'" if "split" in h.options else ""
        if "runin" in h.options:
            self.lead = f"<b><i>{escape(h.label + h.title, quote=False)}</i></b> "
        elif "split" in h.options:
            self.out.append(f"<p class=MsoNormal{centre}><b>{h.label.strip()}<o:p></o:p></b></p>")
            self.out.append(f"<{tag}{attributes}{centre}><b>{_inline(h.title)}<o:p></o:p></b></{tag}>")
        else:
            self.out.append(f"<{tag}{attributes}><b>{_inline(h.label + h.title)}<o:p></o:p></b></{tag}>")

    def paragraph(self, text: str) -> None:
        """A paragraph; its first wrap goes into `joins`."""
        self.joins += _joins(text, first=len(self.joins) < 25)
        self.out.append(f"<p class=MsoNormal>{self.lead}{_inline(text)}<o:p></o:p></p>")
        self.lead = ""

    def table(self, table: Table) -> None:
        """A table with a border."""
        self.out.append(f"<p class=MsoNormal align=center style='text-align:center'><b>{_inline(table.title)}</b></p>")
        rows = [table.header, *[row for row in table.rows if row]]
        lines = ["<table class=MsoNormalTable border=1 cellspacing=0 cellpadding=0>"]
        for i, row in enumerate(rows):
            cells = "\n".join(f"  <td valign=top style='border:solid windowtext 1.0pt'>\n  <p class=MsoNormal>{self.cell(c, i == 0)}</p>\n  </td>" for c in row)  # fmt: skip
            lines.append(f" <tr style='mso-yfti-irow:{i}'>\n{cells}\n </tr>")
        self.out.append("\n".join([*lines, "</table>"]))

    def cell(self, text: str, header: bool) -> str:
        """The content of a cell; an empty one as Word fills it."""
        content = text.replace("<b>", "**").replace("</b>", "**") if text else ""
        inner = _inline(content) if content else "<o:p>&nbsp;</o:p>"
        return f"<b>{inner}</b>" if header else inner

    def columns(self, left: list[str], right: list[str]) -> None:
        """Two columns of furniture in a table without borders."""
        cells = ""
        for side in (left, right):
            lines = "\n".join(f"  <p class=MsoNormal align=center>{_inline(line)}</p>" for line in side)
            cells += f"  <td width=310 valign=top>\n{lines}\n  </td>\n"
        self.out.append(
            f"<table class=MsoNormalTable border=0 cellspacing=0 cellpadding=0>\n <tr>\n{cells} </tr>\n</table>"
        )

    def write(self) -> str:
        """The whole page."""
        raw: dict[str, list[str]] = {}
        for block in self.source.blocks:
            if isinstance(block, Raw):
                raw.setdefault(block.kind, []).append(block.text)
        self.columns(raw["letterhead"], raw["motto"])
        recipients = False
        for block in self.source.blocks:
            match block:
                case Heading():
                    self.heading(block)
                case Paragraph():
                    self.paragraph(block.text)
                case Table():
                    self.table(block)
                case Raw(kind="title" | "rule"):
                    self.out.append(f"<p class=MsoTitle align=center><b>{_inline(block.text)}</b></p>")
                case Raw(kind="recipients") if not recipients:
                    recipients = True
                    self.columns(raw["recipients"], raw["signature"])
        notes = "\n".join(NOTE % {"n": shown(k), "body": _inline(v or "")} for k, v in self.source.notes.items())
        foot = "<div style='mso-element:footnote-list'><br clear=all>\n\n<hr align=left size=1 width=\"33%\">\n\n"
        body = "\n\n".join(self.out)
        return f"{HEAD % escape(self.source.meta['title'])}\n{body}\n\n</div>\n\n{foot}{notes}\n</div>\n\n</body>\n\n</html>\n"


def render_html(source: Source) -> tuple[bytes, list[dict]]:
    """The page and the places where wrapping broke its paragraphs (Word wraps its source lines at 78 columns)."""
    writer = HtmlWriter(source)
    return writer.write().encode(), writer.joins
