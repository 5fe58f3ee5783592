"""Step 3: the rows learn which passage answers which query.

InfoNCE with in-batch negatives (van den Oord, Li and Vinyals, "Representation Learning with Contrastive Predictive
Coding", 2018): for each query a softmax over all passages of the batch, cosine divided by a temperature. The passages
of one section always come together, so a query learns to tell a result from the shortcoming beside it. A query that
several passages of a section answer has a share for each. A passage of another section that scores above the right one
is taken for a second right answer and left out of the softmax: reports say like things in a hundred places.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch
from scipy import sparse
from torch.nn import functional
from tqdm import tqdm

from training.pairs import CLAUSE_SHARE, Batch, Batches, Material, Mixture
from training.vocabulary import Vocabulary

__all__ = ["Settings", "composition", "doubtful", "train"]


@dataclass(frozen=True, slots=True)
class Settings:
    """What was chosen on the held-out part of the written data.

    Attributes:
        steps: batches.
        rate: learning rate, which rises for `warm_up` steps and falls to zero.
        temperature: of the softmax.
        warm_up: steps.
        margin: by how much a passage of another section must lead to count as a second right answer; None: never.
        clause_share: of the best clause in a passage's score.
        mixture: how a batch is drawn.
    """

    steps: int = 300
    rate: float = 2e-3
    temperature: float = 0.06
    warm_up: int = 40
    margin: float | None = 0.05
    clause_share: float = CLAUSE_SHARE
    mixture: Mixture = field(default_factory=Mixture)


class _Sum(torch.autograd.Function):
    """Rows from parts: a constant sparse matrix times the parts. scipy's product: torch's own is still in beta."""

    @staticmethod
    def forward(ctx, parts: torch.Tensor, matrix: sparse.csr_matrix) -> torch.Tensor:
        ctx.matrix = matrix
        return torch.from_numpy(matrix @ parts.numpy())

    @staticmethod
    def backward(ctx, *grads: torch.Tensor) -> tuple[torch.Tensor, None]:
        return torch.from_numpy(ctx.matrix.T @ grads[0].numpy()), None


def composition(vocabulary: Vocabulary) -> sparse.csr_matrix:
    """The matrix (pieces, parts) that sums parts into rows."""
    rows = [i for i, parts in enumerate(vocabulary.parts) for _ in parts]
    columns = [part for parts in vocabulary.parts for part in parts]
    ones = np.ones(len(rows), dtype=np.float32)
    return sparse.csr_matrix((ones, (rows, columns)), shape=(len(vocabulary.parts), len(vocabulary.names)))


def _pooled(texts: list[np.ndarray], rows: torch.Tensor) -> torch.Tensor:
    lengths = torch.tensor([len(text) for text in texts])
    offsets = torch.cumsum(lengths, 0) - lengths
    ids = torch.from_numpy(np.concatenate(texts).astype(np.int64))
    return functional.normalize(functional.embedding_bag(ids, rows, offsets, mode="mean"), dim=1)


def _scores(batch: Batch, rows: torch.Tensor, clause_share: float) -> torch.Tensor:
    """(queries, passages): the mean of a passage's cosine and its best clause's, as the index scores them."""
    asked, passages = _pooled(batch.queries, rows), _pooled(batch.passages, rows)
    whole = asked @ passages.T
    if not clause_share:
        return whole
    parts = asked @ _pooled(batch.clauses, rows).T
    owner = torch.tensor(batch.owner).expand(len(asked), -1)
    best = torch.full_like(whole, -1.0).scatter_reduce(1, owner, parts, "amax", include_self=True)
    return (1 - clause_share) * whole + clause_share * best


def _loss(batch: Batch, rows: torch.Tensor, settings: Settings) -> torch.Tensor:
    scores = _scores(batch, rows, settings.clause_share)
    asked, answers, shares = zip(*batch.answers, strict=True)
    truth = torch.zeros_like(scores)
    truth[torch.tensor(asked), torch.tensor(answers)] = torch.tensor(shares)
    logits = scores / settings.temperature
    if settings.margin is not None:
        logits = logits.masked_fill(doubtful(scores.detach(), truth, torch.tensor(batch.groups), settings.margin), -1e4)
    return -(truth * functional.log_softmax(logits, dim=1)).sum(1).mean()


def doubtful(scores: torch.Tensor, truth: torch.Tensor, groups: torch.Tensor, margin: float) -> torch.Tensor:
    """(queries, passages): which passages of other sections lead the best-scoring right answer by the margin."""
    right = truth > 0
    group = groups[truth.argmax(1)]  # all answers of a query are of one section
    near = (groups[None, :] == group[:, None]) & (groups >= 0)[None, :]
    best = scores.masked_fill(~right, -2.0).amax(1, keepdim=True)
    return (scores > best + margin) & ~near & ~right


def train(
    parts: np.ndarray,
    vocabulary: Vocabulary,
    material: Material,
    settings: Settings,
    *,
    seed: int = 0,
    checkpoint: Callable[[int, np.ndarray], None] | None = None,
) -> np.ndarray:
    """Train the parts.

    Args:
        parts: start, float32 (parts, dims).
        vocabulary: gives the composition of the rows.
        material: queries and passages.
        settings: steps, learning rate and so on.
        seed: of the batches.
        checkpoint: called every 200 steps with the step and the rows.

    Returns:
        The rows, float32 (pieces, dims).
    """
    torch.manual_seed(seed)
    matrix = composition(vocabulary)
    learnt = torch.nn.Parameter(torch.from_numpy(parts.copy()))
    optimizer = torch.optim.Adam([learnt], lr=settings.rate, betas=(0.9, 0.99), fused=True)
    batches = iter(Batches(material, np.random.default_rng(seed), settings.mixture))
    progress = tqdm(range(settings.steps), desc="contrastive", unit=" steps")
    for step in progress:
        for group in optimizer.param_groups:
            group["lr"] = settings.rate * min(1.0, (step + 1) / settings.warm_up) * (1 - step / settings.steps)
        rows = _Sum.apply(learnt, matrix)
        loss = _loss(next(batches), rows, settings)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 20 == 0:
            progress.set_postfix(loss=f"{loss.item():.3f}")
        if checkpoint and (step + 1) % 200 == 0:
            checkpoint(step + 1, rows.detach().numpy())
    return matrix @ learnt.detach().numpy()
