"""``python -m training.ranker``: learn the weights of the ranker (`index.rank_model`) and say how well they do.

Judged queries come from two places: reports composed of the held-out written sections (`training.reports`; the encoder
has not seen them), and the samples' own gold. The loss is listwise (ListNet, Cao et al. 2007) with gains 2^grade - 1; a
kind of query may differ from the common weights as far as a penalty lets it. Texts that no office wrote get weights of
their own, from four collections of such texts (`training.general`). The figures printed are of queries that the weights
in question have not seen: samples by leaving out the queries of one document in turn, composed reports by learning on
one half of the sections and measuring on the other, other texts by leaving out one collection in turn.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence, Set
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from index.build import build_documents, ingest_paths
from index.encode import load_encoder
from index.evaluation.qrels import READ, fold
from index.evaluation.reading import read_queries
from index.query import Query
from index.rank_model import MEASURED, RANKER
from index.search import DEPTH, Searcher, open_index
from training.general import SOURCES as GENERAL
from training.general import collections
from training.manifest import manifest, manifests_of, save_manifest
from training.reports import compose

ROOT = Path(__file__).parents[1]
KINDS = ("keywords", "unmarked", "question", "english", "number", "docref")
NARROW = 1500  # narrow queries of the composed reports that are taken; more change nothing
COMMON, OWN = 0.01, 0.1  # penalties of the common weights and of a kind's own difference


@dataclass(frozen=True, slots=True)
class Example:
    """One query: what was measured of its candidates, float32 (n, features), and their grades, float32 (n,).

    `ideal` are the grades of all answers, best first, whether they are among the candidates or not.
    """

    kind: str
    group: str
    measured: np.ndarray
    grades: np.ndarray
    ideal: tuple[int, ...]


def examples(searcher: Searcher, judged: Sequence[tuple[str, str, dict[str, int]]]) -> list[Example]:
    """Measure the candidates of every query.

    Args:
        searcher: over the documents that were judged.
        judged: (query, group, passage id → grade).
    """
    ids = searcher.ranker.ids
    found = []
    for text, group, answers in judged:
        query: Query = searcher.analysed(text)
        vector = searcher.vector(query)
        if vector is None:
            continue
        positions, measured = searcher.ranker.examples(query, vector, DEPTH)
        grades = np.array([answers.get(ids[position], 0) for position in positions], np.float32)
        table = np.stack([measured[name] for name in MEASURED], axis=1).astype(np.float32)
        found.append(Example(query.kind, group, table, grades, tuple(sorted(answers.values(), reverse=True))))
    return found


def of_reports(
    folder: Path, data: Path, seed: int, model: str | None, half: int | None = None, seen: Set[str] = frozenset()
) -> tuple[list[Example], list[Example]]:
    """Narrow and wide examples of composed reports; none where the encoder has seen all that is held out."""
    draw = np.random.default_rng(seed)
    found: tuple[list[Example], list[Example]] = [], []
    sets = compose(data, seed, half, seen)
    for number, (documents, queries) in enumerate(sets):
        build_documents(documents, folder / str(number), load_encoder(model))
        narrow = [query for query in queries if query.width == "narrow"]
        chosen = [narrow[i] for i in draw.permutation(len(narrow))[: NARROW // len(sets)]]
        wide = [query for query in queries if query.width == "wide"]
        with closing(open_index(folder / str(number))) as searcher:
            for examples_of, rows in zip(found, (chosen, wide), strict=True):
                examples_of.extend(examples(searcher, [(row.query, "reports", row.answers) for row in rows]))
    return found


def of_samples(folder: Path, model: str | None) -> list[Example]:
    """Examples of the samples' gold; the group is the document that a query was written for."""
    samples = ROOT / "samples"
    ingest_paths([path for path in samples.iterdir() if path.is_file()], folder, model=model)
    searcher = open_index(folder)
    return examples(searcher, judged_samples(searcher))


def judged_samples(searcher: Searcher) -> list[tuple[str, str, dict[str, int]]]:
    """The samples' gold over an index of the samples: query, document that it was written for, passage id → grade."""
    passages = [
        (Path(document.source).name, stored.passage.id, fold(stored.passage.text)[:READ])
        for document in searcher.documents()
        for stored in searcher.document_passages(document.id)
    ]
    judged = []
    for topic in read_queries(sorted((ROOT / "samples" / "gold").glob("*.queries.jsonl"))).topics:
        answers: dict[str, int] = {}
        for quote in topic.quotes:
            for source, identity, text in passages:
                if source == quote.source and quote.text in text:
                    answers[identity] = max(quote.grade, answers.get(identity, 0))
        group = "shared" if topic.kind == "shared" else topic.qid.rsplit("-", 1)[0]
        if any(grade >= 2 for grade in answers.values()):
            judged.append((topic.text, group, answers))
    return judged


