"""Files → a new generation: parse what is new, index it, encode what was never encoded, switch."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from index.cache import BuildCache
from index.caches import Make, write_caches
from index.catalogue import Catalogue, FileRow
from index.choice import chosen
from index.encode import Encoder, load_encoder
from index.plan import FoundFile, Plan, make_plan, parser_fingerprint
from index.records import LexicalRow, Record, lexical_row, records
from index.report import Failure, IngestReport, Progress, shown
from index.segment import lines_kept
from index.snapshot import (
    SCHEMA_VERSION,
    Build,
    Manifest,
    current_generation,
    generation_path,
    open_generation,
    read_manifest,
    write_lock,
)
from index.thesaurus import read_entries, thesaurus_fingerprint
from ingest.document import Document
from ingest.errors import IndexNotFoundError, VankienError
from ingest.many import MEMORY_LIMIT, TIME_LIMIT, Outcome, parse_many
from ingest.sources import SourceFile
from ingest.workers import WorkerPool


@dataclass(slots=True)
class _Changes:
    """What was found out on the way, for the catalogue and the report."""

    documents: list[tuple[FoundFile, Document]] = field(default_factory=list)
    failed: list[tuple[FoundFile | None, Failure]] = field(default_factory=list)


def ingest_paths(
    paths: Sequence[str | Path],
    index_dir: str | Path,
    *,
    model: str | None = None,
    backend: str | None = None,
    thesaurus: Path | None = None,
    jobs: int = 0,
    time_limit: float = TIME_LIMIT,
    memory_limit: int = MEMORY_LIMIT,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> IngestReport:
    """Bring an index up to date with files and folders; the old generation serves until the new one is whole.

    Args:
        paths: files and folders.
        index_dir: the index; made where there is none.
        model: encoder's name; None for the one that the index has, or else the shipped one.
        backend: what runs it (`index.model_files`); None for the one that the index has, or else torch.
        thesaurus: folder of the user's own concepts, merged with the package's; None for these alone.
        jobs: processes that parse and segment; 0 does both in this process, where neither limit holds.
        time_limit: for reading one file; this and the next two as in `ingest.many.parse_many`.
        memory_limit: for the process that reads it.
        executor: reads the files instead of processes of this machine.
        progress: called as the work goes on; None shows bars on stderr where that is a terminal.

    Raises:
        ModelNotFoundError: the encoder is not on this machine.
        IndexLockedError, IndexDamagedError: another process is writing it; the generation in force is damaged.
        FileUnreadableError, ThesaurusError: a given path does not exist; the user's concepts cannot be read.
        ClusterLostError: the executor answers no more; the next ingest goes on where this one stopped.
        KeyboardInterrupt: Ctrl-C; the old generation stays, and the next ingest goes on where this one stopped.
    """
    started, folder = time.monotonic(), Path(index_dir)
    read_entries(thesaurus)  # first, so that what is wrong there costs no work
    read = partial(parse_many, jobs=jobs, time_limit=time_limit, memory_limit=memory_limit, executor=executor)
    with write_lock(folder), shown(progress) as report:
        _renew(folder, model, backend, thesaurus, jobs, report)
        old = _previous(folder)
        encoder, default = _encoder(old[1] if old else None, model, backend)
        parser = parser_fingerprint()
        plan, known = _plan([Path(p) for p in paths], old, parser)
        with contextlib.closing(BuildCache(folder / "cache.sqlite")) as cache:
            changes = _parse(plan, known, cache, parser, read, report)
            if old and not _must_build(plan, known, changes, old[1], encoder, thesaurus_fingerprint(thesaurus)):
                return _report(plan, changes, old[1], False, encoder, 0, started)
            make = Make(encoder, default, cache, parser, jobs, report, thesaurus)
            manifest, encoded = _next_generation(folder, old, plan, known, changes, make)
        return _report(plan, changes, manifest, True, encoder, encoded, started)


def _next_generation(
    folder: Path,
    old: tuple[Path, Manifest] | None,
    plan: Plan,
    known: dict[str, FileRow],
    changes: _Changes,
    make: Make,
) -> tuple[Manifest, int]:
    """Build aside and switch; whatever stops it, the generation in force stays."""
    build = Build(folder, old[1].generation if old else None)
    try:
        target = build.folder / "catalogue.sqlite"
        if old:
            shutil.copyfile(old[0] / "catalogue.sqlite", target)
        with Catalogue(target, write=True) as catalogue, lines_kept():
            _apply(catalogue, plan, changes, known, make)
            manifest, encoded = write_caches(build, catalogue, make)
        build.finish(manifest)
    except BaseException:
        build.abandon()
        raise
    return manifest, encoded


def build_documents(documents: Iterable[Document], index_dir: str | Path, encoder: Encoder, jobs: int = 1) -> Manifest:
    """Make a generation that holds exactly these documents, without files behind them (for programs and benchmarks).

    Raises:
        IndexLockedError: another process is writing the index.
    """
    folder = Path(index_dir)
    quiet: Progress = lambda stage, done, total: None  # noqa: E731
    with (
        write_lock(folder),
        contextlib.closing(BuildCache(folder / "cache.sqlite")) as cache,
        _generation(folder, current_generation(folder)) as (build, catalogue),
    ):
        for document, rows in index_documents(documents, jobs):
            catalogue.put_document(document, "", rows)
        catalogue.commit()
        manifest, _ = write_caches(build, catalogue, Make(encoder, False, cache, "", jobs, quiet))
        catalogue.close()
        build.finish(manifest)
    return manifest


def rebuild_generation(
    folder: Path,
    base: int,
    encoder: Encoder,
    default: bool,
    jobs: int = 1,
    progress: Progress | None = None,
    thesaurus: Path | None = None,
) -> Manifest:
    """Make everything again from the documents in one generation's catalogue. Use inside `write_lock`.

    Args:
        folder: the index.
        base: number of the generation whose catalogue to read.
        encoder: for the vectors.
        default: whether it is the shipped one, taken because no other was asked for.
        jobs: processes that cut the words.
        progress: called as the work goes on.
        thesaurus: as for `ingest_paths`.
    """
    with (
        shown(progress) as report,
        contextlib.closing(BuildCache(folder / "cache.sqlite")) as cache,
        Catalogue(generation_path(folder, base) / "catalogue.sqlite") as source,
        _generation(folder, base) as (build, catalogue),
    ):
        ids = source.document_ids()
        documents = (document for i in ids if (document := source.document(i)) is not None)
        for done, (document, rows) in enumerate(index_documents(documents, jobs), 1):
            catalogue.put_document(document, source.parser(document.id), rows)
            report("index", done, len(ids))
        for row in source.files():
            catalogue.put_file(row)
        catalogue.commit()
        make = Make(encoder, default, cache, parser_fingerprint(), jobs, report, thesaurus)
        manifest, _ = write_caches(build, catalogue, make)
        catalogue.close()
        build.finish(manifest)
    return manifest


@contextlib.contextmanager
def _generation(folder: Path, base: int | None) -> Iterator[tuple[Build, Catalogue]]:
    """A new generation with an empty catalogue, its transaction begun; removed again when the work fails."""
    build = Build(folder, base)
    try:
        with Catalogue(build.folder / "catalogue.sqlite", write=True) as catalogue, lines_kept():
            catalogue.begin()
            yield build, catalogue
    except BaseException:
        build.abandon()
        raise


def index_documents(
    documents: Iterable[Document], jobs: int = 0
) -> Iterator[tuple[Document, list[tuple[Record, LexicalRow]]]]:
    """Documents with their index rows, in the order given; `jobs` processes cut the words."""
    if jobs <= 1:
        for document in documents:
            yield document, _rows(document)
        return
    waiting = list(documents)
    pool = WorkerPool(_rows, min(jobs, max(1, len(waiting))))
    # A worker that dies takes nothing with it: its document is cut here instead.
    yield from zip(waiting, pool.results(waiting, lambda document, _: _rows(document)), strict=True)


def _rows(document: Document) -> list[tuple[Record, LexicalRow]]:
    return [(record, lexical_row(record)) for record in records(document)]


def _renew(
    folder: Path, model: str | None, backend: str | None, thesaurus: Path | None, jobs: int, report: Progress
) -> None:
    """Bring an index that an earlier version wrote to the present form, from the documents in its catalogue."""
    number = current_generation(folder)
    if number is None:
        return
    manifest = read_manifest(folder, generation_path(folder, number))
    if manifest.schema < SCHEMA_VERSION:
        encoder, default = _encoder(manifest, model, backend)
        rebuild_generation(folder, number, encoder, default, jobs, report, thesaurus)


def _encoder(manifest: Manifest | None, model: str | None, backend: str | None) -> tuple[Encoder, bool]:
    """The encoder for an index, and whether it is the shipped one, taken because no other was asked for."""
    choice = chosen(manifest, model, backend)
    return load_encoder(choice.name, choice.backend), choice.default


def _previous(folder: Path) -> tuple[Path, Manifest] | None:
    try:
        return open_generation(folder)
    except IndexNotFoundError:
        return None


def _plan(paths: Sequence[Path], old: tuple[Path, Manifest] | None, parser: str) -> tuple[Plan, dict[str, FileRow]]:
    if old is None:
        return make_plan(paths, (), ()), {}
    with Catalogue(old[0] / "catalogue.sqlite") as catalogue:
        known = catalogue.files()
        return make_plan(paths, known, catalogue.contents(parser)), {row.path: row for row in known}


def _parse(
    plan: Plan,
    known: dict[str, FileRow],
    cache: BuildCache,
    parser: str,
    read: Callable[..., Iterator[Outcome[SourceFile]]],
    report: Progress,
) -> _Changes:
    """Read the files that are new; each is kept in the cache at once, so that an interruption loses none."""
    changes = _Changes()
    for file, error in plan.unreadable:
        changes.failed.append((None, _failure(file, error, known)))
    ready = {f.key: cache.document(f.sha256, parser, f.source) for f in plan.parse}
    missing = {f.file: f for f in plan.parse if ready[f.key] is None}
    done = len(plan.parse) - len(missing)
    report("read", done, len(plan.parse))

    def keep(outcome: Outcome[SourceFile]) -> None:
        nonlocal done
        if outcome.document is not None:
            cache.put_document(outcome.document, parser)
        done += 1
        report("read", done, len(plan.parse))

    for outcome in read(list(missing), on_progress=keep, on_page=lambda _, page, pages: report("page", page, pages)):
        file = missing[outcome.item]
        ready[file.key] = outcome.document
        if outcome.error is not None:
            changes.failed.append((file, _failure(file.file, outcome.error, known)))
    changes.documents = [(f, d) for f in plan.parse if (d := ready[f.key]) is not None]
    return changes


def _failure(file: SourceFile, error: VankienError, known: dict[str, FileRow]) -> Failure:
    row = known.get(file.key)
    return Failure(file.source, file.key, type(error).__name__, error.what, error.do, bool(row and row.document))


def _must_build(
    plan: Plan, known: dict[str, FileRow], changes: _Changes, manifest: Manifest, encoder: Encoder, concepts: str
) -> bool:
    """Whether anything is new: files, the encoder, the concepts, or what is known of files that fail."""
    failures = any(
        not (row := known.get(failure.path)) or row.reason != failure.reason for _, failure in changes.failed
    )
    same_model = manifest.model is not None and manifest.model["fingerprint"] == encoder.fingerprint
    same = same_model and manifest.thesaurus == concepts
    return bool(changes.documents or plan.removed or plan.renamed or failures or not same)


def _apply(catalogue: Catalogue, plan: Plan, changes: _Changes, known: dict[str, FileRow], make: Make) -> None:
    """Write everything that changed into the new catalogue, in one transaction."""
    catalogue.begin()
    for row in plan.removed:
        catalogue.drop_file(row.path)
    contents = catalogue.contents(make.parser)
    for file, before in plan.renamed:
        if before:
            catalogue.drop_file(before.path)
        catalogue.put_file(FileRow(file.key, file.source, file.sha256, contents[file.sha256], file.size))
    make.report("index", 0, len(changes.documents))
    documents = [document for _, document in changes.documents]
    for done, (document, rows) in enumerate(index_documents(documents, make.jobs), 1):
        catalogue.put_document(document, make.parser, rows)
        make.report("index", done, len(documents))
    for file, document in changes.documents:
        catalogue.put_file(FileRow(file.key, file.source, file.sha256, document.id, file.size))
    for file, failure in changes.failed:
        row = known.get(failure.path)
        sha256, size = (file.sha256, file.size) if file else ("", 0)
        kept = (row.sha256, row.document, row.size) if row and row.document else (sha256, None, size)
        catalogue.put_file(FileRow(failure.path, failure.source, *kept, failed_sha256=sha256, reason=failure.reason))
    dropped = catalogue.settle()
    catalogue.commit()
    if dropped:
        catalogue.compact()


def _report(
    plan: Plan, changes: _Changes, manifest: Manifest, changed: bool, encoder: Encoder, encoded: int, started: float
) -> IngestReport:
    return IngestReport(
        ingested=tuple(file.source for file, _ in changes.documents),
        unchanged=tuple(file.source for file in plan.unchanged),
        removed=tuple(row.source for row in plan.removed),
        renamed=tuple(file.source for file, _ in plan.renamed),
        failed=tuple(failure for _, failure in changes.failed),
        generation=manifest.generation,
        changed=changed,
        model=encoder.name,
        counts=manifest.counts,
        encoded=encoded,
        seconds=round(time.monotonic() - started, 3),
    )
