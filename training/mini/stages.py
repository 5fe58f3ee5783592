"""The contrastive step: weak pairs, then written queries mixed with some weak pairs, from several seeds.

The weights of the seeds are averaged (Wortsman et al., "Model soups", 2022): they start from one model, so their mean
is a model again, a little better than each.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path

import numpy as np
import torch

from training.mini.bi_encoder import BiEncoder, Settings, held_out_scores, train
from training.mini.masked import Shape, new_model
from training.mini.material import Batch, Mixture, WeakPairs, Written, read_written

__all__ = ["contrastive", "load_trained"]


def contrastive(work: Path, options: argparse.Namespace, device: torch.device) -> dict[str, dict]:
    """Train from ``pretrained.pt``; ``weak.pt`` and ``<name>.pt`` are written.

    Args:
        work: the work folder.
        options: of the command line.
        device: CPU or GPU.

    Returns:
        The held-out scores by kind.
    """
    items, texts = read_written(work)
    weak = WeakPairs(work)
    scores: dict[str, dict] = {}
    path = work / "weak.pt"
    if path.exists() and not options.force:
        model = load_trained(path, device)
    else:
        model = _pretrained(work, device)

        def pairs(rng: np.random.Generator) -> Sequence[Batch]:
            return [weak.batch(rng, options.pairs)]

        settings = Settings(options.weak_seconds, rate=options.rate or 4e-4, dropout=0.0)
        train(model, pairs, settings, "weak")
        save(model, path)
        _report("weak", held_out_scores(model, items, texts))
    written = Written(items, texts, Mixture(), all_data=options.all_data)

    def both(rng: np.random.Generator) -> Sequence[Batch]:
        return [written.batch(rng), weak.batch(rng, options.pairs // 4)]

    sums: dict[str, torch.Tensor] = {}
    for seed in options.seeds:
        one = deepcopy(model)
        settings = Settings(options.seconds or 120, rate=options.rate or 3e-4, seed=seed)
        train(one, both, settings, f"written, seed {seed}")
        scores = held_out_scores(one, items, texts)
        _report(f"seed {seed}", scores)
        for key, value in one.state_dict().items():
            sums[key] = sums[key] + value / len(options.seeds) if key in sums else value / len(options.seeds)
    model.load_state_dict(sums)
    if len(options.seeds) > 1:
        scores = held_out_scores(model, items, texts)
        _report("mean of seeds", scores)
    save(model, work / f"{options.name}.pt")
    (work / f"{options.name}.json").write_text(json.dumps(scores, indent=1), encoding="utf-8")
    return scores


def save(model: BiEncoder, path: Path) -> None:
    """Weights in half precision, and the measures."""
    config = model.body.config
    shape = Shape(config.hidden_size, config.num_hidden_layers, config.num_attention_heads, config.intermediate_size)
    measures = [shape.hidden, shape.layers, shape.heads, shape.inner, config.vocab_size, model.out.out_features]
    state = {key: value.half() if value.is_floating_point() else value for key, value in model.state_dict().items()}
    torch.save({"model": state, "measures": measures}, path)


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
