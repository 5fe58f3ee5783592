"""PDF: small documents written object by object, and real ones taken apart; their objects and streams changed."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, field
from random import Random

from benchmarks.fuzz.alphabet import BIG, words
from benchmarks.fuzz.bytewise import mutate_bytes

_OBJECT = re.compile(rb"(\d+) 0 obj\s(.*?)endobj", re.S)
_STREAM = re.compile(rb"(.*?)\bstream\r?\n(.*?)\r?\n?endstream", re.S)
_TOKEN = re.compile(rb"\d+ 0 R|/[^\s/<>\[\]()]+|-?\d+(?:\.\d+)?|\((?:[^()\\]|\\.)*\)|<[0-9A-Fa-f]*>|[A-Za-z'\"*]+")
NUMBERS = (b"0", b"-1", b"1", b"1e9", b"-0.0001", b"99999999999", b"2147483648", b"0.00000001", b"1000000", b"-32768")
NAMES = (
    *(
        b"/Type",
        b"/Page",
        b"/Pages",
        b"/Catalog",
        b"/Font",
        b"/XObject",
        b"/Form",
        b"/Image",
        b"/Kids",
        b"/Parent",
        b"/Count",
    ),
    *(
        b"/FlateDecode",
        b"/ASCIIHexDecode",
        b"/ASCII85Decode",
        b"/LZWDecode",
        b"/RunLengthDecode",
        b"/DCTDecode",
        b"/Crypt",
    ),
    *(
        b"/Identity-H",
        b"/WinAnsiEncoding",
        b"/ToUnicode",
        b"/Encoding",
        b"/Differences",
        b"/Type0",
        b"/Type3",
        b"/TrueType",
    ),
    *(
        b"/MediaBox",
        b"/Rotate",
        b"/Contents",
        b"/Resources",
        b"/Annots",
        b"/Filter",
        b"/DecodeParms",
        b"/Length",
        b"/uni0041",
    ),
)
OPERATORS = (
    *(
        b"q",
        b"Q",
        b"BT",
        b"ET",
        b"/F1 12 Tf",
        b"/F9 1 Tf",
        b"0 Tf",
        b"1 0 0 1 72 700 cm",
        b"0 0 0 0 0 0 cm",
        b"1e9 0 0 1e9 0 0 Tm",
    ),
    *(
        b"(Bao cao) Tj",
        b"[(B) -9999999 (c)] TJ",
        b"<FEFF1EA0> Tj",
        b"(\\000\\377\\200) Tj",
        b"T*",
        b"(x) '",
        b"3 Tr",
        b"100 Tz",
    ),
    *(
        b"72 100 200 1 re f",
        b"72 90 m 300 90 l S",
        b"/X1 Do",
        b"/Fm0 Do",
        b"BI /W 1 /H 1 ID x EI",
        b"/P <</MCID 0>> BDC",
        b"EMC",
    ),
    *(
        b"0 -14 Td",
        b"0.5 Ts",
        b"6 Ts",
        b"/F1 7 Tf",
        b"/Span <</ActualText (x)>> BDC",
        b"sh",
        b"W n",
        b"0 1 -1 0 300 300 Tm",
    ),
)


@dataclass
class Portable:
    """A PDF taken apart: object number → (dictionary or value, decoded stream or None)."""

    objects: dict[int, tuple[bytes, bytes | None]] = field(default_factory=dict)
    root: int = 1

    def add(self, value: bytes, stream: bytes | None = None) -> int:
        """A new object; returns its number."""
        number = max(self.objects, default=0) + 1
        self.objects[number] = (value, stream)
        return number

    def write(self, rng: Random | None = None) -> bytes:
        """The file, with its table of objects; damaged in its own ways where `rng` says so."""
        out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
        places: dict[int, int] = {}
        for number, (value, stream) in self.objects.items():
            places[number] = len(out)
            out += b"%d 0 obj\n" % number + _body(value, stream, rng) + b"\nendobj\n"
        start = len(out)
        size = max(places, default=0) + 1
        out += b"xref\n0 %d\n0000000000 65535 f \n" % size
        for number in range(1, size):
            at = places.get(number, 0)
            if rng is not None and rng.random() < 0.002:
                at = rng.randrange(len(out))
            out += b"%010d 00000 %s \n" % (at, b"n" if number in places else b"f")
        chance = rng.random() if rng is not None else 1.0
        if chance < 0.05:
            start = (0, 9, start + 5, 10**12)[int(chance * 80)]
        out += b"trailer\n<</Size %d/Root %d 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (size, self.root, start)
        return bytes(out)


def _body(value: bytes, stream: bytes | None, rng: Random | None) -> bytes:
    if stream is None:
        return value
    chance = rng.random() if rng is not None else 1.0
    data, filters = stream, b""
    if chance < 0.3 or rng is None:
        data, filters = zlib.compress(data, 1), b"/Filter/FlateDecode"
    if chance < 0.02:
        data, filters = zlib.compress(data, 1), b"/Filter[/FlateDecode/FlateDecode]"
    elif chance < 0.04:
        data, filters = stream.hex().encode() + b">", b"/Filter/ASCIIHexDecode"
    elif chance < 0.05:
        filters = b"/Filter/LZWDecode/DecodeParms<</Predictor 12/Columns 99999999>>"
    length = len(data) if chance > 0.06 else (0, 1, len(data) * 2, 10**9)[int(chance * 60)]
    head = value.rstrip()
    head = head[:-2] if head.endswith(b">>") else head
    return head + filters + b"/Length %d>>\nstream\n" % length + data + b"\nendstream"


def take_apart(data: bytes) -> Portable:
    """The objects of a sound file without object streams; streams decoded where they are deflated."""
    pdf = Portable()
    for m in _OBJECT.finditer(data):
        number, body = int(m.group(1)), m.group(2).strip()
        stream = None
        if s := _STREAM.match(body):
            body, stream = s.group(1).strip(), s.group(2)
            if b"/ASCII85Decode" in body or b"/FlateDecode" in body:
                try:
                    stream = zlib.decompress(stream)
                    body = re.sub(rb"/Filter\s*(?:/\w+|\[[^\]]*\])", b"", body)
                except zlib.error:
                    pass
            body = re.sub(rb"/Length \d+(?: 0 R)?", b"", body)
        pdf.objects[number] = (body, stream)
        if b"/Catalog" in body:
            pdf.root = number
    return pdf


def first_pages(pdf: Portable, start: int, count: int) -> Portable:
    """The same file with `count` of its pages: a small one is read fast."""
    out = Portable(dict(pdf.objects), pdf.root)
    for number, (value, stream) in pdf.objects.items():
        if (m := re.search(rb"/Kids\s*\[([^\]]*)\]", value)) and b"/Pages" in value:
            kids = re.findall(rb"\d+ 0 R", m.group(1))[start : start + count]
            fewer = value.replace(m.group(0), b"/Kids[" + b" ".join(kids) + b"]")
            out.objects[number] = (re.sub(rb"/Count \d+", b"/Count %d" % len(kids), fewer), stream)
    return out


def made_up(rng: Random) -> Portable:
    """One to four pages of text with a form, a ruled table, a footnote and a character map."""
    pdf = Portable()
    pdf.objects = {1: (b"<</Type/Catalog/Pages 2 0 R>>", None), 2: (b"", None)}
    pdf.objects[3] = (
        b"<</Type/Font/Subtype/Type1/BaseFont/Times-Roman/Encoding/WinAnsiEncoding/ToUnicode 4 0 R>>",
        None,
    )
    ranges = b"".join(
        b"<%02X> <%04X>\n" % (i, rng.choice((i, 0x1EA0 + i, 0x301, 0xE000, 0xD800)))
        for i in rng.sample(range(32, 127), 12)
    )
    pdf.objects[4] = (
        b"<<>>",
        b"/CIDInit /ProcSet findresource begin begincmap 12 beginbfchar\n" + ranges + b"endbfchar endcmap end",
    )
    pdf.objects[5] = (
        b"<</Type/XObject/Subtype/Form/BBox[0 0 600 800]/Resources 6 0 R>>",
        b"BT /F1 11 Tf 72 300 Td (Bieu 01) Tj ET /Fm0 Do",
    )
    pdf.objects[6] = (b"<</Font<</F1 3 0 R/F9 99 0 R>>/XObject<</Fm0 5 0 R/X1 5 0 R>>>>", None)
    kids: list[bytes] = []
    for _ in range(rng.randint(1, 4)):
        content = pdf.add(b"<<>>", page_content(rng))
        box = rng.choice(
            (b"[0 0 595 842]", b"[0 0 595 842]", b"[0 0 0 0]", b"[100 100 50 50]", b"[0 0 1e7 1e7]", b"null")
        )
        page = b"<</Type/Page/Parent 2 0 R/MediaBox%s/Rotate %s/Resources 6 0 R/Contents %d 0 R>>"
        kids.append(b"%d 0 R" % pdf.add(page % (box, rng.choice((b"0", b"90", b"180", b"45", b"-90")), content)))
    pdf.objects[2] = (b"<</Type/Pages/Kids[" + b" ".join(kids) + b"]/Count %d>>" % len(kids), None)
    return pdf


def page_content(rng: Random) -> bytes:
    """Lines of text, each at its place, raised digits, rules, a grid."""
    out = [b"BT /F1 12 Tf 72 760 Td 14 TL"]
    for i in range(rng.randint(1, 30)):
        text = (
            words(rng, 10)
            .encode("latin-1", "replace")
            .replace(b"\\", b"\\\\")
            .replace(b"(", b"\\(")
            .replace(b")", b"\\)")
        )
        out.append(b"(%s) Tj" % text)
        if rng.random() < 0.1:
            out.append(b"/F1 7 Tf 4 Ts (%d) Tj 0 Ts /F1 12 Tf" % (i + 1))
        out.append(b"T*" if rng.random() < 0.8 else rng.choice(OPERATORS))
    out.append(b"ET 72 90 120 0.5 re f")
    if rng.random() < 0.3:
        out += [
            b"72 %d m 400 %d l S %d 300 m %d 400 l S" % (300 + 20 * i, 300 + 20 * i, 72 + 60 * i, 72 + 60 * i)
            for i in range(6)
        ]
    return b"\n".join(out)


def mutate_tokens(rng: Random, data: bytes, objects: int) -> bytes:
    """Numbers, names, strings and references exchanged, doubled, lost; operators put between them."""
    pieces = list(_TOKEN.finditer(data[:20_000]))
    out = bytearray(data)
    chosen = rng.sample(pieces, min(len(pieces), rng.choice((1, 1, 2, 5))))
    for m in sorted(chosen, key=lambda m: -m.start()):
        token = m.group(0)
        if token.endswith(b" R"):
            new = rng.choice((b"%d 0 R" % rng.randint(0, objects + 2), b"null", b"[%s %s]" % (token, token)))
        elif token.startswith(b"/"):
            new = rng.choice((rng.choice(NAMES), token + b"#00", b""))
        elif token[:1] in b"-0123456789":
            new = rng.choice((*NUMBERS, b"%d 0 R" % rng.randint(0, objects), rng.choice(BIG).encode("utf-8")))
        elif token[:1] in b"(<":
            new = rng.choice((b"()", b"(\\", b"<F", token * 3, b"(" * 50, b"<D800DC00>", b"<E000E001E002>", b"null"))
        else:
            new = rng.choice((b" %s " % rng.choice(OPERATORS), token + b" " + token, b"", b"true"))
        out[m.start() : m.end()] = new
    return bytes(out)


def mutate_objects(rng: Random, pdf: Portable) -> None:
    """Objects lost, exchanged, made to point at each other; tokens of dictionaries and streams changed."""
    for _ in range(rng.randint(1, 5)):
        number, other = rng.choice(list(pdf.objects)), rng.choice(list(pdf.objects))
        value, stream = pdf.objects[number]
        kind = rng.randrange(10)
        if kind == 0 and len(pdf.objects) > 2:
            del pdf.objects[number]
        elif kind == 1:
            pdf.objects[number] = pdf.objects[other]
        elif kind == 2 and stream is not None:
            pdf.objects[number] = (value, mutate_bytes(rng, stream))
        elif kind < 6 and stream is not None:
            pdf.objects[number] = (value, mutate_tokens(rng, stream, len(pdf.objects)))
        elif kind == 6 and stream is not None and len(stream) < 5000:
            pdf.objects[number] = (value, stream * rng.choice((2, 10, 40)))
        else:
            pdf.objects[number] = (mutate_tokens(rng, value, len(pdf.objects)), stream)


def any_pdf(rng: Random, corpus: list[bytes]) -> bytes:
    """The bytes of a PDF file."""
    if corpus and rng.random() < 0.25:
        pdf = first_pages(take_apart(rng.choice(corpus)), rng.randrange(6), 1)
    else:
        pdf = made_up(rng)
    if rng.random() < 0.85:
        mutate_objects(rng, pdf)
    data = pdf.write(rng)
    return mutate_bytes(rng, data) if rng.random() < 0.15 else data
