"""Where points of a scene fall in its picture, and the way back to the ground."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pochade.world.scene import Camera

Points = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Lens:
    """A camera's projection.

    Attributes:
        eye: (3,) metres. toward: unit vector from what is looked at to the eye. right, up: unit vectors of the picture.
        half: (2,) tangents of half the horizontal and half the vertical field of view.
        middle: (2,) where the axis meets the picture, in shares of its width from the left and of its height from above.
    """

    eye: Points
    toward: Points
    right: Points
    up: Points
    half: Points
    middle: Points

    @classmethod
    def of(cls, camera: Camera, aspect: float) -> Lens:
        """The projection of a camera for pictures of `aspect`, width over height."""
        eye, target = np.array(camera.position_m, float), np.array(camera.target_m, float)
        toward = (eye - target) / np.linalg.norm(eye - target)
        right = np.cross(np.array(camera.up, float), toward)
        right /= np.linalg.norm(right)
        half = np.tan(np.radians(camera.fov_deg / 2)) * np.array([max(aspect, 1.0), max(1 / aspect, 1.0)])
        middle = 0.5 + 0.5 * np.array(camera.shift) * [1, -1] / [max(aspect, 1.0), max(1 / aspect, 1.0)]
        return cls(eye, toward, right, np.cross(toward, right), half, middle)

    def seen(self, points: Points) -> Points:
        """Points (N, 3) in metres as (N, 2) shares of the picture's width from the left and of its height from above."""
        arm = points - self.eye
        depth = np.maximum(-(arm @ self.toward), 1e-4)
        across, upward = arm @ self.right / depth / self.half[0], arm @ self.up / depth / self.half[1]
        return self.middle + np.stack([across / 2, -upward / 2], -1)

    def on_ground(self, x: float, y: float) -> tuple[float, float] | None:
        """Where the ground (z = 0) is seen at a place of the picture, in shares as of `seen`; None: there is none, but sky or wall."""
        across, down = 2 * (np.array([x, y]) - self.middle) * self.half
        ray = -self.toward + self.right * across - self.up * down
        if ray[2] >= -1e-6 or self.eye[2] <= 0:
            return None
        hit = self.eye + ray * (self.eye[2] / -ray[2])
        return float(hit[0]), float(hit[1])
