"""The files of the thesaurus: one concept a line, the package's and, where there are any, the user's.

A line is a JSON object::

    {"concept": "giảm nghèo", "official": ["giảm nghèo bền vững"], "everyday": ["thoát nghèo"], "abbr": ["XĐGN"],
     "english": ["poverty reduction"], "related": ["hộ nghèo"], "ambiguous": []}

`concept` is itself an official form. `related` and `ambiguous` may be left out;
`ambiguous` names those of its forms that belong to another concept as well. A
line of the user's files with the name of a concept that is there already adds
its forms to it.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from index.tokens import is_vietnamese_syllable, tokenize
from ingest.errors import ThesaurusError

OWN = Path(__file__).parent
FORMS = ("official", "everyday", "abbr", "english")
_OPTIONAL = ("related", "ambiguous")
_COMMON = 12  # a syllable that stands in the forms of more concepts than this says nothing alone


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one line of a file.

    Attributes:
        file: the file.
        line: the line in it, from 1; 0 for the file as a whole.
        what: what is wrong, Vietnamese with the English beside it.
        do: what to do.
    """

    file: Path
    line: int
    what: str
    do: str

    def __str__(self) -> str:
        where = f"{self.file.name}, dòng (line) {self.line}" if self.line else str(self.file)
        return f"{where}: {self.what}"


@dataclass(slots=True)
class Entry:
    """A concept with its forms; `file` and `line` say where it stands first."""

    concept: str
    file: Path
    line: int
    official: list[str] = field(default_factory=list)
    everyday: list[str] = field(default_factory=list)
    abbr: list[str] = field(default_factory=list)
    english: list[str] = field(default_factory=list)
    ambiguous: list[str] = field(default_factory=list)

    @property
    def native(self) -> list[str]:
        """The Vietnamese forms, the concept's name first."""
        return [self.concept, *self.official, *self.everyday]


def files_of(extra: Path | None) -> list[Path]:
    """The package's files and the user's, in the order in which they are read.

    Raises:
        ThesaurusError: the user's folder is not there.
    """
    if extra is not None and not extra.is_dir():
        raise ThesaurusError(
            "không có thư mục từ điển này (there is no such folder)",
            where=extra,
            do="Sửa hoặc bỏ VANKIEN_THESAURUS / --thesaurus (mend or drop it)",
        )
    return [path for folder in (OWN, extra) if folder is not None for path in sorted(folder.glob("*.jsonl"))]


def thesaurus_fingerprint(extra: Path | None = None) -> str:
    """Hash of the files that the concepts come from.

    Args:
        extra: the user's folder, or None.

    Raises:
        ThesaurusError: a file or the folder is not there.
    """
    digest = hashlib.sha256()
    for path in files_of(extra):
        digest.update(_bytes(path))
    return digest.hexdigest()[:16]


def read_entries(extra: Path | None = None) -> list[Entry]:
    """All concepts.

    Raises:
        ThesaurusError: a line is none; the first one is named.
    """
    entries, problems = _read(extra)
    if problems:
        raise ThesaurusError(problems[0].what, where=f"{problems[0].file}:{problems[0].line}", do=problems[0].do)
    return entries


def thesaurus_problems(extra: Path | None = None) -> list[Problem]:
    """Everything that is wrong with the files, in their order: form, wording, forms in two concepts.

    Args:
        extra: the user's folder, or None.

    Raises:
        ThesaurusError: a file or the folder is not there.
    """
    return list(_problems(extra, thesaurus_fingerprint(extra)))


@lru_cache(maxsize=2)
def _problems(extra: Path | None, _: str) -> tuple[Problem, ...]:
    """Once a process for the same files; every form is cut into its words for it."""
    entries, problems = _read(extra)
    common = _common_syllables(entries)
    for entry in entries:
        problems += _wording(entry, common)
    problems += _shared(entries)
    order = {path: i for i, path in enumerate(files_of(extra))}
    return tuple(sorted(problems, key=lambda p: (order[p.file], p.line)))


def form_key(form: str) -> str:
    """What two spellings of one form have in common: their tokens, marks kept."""
    return " ".join(token.marked for token in tokenize(form))


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ThesaurusError(f"không đọc được tệp (cannot be read): {error.strerror}", where=path) from None


def _read(extra: Path | None) -> tuple[list[Entry], list[Problem]]:
    found: dict[str, Entry] = {}
    problems: list[Problem] = []
    for path in files_of(extra):
        for number, raw in enumerate(_bytes(path).splitlines(), 1):
            if not raw.strip():
                continue
            entry = _entry(raw, path, number)
            if isinstance(entry, Problem):
                problems.append(entry)
            elif (known := found.get(form_key(entry.concept))) is None:
                found[form_key(entry.concept)] = entry
            elif path.parent == known.file.parent:
                what = f"khái niệm {entry.concept!r} đã có ở dòng {known.line} của {known.file.name} (is there already)"
                problems.append(Problem(path, number, what, "Gộp hai dòng (make one line of them)"))
            else:
                _add(known, entry)
    return list(found.values()), problems


