"""Damage that knows nothing of the format: bits, holes, doubled blocks, a cut."""

from __future__ import annotations

from random import Random

INTERESTING = (
    b"\x00",
    b"\xff",
    b"\xff\xfe",
    b"\xfe\xff",
    b"\xef\xbb\xbf",
    b"\x80",
    b"\x00" * 8,
    b"\xff" * 8,
    b"%PDF-",
    b"PK\x03\x04",
)


def mutate_bytes(rng: Random, data: bytes, other: bytes = b"") -> bytes:
    """One to ten pieces of damage; `other` is what a splice takes its second half from."""
    out = bytearray(data or b"x")
    for _ in range(rng.choice((1, 1, 2, 4, 10))):
        at = rng.randrange(len(out) or 1)
        length = min(rng.choice((1, 2, 4, 16, 100, 1000)), len(out) - at)
        kind = rng.randrange(8)
        if kind == 0 and out:
            out[at] ^= 1 << rng.randrange(8)
        elif kind == 1 and out:
            out[at] = rng.randrange(256)
        elif kind == 2:
            del out[at : at + length]
        elif kind == 3:
            out[at:at] = out[at : at + length] * rng.choice((1, 2, 10))
        elif kind == 4:
            out[at:at] = rng.choice(INTERESTING)
        elif kind == 5:
            out[at : at + length] = rng.randbytes(length)
        elif kind == 6:
            out[at : at + length] = bytes(length)
        elif other and rng.random() < 0.5:
            out[at:] = other[rng.randrange(len(other)) :]
        elif rng.random() < 0.3:
            del out[at:]
    return bytes(out)
