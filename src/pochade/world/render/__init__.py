"""Physically based rendering of scenes. The only package that imports Mitsuba, and only when something is painted."""

from __future__ import annotations

from pochade.world.render.backend import Backend, backend
from pochade.world.render.guide import Guide, guide
from pochade.world.render.paint import QUALITIES, RenderProgress, paint

__all__ = ["QUALITIES", "Backend", "Guide", "RenderProgress", "backend", "guide", "paint"]
