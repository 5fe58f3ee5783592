"""Contrastive training: queries find their passages among all others of a batch.

Weak pairs first (titles and their texts), written queries then. InfoNCE over the score that the index uses, half the
passage's cosine, half its best clause's; prefixes of the vector are trained along (Kusupati et al., "Matryoshka
Representation Learning", 2022). A passage of another section that scores above the right one is taken for a second
right answer and left out of the softmax.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from transformers import ModernBertModel

from index.graph_model import by_length
from training.measure import best_of_each, ranking_scores
from training.mini.material import Batch, Item, held_out_queries, signed
from training.mini.pack import Ragged
from training.mini.subwords import PAD, PASSAGE, QUERY
from training.pairs import CLAUSE_SHARE
from training.sources import WRITTEN

__all__ = ["BiEncoder", "Settings", "held_out_scores", "train"]

TOKENS = {"cpu": 2_048}
"""Tokens at once, padding included, where it is not 32,768: small batches of like length have less padding."""
PREFIXES = {256: 1.0, 128: 0.3, 64: 0.2}
"""Dimensions of a prefix → its weight in the loss."""


class BiEncoder(nn.Module):
    """Transformer, mean of the tokens' states, one matrix to the vector's dimensions.

    Args:
        body: the pre-trained transformer.
        dims: of the vector.
    """

    def __init__(self, body: ModernBertModel, dims: int = 256) -> None:
        super().__init__()
        self.body = body
        self.out = nn.Linear(body.config.hidden_size, dims, bias=False)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """(texts, dims) of (texts, tokens); `PAD` behind the shorter ones. Not normalised."""
        mask = ids != PAD
        states = self.body(input_ids=ids, attention_mask=mask)[0]
        mean = (states * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        return self.out(mean)

    def encode(self, texts: Sequence[np.ndarray], *, half: bool = False) -> torch.Tensor:
        """(texts, dims) of texts of any length, those of like length together.

        Products have 16 bits on a graphics card; on a processor in training, or with `half`, where it can do that.
        """
        device = self.out.weight.device
        half = device.type == "cuda" or ((self.training or half) and _halves_on_cpu())
        step = 8 if device.type == "cuda" else 1  # graphics cards like such widths
        places, parts = [], []
        for chosen in by_length([len(text) for text in texts], TOKENS.get(device.type, 32_768)):
            width = -(-len(texts[chosen[-1]]) // step) * step
            padded = np.full((len(chosen), width), PAD, np.int64)
            for row, i in enumerate(chosen):
                padded[row, : len(texts[i])] = texts[i]
            with torch.autocast(device.type, torch.bfloat16, enabled=half):
                parts.append(self(torch.from_numpy(padded).to(device)).float())
            places += chosen
        return torch.cat(parts)[torch.tensor(np.argsort(places), device=device)]


@lru_cache(maxsize=1)
def _halves_on_cpu() -> bool:
    """Whether this processor multiplies in bfloat16: 2.7 times as many tokens a second as in 32 bits."""
    able = torch.cpu.get_capabilities()
    return bool(able.get("avx512_bf16") or able.get("amx_bf16"))


@dataclass(frozen=True, slots=True)
class Settings:
    """One stage of the training.

    Attributes:
        seconds: its length.
        rate: the learning rate's peak.
        temperature: of the softmax.
        margin: by how much a passage of another section must lead to count as a second right answer.
        warm_up: part of the time in which the rate rises.
        decay: of the weights.
        dropout: of the transformer's states.
        average: of the weights' running mean, which is what the stage ends with.
        seed: of batches and dropout.
    """

    seconds: float
    rate: float = 3e-4
    temperature: float = 0.03
    margin: float = 0.05
    warm_up: float = 0.06
    decay: float = 0.01
    dropout: float = 0.1
    average: float = 0.99
    seed: int = 1


def _scores(asked: torch.Tensor, whole: torch.Tensor, parts: torch.Tensor, owner: torch.Tensor, dims: int):
    unit = [functional.normalize(x[:, :dims], dim=1) for x in (asked, whole, parts)]
    scores = unit[0] @ unit[1].T
    best = scores.clone()  # a passage without clauses is its own
    if len(owner):
        clause = unit[0] @ unit[2].T
        has = torch.zeros(len(whole), dtype=torch.bool, device=whole.device)
        has[owner] = True
        best = torch.where(has, torch.full_like(best, -1.0), best)
        best = best.scatter_reduce(1, owner.expand(len(asked), -1), clause, "amax", include_self=True)
    return (1 - CLAUSE_SHARE) * scores + CLAUSE_SHARE * best


def _loss(model: BiEncoder, batch: Batch, settings: Settings) -> torch.Tensor:
    device = model.out.weight.device
    queries, passages = len(batch.queries), len(batch.passages)
    vectors = model.encode([*batch.queries, *batch.passages, *batch.clauses])
    asked, whole, parts = vectors[:queries], vectors[queries : queries + passages], vectors[queries + passages :]
    owner = torch.tensor(batch.owner, dtype=torch.long, device=device)
    truth = torch.zeros(queries, passages, device=device)
    rows, columns, shares = zip(*batch.answers, strict=True)
    truth[torch.tensor(rows, device=device), torch.tensor(columns, device=device)] = torch.tensor(shares, device=device)
    group = torch.tensor(batch.groups, device=device)
    first = truth.argmax(1)
    same = (group[None, :] == group[first][:, None]) & (group >= 0)[None, :]
    loss = torch.zeros((), device=device)
    for dims, weight in PREFIXES.items():
        scores = _scores(asked, whole, parts, owner, dims)
        if dims == max(PREFIXES):
            own = scores.detach().gather(1, first[:, None])
            doubtful = (scores.detach() > own + settings.margin) & ~same & (truth == 0)
        logits = (scores / settings.temperature).masked_fill(doubtful, -1e4)
        loss = loss + weight * -(truth * functional.log_softmax(logits, dim=1)).sum(1).mean()
    return loss / sum(PREFIXES.values())


class _Course:
    """A model in training: its optimizer, the mean of its weights, how far it is, and the file that keeps all of it.

    Args:
        model: changed in place.
        settings: of the stage.
        kept: file; what lies there of the same settings is gone on with. None: nothing is kept.
    """

    EVERY = 120.0  # seconds between two states: what a cut costs at most

    def __init__(self, model: BiEncoder, settings: Settings, kept: Path | None) -> None:
        self.model, self.settings, self.kept = model, settings, kept
        self.optimizer = torch.optim.AdamW(
            model.parameters(), lr=settings.rate, betas=(0.9, 0.98), weight_decay=settings.decay
        )
        self.mean = {key: value.detach().clone() for key, value in model.state_dict().items()}
        self.step, self.smooth = 0, float("nan")
        self._before, self._began = 0.0, time.monotonic()
        if kept and kept.exists():
            state = torch.load(kept, map_location=model.out.weight.device)
            if state["settings"] == repr(settings):
                model.load_state_dict(state["model"])
                self.optimizer.load_state_dict(state["optimizer"])
                self.mean, self.step, self.smooth, self._before = (
                    state[name] for name in ("mean", "step", "smooth", "spent")
                )
        self._saved = self._shown = self._before

    @property
    def spent(self) -> float:
        """Seconds of the stage, those of earlier runs too."""
        return self._before + time.monotonic() - self._began

    def advance(self, loss: float, part: float) -> None:
        """One step of the optimizer after a batch's gradients; `part` of the time was spent when it was begun."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.settings.rate * min(1.0, part / self.settings.warm_up) * (1 - part)
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.step += 1
        self.smooth = loss if self.step == 1 else 0.95 * self.smooth + 0.05 * loss
        weight = min(self.settings.average, 1 - 1 / self.step)
        for key, now in self.model.state_dict().items():
            if now.is_floating_point():
                self.mean[key].lerp_(now.detach(), 1 - weight)

    def note(self, name: str) -> None:
        """Print a line and keep the state, each when it is time."""
        if self.spent - self._shown > self.settings.seconds / 12:
            self._shown = self.spent
            spent = f"{self.spent:.0f}/{self.settings.seconds:.0f} s"
            print(f"{name}: {spent}, step {self.step}, loss {self.smooth:.3f}", flush=True)
        if self.spent - self._saved > self.EVERY:
            self.save()

    def save(self) -> None:
        """Keep the state; nobody ever sees half of one."""
        self._saved = self.spent
        if self.kept:
            part = self.kept.with_suffix(".part")
            state = {"settings": repr(self.settings), "model": self.model.state_dict(), "mean": self.mean}
            state |= {"optimizer": self.optimizer.state_dict(), "step": self.step, "smooth": self.smooth}
            torch.save(state | {"spent": self._saved}, part)
            part.replace(self.kept)


