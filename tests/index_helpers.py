"""Small documents and a tiny encoder for the index's tests; the real ones run in the integration tests."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from index.tokens import tokenize

REPORT = """ĐẢNG BỘ TỈNH SƠN KHÊ
HUYỆN ỦY {place}

BÁO CÁO
kết quả thực hiện nhiệm vụ năm {year}

I. KẾT QUẢ THỰC HIỆN

1. Công tác giảm nghèo

Tỷ lệ hộ nghèo toàn huyện giảm từ 31,5% xuống còn {poor}% theo chuẩn nghèo đa chiều; có 02 xã đạt chuẩn nông thôn mới.

2. Trồng rừng

Toàn huyện trồng mới {trees} ha rừng sản xuất, tỷ lệ che phủ rừng đạt 52,4%.

II. PHƯƠNG HƯỚNG

Đẩy mạnh Nghị quyết số 02-NQ/HU, ngày 07/3/2021 của Huyện ủy về chăn nuôi trâu bò hàng hóa.
"""


class HashEncoder:
    """Each folded token and pair has a pseudo-random direction; a text is the sum of its directions."""

    name = "hash"
    backend = ""
    dims = 64

    def __init__(self, seed: str = "a") -> None:
        self.seed = seed
        self.fingerprint = f"hash-{seed}"
        self.calls = 0
        self.encoded = 0

    def encode_passages(self, texts: Sequence[str], progress=None) -> np.ndarray:
        self.calls += 1
        self.encoded += len(texts)
        if progress:
            progress(len(texts), len(texts))
        return np.stack([self._vector(t) for t in texts]) if texts else np.zeros((0, self.dims), np.float32)

    def encode_queries(self, texts: Sequence[str]) -> np.ndarray:
        return np.stack([self._vector(t) for t in texts]) if texts else np.zeros((0, self.dims), np.float32)

    def _vector(self, text: str) -> np.ndarray:
        total = np.zeros(self.dims, np.float32)
        for token in tokenize(text):
            seed = int.from_bytes(hashlib.sha256((self.seed + token.folded).encode()).digest()[:4], "big")
            total += np.random.default_rng(seed).standard_normal(self.dims).astype(np.float32)
        norm = float(np.linalg.norm(total))
        return total / norm if norm else total


def write_report(
    folder: Path, name: str, place: str = "MƯỜNG HIN", year: int = 2024, poor: str = "21,4", trees: int = 320
) -> Path:
    """A small report as a text file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(REPORT.format(place=place, year=year, poor=poor, trees=trees), encoding="utf-8")
    return path


def use_encoder(monkeypatch, encoder: HashEncoder) -> HashEncoder:
    """Let the index use `encoder` under every name."""
    for module in ("index.build", "index.opening", "index.doctor"):
        monkeypatch.setattr(f"{module}.load_encoder", lambda *_: encoder, raising=True)
    return encoder
