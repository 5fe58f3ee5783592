"""``python -m training [STEP] [options]``: one step, or all of them."""

from __future__ import annotations

import argparse
import hashlib
import json
import resource
import time
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import numpy as np

from training import card as cards
from training.evaluate import evaluate
from training.export import export
from training.manifest import save_manifest, trained_whole
from training.measure import held_out_scores
from training.pairs import load_material
from training.prepare import made_of, prepare, prepared, read_forms
from training.sources import CONCEPTS, WRITTEN
from training.vectors import alignment, cooccurrence, part_vectors, word_vectors
from training.vocabulary import Vocabulary, build, count, texts_of

STEPS = ("prepare", "vectors", "contrastive", "export", "evaluate", "card")
SEED = 20250
ROOT = Path(__file__).parents[1]


class Run:
    """The steps over one work folder; a step whose result is there, made of the same, is kept.

    Args:
        options: the parsed command line.
    """

    def __init__(self, options: argparse.Namespace) -> None:
        self.data: Path = options.data
        self.work: Path = options.work
        self.model: Path = options.model
        self.options = options
        self.work.mkdir(parents=True, exist_ok=True)

    def run(self, step: str) -> None:
        """Do one step and note its time."""
        wall, before = time.monotonic(), _cpu()
        done = getattr(self, step)()
        timing = {"wall_s": round(time.monotonic() - wall, 1), "cpu_s": round(_cpu() - before, 1)}
        print(f"{step}: {done}, {timing['wall_s']} s, {timing['cpu_s']} CPU s", flush=True)
        if not done.startswith("kept"):
            self._note("timings", step, timing)

    def prepare(self) -> str:
        """Cut the material into words."""
        names = prepare(self.data, self.work, jobs=self.options.jobs, force=self.options.force)
        return f"{len(names)} sources" if names else "kept"

    def vectors(self) -> str:
        """Choose the vocabulary and learn its first vectors."""
        options = self.options
        stamp = self._made_of(options.words, options.phrases, options.folded, options.dims)
        if self._there("vectors", stamp, "vocabulary.json", "parts.npy"):
            return "kept"
        counts = count(self._rows(), (*WRITTEN, CONCEPTS))
        terms = [forms[0] for row in self._rows(CONCEPTS) for _, forms, _ in row["queries"]]
        vocabulary = build(counts, terms, words=options.words, phrases=options.phrases, folded=options.folded)
        index = {word: i for i, word in enumerate(word for word in vocabulary.counts if "▁" not in word)}
        texts = (text for row in self._rows() if not row["held"] for text in texts_of(row))
        counts_near = cooccurrence(texts, index) + alignment(self._aligned(), index)
        vectors = word_vectors(counts_near, options.dims, SEED)
        np.save(self.work / "parts.npy", part_vectors(vocabulary, index, vectors, SEED))
        vocabulary.save(self.work / "vocabulary.json")
        self._done("vectors", stamp)
        return f"{len(vocabulary.pieces)} pieces, {len(vocabulary.names)} parts"

    def contrastive(self) -> str:
        """Train on queries and passages."""
        from training.contrastive import Settings, train

        settings = Settings(steps=self.options.steps)
        stamp = self._made_of(self._stamp("vectors"), settings, self.options.all_data)
        whole = f"{stamp} {self.options.seeds}"
        if self._there("rows", whole, "rows.npy"):
            return "kept"
        if self.options.force or not self._stamp("rows").startswith(stamp):
            for path in self.work.glob("rows-*.npy"):
                path.unlink()
            self._done("rows", stamp)  # from here on the seeds that are there are of this training
        vocabulary = Vocabulary.load(self.work / "vocabulary.json")
        material = load_material(self._rows(), vocabulary.tokenizer(), all_data=self.options.all_data)
        rows = np.zeros((len(vocabulary.pieces), self.options.dims), dtype=np.float32)
        for seed in range(SEED, SEED + self.options.seeds):
            one = self.work / f"rows-{seed}.npy"
            if not one.exists():
                np.save(one, train(np.load(self.work / "parts.npy"), vocabulary, material, settings, seed=seed))
            learnt = np.load(one)
            rows += learnt / np.linalg.norm(learnt)
        np.save(self.work / "rows.npy", rows)
        if not self.options.all_data:
            for kind, scores in held_out_scores(material, rows).items():
                self._note("held_out", kind, scores)
        self._note("trained", "records", {name: len(items) for name, items in material.train.items()})
        self._note("trained", "all_data", self.options.all_data)
        self._done("rows", whole)
        return f"{self.options.seeds} times {settings.steps} steps"

    def export(self) -> str:
        """Write the sentence-transformers folder."""
        vocabulary = Vocabulary.load(self.work / "vocabulary.json")
        rows = np.load(self.work / "rows.npy")
        size = export(vocabulary, rows, self.model)
        seen = made_of(self.work)
        save_manifest(trained_whole(seen) if self._notes()["trained"]["all_data"] else seen, self.model)
        self._note("model", "pieces", len(rows))
        self._note("model", "dims", rows.shape[1])
        return f"{self.model}, {size / 1e6:.1f} MB"

    def evaluate(self) -> str:
        """Measure the exported model."""
        table = evaluate(self.model, self.data.parent)
        for name, scores in table.items():
            self._note("measured", name, scores)
        return f"{len(table)} measurements"

    def card(self) -> str:
        """Write the model card from the notes."""
        (self.model / "README.md").write_text(cards.card(self._notes()), encoding="utf-8")
        return str(self.model / "README.md")

    def _rows(self, *names: str) -> Iterator[dict]:
        return chain.from_iterable(read_forms(self.work, name) for name in names or prepared(self.work))

    def _aligned(self) -> Iterator[tuple[str, str]]:
        names = [name for name in (*WRITTEN, CONCEPTS) if name in prepared(self.work)]
        for row in self._rows(*names):
            if not row["held"]:
                yield from ((forms[0], row["passage"]) for _, forms, _ in row["queries"])

    def _there(self, step: str, stamp: str, *names: str) -> bool:
        made = self._stamp(step) == stamp and all((self.work / name).exists() for name in names)
        return made and not self.options.force

    def _made_of(self, *settings: object) -> str:
        """A hash of the prepared sources and of settings: a result that was made of others is made anew."""
        sources = [path.read_text(encoding="utf-8") for path in sorted((self.work / "forms").glob("*.stamp"))]
        return hashlib.sha256(repr((sources, settings)).encode()).hexdigest()[:16]

    def _stamp(self, step: str) -> str:
        path = self.work / f"{step}.stamp"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def _done(self, step: str, stamp: str) -> None:
        (self.work / f"{step}.stamp").write_text(stamp, encoding="utf-8")

    def _notes(self) -> dict:
        path = self.work / "notes.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}

    def _note(self, part: str, name: str, value: object) -> None:
        notes = self._notes()
        notes.setdefault(part, {})[name] = value
        text = json.dumps(notes, ensure_ascii=False, indent=1)
        (self.work / "notes.json").write_text(text, encoding="utf-8")


