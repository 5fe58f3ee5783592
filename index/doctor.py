"""Is this index whole? What is wrong, how grave it is, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from index.build import rebuild_generation
from index.catalogue import Catalogue
from index.choice import chosen
from index.encode import load_encoder
from index.lexical import LexicalIndex
from index.report import Progress
from index.snapshot import (
    SCHEMA_VERSION,
    Manifest,
    checksum_problems,
    current_generation,
    finished_generations,
    generation_path,
    leftovers,
    lock_holder,
    read_manifest,
    size_problems,
    write_lock,
)
from index.spelling import Speller
from index.thesaurus import load_thesaurus, thesaurus_fingerprint, thesaurus_problems
from index.vectors import VectorIndex
from ingest.errors import IndexDamagedError, IndexNotFoundError, ModelNotFoundError, ThesaurusError


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about an index.

    Attributes:
        level: "error" (search is impossible or wrong), "warning" (it works, but with less), "info" (good to know).
        code: stable name of what was found.
        message: one sentence.
        do: what to do, "" where there is nothing to do.
    """

    level: str
    code: str
    message: str
    do: str = ""


def check(index_dir: str | Path, thesaurus: Path | None = None) -> list[Finding]:
    """Examine an index: every file's checksum, every count, the model, the concepts, what killed builds left behind.

    Reads everything, so it takes a while on a large index. Changes nothing.

    Args:
        index_dir: the index.
        thesaurus: folder of the user's own concepts, or None.

    Returns:
        Findings, gravest first; an index without errors and warnings is sound.
    """
    folder = Path(index_dir)
    findings = [*_generation(folder, thesaurus), *_concepts(thesaurus), *_surroundings(folder)]
    grades = {"error": 0, "warning": 1, "info": 2}
    return sorted(findings, key=lambda finding: grades[finding.level])


def rebuild(
    index_dir: str | Path,
    *,
    model: str | None = None,
    backend: str | None = None,
    thesaurus: Path | None = None,
    jobs: int = 1,
    progress: Progress | None = None,
) -> Manifest:
    """Make a new generation from the documents that SQLite holds, when the caches or CURRENT are damaged.

    Takes the generation in force if its catalogue can be read, else the newest one that can.

    Args:
        index_dir: the index.
        model: encoder's name; None for the one that the index has, or else the shipped one.
        backend: what runs it (`index.model_files`); None for the one that the index has, or else torch.
        thesaurus: folder of the user's own concepts, or None.
        jobs: processes that cut the words.
        progress: called as the work goes on; None shows bars on stderr where that is a terminal.

    Raises:
        IndexNotFoundError: there is nothing to build from.
        IndexDamagedError: no generation's catalogue can be read.
        IndexLockedError: another process is writing the index.
        ModelNotFoundError: the encoder is not on this machine.
        ThesaurusError: the user's concepts cannot be read.
    """
    folder = Path(index_dir)
    if not finished_generations(folder):
        raise IndexNotFoundError("chưa có chỉ mục ở đây (there is no index here)", where=folder)
    with write_lock(folder):
        base = _readable_generation(folder)
        choice = chosen(_readable_manifest(folder, base), model, backend)
        encoder = load_encoder(choice.name, choice.backend)
        return rebuild_generation(folder, base, encoder, choice.default, jobs, progress, thesaurus)


def _generation(folder: Path, thesaurus: Path | None) -> Iterator[Finding]:
    """What is wrong with the generation in force."""
    again = f"Hãy chạy (run): vankien doctor --rebuild --index {folder}"
    try:
        number = current_generation(folder)
        if number is None:
            do = f"Hãy chạy (run): vankien ingest FILES --index {folder}"
            yield Finding("error", "no-index", f"{folder}: chưa có chỉ mục (there is no index)", do)
            return
        path = generation_path(folder, number)
        manifest = read_manifest(folder, path)
    except IndexDamagedError as error:
        yield Finding("error", "manifest", error.what, again)
        return
    if manifest.schema != SCHEMA_VERSION:
        yield Finding("error", "schema", f"phiên bản {manifest.schema}, cần {SCHEMA_VERSION} (another version)", again)
        return
    broken = [*size_problems(path, manifest), *checksum_problems(path, manifest)]
    for problem in dict.fromkeys(broken):
        yield Finding("error", "checksum", problem, again)
    yield from _counts(path, manifest, again)
    yield from _compiled(path, manifest, thesaurus, again)
    yield from _spelling(path, again)
    yield from _model(folder, manifest)
    if not broken:
        counts = manifest.counts
        text = f"thế hệ {number}: {counts['documents']} văn kiện, {counts['passages']} đoạn (documents, passages)"
        yield Finding("info", "generation", text)