def train(
    model: BiEncoder,
    draw: Callable[[np.random.Generator], Sequence[Batch]],
    settings: Settings,
    name: str,
    kept: Path | None = None,
) -> BiEncoder:
    """Train for a while.

    Args:
        model: changed in place.
        draw: gives the batches of a step; their losses are added, each by its number of queries.
        settings: time and rates; the rate ends at zero when the time does.
        name: for the lines that are printed.
        kept: file for the state, written every two minutes; a stage that was cut goes on from it.

    Returns:
        The model with the mean of its weights over the last steps.
    """
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = settings.dropout
    if model.out.weight.device.type == "cpu":
        model.body.set_attn_implementation("eager")  # a fourth faster there in training than torch's fused one
    course = _Course(model, settings, kept)
    torch.manual_seed(settings.seed + course.step)
    rng = np.random.default_rng([settings.seed, course.step])
    model.train()
    ahead = ThreadPoolExecutor(1)  # draws the next batches while the device works
    coming = ahead.submit(draw, rng)
    while (part := course.spent / settings.seconds) < 1:
        batches, coming = coming.result(), ahead.submit(draw, rng)
        course.advance(_backward(model, batches, settings), part)
        course.note(name)
    ahead.shutdown(cancel_futures=True)
    course.save()
    print(f"{name}: {course.step} steps, loss {course.smooth:.3f}", flush=True)
    model.load_state_dict(course.mean)
    model.eval()
    return model


