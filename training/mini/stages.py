"""The contrastive step: weak pairs, then written queries mixed with some weak pairs, from several seeds.

The weights of the seeds are averaged (Wortsman et al., "Model soups", 2022): they start from one model, so their mean
is a model again, a little better than each.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from training.manifest import gone_on, later_sections, read_manifest, trained_whole
from training.mini.bi_encoder import BiEncoder, Settings, held_out_scores, train
from training.mini.masked import Shape, new_model
from training.mini.material import Batch, Mixture, WeakPairs, Written, read_written
from training.mini.shipped import SHIPPED, load_shipped, same_subwords

__all__ = ["Plan", "contrastive", "load_trained", "trained_rows"]


FURTHER = Mixture(passages=50, concepts=50)
"""For going on from the package's model: it knows the single passages and the thesaurus, so few of them come along."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How the contrastive step goes.

    Attributes:
        weak_seconds: for the weak pairs.
        seconds: for the written queries, each seed.
        weak_rate: learning rate of the weak stage.
        rate: of the written stage.
        pairs: weak pairs in a batch; a fourth of them beside each batch of written queries.
        seeds: of the written stages, whose weights are averaged.
        start: name of trained weights to go on from instead of the weak stage, or "shipped", the model in the package;
            "" for none. Sections that came after its last training on everything are drawn four times as often then.
        share: of a batch's size; a processor takes its steps with a fifth.
        all_data: train on the held-out part too.
    """

    weak_seconds: float = 140.0
    seconds: float = 480.0
    weak_rate: float = 4e-4
    rate: float = 5e-4
    pairs: int = 1024
    seeds: tuple[int, ...] = (3,)
    start: str = ""
    share: float = 1.0
    all_data: bool = False


def contrastive(work: Path, plan: Plan, name: str, device: torch.device, *, force: bool = False) -> dict[str, dict]:
    """Train from ``pretrained.pt``; ``weak.pt``, ``<name>.pt`` and ``<name>.json`` are written.

    Args:
        work: the work folder.
        plan: times, rates, seeds.
        name: of the result.
        device: CPU or GPU.
        force: do the weak stage again where ``weak.pt`` is there.

    Returns:
        The held-out scores by kind.
    """
    items, texts = read_written(work)
    weak = WeakPairs(work)
    pairs = round(plan.pairs * plan.share)
    started = _beginning(work, plan, device, force)
    model = started or _weak_stage(work, plan, device, weak)
    if not started:
        _report("weak", held_out_scores(model, items, texts))
    fresh = later_sections(_before(work, plan)) if plan.start else ()
    mixture = (FURTHER if plan.start == "shipped" else Mixture()).scaled(plan.share)
    written = Written(items, texts, mixture, all_data=plan.all_data, fresh=fresh)

    def both(rng: np.random.Generator) -> Sequence[Batch]:
        few = pairs // 4
        return [written.batch(rng), weak.batch(rng, few)] if few else [written.batch(rng)]

    sums: dict[str, torch.Tensor] = {}
    for seed in plan.seeds:
        settings = Settings(plan.seconds, rate=plan.rate, seed=seed)
        label = f"{name}, seed {seed}"
        one = train(deepcopy(model), both, settings, label, work / f"{name}-{seed}.state")
        for key, value in one.state_dict().items():
            sums[key] = sums.get(key, 0) + value / len(plan.seeds)
    model.load_state_dict(sums)
    save(model, work / f"{name}.pt", _manifest(work, plan))
    for left in (*work.glob(f"{name}-*.state"), *work.glob("weak.state")):
        left.unlink()
    scores = held_out_scores(model, items, texts)
    _report(name, scores)
    (work / f"{name}.json").write_text(json.dumps(scores, indent=1), encoding="utf-8")
    return scores


def _beginning(work: Path, plan: Plan, device: torch.device, force: bool) -> BiEncoder | None:
    """The weights to go on from; None where the weak stage has to make them."""
    path = work / f"{plan.start or 'weak'}.pt"
    if plan.start == "shipped":
        if not same_subwords(SHIPPED, work / "tokenizer.json"):
            raise SystemExit(
                f"{work} was packed with other subwords than the package's model has: begin a new work folder with "
                "`python -m training.mini tokenizer --start shipped`, then pack"
            )
        return load_shipped(SHIPPED).to(device)
    return load_trained(path, device) if plan.start or (path.exists() and not force) else None


def _weak_stage(work: Path, plan: Plan, device: torch.device, weak: WeakPairs) -> BiEncoder:
    model = _pretrained(work, device)
    settings = Settings(plan.weak_seconds, rate=plan.weak_rate, dropout=0.0)
    pairs = round(plan.pairs * plan.share)
    train(model, lambda rng: [weak.batch(rng, pairs)], settings, "weak", work / "weak.state")
    save(model, work / "weak.pt", read_manifest(work))
    return model


def _manifest(work: Path, plan: Plan) -> dict[str, dict]:
    """What the weights have seen in the end, those that they start from included."""
    rows = read_manifest(work)
    rows = trained_whole(rows) if plan.all_data else rows
    return gone_on(_before(work, plan), rows) if plan.start else rows


def _before(work: Path, plan: Plan) -> dict[str, dict]:
    """What the weights that are gone on from have seen."""
    return read_manifest(SHIPPED.parents[1]) if plan.start == "shipped" else trained_rows(work / f"{plan.start}.pt")


def trained_rows(path: Path) -> dict[str, dict]:
    """The manifest in what `save` wrote."""
    return torch.load(path, map_location="cpu")["training"]


def save(model: BiEncoder, path: Path, rows: dict[str, dict]) -> None:
    """Weights in half precision, the measures, the manifest."""
    config = model.body.config
    shape = Shape(config.hidden_size, config.num_hidden_layers, config.num_attention_heads, config.intermediate_size)
    measures = [shape.hidden, shape.layers, shape.heads, shape.inner, config.vocab_size, model.out.out_features]
    state = {key: value.half() if value.is_floating_point() else value for key, value in model.state_dict().items()}
    torch.save({"model": state, "measures": measures, "training": rows}, path)


def load_trained(path: Path, device: torch.device) -> BiEncoder:
    """What `save` wrote."""
    saved = torch.load(path, map_location=device)
    hidden, layers, heads, inner, vocabulary, dims = saved["measures"]
    model = BiEncoder(new_model(Shape(hidden, layers, heads, inner), vocabulary).model, dims)
    model.load_state_dict(saved["model"])
    return model.float().to(device).eval()


def _pretrained(work: Path, device: torch.device) -> BiEncoder:
    path = work / "pretrained.pt"
    if not path.exists():
        raise SystemExit(f"{path} is missing: run the step pretrain first")
    state = torch.load(path, map_location="cpu")
    shape = Shape(**state["shape"])
    whole = new_model(shape, len(state["model"]["model.embeddings.tok_embeddings.weight"]))
    whole.load_state_dict(state["model"])
    torch.manual_seed(0)
    return BiEncoder(whole.model).to(device)


def _report(name: str, scores: dict[str, dict]) -> None:
    parts = (f"{kind} {row['ndcg@10']:.3f}" for kind, row in scores.items())
    print(f"{name}: held out nDCG@10 {', '.join(parts)}", flush=True)