def _entry(raw: bytes, path: Path, number: int) -> Entry | Problem:
    do = 'Viết như (write it like): {"concept": …, "official": […], "everyday": […], "abbr": […], "english": […]}'
    try:
        row = json.loads(raw.decode("utf-8"))
    except ValueError as error:
        return Problem(path, number, f"không phải JSON (no JSON): {error}", do)
    if not isinstance(row, dict) or not isinstance(name := row.get("concept"), str) or not re.search(r"\w", name):
        return Problem(path, number, "thiếu tên khái niệm (no name of a concept)", do)
    if missing := [key for key in FORMS if key not in row]:
        return Problem(path, number, f"thiếu (missing): {', '.join(missing)}", do)
    if unknown := sorted(set(row) - {"concept", *FORMS, *_OPTIONAL}):
        return Problem(path, number, f"không có mục tên (no such key): {', '.join(unknown)}", do)
    for key in (*FORMS, *_OPTIONAL):
        if not isinstance(forms := row.get(key, []), list) or not all(isinstance(form, str) for form in forms):
            return Problem(path, number, f"{key} phải là danh sách chữ (must be a list of strings)", do)
        if empty := [form for form in forms if not re.search(r"\w", form)]:
            return Problem(path, number, f"{key} có dạng trống (an empty form): {empty[0]!r}", "Bỏ dạng đó (drop it)")
    return Entry(name, path, number, ambiguous=row.get("ambiguous", []), **{key: row[key] for key in FORMS})


def _add(known: Entry, more: Entry) -> None:
    for key in (*FORMS, "ambiguous"):
        forms = getattr(known, key)
        there = {form_key(form) for form in [known.concept, *forms]}
        forms += [form for form in getattr(more, key) if form_key(form) not in there]


def _common_syllables(entries: Iterable[Entry]) -> set[str]:
    counts = Counter(key for e in entries for key in {t.marked for form in e.native for t in tokenize(form)})
    return {key for key, count in counts.items() if count > _COMMON}


def _wording(entry: Entry, common: set[str]) -> Iterator[Problem]:
    def problem(what: str, do: str) -> Problem:
        return Problem(entry.file, entry.line, what, do)

    seen: dict[tuple[bool, str], str] = {}
    for kind in FORMS:
        for form in [entry.concept, *entry.official] if kind == "official" else getattr(entry, kind):
            keys = [token.marked for token in tokenize(form)]
            key = (kind == "english", " ".join(keys))
            if form != " ".join(form.split()):
                yield problem(f"{form!r} thừa dấu cách (has needless blanks)", "Bỏ dấu cách thừa (drop them)")
            elif form != unicodedata.normalize("NFC", form):
                yield problem(f"{form!r} không ở dạng NFC (is not NFC)", "Gõ lại bằng Unicode dựng sẵn (normalise it)")
            elif key in seen:
                yield problem(f"{form!r} có hai lần (stands twice)", "Bỏ một (drop one)")
            elif kind == "everyday" and len(keys) == 1 and keys[0] in common:
                yield problem(f"{form!r} quá chung (says too little alone)", "Thêm chữ hoặc bỏ (add words or drop it)")
            elif kind == "abbr" and len(keys) == 1 and is_vietnamese_syllable(tokenize(form)[0].folded):
                yield problem(
                    f"{form!r} cũng là một tiếng (is a syllable too)", "Bỏ, viết đủ chữ (drop it, write it out)"
                )
            seen[key] = form


def _shared(entries: list[Entry]) -> Iterator[Problem]:
    owners: dict[tuple[bool, str], list[tuple[Entry, str]]] = defaultdict(list)
    allowed = {form_key(form) for entry in entries for form in entry.ambiguous}
    for entry in entries:
        forms = {(False, form_key(form)): form for form in [*entry.native, *entry.abbr]}
        forms |= {(True, form_key(form)): form for form in entry.english}
        for key, form in forms.items():
            owners[key].append((entry, form))
    for (_, key), found in owners.items():
        if len(found) > 1 and key not in allowed:
            (first, _), (second, form) = found[:2]
            what = f"{form!r} cũng thuộc khái niệm {first.concept!r} (belongs to it too)"
            yield Problem(second.file, second.line, what, 'Bỏ một, hoặc ghi (drop one, or write): "ambiguous": [...]')