def _cpu() -> float:
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("step", nargs="?", default="all", choices=("all", *STEPS))
    parser.add_argument(
        "--data", type=Path, default=ROOT.parent / "shared" / "data", help="folder with training/, thesaurus/"
    )
    parser.add_argument(
        "--work", type=Path, default=ROOT / "build" / "training", help="where each step keeps its result"
    )
    parser.add_argument(
        "--model", type=Path, default=ROOT / "index" / "models" / "vankien-static", help="folder to write"
    )
    parser.add_argument("--force", action="store_true", help="do again what is there")
    parser.add_argument("--all-data", action="store_true", help="train on the held-out part too")
    parser.add_argument("--jobs", type=int, default=2, help="processes for segmentation")
    parser.add_argument("--steps", type=int, default=300, help="batches of the contrastive step")
    parser.add_argument("--seeds", type=int, default=4, help="trainings whose rows are averaged")
    parser.add_argument("--dims", type=int, default=256)
    parser.add_argument("--words", type=int, default=36000, help="words in the vocabulary at most")
    parser.add_argument("--phrases", type=int, default=10000)
    parser.add_argument("--folded", type=int, default=12000, help="words that are also known without diacritics")
    options = parser.parse_args(arguments)
    run = Run(options)
    for step in STEPS if options.step == "all" else (options.step,):
        run.run(step)


if __name__ == "__main__":
    main()
