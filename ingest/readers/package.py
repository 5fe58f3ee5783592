"""The parts of an Office Open XML package by what they are for, as its relationships say (ECMA-376, part 2)."""

from __future__ import annotations

import posixpath
import re
import zipfile
from urllib.parse import unquote

from ingest.document import ParseWarning
from ingest.errors import FileUnreadableError
from ingest.readers.xml import read_part

_RELATIONSHIP = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_COMMENT = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}comment"
_USUAL = "word/document.xml"


class Package:
    """The main part of a Word document and the parts that belong to it.

    Where relationships are missing or damaged, the names that Word gives its parts stand in.

    Attributes:
        main: name of the main part.
    """

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._names = {name.casefold(): name for name in archive.namelist()}
        start = self._relationships(archive, "")
        self.main = next((n for kind, _, n in start if kind == "officeDocument"), None) or _USUAL
        self._related = self._relationships(archive, self.main)

    def parts(self, kind: str) -> list[str]:
        """Names of the parts of one kind ("footnotes", "header" …), sorted, each once."""
        found = {name for k, _, name in self._related if k == kind}
        if not found:
            usual = re.compile(rf"word/{kind.lower()}\d*\.xml")
            found = {name for folded, name in self._names.items() if usual.fullmatch(folded)}
        return sorted(found)

    def part(self, kind: str) -> str:
        """The name of the only part of a kind, "" where there is none."""
        return next(iter(self.parts(kind)), "")

    def target(self, identifier: str) -> str | None:
        """The part that a relationship's id points to, None where it points nowhere or out of the package."""
        return next((name for _, i, name in self._related if i == identifier), None)

    def unread(self, archive: zipfile.ZipFile) -> list[ParseWarning]:
        """What is not read: comments, which are no part of the text, and words in charts and diagrams."""
        warnings = []
        roots = [root for name in self.parts("comments") if (root := read_part(archive, name)) is not None]
        if count := sum(1 for root in roots for _ in root.iter(_COMMENT)):
            told = f"Đã bỏ {count} nhận xét bên lề / {count} comments left out"
            warnings.append(ParseWarning("comments", told))
        if self.parts("diagramData") or self.parts("chart"):
            told = "Chữ trong sơ đồ, biểu đồ chưa đọc / words in diagrams and charts are not read"
            warnings.append(ParseWarning("diagrams", told))
        return warnings

    def _relationships(self, archive: zipfile.ZipFile, source: str) -> list[tuple[str, str, str]]:
        """Kind, id and part of everything that `source` ("" for the package) points to inside the package."""
        folder, base = posixpath.split(source)
        name = self._names.get(posixpath.join(folder, "_rels", f"{base}.rels").casefold())
        try:
            root = read_part(archive, name) if name else None
        except FileUnreadableError:
            root = None
        found = []
        for element in root.iter(_RELATIONSHIP) if root is not None else ():
            target = unquote(element.get("Target", ""))
            if element.get("TargetMode") == "External" or not target:
                continue
            path = posixpath.normpath(posixpath.join("/" + folder, target)).lstrip("/")
            if part := self._names.get(path.casefold()):
                found.append((element.get("Type", "").rpartition("/")[2], element.get("Id", ""), part))
        return found