def _backward(model: BiEncoder, batches: Sequence[Batch], settings: Settings) -> float:
    """Gradients of the batches' common loss, and its value."""
    total, value = sum(len(batch.queries) for batch in batches), 0.0
    for batch in batches:
        loss = _loss(model, batch, settings) * (len(batch.queries) / total)
        loss.backward()
        value += float(loss.detach())
    return value


@torch.no_grad()
def held_out_scores(model: BiEncoder, items: list[Item], texts: Ragged, longest: int = 256) -> dict[str, dict]:
    """Scores by kind of query on the held-out written data, as `training.measure.held_out_scores` has them.

    Held-out queries choose among all written passages.
    """
    model.eval()
    pool = [i for i, item in enumerate(items) if item.source in WRITTEN]
    place = {i: k for k, i in enumerate(pool)}
    asked = [(kind, text, place[i]) for kind, text, i in held_out_queries(items)]
    if not asked:
        return {}
    whole = [signed(texts[items[i].context], PASSAGE, longest) for i in pool]
    parts = [(k, clause) for k, i in enumerate(pool) for clause in items[i].clauses or [items[i].passage]]

    def unit(rows: list[np.ndarray]) -> np.ndarray:
        return functional.normalize(model.encode(rows, half=True), dim=1).cpu().numpy()

    queries = unit([signed(texts[text], QUERY, 64) for _, text, _ in asked])
    clause = unit([signed(texts[text], PASSAGE, longest) for _, text in parts])
    scores = queries @ unit(whole).T * (1 - CLAUSE_SHARE)
    scores += best_of_each(queries @ clause.T, np.asarray([k for k, _ in parts]), len(pool)) * CLAUSE_SHARE
    target = np.asarray([i for _, _, i in asked])
    ranks = (scores > scores[np.arange(len(target)), target][:, None]).sum(axis=1)
    kinds = np.asarray([kind for kind, _, _ in asked])
    table = {"all": ranking_scores(ranks)}
    return table | {kind: ranking_scores(ranks[kinds == kind]) for kind in sorted(set(kinds))}
