"""Pre-training: masked tokens are guessed from what stands around them.

A ModernBERT (Warner et al., "Smarter, Better, Faster, Longer", 2024) in small: rotary positions, gated layers, no
biases, attention over the whole text in every layer. The schedule is one of time, not of steps, so that the same
command uses up ten minutes of a GPU or four hours of two cores, and ends at rate zero in both.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional
from transformers import ModernBertConfig, ModernBertForMaskedLM

from training.mini.corpus import DRAWN
from training.mini.pack import read_text
from training.mini.subwords import MASK, PAD, PASSAGE, SEPARATOR

__all__ = ["Settings", "Shape", "new_model", "pretrain"]


@dataclass(frozen=True, slots=True)
class Shape:
    """The transformer's measures: 24 million numbers, a third of them in the table of subwords."""

    hidden: int = 512
    layers: int = 6
    heads: int = 8
    inner: int = 1024
    longest: int = 512

    def config(self, vocabulary: int) -> ModernBertConfig:
        """As transformers wants it."""
        values = {
            "vocab_size": vocabulary,
            "hidden_size": self.hidden,
            "num_hidden_layers": self.layers,
            "num_attention_heads": self.heads,
            "intermediate_size": self.inner,
            "max_position_embeddings": self.longest,
            "layer_types": ["full_attention"] * self.layers,
            "rope_parameters": {
                "full_attention": {"rope_type": "default", "rope_theta": 10_000.0},
                "sliding_attention": {"rope_type": "default", "rope_theta": 10_000.0},
            },
            "pad_token_id": PAD,
            "bos_token_id": PASSAGE,
            "cls_token_id": PASSAGE,
            "eos_token_id": SEPARATOR,
            "sep_token_id": SEPARATOR,
            "attn_implementation": "sdpa",
        }
        return ModernBertConfig(**values)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Settings:
    """How the pre-training goes."""

    seconds: float = 540.0
    batch: int = 512
    length: int = 256
    masked: float = 0.3
    rate: float = 2e-3
    muon: bool = True
    warm_up: float = 0.03
    decay: float = 0.05
    seed: int = 1
    compiled: bool = True


def new_model(shape: Shape, vocabulary: int) -> ModernBertForMaskedLM:
    """Random weights."""
    return ModernBertForMaskedLM(shape.config(vocabulary))


class _Stream:
    """Windows of text, drawn at random: a source by its weight, then any place in it."""

    def __init__(self, work: Path, settings: Settings, device: torch.device) -> None:
        parts, weights, starts, total = [], [], [], 0
        for source, weight in DRAWN.items():
            if not (work / "text" / f"{source}.npy").exists():
                continue
            ragged = read_text(work, source)
            ids = np.insert(ragged.ids.astype(np.int16), ragged.starts[1:-1], SEPARATOR)
            if len(ids) <= settings.length:
                continue
            parts.append(torch.from_numpy(ids))
            starts.append((total, len(ids) - settings.length))
            weights.append(weight * len(ids))
            total += len(ids)
        self.ids = torch.cat(parts).to(device)
        self.first = torch.tensor([first for first, _ in starts], device=device)
        self.room = torch.tensor([room for _, room in starts], device=device)
        self.weights = torch.tensor(weights, device=device, dtype=torch.float)
        self.settings, self.device = settings, device
        self.reach = torch.arange(settings.length - 1, device=device)

    def batch(self) -> torch.Tensor:
        """int64 (batch, length), each row a passage's sign and a window of text."""
        size = self.settings.batch
        source = torch.multinomial(self.weights, size, replacement=True)
        place = self.first[source] + (torch.rand(size, device=self.device) * self.room[source]).long()
        text = self.ids[place[:, None] + self.reach].long() & 0xFFFF
        sign = torch.full((size, 1), PASSAGE, device=self.device)
        return torch.cat([sign, text], dim=1)


