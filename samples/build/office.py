"""The format samples that other programs make: `python -m samples.build.office [NAME...]`.

LibreOffice (`soffice`) turns the Word file of a source into PDF, DOC and RTF, poppler (`pdftoppm`) draws the pages of a
scan. Their versions decide about the bytes, so the files are checked in and not compared by tests.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

from .formats import FOLDER, outputs, sources
from .markup import parse
from .word import render_word

DPI = 300


def convert(word: bytes, ending: str) -> bytes:
    """A Word file in another format, by LibreOffice.

    Raises:
        subprocess.CalledProcessError: soffice failed.
        FileNotFoundError: soffice is not installed, or it wrote nothing.
    """
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "report.docx"
        source.write_bytes(word)
        profile = f"-env:UserInstallation=file://{folder}/profile"
        command = ["soffice", profile, "--headless", "--convert-to", ending, "--outdir", folder, str(source)]
        subprocess.run(command, check=True, capture_output=True)
        return source.with_suffix(f".{ending}").read_bytes()


def scan(pdf: bytes, seed: int) -> bytes:
    """A PDF as an office scanner leaves it: black-and-white pages, a little turned, with specks, and no text layer."""
    import numpy as np
    from PIL import Image

    random = np.random.default_rng(seed)
    pages = []
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "in.pdf").write_bytes(pdf)
        subprocess.run(["pdftoppm", "-r", str(DPI), "-gray", "in.pdf", "page"], cwd=folder, check=True)
        for path in sorted(Path(folder).glob("page*.pgm")):
            page = Image.open(path).rotate(random.uniform(-0.7, 0.7), Image.Resampling.BICUBIC, fillcolor=255)
            grey = np.asarray(page, dtype=float) + random.normal(0, 22, (page.height, page.width))
            grey[random.random(grey.shape) < 0.0002] = 0
            pages.append(Image.fromarray(np.where(grey < 140, 0, 255).astype("uint8")).convert("1", dither=0))
    out = io.BytesIO()
    date = time.gmtime(1545350400 + seed)
    dates = {"creationDate": date, "modDate": date}
    pages[0].save(out, "PDF", save_all=True, append_images=pages[1:], resolution=DPI, **dates)
    return out.getvalue()


def turn(pdf: bytes) -> bytes:
    """The landscape pages of a PDF as upright ones that /Rotate turns by 90 degrees, as printer drivers write them."""
    import ctypes

    import pypdfium2
    import pypdfium2.raw as pdfium

    document = pypdfium2.PdfDocument(pdf)
    for page in document:
        width, height = page.get_size()
        if width > height:
            matrix = pdfium.FS_MATRIX(0, 1, -1, 0, height, 0)
            clip = pdfium.FS_RECTF(0, width, height, 0)
            pdfium.FPDFPage_TransFormWithClip(page.raw, ctypes.byref(matrix), ctypes.byref(clip))
            page.set_mediabox(0, 0, height, width)
            page.set_cropbox(0, 0, height, width)
            page.set_rotation(90)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def archive(folder: str, names: list[str]) -> bytes:
    """A ZIP of some of the files, in a folder with a Vietnamese name."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name in names:
            info = zipfile.ZipInfo(f"{folder}/{name}", date_time=(2022, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            package.writestr(info, (FOLDER / name).read_bytes())
    return out.getvalue()


def main(names: list[str]) -> None:
    """Write the files of these sources, or of all."""
    for path in sources():
        source = parse(path)
        if names and source.name not in names:
            continue
        for ending in outputs(source):
            if ending in ("docx", "txt"):
                continue
            if ending == "zip":
                data = archive(source.meta["folder"], source.meta["members"].split())
            else:
                data = convert(render_word(source), ending)
                if source.meta.get("rotate"):
                    data = turn(data)
                if source.meta.get("scan"):
                    data = scan(data, int(source.meta["scan"]))
            (FOLDER / f"{source.name}.{ending}").write_bytes(data)
            print(FOLDER / f"{source.name}.{ending}", len(data))


if __name__ == "__main__":
    main(sys.argv[1:])
