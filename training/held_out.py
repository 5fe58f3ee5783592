"""``python -m training.held_out [MODEL ...]``: model folders on held-out sections that none of them was trained on.

The sections are those of `training/written` in files that no model's manifest marks as trained on whole, and whose key
says that they are held out; as many others of the same files stand beside them to be mistaken for the right answer.
Score of a passage as in the index: half its cosine, half its best clause's. ``--source`` takes another written source,
``--composed`` reports made of held-out sections (`training.reports`), searched in dense mode through an index of each
set: of all that is written here, these are most like real reports. ``--shares`` tries, for models that have
another beside them (`index.encode.PairEncoder`), other shares of it in the cosine, without encoding anew.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from index.build import build_documents
from index.clauses import clauses
from index.encode import Encoder, PairEncoder, Progress, load_encoder
from index.evaluation.measures import measured
from index.search import open_index
from index.segment import fold
from ingest.document import Document
from training.manifest import later_sections, manifests_of
from training.measure import best_of_each
from training.mistyped import mistyped
from training.pairs import CLAUSE_SHARE
from training.ranker import trained_on
from training.reports import Judged, compose
from training.sources import WRITTEN, Record, read_source

__all__ = ["Asked", "chosen", "main", "of_reports", "queries", "scored", "table"]

ROOT = Path(__file__).parents[1]
OWN_SECTIONS = "own_sections"
KINDS = ("all", "paraphrase", "question", "short", "english", "without diacritics", "mistyped", "several answers")


@dataclass(frozen=True, slots=True)
class Asked:
    """A query: its kind, its text, and the grades 1–3 of the passages that answer it, by place in the pool."""

    kind: str
    text: str
    grades: dict[int, int]


def chosen(
    data: Path, models: Sequence[str], source: str = OWN_SECTIONS, others: int | None = None, seed: int = 0
) -> list[Record]:
    """The passages to choose from.

    Args:
        data: the data folder.
        models: whose manifests, and those of the models beside them, say what they were trained on.
        source: of `WRITTEN`.
        others: sections (single passages where a source has none) that are not held out; None for as many as are. A
            model may have been trained on these.
        seed: which.

    Returns:
        Passages of held-out sections and of the others, held-out ones first; none where a model has seen the source
        whole.
    """
    manifests = [rows for model in models for rows in manifests_of(model)] or [{}]
    if source != OWN_SECTIONS and any(rows.get(source, {}).get("whole") for rows in manifests):
        return []
    fresh = set.intersection(*map(later_sections, manifests))
    sections: dict[str, list[Record]] = defaultdict(list)
    for record in read_source(data, source):
        if source != OWN_SECTIONS or record.group in fresh:
            sections[record.group or record.id].append(record)
    held = [name for name, records in sections.items() if records[0].held]
    rest = sorted(set(sections) - set(held))
    near = random.Random(seed).sample(rest, min(len(rest), len(held) if others is None else others))
    return [record for name in (*held, *near) for record in sections[name]]


def queries(records: Sequence[Record]) -> Iterator[Asked]:
    """The queries of the held-out passages; some of them also without diacritics and with a word misspelled."""
    place = {(record.group, record.id): i for i, record in enumerate(records)}
    for i, record in enumerate(records):
        if not record.held:
            continue
        for kind, text in record.queries:
            yield Asked(kind, text, {i: 3})
            if kind in ("paraphrase", "topic"):
                yield Asked("without diacritics", fold(text), {i: 3})
                yield Asked("mistyped", mistyped(text, random.Random(text)), {i: 3})
        for _, text, answers in record.wide:
            grades = {place[record.group, name]: grade for name, grade in answers.items()}
            if any(grade > 1 for grade in grades.values()):
                yield Asked("several answers", text, grades)


def of_reports(encoder: Encoder, sets: Sequence[tuple[list[Document], list[Judged]]]) -> dict[str, tuple[int, float]]:
    """Width of query → how many, nDCG@10, over an index of each set of composed reports, in dense mode.

    That is meaning with the index's own regard for places and years in a query (`index.boosts`); a report has one year
    here, whatever years its sections speak of, so the few queries that name one are judged a little hard.
    """
    found: dict[str, list[float]] = defaultdict(list)
    for documents, judged in sets:
        with tempfile.TemporaryDirectory() as folder:
            build_documents(documents, Path(folder) / "index", encoder)
            with closing(open_index(Path(folder) / "index")) as searcher:
                for query in judged:
                    hits = searcher.search(query.query, limit=10, mode="dense").hits
                    gains, grades = [query.answers.get(hit.passage_id, 0) for hit in hits], list(query.answers.values())
                    kind = "one answer" if query.width == "narrow" else "several answers"
                    found[kind].append(measured(gains, grades, 10, min(2, max(grades)))["ndcg"])
    return {kind: (len(values), float(np.mean(values))) for kind, values in found.items()}


@dataclass(frozen=True, slots=True)
class Vectors:
    """Unit vectors of passages, clauses and queries; the passage of each clause."""

    passages: np.ndarray
    clauses: np.ndarray
    owner: np.ndarray
    queries: np.ndarray

    def shared(self, first: int, share: float) -> Vectors:
        """The same with another share for what stands behind the `first` dimensions."""

        def weighed(vectors: np.ndarray) -> np.ndarray:
            parts = [vectors[:, :first], vectors[:, first:]]
            parts = [part / np.maximum(np.linalg.norm(part, axis=1, keepdims=True), 1e-9) for part in parts]
            return np.hstack([(1 - share) ** 0.5 * parts[0], share**0.5 * parts[1]])

        return Vectors(weighed(self.passages), weighed(self.clauses), self.owner, weighed(self.queries))


def encoded(encoder: Encoder, records: Sequence[Record], asked: Sequence[Asked]) -> Vectors:
    """All vectors of one model; a passage stands behind its place, year and headings, as in an index."""

    def shown(what: str) -> Progress:
        return lambda done, whole: print(f"\r{encoder.name}: {done:,} of {whole:,} {what} ", end="", file=sys.stderr)

    parts = [
        (i, record.passage[a:b]) for i, record in enumerate(records) for a, b in clauses(record.passage) or [(0, None)]
    ]
    return Vectors(
        encoder.encode_passages(
            ["\n".join(part for part in (record.context, record.passage) if part) for record in records],
            shown("passages"),
        ),
        encoder.encode_passages([text for _, text in parts], shown("clauses")),
        np.asarray([i for i, _ in parts]),
        encoder.encode_queries([query.text for query in asked]),
    )


def scored(vectors: Vectors, asked: Sequence[Asked]) -> dict[str, tuple[int, float]]:
    """Kind of query → how many, nDCG@10; "all" are those of one answer, each form of a query counted."""
    scores = vectors.queries @ vectors.passages.T * (1 - CLAUSE_SHARE)
    best = best_of_each(vectors.queries @ vectors.clauses.T, vectors.owner, len(vectors.passages))
    order = np.argsort(-(scores + best * CLAUSE_SHARE), axis=1, kind="stable")[:, :10]
    found: dict[str, list[float]] = defaultdict(list)
    for query, top in zip(asked, order, strict=True):
        gains = [query.grades.get(int(i), 0) for i in top]
        ndcg = measured(gains, list(query.grades.values()), 10, 2)["ndcg"]
        found[query.kind].append(ndcg)
        if query.kind != "several answers":
            found["all"].append(ndcg)
    return {kind: (len(values), float(np.mean(values))) for kind, values in found.items()}


def table(rows: dict[str, dict[str, tuple[int, float]]]) -> str:
    """Figures as Markdown."""
    there = {kind for row in rows.values() for kind in row}
    kinds = [*(kind for kind in KINDS if kind in there), *sorted(there - set(KINDS))]
    counts = {kind: next(row[kind][0] for row in rows.values() if kind in row) for kind in kinds}
    lines = ["| | " + " | ".join(f"{kind} ({counts[kind]:,})" for kind in kinds) + " |", "|---|" + "---:|" * len(kinds)]
    for name, row in rows.items():
        lines.append(f"| {name} | " + " | ".join(f"{row[kind][1]:.3f}" if kind in row else "" for kind in kinds) + " |")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m training.held_out", description=__doc__)
    parser.add_argument("models", nargs="*", default=["vankien-static", "vankien-mini"], help="names or folders")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--source", choices=WRITTEN, default=OWN_SECTIONS)
    parser.add_argument("--composed", action="store_true", help="reports made of held-out sections, through an index")
    parser.add_argument("--others", type=int, help="sections beside the held-out ones; as many by default")
    parser.add_argument("--shares", type=float, nargs="+", default=[], help="of the model beside another, 0-1")
    options = parser.parse_args(arguments)
    if options.composed:
        sets = compose(options.data, 1, seen=frozenset[str]().union(*map(trained_on, options.models)))
        if not sets:
            raise SystemExit("the models have been trained on all that reports are composed of")
        print(table({name: of_reports(load_encoder(name), sets) for name in options.models}))
        return
    records = chosen(options.data, options.models, options.source, options.others)
    if not records:
        raise SystemExit(f"{options.source}: a model has been trained on all of it, so it measures nothing")
    asked = list(queries(records))
    what = "sections" if records[0].group else "passages"
    held = len({record.group or record.id for record in records if record.held})
    print(f"{len(asked):,} queries of {held} held-out {what}, {len(records):,} passages to choose from\n")
    rows = {}
    for name in options.models:
        encoder = load_encoder(name)
        vectors = encoded(encoder, records, asked)
        rows[name] = scored(vectors, asked)
        if isinstance(encoder, PairEncoder):
            for share in options.shares:
                rows[f"{name}, share {share:g}"] = scored(vectors.shared(encoder.first_dims, share), asked)
    print(table(rows))


if __name__ == "__main__":
    main()
