"""``python -m training.ablation``: what each part of the training of ``vankien-static`` brings.

The contrastive step is done once more without each part, one seed, and measured on the held-out written data; what is
left out of it is left in the vocabulary and in the word vectors, but for the line that goes without those. A variant
whose figures lie in ``WORK/ablation``, of the same sources and settings, is not trained again, so the command can be
stopped at any time. What queries of several answers bring does not show: the measure has one answer a query.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from training.contrastive import Settings, train
from training.measure import held_out_scores
from training.negatives import near_misses
from training.pairs import QUOTA, Material, Mixture, load_material
from training.prepare import prepared, read_forms
from training.sources import WRITTEN
from training.vocabulary import Vocabulary

__all__ = ["VARIANTS", "Variant", "main"]

SEED = 20250
ROOT = Path(__file__).parents[1]
KINDS = ("all", "paraphrase", "question", "short", "english", "without diacritics")


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to train.

    Attributes:
        without: sources that no batch draws from.
        settings: the rest.
        word_vectors: whether the parts start from word vectors, or by chance with the same lengths.
    """

    without: Collection[str] = ()
    settings: Settings = field(default_factory=Settings)
    word_vectors: bool = True


_PLAIN = Mixture(plain=0.0, context=0.0, drop=0.0, forms=False)
VARIANTS = {
    "everything": Variant(),
    "without word vectors": Variant(word_vectors=False),
    "without titles and questions of law": Variant(("phapdien", "legal_qa")),
    "without news": Variant(("news", "news_more", "policy_news")),
    "without raw text": Variant(("raw_text",)),
    "without queries written for public passages": Variant(("synthetic_queries",)),
    "without paragraphs in the register": Variant(("register_paragraphs",)),
    "without sections in the register": Variant(("report_sections", "own_sections")),
    "without this project's own sections": Variant(("own_sections",)),
    "without the thesaurus": Variant(("concepts",)),
    "without clauses": Variant(settings=Settings(clause_share=0.0)),
    "without whole sections": Variant(settings=Settings(mixture=Mixture(whole_groups=False))),
    "without queries of several answers": Variant(settings=Settings(mixture=Mixture(wide=False))),
    "with doubtful negatives": Variant(settings=Settings(margin=None)),
    "with passages that BM25 mistakes for the right one": Variant(settings=Settings(mixture=Mixture(misses=0.3))),
    "without augmentation": Variant(settings=Settings(mixture=_PLAIN)),
}
"""Name → what is trained, in the order of the table."""


def measure(variant: Variant, steps: int, work: Path, vocabulary: Vocabulary, material: Material) -> dict:
    """Train once: held-out scores by kind of query."""
    parts = np.load(work / "parts.npy")
    if not variant.word_vectors:
        chance = np.random.default_rng(SEED).standard_normal(parts.shape).astype(np.float32)
        chance /= np.linalg.norm(chance, axis=1, keepdims=True)
        parts = chance * np.linalg.norm(parts, axis=1, keepdims=True)
    quota = {name: number for name, number in QUOTA.items() if name not in variant.without}
    mixture = replace(variant.settings.mixture, quota=quota)
    settings = replace(variant.settings, steps=steps, mixture=mixture)
    rows = train(parts, vocabulary, material, settings, seed=SEED)
    return held_out_scores(material, rows, settings.clause_share)


def table(found: dict[str, dict]) -> str:
    """Figures as Markdown, nDCG@10."""
    lines = ["| | " + " | ".join(KINDS) + " |", "|---|" + "---:|" * len(KINDS)]
    for name, scores in found.items():
        cells = (f"{scores[kind]['ndcg@10']:.3f}" if kind in scores else "" for kind in KINDS)
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _kept(path: Path, stamp: str) -> dict[str, dict]:
    kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return kept["scores"] if kept.get("made of") == stamp else {}


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m training.ablation", description=__doc__)
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "training", help="of python -m training")
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--only", nargs="+", choices=tuple(VARIANTS), default=tuple(VARIANTS), metavar="NAME")
    options = parser.parse_args(arguments)
    kept = options.work / "ablation"
    kept.mkdir(parents=True, exist_ok=True)
    base = (options.work / "vectors.stamp").read_text(encoding="utf-8")
    stamps = {name: f"{base} {options.steps} {VARIANTS[name]}" for name in options.only}
    found = {name: _kept(kept / f"{name}.json", stamps[name]) for name in options.only}
    missing = [name for name, scores in found.items() if not scores]
    if missing:
        vocabulary = Vocabulary.load(options.work / "vocabulary.json")
        rows = (row for name in prepared(options.work) for row in read_forms(options.work, name))
        written = (row for name in prepared(options.work) if name in WRITTEN for row in read_forms(options.work, name))
        material = load_material(rows, vocabulary.tokenizer(), misses=near_misses(written))
        for name in missing:
            print(name, flush=True)
            found[name] = measure(VARIANTS[name], options.steps, options.work, vocabulary, material)
            text = json.dumps({"made of": stamps[name], "scores": found[name]}, ensure_ascii=False, indent=1)
            (kept / f"{name}.json").write_text(text, encoding="utf-8")
    print(table(found))


if __name__ == "__main__":
    main()
