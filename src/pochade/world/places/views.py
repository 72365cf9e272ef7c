"""Cameras of places: level and upright by default, as architecture is photographed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pochade.world.compose import corners_m
from pochade.world.scene import Camera, Scene

Point = tuple[float, float, float]


def viewpoint(
    views: tuple[str, ...], rng: np.random.Generator, eye_m: Point, target_m: Point, fov_deg: float, low_m: float = 0.35, high_m: float = 2.5, side_m: float = 0.0
) -> Camera:
    """A camera that stands at `eye_m` unless the views ask otherwise.

    Args:
        low_m, high_m: heights for "low angle" and "top-down" that are free of geometry.
        side_m: how far it may step aside for "three-quarter"; 0 turns it in place.
    """
    eye, target = np.array(eye_m, float), np.array(target_m, float)
    fov, aperture = fov_deg, 0.002
    if "symmetrical" in views:
        eye[0] = target[0] = 0.0
        target[2] = eye[2]
    elif "three-quarter" in views:
        step = side_m * rng.choice([-1, 1])
        eye[0] = eye[0] + step if abs(eye[0] + step) < abs(eye[0] - step) or eye[0] == 0 else eye[0] - step
        eye[2] += 0.12 * (high_m - eye[2])
    if "wide shot" in views:
        fov = min(fov * 1.2, 82.0)
    if "eye level" in views:
        target[2] += 1.55 - eye[2]
        eye[2] = 1.55
    if "low angle" in views:
        target[2] = max(target[2], low_m + 0.14 * float(np.linalg.norm((target - eye)[:2])))
        eye[2] = low_m
    if "top-down" in views:
        ahead = target - eye
        eye[2] = high_m
        target = eye + np.array([ahead[0] * 0.45, ahead[1] * 0.45, 0.0])
        target[2] = 0.0
        fov = max(fov, 60.0)
    if "close-up" in views or "macro" in views:
        near = 0.6 if "macro" in views else 0.42
        eye = eye + (target - eye) * np.array([near, near, 0.0])
        fov *= 0.8
    focus = float(np.linalg.norm(target - eye))
    if "shallow depth of field" in views:
        aperture = 0.03
    return Camera(_point(eye), _point(target), float(fov), aperture, max(focus, 0.3))


def moved(scene: Scene, offset_m: Point) -> Camera:
    """The camera fitted to the things, moved with them."""
    camera = scene.camera
    assert camera is not None
    shift = lambda p: tuple(float(a + b) for a, b in zip(p, offset_m, strict=True))  # noqa: E731
    return replace(camera, position_m=shift(camera.position_m), target_m=shift(camera.target_m))


def reach_m(scene: Scene) -> tuple[float, float]:
    """How far the things reach from the origin in x and y."""
    points = np.abs(corners_m(scene.things))
    return float(points[:, 0].max()), float(points[:, 1].max())


def _point(v: np.ndarray) -> Point:
    return float(v[0]), float(v[1]), float(v[2])