def _counts(path: Path, manifest: Manifest, again: str) -> Iterator[Finding]:
    """Do SQLite, tantivy and FAISS hold the same passages, and are SQLite's rows consistent?"""
    expected = manifest.counts
    try:
        with Catalogue(path / "catalogue.sqlite") as catalogue:
            for problem in catalogue.problems():
                yield Finding("error", "catalogue", f"danh mục: {problem} (catalogue)", again)
            for table, count in catalogue.counts().items():
                if count != expected.get(table):
                    text = f"bảng {table} có {count} dòng thay vì {expected.get(table)} (rows differ from the manifest)"
                    yield Finding("error", "counts", text, again)
            for row in catalogue.files():
                if row.reason:
                    yield Finding(
                        "info",
                        "failed-file",
                        f"{row.source}: {row.reason}",
                        "Sửa tệp rồi ingest lại (mend it, ingest again)",
                    )
    except IndexDamagedError as error:
        yield Finding("error", "catalogue", error.what, again)
    caches = {
        "lexical": ("passages", lambda: LexicalIndex(path / "lexical").size),
        "passages.faiss": ("passages", lambda: VectorIndex(path / "passages.faiss").size),
        "clauses.faiss": ("clauses", lambda: VectorIndex(path / "clauses.faiss").size),
    }
    for name, (table, size) in caches.items():
        try:
            if (count := size()) != expected.get(table):
                text = f"{name} có {count} mục thay vì {expected.get(table)} (differs from the manifest)"
                yield Finding("error", "counts", text, again)
        except IndexDamagedError as error:
            yield Finding("error", "cache", f"{name}: {error.what}", again)


def _concepts(thesaurus: Path | None) -> Iterator[Finding]:
    """What is wrong with the files of the concepts."""
    try:
        for problem in thesaurus_problems(thesaurus):
            yield Finding("warning", "concept", str(problem), problem.do)
    except ThesaurusError as error:
        yield Finding("warning", "concept", f"{error.where}: {error.what}", error.do)


def _compiled(path: Path, manifest: Manifest, thesaurus: Path | None, again: str) -> Iterator[Finding]:
    try:
        load_thesaurus(path / "thesaurus.json")
    except IndexDamagedError as error:
        yield Finding("error", "thesaurus", error.what, again)
        return
    try:
        current = thesaurus_fingerprint(thesaurus)
    except ThesaurusError:
        return  # said by _concepts
    if manifest.thesaurus != current:
        text = "từ điển đã đổi từ khi lập chỉ mục (the concepts have changed since the index was built)"
        yield Finding("info", "thesaurus-newer", text, "Lần ingest tới sẽ dùng (the next ingest takes it)")


def _spelling(path: Path, again: str) -> Iterator[Finding]:
    speller = Speller(path / "spelling")
    try:
        _ = speller.table, speller.abbreviations
    except IndexDamagedError as error:
        yield Finding("error", "spelling", error.what, again)


def _model(folder: Path, manifest: Manifest) -> Iterator[Finding]:
    model = manifest.model or {}
    name = model.get("name")
    again = f"Hãy ingest lại (ingest again), hoặc (or): vankien doctor --rebuild --index {folder}"
    try:
        choice = chosen(manifest)
        encoder = load_encoder(choice.name, choice.backend)
    except ModelNotFoundError as error:
        text = f"không có mô hình {name}, chỉ tìm theo từ (model not here, search by words only): {error.what}"
        yield Finding("warning", "model-missing", text, error.do)
        return
    if encoder.fingerprint != model.get("fingerprint"):
        text = f"mô hình {name} đã đổi từ khi lập chỉ mục (the model has changed since the index was built)"
        yield Finding("warning", "model-changed", text, again)


def _surroundings(folder: Path) -> Iterator[Finding]:
    """Leftovers and locks: nothing that harms, but one may wonder."""
    holder, held = lock_holder(folder)
    if held:
        yield Finding("info", "locked", f"tiến trình {holder} đang ghi (is writing this index)")
    elif holder:
        text = f"tiến trình {holder} đã dừng giữa chừng (an ingest was killed), không mất gì (nothing is lost)"
        yield Finding("info", "killed", text, "Lần ingest tới sẽ làm tiếp (the next ingest goes on)")
    try:
        current = current_generation(folder)
    except IndexDamagedError:
        return
    names = leftovers(folder, current) if not held else []
    if names:
        text = f"phần dở dang (unfinished builds): {', '.join(names)}"
        yield Finding("info", "leftovers", text, "Lần ingest tới sẽ dọn (the next ingest clears them away)")


def _readable_generation(folder: Path) -> int:
    """The generation in force if its catalogue can be read, else the newest that can."""
    candidates = finished_generations(folder)[::-1]
    try:
        current = current_generation(folder)
    except IndexDamagedError:
        current = None
    if current in candidates:
        candidates.insert(0, candidates.pop(candidates.index(current)))
    problem = ""
    for number in candidates:
        try:
            with Catalogue(generation_path(folder, number) / "catalogue.sqlite") as catalogue:
                problems = catalogue.problems()
                if not problems:
                    return number
                problem = problems[0]
        except IndexDamagedError as error:
            problem = error.what
    raise IndexDamagedError(
        f"không danh mục nào đọc được (no catalogue can be read): {problem}",
        where=folder,
        do="Xóa thư mục này rồi ingest lại (remove this folder and ingest again)",
    )


def _readable_manifest(folder: Path, number: int) -> Manifest | None:
    try:
        return read_manifest(folder, generation_path(folder, number))
    except IndexDamagedError:
        return None
