"""A PDF page's coordinates turned so that its text stands upright."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Frame:
    """The page turned so that text at `angle` (degrees counter-clockwise) stands upright; from its upper left."""

    angle: int
    left: float
    bottom: float
    right: float
    top: float

    @property
    def width(self) -> float:
        """Points across, as one reads."""
        return self.top - self.bottom if self.angle % 180 else self.right - self.left

    @property
    def height(self) -> float:
        """Points downwards, as one reads."""
        return self.right - self.left if self.angle % 180 else self.top - self.bottom

    def point(self, x: float, y: float) -> tuple[float, float]:
        """A point of the file in this frame."""
        if self.angle == 90:
            return y - self.bottom, x - self.left
        if self.angle == 180:
            return self.right - x, y - self.bottom
        if self.angle == 270:
            return self.top - y, self.right - x
        return x - self.left, self.top - y

    def back(self, x: float, y: float) -> tuple[float, float]:
        """A point of this frame in the file."""
        if self.angle == 90:
            return y + self.left, x + self.bottom
        if self.angle == 180:
            return self.right - x, y + self.bottom
        if self.angle == 270:
            return self.right - y, self.top - x
        return x + self.left, self.top - y

    def across(self, boxes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Left and right ends of boxes (N, 4) given as left, top, right, bottom of the file."""
        left, top, right, bottom = (boxes[:, i].astype(float) for i in range(4))
        if self.angle == 90:
            return bottom - self.bottom, top - self.bottom
        if self.angle == 180:
            return self.right - right, self.right - left
        if self.angle == 270:
            return self.top - top, self.top - bottom
        return left - self.left, right - self.left