def of_texts(folder: Path, data: Path, model: str | None) -> list[list[Example]]:
    """Examples of texts that no office wrote, one list a collection."""
    found = []
    for collection in collections(data):
        build_documents(collection.documents, folder / collection.name, load_encoder(model))
        judged = [(query, collection.name, {answer: 3}) for query, answer in collection.queries]
        found.append(examples(open_index(folder / collection.name), judged))
    return found


def fit(parts: Sequence[Sequence[Example]], weights: Sequence[float], by_kind: bool = True) -> dict[str, np.ndarray]:
    """Learn.

    Args:
        parts: sets of examples.
        weights: what each set counts, however many it holds.
        by_kind: whether kinds of query may differ from each other.

    Returns:
        Weights by kind of query, "*" for the common ones, float64 (features,) each.
    """
    packed = [(*_packed(part), weight) for part, weight in zip(parts, weights, strict=True) if part]
    common = torch.zeros(len(MEASURED), requires_grad=True)
    own = torch.zeros(len(KINDS), len(MEASURED), requires_grad=True)
    optimiser = torch.optim.LBFGS([common, own], max_iter=80, history_size=20, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        loss = COMMON * (common**2).sum() + OWN * (own**2).sum()
        for table, target, hidden, kinds, weight in packed:
            rows = common + own[kinds] if by_kind else common[None]
            sums = (table * rows[:, None, :]).sum(2) + hidden
            loss = loss - weight * (target * torch.log_softmax(sums, 1)).sum(1).mean()
        loss.backward()
        return loss

    optimiser.step(closure)
    shared = common.detach().numpy().astype(np.float64)
    return {"*": shared, **{kind: shared + own[i].detach().numpy() for i, kind in enumerate(KINDS)}}


def _packed(part: Sequence[Example]) -> tuple[torch.Tensor, ...]:
    """Examples as padded tensors; those without an answer among the candidates teach nothing."""
    useful = [example for example in part if example.grades.any()]
    longest = max(len(example.grades) for example in useful)
    table = torch.zeros(len(useful), longest, len(MEASURED))
    target, hidden = torch.zeros(len(useful), longest), torch.full((len(useful), longest), -1e9)
    for i, example in enumerate(useful):
        size = len(example.grades)
        gains = 2.0**example.grades - 1
        table[i, :size] = torch.from_numpy(example.measured)
        target[i, :size] = torch.from_numpy(gains / gains.sum())
        hidden[i, :size] = 0
    return table, target, hidden, torch.tensor([KINDS.index(example.kind) for example in useful])


def ndcg(part: Sequence[Example], weights: dict[str, np.ndarray] | None) -> float:
    """Mean nDCG@10 of the order by these weights; None: of the mix, which the candidates come in."""
    values = []
    for example in part:
        sums = example.measured @ weights[example.kind] if weights else -np.arange(len(example.grades))
        top = example.grades[np.argsort(-sums, kind="stable")[:10]]
        discounts = 1 / np.log2(np.arange(2, 12))
        ideal = (2.0 ** np.array(example.ideal[:10]) - 1) @ discounts[: len(example.ideal[:10])]
        values.append(float((2.0**top - 1) @ discounts[: len(top)] / ideal))
    return float(np.mean(values))


def platt(part: Sequence[Example], weights: dict[str, np.ndarray]) -> tuple[float, float]:
    """Slope and intercept from the sum to the logit of "grade 2 or 3" (Platt 1999), by maximum likelihood."""
    sums = torch.tensor(np.concatenate([e.measured @ weights[e.kind] for e in part]), dtype=torch.float64)
    right = torch.tensor(np.concatenate([e.grades >= 2 for e in part]), dtype=torch.float64)
    line = torch.tensor([1.0, -float(sums.mean())], dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([line], max_iter=100, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(line[0] * sums + line[1], right)
        loss.backward()
        return loss

    optimiser.step(closure)
    slope, intercept = line.detach().tolist()
    return round(slope, 4), round(intercept, 4)


def left_out_in_turn(samples: Sequence[Example], others: Sequence[Sequence[Example]]) -> tuple[float, float]:
    """nDCG@10 of the samples' own queries by the mix and by weights that have not seen their document."""
    own = [example for example in samples if example.group != "shared"]
    values: list[float] = []
    for group in sorted({example.group for example in own}):
        rest = [example for example in own if example.group != group]
        weights = fit([*others, rest], [1] * (len(others) + 1))
        values += [ndcg([example], weights) for example in own if example.group == group]
    return ndcg(own, None), float(np.mean(values))


def collections_in_turn(texts: Sequence[Sequence[Example]]) -> tuple[float, float]:
    """nDCG@10 of texts that no office wrote, by the mix and by weights that have not seen their collection."""
    before = [ndcg(part, None) for part in texts]
    after = []
    for i, part in enumerate(texts):
        rest = [other for j, other in enumerate(texts) if j != i]
        after.append(ndcg(part, fit(rest, [1] * len(rest), by_kind=False)))
    return float(np.mean(before)), float(np.mean(after))


def by_halves(
    scratch: Path, data: Path, model: str | None, samples: Sequence[Example], seen: Set[str]
) -> dict[str, tuple[float, float]]:
    """nDCG@10 of composed reports, by the mix and by weights learnt on the other half of the sections."""
    halves = [of_reports(scratch / f"half {half}", data, 2 + half, model, half, seen) for half in (0, 1)]
    found: dict[str, tuple[float, float]] = {}
    learnt = [fit([*part, samples], [1, 1, 1]) for part in halves]
    for i, name in enumerate(("one answer", "several answers")):
        before = [(ndcg(part[i], None), len(part[i])) for part in halves]
        after = [(ndcg(part[i], weights), len(part[i])) for part, weights in zip(halves, reversed(learnt), strict=True)]
        means = [sum(value * n for value, n in rows) / sum(n for _, n in rows) for rows in (before, after)]
        found[f"composed reports by halves, {name}"] = means[0], means[1]
    return found


def trained_on(model: str | None) -> frozenset[str]:
    """Names and hashes of the files whose held-out part an encoder, or the one beside it, was trained on as well.

    Both, since a file may have been reworded after the training, or be called otherwise elsewhere.
    """
    rows = [row for rows in manifests_of(model) for row in rows.values()]
    return frozenset(key for row in rows for name in row.get("whole", ()) for key in (name, row["files"][name]))


def _named(row: np.ndarray) -> dict[str, float]:
    return dict(zip(MEASURED, row.round(4).tolist(), strict=True))


def main() -> int:
    """Learn, print what was measured, write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--model", help="encoder; the shipped default one without it")
    parser.add_argument("--out", type=Path, default=RANKER)
    args = parser.parse_args()
    seen = trained_on(args.model)
    others: list[list[Example]] = []
    texts: list[list[Example]] = []
    measured: dict[str, tuple[float, float]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        samples = of_samples(Path(scratch) / "samples", args.model)
        others += [part for part in of_reports(Path(scratch) / "one", args.data, 1, args.model, seen=seen) if part]
        if not seen:  # such an encoder has seen these texts as well
            texts = of_texts(Path(scratch) / "texts", args.data, args.model)
        weights = fit([*others, samples], [1] * (len(others) + 1))
        measured["samples, documents left out in turn"] = left_out_in_turn(samples, others)
        if others:
            measured |= by_halves(Path(scratch), args.data, args.model, samples, seen)
        if len(texts) > 1:
            measured["texts of no office, collections left out in turn"] = collections_in_turn(texts)
    for name, (before, after) in measured.items():
        print(f"{name}: nDCG@10 {before:.4f} (weighted mix) → {after:.4f} (learnt)")
    data = {
        "features": list(MEASURED),
        "weights": {kind: _named(row) for kind, row in weights.items()},
        "scale": platt([example for part in (*others, samples) for example in part], weights),
        "measured": {name: [round(value, 4) for value in pair] for name, pair in measured.items()},
    }
    if texts:
        general = fit(texts, [1] * len(texts), by_kind=False)
        scale = platt([example for part in texts for example in part], general)
        data["general"] = {"weights": _named(general["*"]), "scale": scale}
    args.out.parent.mkdir(parents=True, exist_ok=True)
    if args.out == RANKER:
        names = ("report_sections", "own_sections", "register_paragraphs", *GENERAL)
        save_manifest(manifest(args.data, names), args.out.parent)
    args.out.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
