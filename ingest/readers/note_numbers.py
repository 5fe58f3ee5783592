"""How Word numbers footnotes and endnotes: by order of reference, in the format that the document asks for.

ECMA-376 part 1, 17.11: `w:numFmt` and `w:numStart` stand in the last section's properties or in the settings; without
them footnotes count 1, 2, 3 and endnotes i, ii, iii. Numbers that start anew on each page are counted through, since
only Word's layout knows the pages.
"""

from __future__ import annotations

import re

from lxml import etree

from ingest.readers.numbering import format_number

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_USUAL = {"footnote": "decimal", "endnote": "lowerRoman"}


class NoteNumbers:
    """Gives each note of one document its key.

    Args:
        document: root of the main part.
        settings: root of the settings, None where the package has none.
    """

    def __init__(self, document: etree._Element, settings: etree._Element | None) -> None:
        self._order: dict[str, dict[str, int]] = {kind: {} for kind in _USUAL}
        self._format = dict(_USUAL)
        self._start = dict.fromkeys(_USUAL, 1)
        for kind in _USUAL:
            for root in [settings, *document.iter(f"{_W}sectPr")]:
                if (form := _value(root, f"{kind}Pr", "numFmt")) is not None:
                    self._format[kind] = form
                if (start := _value(root, f"{kind}Pr", "numStart")) is not None:
                    self._start[kind] = int(start) if re.fullmatch(r"[0-9]{1,6}", start) else 1

    def key(self, kind: str, identifier: str) -> str:
        """The key of a note, the same for its reference and its body: "12", or "e3=iii" where another sign is printed.

        Args:
            kind: "footnote" or "endnote".
            identifier: its `w:id`.
        """
        known = self._order[kind]
        order = known.setdefault(identifier, len(known) + 1)
        printed = format_number(order - 1 + self._start[kind], self._format[kind])
        return printed if kind == "footnote" and printed == str(order) else f"{kind[0]}{order}={printed}"


def _value(root: etree._Element | None, properties: str, name: str) -> str | None:
    found = root.find(f"{_W}{properties}/{_W}{name}") if root is not None else None
    return found.get(f"{_W}val") if found is not None else None
