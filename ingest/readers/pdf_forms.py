"""Form XObjects that multiply: a PDF of some kilobytes whose forms draw each other a billion times.

PDFium interprets a page in one call that nothing can interrupt, so what a form costs is added up beforehand. Streams
cannot stand in object streams (ISO 32000-2, 7.5.7): a form's dictionary is always in plain sight, and a file without
two forms is passed at once. What is drawn by which name pdfminer resolves, encrypted files included.
"""

from __future__ import annotations

import logging
import re
from collections import Counter
from io import BytesIO
from itertools import chain, islice
from typing import Any

from ingest.errors import FileUnreadableError

MAX_DRAWN = 64 << 20  # bytes of content that one form may come to with all the forms it draws; real ones stay far below
MAX_LEVELS = 64  # forms inside each other; PDFium stops at about 40
MAX_FORMS = 20_000
MAX_OBJECTS = 200_000
_FORM = re.compile(rb"/Subtype\s*/F(?:o|#6[fF])(?:r|#72)(?:m|#6[dD])\b")
_OBJECT = re.compile(rb"(\d{1,10})\s+\d{1,5}\s+obj\b")
_DRAW = re.compile(rb"/([^\s/<>\[\](){}%]+)\s+Do\b")


def refuse_form_bombs(data: bytes) -> None:
    """Pass a PDF whose forms come to less than `MAX_DRAWN`.

    Raises:
        FileUnreadableError: one of its forms comes to more.
    """
    identifiers = _forms(data)
    if not identifiers:
        return
    draws = _draws(data, identifiers)
    if not any(targets for _, targets in draws.values()):
        return
    cost = {form: size for form, (size, _) in draws.items()}
    for _ in range(MAX_LEVELS):
        fresh = {f: size + sum(n * cost.get(t, 0) for t, n in targets.items()) for f, (size, targets) in draws.items()}
        if any(total > MAX_DRAWN for total in fresh.values()):
            raise FileUnreadableError(
                "PDF có các hình mẫu vẽ lẫn nhau quá nhiều lần (forms that draw each other without end)",
                do="Kiểm tra nguồn gốc tệp (check where the file comes from)",
            )
        if fresh == cost:
            return
        cost = fresh


def _forms(data: bytes) -> list[int]:
    """Object numbers of the forms, by what stands in front of their dictionaries."""
    found: list[int] = []
    for m in _FORM.finditer(data):
        if before := list(_OBJECT.finditer(data, max(0, m.start() - 4096), m.start())):
            found.append(int(before[-1].group(1)))
    return list(dict.fromkeys(found))[:MAX_FORMS]


def _draws(data: bytes, identifiers: list[int]) -> dict[int, tuple[int, Counter[int]]]:
    """Form → (bytes of its content, which forms it draws how often)."""
    from pdfminer.pdfdocument import PDFDocument
    from pdfminer.pdfparser import PDFParser
    from pdfminer.pdftypes import PDFStream, resolve1

    logging.getLogger("pdfminer").setLevel(logging.CRITICAL)  # it tells users of each damaged object
    known = set(identifiers)
    found: dict[int, tuple[int, Counter[int]]] = {}
    inherited: dict[str, set[int]] | None = None  # what a form without names of its own may mean by a name
    try:
        document = PDFDocument(PDFParser(BytesIO(data)))
    except Exception:  # damaged beyond pdfminer, which raises whatever its code meets; PDFium has the last word
        return found
    for identifier in identifiers:
        try:
            form = document.getobj(identifier)
            if not isinstance(form, PDFStream):
                continue
            content = form.get_data()
            resources = resolve1(form.attrs.get("Resources"))
            names = _names(resources) if isinstance(resources, dict) else None
        except Exception:  # as above: one damaged form is no reason to refuse the others
            continue
        drawn: Counter[int] = Counter()
        for name, times in Counter(_DRAW.findall(content)).items():
            if names is None and inherited is None:
                inherited = _all_names(document)
            for target in (inherited if names is None else names).get(name.decode("latin-1"), set()) & known:  # type: ignore[union-attr]
                drawn[target] += times
        found[identifier] = (len(content) + 1, drawn)
    return found


def _names(resources: Any) -> dict[str, set[int]]:
    """Name → object number of what a resource dictionary lets be drawn."""
    from pdfminer.pdftypes import resolve1

    names = resolve1(resources.get("XObject")) or {}
    return {str(name): {target.objid} for name, target in names.items() if hasattr(target, "objid")}


def _all_names(document: Any) -> dict[str, set[int]]:
    """The names of all resource dictionaries: a form without one draws with those of whatever draws it."""
    from pdfminer.pdftypes import PDFStream, resolve1

    found: dict[str, set[int]] = {}
    for identifier in islice(chain.from_iterable(x.get_objids() for x in document.xrefs), MAX_OBJECTS):
        try:
            thing = document.getobj(identifier)
            thing = thing.attrs if isinstance(thing, PDFStream) else thing
            for holder in (thing, resolve1(thing.get("Resources"))):
                if isinstance(holder, dict) and "XObject" in holder:
                    for name, targets in _names(holder).items():
                        found.setdefault(name, set()).update(targets)
        except Exception:  # as in `_draws`
            continue
    return found
