"""Cameras of places: level and upright by default, as architecture is photographed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pochade.world.compose import corners_m
from pochade.world.scene import Camera, Scene

Point = tuple[float, float, float]


def viewpoint(
    views: tuple[str, ...],
    rng: np.random.Generator,
    eye_m: Point,
    target_m: Point,
    fov_deg: float,
    low_m: float = 0.35,
    high_m: float = 2.5,
    side_m: float = 0.0,
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


def among(scene: Scene, offset_m: Point, elevation_deg: float = 11.0, back: float = 1.3) -> Camera:
    """The camera fitted to the things, moved with them; a little further and lower, so that the place shows behind them.

    Args:
        elevation_deg: highest angle from which it looks down, unless the views ask for one.
        back: factor on its distance, where the views leave room.
    """
    camera, views = scene.camera, scene.description.views
    assert camera is not None
    target, offset = np.array(camera.target_m), np.array(offset_m)
    away = np.array(camera.position_m) - target
    distance = float(np.linalg.norm(away))
    elevation = float(np.degrees(np.arcsin(np.clip(away[2] / distance, -1, 1))))
    farther = 1.0 if {"close-up", "macro", "wide shot", "top-down"} & set(views) else back
    if not {"top-down", "three-quarter"} & set(views) and elevation > elevation_deg:
        level = float(np.hypot(away[0], away[1]))
        e = np.radians(elevation_deg)
        away = np.array([away[0] / level * np.cos(e), away[1] / level * np.cos(e), np.sin(e)]) * distance
        elevation = elevation_deg
    if farther > 1 and elevation < 30:  # what is gained goes above the things
        target = target + np.array([0, 0, 0.30 * (farther - 1) * distance * np.tan(np.radians(camera.fov_deg / 2))])
    eye = target + away * farther
    eye[2] = max(eye[2], 0.02 + 0.02 * distance)
    focus = camera.focus_distance_m + distance * (farther - 1)
    return replace(camera, position_m=_point(eye + offset), target_m=_point(target + offset), focus_distance_m=float(focus))


def reach_m(scene: Scene) -> tuple[float, float]:
    """How far the things reach from the origin in x and y."""
    points = np.abs(corners_m(scene.things))
    return float(points[:, 0].max()), float(points[:, 1].max())


def _point(v: np.ndarray) -> Point:
    return float(v[0]), float(v[1]), float(v[2])
