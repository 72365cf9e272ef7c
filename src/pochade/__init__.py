"""Pochade: an image generator that its owner really owns."""

__version__ = "0.1.0"
