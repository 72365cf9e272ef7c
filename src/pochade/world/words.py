"""The words of a prompt: spelling and typos, then phrases, the longest match in the lexicon first."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA, JaroWinkler

from pochade.world.lexicon import SECTIONS, Lexicon, Sense, lexicon


@dataclass(frozen=True)
class Span:
    """A stretch of the prompt that was understood: `prompt[start:end]`.

    `kind` is one of noun, material, color, surface, light, view, mood, relation, count, setting, backdrop, ignored.
    Ignored words are known but have no effect here: articles, praise, what is negated, a second surface.
    """

    start: int
    end: int
    kind: str
    canonical: str


@dataclass(frozen=True)
class Unknown:
    """A word that the world has no picture of, with words that are near it."""

    start: int
    end: int
    word: str
    near: tuple[str, ...]


def known_words(kind: str) -> tuple[str, ...]:
    """Canonical words of a kind: noun, material, color, surface, light, view, mood, relation, count or setting.

    Raises:
        ValueError: if there is no such kind.
    """
    if kind not in SECTIONS:
        raise ValueError(f"kind {kind!r} is not one of {', '.join(SECTIONS)}")
    return tuple(name for _, names in SECTIONS[kind] for name in names)


@lru_cache(maxsize=4096)
def near_words(word: str, limit: int = 3) -> tuple[str, ...]:
    """Canonical words near in meaning, where known, or else in spelling; best first."""
    words = lexicon()
    word = word.lower()
    stranger = words.strangers.get(word) or words.strangers.get(word.removesuffix("s"))
    if stranger:
        return stranger[:limit]
    found: dict[str, None] = {}
    for phrase, _, _ in process.extract(word, _content_phrases(), scorer=JaroWinkler.normalized_similarity, limit=4 * limit):
        for sense in words.senses[phrase]:
            if sense.kind in SECTIONS and sense.kind not in ("relation", "count"):
                found.setdefault(sense.canonical)
    return tuple(found)[:limit]


@lru_cache(maxsize=1)
def _content_phrases() -> tuple[str, ...]:
    kinds = set(SECTIONS) - {"relation", "count"}
    senses = lexicon().senses.items()
    return tuple(phrase for phrase, meanings in senses if phrase.count(" ") < 2 and any(sense.kind in kinds for sense in meanings))


# -- from characters to tokens ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Token:
    """A word in normal form, or a mark: "," (pause), "." (stop), "/" (slash), "-" (hyphen)."""

    text: str
    start: int
    end: int
    word: bool = True
    sense: Sense | None = None


_NOISE = re.compile(
    r"(?P<negative>\bnegative(?: prompt)?s?\s?:.*)"
    r"|(?P<option>(?<!\w)--?[a-z]+(?:[ =]+[\d:.]+)?(?!\w))|<[^<>]{1,80}>|https?://\S+|www\.\S+"
    r"|(?P<aperture>\bf\s?/\s?(?P<stop>\d+(?:\.\d+)?)\b|\bf(?P<stop2>\d\.\d)\b)"
    r"|\b\d+(?:\.\d+)?\s?(?:mm|cm|kg|ml|dpi|fps|px|megapixels?|mp|k)\b|\b\d{2,5}\s?x\s?\d{2,5}\b|\b\d+:\d+\b|:\d+(?:\.\d+)?(?=\s*\))|:\d+\.\d+|\b\d+\.\d+\b"
    r"|\biso\s?\d+\b|\b1/\d{2,}s?\b|\bv\d+(?:\.\d+)?\b|\b\d{3,4}p\b"
)
_WORD = re.compile(r"[^\W_]+(?:['’ʼ`´][^\W_]+)*|&|\+")
_PAUSES = frozenset(",:()[]{}|–—_*~=")
_STOPS = frozenset(".;!?\n")


def _normal_chars(prompt: str) -> tuple[str, list[int]]:
    """Lower case without accents (NFKD), and for each character its index in the prompt."""
    characters: list[str] = []
    origin: list[int] = []
    for index, character in enumerate(prompt):
        for piece in unicodedata.normalize("NFKD", character).casefold():
            if not unicodedata.combining(piece):
                characters.append(piece)
                origin.append(index)
    return "".join(characters), origin


def tokens_in(prompt: str, words: Lexicon) -> Iterator[Token]:
    text, origin = _normal_chars(prompt)
    origin.append(len(prompt))

    def end_of(position: int) -> int:
        return origin[position - 1] + 1 if position else 0

    noise = list(_NOISE.finditer(text))
    position = 0
    for match in [*noise, None]:
        until = match.start() if match else len(text)
        yield from _plain_tokens(text, position, until, origin, words)
        if match is None:
            return
        stop = match.group("stop") or match.group("stop2")
        sense = Sense("view", "shallow depth of field") if stop and float(stop) <= 4 else Sense("ignored", match.group())
        yield Token("", origin[match.start()], end_of(match.end()), sense=sense)
        position = match.end()


def _plain_tokens(text: str, start: int, stop: int, origin: list[int], words: Lexicon) -> Iterator[Token]:
    position = start
    while position < stop:
        match = _WORD.match(text, position, stop)
        if match is None:
            mark = text[position]
            kind = "," if mark in _PAUSES else "." if mark in _STOPS else mark if mark in "-/‐‑" else ""
            if kind == "." and mark == "." and position + 1 < len(text) and text[position + 1] not in " \n.":
                kind = ","
            if kind == "-" and (position == start or text[position - 1] == " "):
                kind = ","
            if kind:
                yield Token("-" if kind in "-‐‑" else kind, origin[position], origin[position] + 1, word=False)
            position += 1
            continue
        begin, end = origin[match.start()], origin[match.end() - 1] + 1
        bare = re.sub(r"['’ʼ`´]", "", match.group())
        replaced = words.spellings.get(bare) or (("and",) if bare == "+" else _corrected(bare))
        for word in replaced:
            yield Token(word, begin, end)
        position = match.end()


@lru_cache(maxsize=8192)
def _corrected(word: str) -> tuple[str, ...]:
    """The word or words of the lexicon that a misspelt word means; the word itself if it is known or too far from all."""
    words = lexicon()
    if word in words.tokens or word in words.strangers or not word.isascii() or any(c.isdigit() for c in word):
        return (word,)
    joined = _split(word, words)
    if joined:
        return joined
    found = _typo(word, words)
    return words.spellings.get(found, (found,)) if found else (word,)


def _split(word: str, words: Lexicon) -> tuple[str, ...]:
    """ "woodentable" -> ("wooden", "table")."""
    for cut in range(3, len(word) - 2):
        left, right = word[:cut], word[cut:]
        if left not in words.tokens or right not in words.tokens:
            continue
        kinds = [{sense.kind for sense in words.senses.get(part, ())} for part in (left, right)]
        modified = kinds[0] & {"color", "material"} and kinds[1] & {"noun", "surface"}
        if modified or any(sense.kind in SECTIONS for sense in words.senses.get(f"{left} {right}", ())):
            return left, right
    return ()


def _typo(word: str, words: Lexicon) -> str | None:
    """The known word within one edit (two from eight letters on), the first letter being right except for swaps."""
    size = len(word)
    if size < 4:
        return None
    limit = 1 if size < 8 else 2
    best: tuple[float, int, str] | None = None
    for length in range(max(4, size - limit), size + limit + 1):
        pool = words.by_length.get(length, ())
        for candidate, distance, _ in process.extract(word, pool, scorer=OSA.distance, score_cutoff=limit, limit=8):
            swapped = sorted(candidate[:2]) == sorted(word[:2])
            if size == 4 and length == 4 and sorted(candidate) != sorted(word):
                continue  # one letter of four for another makes too many real words
            if candidate[0] != word[0] and not swapped and not (size >= 6 and distance == 1):
                continue
            unlike = (candidate[-1] != word[-1]) + (sorted(candidate) != sorted(word))
            rank = (distance + unlike * 0.25, -words.tokens[candidate], candidate)
            if best is None or rank < best:
                best = rank
    return best[2] if best else None


# -- phrases -------------------------------------------------------------------------------------------------------


@dataclass
class Lexeme:
    """A phrase of the lexicon (or an unknown word, or a mark) with its meanings by kind."""

    text: str
    start: int
    end: int
    senses: dict[str, Sense] = field(default_factory=dict)

    def has(self, *kinds: str) -> bool:
        return any(kind in self.senses for kind in kinds)


_ARTICLES = frozenset(("a", "an", "the"))
_CONTENT = frozenset(SECTIONS) | {"compound"}


def phrases_in(tokens: list[Token], words: Lexicon) -> list[Lexeme]:
    found: list[Lexeme] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        if token.sense is not None:
            found.append(Lexeme(token.text, token.start, token.end, {token.sense.kind: token.sense}))
            index += 1
        elif not token.word:
            if token.text != "-":
                found.append(Lexeme(token.text, token.start, token.end, {"mark": Sense("mark", token.text)}))
            index += 1
        else:
            lexeme, index = _longest(tokens, index, words)
            found.append(lexeme)
    return found


def _longest(tokens: list[Token], index: int, words: Lexicon) -> tuple[Lexeme, int]:
    """The longest phrase that starts at `index`; articles inside it may be skipped, hyphens and slashes too."""
    exact = loose = ""
    best: tuple[str, int] | None = None
    count = 0
    position = index
    while position < len(tokens) and count < words.longest and position < index + 4 * words.longest:
        token = tokens[position]
        if token.sense is not None or (not token.word and token.text not in "-/"):
            break
        if token.word:
            article = position > index and token.text in _ARTICLES
            exact = f"{exact} {token.text}" if exact else token.text
            if not article:
                loose = f"{loose} {token.text}" if loose else token.text
                count += 1
                for phrase in (exact, loose):
                    if phrase in words.senses and not (phrase == loose != exact and " and " in phrase):
                        best = phrase, position
        position += 1
    first = tokens[index]
    if best is None:
        return _number(first), index + 1
    phrase, last = _without_stolen_word(*best, tokens, index, words)
    senses = {sense.kind: sense for sense in words.senses[phrase]}
    return Lexeme(phrase, first.start, tokens[last].end, senses), last + 1


def _without_stolen_word(phrase: str, last: int, tokens: list[Token], index: int, words: Lexicon) -> tuple[str, int]:
    """ "concrete table" gives "table" back where "table lamp" follows."""
    shorter = phrase.rpartition(" ")[0]
    if last == index or last + 1 >= len(tokens) or not any(sense.kind == "surface" for sense in words.senses[phrase]):
        return phrase, last
    if not any(sense.kind in ("material", "color") for sense in words.senses.get(shorter, ())) or not tokens[last + 1].word:
        return phrase, last
    longer = tokens[last].text
    named = False
    for token in tokens[last + 1 : last + 5]:
        longer = f"{longer} {token.text}"
        named = named or any(sense.kind == "noun" for sense in words.senses.get(longer, ()))
    return (shorter, last - 1) if named else (phrase, last)


def _number(token: Token) -> Lexeme:
    """Digits are a count; any other word that is not in the lexicon is unknown."""
    digits = re.fullmatch(r"x?(\d{1,6})x?", token.text)
    if digits and token.text.isascii():
        value = int(digits.group(1))
        sense = Sense("negator", "0") if value == 0 else Sense("count", str(value) if value <= 5 else "pile")
        return Lexeme(token.text, token.start, token.end, {sense.kind: sense})
    return Lexeme(token.text, token.start, token.end)
