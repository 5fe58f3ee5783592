"""Which encoder an index is opened or built with: what was asked for, else what it was given on purpose."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from index.model_profiles import full_name
from index.snapshot import Manifest

__all__ = ["Choice", "chosen"]


@dataclass(frozen=True, slots=True)
class Choice:
    """An encoder for `index.encode.load_encoder`: name (None: the shipped one) and backend (None: torch)."""

    name: str | None
    backend: str | None

    @property
    def default(self) -> bool:
        """Whether it is the shipped one, whichever that is, taken because no other was asked for."""
        return self.name is None


def chosen(manifest: Manifest | None, model: str | None = None, backend: str | None = None) -> Choice:
    """The encoder for an index.

    Args:
        manifest: of its generation, if there is one.
        model: asked for; None for the index's own.
        backend: asked for; None for the index's own, where the model is the same.
    """
    kept = manifest.model if manifest and manifest.model and not manifest.model["default"] else None
    if kept and backend is None and (model is None or _same(model, kept["name"])):
        backend = kept.get("backend") or None
    return Choice(model or (kept["name"] if kept else None), backend)


def _same(name: str, kept: str) -> bool:
    """Whether a name means the model that an index remembers: a hub name in full, a folder by its whole path."""
    return kept in (full_name(name), str(Path(name).expanduser().resolve()))
