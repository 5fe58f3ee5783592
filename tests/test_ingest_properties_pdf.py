"""Whatever a PDF draws, declares or loses: a Document that keeps its word, or an error of the tree."""

from __future__ import annotations

from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ingest_helpers import attempt

from benchmarks.fuzz.portable import NAMES, NUMBERS, OPERATORS, Portable, made_up

COMMON = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
LINES = st.sampled_from(
    [
        b"(BAO CAO) Tj",
        b"(I. KET QUA) Tj",
        b"(1. Toan huyen con 340 ho ngheo,) Tj",
        b"(giam 52 ho so voi nam truoc.) Tj",
        b"/F1 7 Tf 4 Ts (1) Tj 0 Ts /F1 12 Tf",
        b"(a) Tj 100 0 Td (b) Tj -100 -14 Td",
        b"ET 72 300 m 400 300 l S BT /F1 12 Tf 72 200 Td",
        b"(\\225\\226\\341) Tj",
        b"<0102E000> Tj",
    ]
)
CONTENT = st.lists(st.one_of(LINES, st.just(b"T*"), st.sampled_from(OPERATORS), st.binary(max_size=6)), max_size=40)
NUMBER = st.one_of(st.sampled_from(NUMBERS), st.integers(-2000, 2000).map(lambda n: b"%d" % n))
BOX = st.one_of(st.just(b"[0 0 595 842]"), st.lists(NUMBER, max_size=5).map(lambda n: b"[" + b" ".join(n) + b"]"))
CODES = st.lists(st.tuples(st.integers(0, 255), st.integers(0, 0x10FFFF)), max_size=8)


def page_with(content: list[bytes], box: bytes, rotate: bytes, codes: list[tuple[int, int]], font: bytes) -> Portable:
    ranges = b"".join(b"<%02X> <%04X>\n" % pair for pair in codes)
    out = Portable({1: (b"<</Type/Catalog/Pages 2 0 R>>", None), 2: (b"<</Type/Pages/Kids[3 0 R]/Count 1>>", None)})
    page = b"<</Type/Page/Parent 2 0 R/MediaBox%s/Rotate %s/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>"
    out.objects[3] = (page % (box, rotate), None)
    out.objects[4] = (b"<<>>", b"BT /F1 12 Tf 72 760 Td 14 TL\n" + b"\n".join(content))
    out.objects[5] = (b"<</Type/Font/Subtype%s/BaseFont/Times-Roman/ToUnicode 6 0 R>>" % font, None)
    out.objects[6] = (b"<<>>", b"begincmap %d beginbfchar\n" % len(codes) + ranges + b"endbfchar endcmap")
    return out


@COMMON
@given(CONTENT, BOX, NUMBER, CODES, st.sampled_from([b"/Type1", b"/TrueType", b"/Type0", b"/Type3", *NAMES[:5]]))
def test_any_page(content, box, rotate, codes, font):
    attempt(page_with(content, box, rotate, codes, font).write(), "a.pdf")


@COMMON
@given(st.integers(0, 1 << 30), st.lists(st.tuples(st.integers(0, 5000), st.binary(max_size=12)), max_size=6))
def test_any_damage(seed, damage):
    data = bytearray(made_up(Random(seed)).write())
    for at, piece in damage:
        data[at % len(data) : at % len(data) + len(piece)] = piece
    attempt(bytes(data), "a.pdf")


@COMMON
@given(st.binary(max_size=300), st.binary(max_size=60))
def test_any_objects(body, trailer):
    attempt(
        b"%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n"
        + body
        + b"\nendobj\ntrailer\n"
        + trailer
        + b"\n%%EOF\n",
        "a.pdf",
    )
