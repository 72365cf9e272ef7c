"""From free text to a `Description`: which words were understood, what they state, and which were not.

A prompt is read in three steps: words (spelling, typos) and phrases (longest match in the lexicon) in `words`, then
`grammar`, left to right. Nothing is ever refused; what is not understood is listed with near words.
"""

from __future__ import annotations

from dataclasses import dataclass

from pochade.world.grammar import Reader
from pochade.world.lexicon import lexicon
from pochade.world.scene import Description
from pochade.world.words import Span, Unknown, known_words, near_words, phrases_in, tokens_in

__all__ = ["ParsedPrompt", "Span", "Unknown", "known_words", "near_words", "parse"]


@dataclass(frozen=True)
class ParsedPrompt:
    """What a prompt states, and where. Every word of the prompt lies in a span or is unknown."""

    prompt: str
    description: Description
    spans: tuple[Span, ...]
    unknown: tuple[Unknown, ...]

    @property
    def understood(self) -> bool:
        """True if the prompt states anything that can be painted."""
        return self.description != Description()


def parse(prompt: str) -> ParsedPrompt:
    """Reads a prompt. Never raises: what is not understood is listed in `unknown`."""
    words = lexicon()
    lexemes = phrases_in(list(tokens_in(prompt, words)), words)
    return ParsedPrompt(prompt, *Reader(prompt, lexemes, words).read())