def _masked(ids: torch.Tensor, share: float, vocabulary: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Inputs, places (flat) and what stood there: eight in ten masked, one another token, one left."""
    rows, length = ids.shape
    number = int(share * length)
    chance = torch.rand(rows, length, device=ids.device)
    chance[:, 0] = 2
    places = chance.topk(number, dim=1, largest=False).indices
    truth = ids.gather(1, places)
    lot = torch.rand(rows, number, device=ids.device)
    random = torch.randint(PASSAGE + 1, vocabulary, (rows, number), device=ids.device)
    shown = torch.where(lot < 0.8, torch.full_like(truth, MASK), torch.where(lot < 0.9, random, truth))
    flat = places + torch.arange(rows, device=ids.device)[:, None] * length
    return ids.scatter(1, places, shown), flat.reshape(-1), truth.reshape(-1)


def _optimizers(model: torch.nn.Module, settings: Settings) -> list[torch.optim.Optimizer]:
    """Matrices inside the layers by Muon (Jordan et al., 2024), all else by Adam."""
    matrices, rest = [], []
    for name, value in model.named_parameters():
        inside = settings.muon and value.ndim == 2 and ".layers." in name
        (matrices if inside else rest).append(value)
    rest_of_it = torch.optim.AdamW(rest, lr=settings.rate, betas=(0.9, 0.98), weight_decay=settings.decay)
    if not matrices:
        return [rest_of_it]
    muon = torch.optim.Muon(
        matrices, lr=settings.rate, momentum=0.95, weight_decay=settings.decay, adjust_lr_fn="match_rms_adamw"
    )
    return [muon, rest_of_it]


def pretrain(
    work: Path, shape: Shape, vocabulary: int, settings: Settings, device: torch.device, *, save_every: float = 120.0
) -> ModernBertForMaskedLM:
    """Guess masked tokens until the time is used up.

    Args:
        work: has ``text/`` from `pack`; ``pretrained.pt`` is written into it, now and then and at the end.
        shape: of the model.
        vocabulary: pieces of the tokenizer.
        settings: time, batch, rates.
        device: CPU or GPU.
        save_every: seconds between two savings of the state.

    Returns:
        The model; where ``pretrained.pt`` has a state, training goes on from its time.
    """
    torch.manual_seed(settings.seed)
    torch.set_float32_matmul_precision("high")
    model = new_model(shape, vocabulary)
    model.to(device)  # type: ignore[arg-type]
    optimizers = _optimizers(model, settings)
    path = work / "pretrained.pt"
    spent, step = _resumed(path, model, optimizers, device)
    stream = _Stream(work, settings, device)
    loss_of = _loss(model, settings, device)
    began, saved, shown, mean = time.monotonic() - spent, spent, spent, None
    while spent < settings.seconds:
        loss = loss_of(*_masked(stream.batch(), settings.masked, vocabulary))
        loss.backward()
        _advance(model, optimizers, settings, spent / settings.seconds)
        step += 1
        mean = loss.detach() if mean is None else mean * 0.98 + loss.detach() * 0.02
        if step == 3:  # compiling is no training time
            began = time.monotonic() - spent
        if step % 10:
            continue
        if device.type == "cuda":
            torch.cuda.synchronize()
        spent = time.monotonic() - began
        if spent - shown > settings.seconds / 40:
            shown = spent
            seen = f"step {step}, {step * settings.batch * settings.length / 1e6:.0f} M tokens"
            print(f"pretrain: {spent:.0f}/{settings.seconds:.0f} s, {seen}, loss {mean.item():.3f}", flush=True)
        if spent - saved > save_every:
            saved = spent
            _save(path, model, optimizers, spent, step, shape)
    _save(path, model, optimizers, settings.seconds, step, shape)
    return model


def _resumed(
    path: Path, model: torch.nn.Module, optimizers: list[torch.optim.Optimizer], device: torch.device
) -> tuple[float, int]:
    """Seconds and steps that the saved state has behind it; model and optimizers take it up."""
    if not path.exists():
        return 0.0, 0
    state = torch.load(path, map_location=device)
    model.load_state_dict(state["model"])
    for optimizer, saved in zip(optimizers, state["optimizers"], strict=True):
        optimizer.load_state_dict(saved)
    return state["spent"], state["step"]


def _loss(
    model: ModernBertForMaskedLM, settings: Settings, device: torch.device
) -> Callable[[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]:
    """The loss as a function of inputs, masked places and what stood there; compiled on a GPU."""

    def loss_of(ids: torch.Tensor, places: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
        with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
            states = model.model(input_ids=ids)[0].flatten(0, 1)
            guesses = model.decoder(model.head(states[places]))
        return functional.cross_entropy(guesses.float(), truth)

    model.train()
    torch._dynamo.config.suppress_errors = True  # what cannot be compiled runs as it is
    return torch.compile(loss_of) if settings.compiled and device.type == "cuda" else loss_of


def _advance(model: torch.nn.Module, optimizers: list[torch.optim.Optimizer], settings: Settings, part: float) -> None:
    """One step of all optimizers; `part` of the time is over."""
    rate = settings.rate * min(1.0, part / settings.warm_up) * min(1.0, (1 - part) / 0.5)
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)


def _save(
    path: Path,
    model: torch.nn.Module,
    optimizers: list[torch.optim.Optimizer],
    spent: float,
    step: int,
    shape: Shape,
) -> None:
    state = {
        "model": model.state_dict(),
        "optimizers": [optimizer.state_dict() for optimizer in optimizers],
        "spent": spent,
        "step": step,
        "shape": asdict(shape),
    }
    part = path.with_suffix(".part")
    torch.save(state, part)
    part.replace(path)
