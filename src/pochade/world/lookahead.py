"""What the phrases ahead lead to: a noun, a surface, a light, or nothing."""

from __future__ import annotations

from pochade.world.lexicon import Lexicon
from pochade.world.words import Lexeme

LIGHTS_WITH_COLOR = ("neon", "coloured gels")
_LOOKAHEAD = 16
"""Words of one noun phrase that are looked at; a longer run of adjectives is not language."""
_HEADS = ("surface", "background", "light_head", "setting")


class Lookahead:
    """The lexemes of one prompt and where they lead, seen from an index."""

    def __init__(self, lexemes: list[Lexeme], words: Lexicon):
        self.lexemes = lexemes
        self.words = words

    def _at(self, index: int) -> Lexeme | None:
        return self.lexemes[index] if 0 <= index < len(self.lexemes) else None

    def _skip(self, index: int, *, counts: bool = False) -> int:
        """Index of the first lexeme from `index` on that is neither article nor a silent adjective."""
        stop = index + _LOOKAHEAD
        while index < stop and (lexeme := self._at(index)) is not None:
            silent = lexeme.has("ignored") and not lexeme.has("breaker")
            if not (silent or lexeme.has("article") or (counts and lexeme.has("count"))):
                break
            index += 1
        return index

    def _head(self, index: int, stop: int = 0) -> tuple[str, int]:
        """What the modifiers from `index` on lead to without a break: its kind ("" for nothing) and index."""
        light = ""
        stop = stop or index + _LOOKAHEAD
        while index < stop and (lexeme := self._at(index)) is not None:
            if not lexeme.senses:
                kind, at = self._head(index + 1, stop)
                return (kind, at) if kind == "noun" else ("unknown", index)
            if lexeme.has("noun") or "noun" in self.words.compounds.get(lexeme.text, ()):
                if lexeme.has("color", "material"):
                    kind, at = self._head(index + 1, stop)
                    if kind and kind != "unknown":
                        return kind, at
                return "noun", index
            head = next((kind for kind in _HEADS if lexeme.has(kind)), "")
            if head:
                if lexeme.has("material") and (deeper := self._head(index + 1, stop))[0] == "noun":
                    return deeper
                return head, index
            if lexeme.has("light", "view", "mood"):
                sense = lexeme.senses.get("light")
                light = "neon" if sense and sense.canonical in LIGHTS_WITH_COLOR else light or "light"
            elif lexeme.has("breaker") or not lexeme.has("color", "material", "ignored"):
                break
            index += 1
        return light, index

    def _material_ahead(self, index: int) -> bool:
        """Whether "red glass", "white porcelain", without an article, is all that comes."""
        stop = index + _LOOKAHEAD
        while (lexeme := self._at(index)) is not None and lexeme.has("color", "ignored") and not lexeme.has("noun", "article", "breaker"):
            index += 1
            if index >= stop:
                return False
        return lexeme is not None and lexeme.has("material") and not self._head(index + 1)[0]

    def _is_separator(self, lexeme: Lexeme | None, *, comma: bool = True) -> bool:
        return lexeme is not None and (lexeme.has("and") or (lexeme.has("mark") and lexeme.text in (",/" if comma else "/")))

    def _run_head(self, index: int, *, comma: bool = True, article: bool = True, stop: int = 0) -> tuple[str, int]:
        """Like `_head` after the modifier at `index`, but crosses "red and blue ...", "red, green, ..."."""
        stop = stop or index + 2 * _LOOKAHEAD
        while True:
            kind, at = self._head(index + 1, min(stop, index + 1 + _LOOKAHEAD))
            if kind or at >= stop or not self._is_separator(self._at(at), comma=comma):
                return kind, at
            after = at + 1
            if self._is_separator(self._at(after)):
                after += 1
            index = self._skip(after, counts=True)
            lexeme = self._at(index)
            if lexeme is None or index >= stop or not lexeme.has("color", "material") or (not article and index != after):
                return "", at
            if lexeme.has("noun", "compound"):
                deeper = self._run_head(index, comma=comma, article=article, stop=stop)
                return deeper if deeper[0] else ("", at)
