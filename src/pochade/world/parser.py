"""From free text to a `Description`: which words were understood, what they state, and which were not.

A prompt is read in three steps: words (spelling, typos), phrases (longest match in the lexicon), then grammar,
left to right: modifiers gather until their noun comes, relations wait for their object. Nothing is ever refused;
what is not understood is listed with near words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA, JaroWinkler

from pochade.world import vocabulary
from pochade.world.lexicon import SECTIONS, Lexicon, Sense, lexicon
from pochade.world.scene import Description, Entity, Grouping, Relation, RelationKind


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
    tokens = list(_tokens(prompt, words))
    lexemes = _lexemes(tokens, words)
    return _Reader(prompt, lexemes, words).read()


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


# -- words ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Token:
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


def _tokens(prompt: str, words: Lexicon) -> Iterator[_Token]:
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
        yield _Token("", origin[match.start()], end_of(match.end()), sense=sense)
        position = match.end()


def _plain_tokens(text: str, start: int, stop: int, origin: list[int], words: Lexicon) -> Iterator[_Token]:
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
                yield _Token("-" if kind in "-‐‑" else kind, origin[position], origin[position] + 1, word=False)
            position += 1
            continue
        begin, end = origin[match.start()], origin[match.end() - 1] + 1
        bare = re.sub(r"['’ʼ`´]", "", match.group())
        replaced = words.spellings.get(bare) or (("and",) if bare == "+" else _corrected(bare))
        for word in replaced:
            yield _Token(word, begin, end)
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
class _Lexeme:
    """A phrase of the lexicon (or an unknown word, or a mark) with its meanings by kind."""

    text: str
    start: int
    end: int
    senses: dict[str, Sense] = field(default_factory=dict)
    spans: list[Span] = field(default_factory=list)

    def has(self, *kinds: str) -> bool:
        return any(kind in self.senses for kind in kinds)


_ARTICLES = frozenset(("a", "an", "the"))
_CONTENT = frozenset(SECTIONS) | {"compound"}


def _lexemes(tokens: list[_Token], words: Lexicon) -> list[_Lexeme]:
    found: list[_Lexeme] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        if token.sense is not None:
            found.append(_Lexeme(token.text, token.start, token.end, {token.sense.kind: token.sense}))
            index += 1
        elif not token.word:
            if token.text != "-":
                found.append(_Lexeme(token.text, token.start, token.end, {"mark": Sense("mark", token.text)}))
            index += 1
        else:
            lexeme, index = _longest(tokens, index, words)
            found.append(lexeme)
    return found


def _longest(tokens: list[_Token], index: int, words: Lexicon) -> tuple[_Lexeme, int]:
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
    return _Lexeme(phrase, first.start, tokens[last].end, senses), last + 1


def _without_stolen_word(phrase: str, last: int, tokens: list[_Token], index: int, words: Lexicon) -> tuple[str, int]:
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


def _number(token: _Token) -> _Lexeme:
    """Digits are a count; any other word that is not in the lexicon is unknown."""
    digits = re.fullmatch(r"x?(\d{1,6})x?", token.text)
    if digits and token.text.isascii():
        value = int(digits.group(1))
        sense = Sense("negator", "0") if value == 0 else Sense("count", str(value) if value <= 5 else "pile")
        return _Lexeme(token.text, token.start, token.end, {sense.kind: sense})
    return _Lexeme(token.text, token.start, token.end)


# -- grammar -------------------------------------------------------------------------------------------------------


@dataclass
class _Mods:
    """Modifiers that gather before a noun, or that follow it."""

    count: int | None = None
    grouping: Grouping = "exact"
    color: str | None = None
    material: str | None = None
    generic_glass: bool = False
    some: bool = False
    article: bool = False
    definite: bool = False
    joined: bool = False
    spans: list[int] = field(default_factory=list)

    @property
    def counted(self) -> bool:
        return self.count is not None or self.grouping != "exact"

    @property
    def empty(self) -> bool:
        return self.color is None and self.material is None and not self.counted


@dataclass
class _Draft:
    """An entity being read. `noun` None is a phantom: an unknown thing that relations may refer to."""

    noun: str | None
    mods: _Mods
    plural: bool = False
    root: int = -1
    chain: list[int] = field(default_factory=list)
    joined: bool = False
    gone: bool = False

    @property
    def real(self) -> bool:
        return self.noun is not None and not self.gone


@dataclass
class _Bond:
    kind: str
    subject: int | None
    object: int | None
    second: int | None = None


_LIGHTS_WITH_COLOR = ("neon", "coloured gels")
_LOOKAHEAD = 16
"""Words of one noun phrase that are looked at; a longer run of adjectives is not language."""
_HEADS = ("surface", "background", "light_head", "setting")
_OPPOSITE = {"left": "right", "right": "left", "front": "behind", "behind": "front"}
_SIDES: dict[str, RelationKind] = {"left": "left of", "right": "right of", "front": "in front of", "behind": "behind"}
_FOOD = frozenset(vocabulary.FOOD)


class _Reader:
    """Reads the lexemes of one prompt, left to right."""

    def __init__(self, prompt: str, lexemes: list[_Lexeme], words: Lexicon):
        self.prompt = prompt
        self.lexemes = lexemes
        self.words = words
        self.spans: list[Span] = []
        self.unknown: list[Unknown] = []
        self.drafts: list[_Draft] = []
        self.bonds: list[_Bond] = []
        self.groups: list[_Mods] = []
        self.last: int | None = None
        self.sentence: list[int] = []
        self.previous_root: int | None = None
        self.clause_last: int | None = None
        self.clause_first: int | None = None
        self.bind_target: int | None = None
        self.relation: _Bond | None = None
        self.fronted: _Bond | None = None
        self.between: _Bond | None = None
        self.contents: tuple[int, Grouping] | None = None
        self.container: int | None = None
        self.separator = ""
        self.sides: list[tuple[int, str]] = []
        self.waiting_side: str | None = None
        self.near_light = False
        self.setting: str | None = None
        self.ground: tuple[str, str] | None = None
        self.surface: str | None = None
        self.bare_surface = False
        self.light: Sense | None = None
        self.lit = False
        self.light_colors: list[str] = []
        self.backdrop: str | None = None
        self.views: list[str] = []
        self.moods: list[str] = []

    def read(self) -> ParsedPrompt:
        index = 0
        while index < len(self.lexemes):
            index = self._step(index)
        self._stop()
        self.spans.sort(key=lambda span: span.start)
        return ParsedPrompt(self.prompt, self._description(), tuple(self.spans), tuple(self.unknown))

    # Looking ahead.

    def _at(self, index: int) -> _Lexeme | None:
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
                light = "neon" if sense and sense.canonical in _LIGHTS_WITH_COLOR else light or "light"
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

    def _is_separator(self, lexeme: _Lexeme | None, *, comma: bool = True) -> bool:
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

    # Recording.

    def _mark(self, lexeme: _Lexeme, kind: str, canonical: str) -> int:
        self.spans.append(Span(lexeme.start, lexeme.end, kind, canonical))
        return len(self.spans) - 1

    def _ignore(self, lexeme: _Lexeme) -> None:
        self._mark(lexeme, "ignored", lexeme.text)

    def _retag_ignored(self, mods: _Mods) -> None:
        for index in mods.spans:
            self.spans[index] = replace(self.spans[index], kind="ignored")

    @property
    def _group(self) -> _Mods:
        if not self.groups:
            self.groups.append(_Mods())
        return self.groups[-1]

    # One lexeme.

    def _step(self, index: int) -> int:
        lexeme = self.lexemes[index]
        if not lexeme.senses:
            self._unknown(index, lexeme)
            return index + 1
        if lexeme.has("mark"):
            self._pause() if lexeme.text == "," else self._and(index) if lexeme.text == "/" else self._stop()
            if lexeme.text == ",":
                self._continue_groups(index, "comma")
            return index + 1
        if lexeme.has("negator"):
            return self._negate(index)
        if lexeme.has("thing_colour") and self.bind_target is None and not self._run_head(index)[0]:
            self._unknown(index, lexeme)
            return index + 1
        if lexeme.has("material") and lexeme.text.endswith((" stone", " rock")) and self._names_stone(index):
            self._mark(lexeme, "noun", "pebble")
            self._noun(Sense("noun", "pebble"), _Mods(material=lexeme.senses["material"].canonical))
            return index + 1
        if lexeme.has("color", "material") and (not lexeme.has("noun", "compound", "setting") or self._is_modifier(index, lexeme)):
            if lexeme.has("surface") and self._head(index + 1)[0] != "noun" and self.bind_target is None:
                self._surface(lexeme, lexeme.senses["surface"].canonical)
            else:
                self._modifier(index, lexeme)
            return index + 1
        for kind in ("compound", "noun", "count", "relation", "surface", "light", "view", "mood", "setting"):
            filled = kind == "count" and lexeme.has("holding")
            trailing = kind == "light" and lexeme.has("light_head") and self.near_light
            if lexeme.has(kind) and not filled and not trailing:
                return getattr(self, f"_read_{kind}")(index, lexeme, lexeme.senses[kind])
        return self._grammar(index, lexeme)

    def _grammar(self, index: int, lexeme: _Lexeme) -> int:
        if lexeme.has("its_left", "its_right"):
            self._mark(lexeme, "relation", "left of" if lexeme.has("its_left") else "right of")
            self._strand()
            self._pronoun_relation(index + 1, "left of" if lexeme.has("its_left") else "right of")
            return index + 1
        for side in _OPPOSITE:
            if lexeme.has(f"mark_{side}"):
                self._strand()
                self._ignore(lexeme)
                before = self._at(index - 1)
                if before is None or not before.has("setting", "surface"):
                    following = self._at(index + 1)
                    self._side(side, final=following is None or following.has("mark"))
                return index + 1
        self._ignore(lexeme)
        if lexeme.has("article"):
            if self.groups and not self.groups[-1].empty and self.separator != "comma":
                self._strand()
            self._group.article = True
            self._group.definite = self._group.definite or lexeme.has("definite")
        elif lexeme.has("and"):
            self._and(index)
        elif lexeme.has("with", "holding"):
            self._with(index, lexeme)
        elif lexeme.has("copula"):
            self._strand()
            self.bind_target = self.last if lexeme.text.startswith(("that", "which", "whose", "being")) else self._sentence_head()
        elif lexeme.has("made_of"):
            self._strand()
            self.bind_target = self.last if self.clause_last is not None else self._sentence_head()
        elif lexeme.has("against"):
            self._strand()
            self._on(index)
        elif lexeme.has("light_head"):
            self._light_head()
        elif lexeme.has("breaker"):
            self._strand()
            if lexeme.text == "of":
                self._of(index)
        return index + 1

    def _sentence_head(self) -> int | None:
        if self.clause_first is not None:
            return self.clause_first
        if self.sentence:
            return self.sentence[0]
        return self.last if self.previous_root is None else self.previous_root

    def _unknown(self, index: int, lexeme: _Lexeme) -> None:
        word = self.prompt[lexeme.start : lexeme.end]
        self.unknown.append(Unknown(lexeme.start, lexeme.end, word, near_words(lexeme.text)))
        if self._head(index + 1)[0] == "noun":
            return
        before = self._at(index - 1)
        starts = before is None or before.has("and", "with", "article", "holding", "breaker", "relation", "view")
        starts = starts or (before is not None and before.has("mark") and lexeme.text in self.words.strangers)
        if self.groups or self.relation or starts:
            for mods in self.groups:
                self._retag_ignored(mods)
            self.groups = []
            self._place(_Draft(None, _Mods()))

    def _negate(self, index: int) -> int:
        """Swallows what a "no" or "without" denies."""
        start = end = self.lexemes[index]
        index += 1
        while (lexeme := self._at(index)) is not None:
            joins = lexeme.has("and") and lexeme.text in ("or", "nor")
            if lexeme.has("mark", "but", "relation", "negator", "with", "holding") or (lexeme.has("and") and not joins):
                break
            if lexeme.has("breaker") and lexeme.text != "of":
                break
            end = lexeme
            index += 1
        self._strand()
        self.spans.append(Span(start.start, end.end, "ignored", start.text))
        return index

    # Modifiers.

    def _is_modifier(self, index: int, lexeme: _Lexeme) -> bool:
        """Whether "orange", "glass", "crystal" modifies a noun here, rather than being one."""
        kind, _ = self._run_head(index, comma=False, article=False)
        if kind:
            return True
        open_phrase = bool(self.groups) and (self.groups[-1].article or self.groups[-1].counted)
        if (
            self.near_light
            and self.light_colors
            and lexeme.has("color")
            and not open_phrase
            and self._is_separator(self._at(index - 1), comma=False)
        ):
            return True
        if self.bind_target is not None and not open_phrase:
            return True
        before = self._at(index - 1)
        if before is not None and before.has("relation") and before.senses["relation"].canonical == "inside":
            return not lexeme.has("setting")
        expected = self.contents or self.relation or self.fronted or (before is not None and before.has("with", "holding"))
        coloured = bool(self.groups) and self.groups[-1].color is not None and lexeme.has("color")
        if lexeme.has("setting") or expected or coloured:
            return False
        if open_phrase or self.last is None or not self.drafts[self.last].real:
            return False
        draft = self.drafts[self.last]
        trails = self.separator == "comma" or bool(self.groups)
        free = draft.mods.color is None if lexeme.has("color") else draft.mods.material is None
        return trails and free and draft.noun not in _FOOD and (lexeme.has("color") or lexeme.text == "glass")

    def _names_stone(self, index: int) -> bool:
        """ "a black stone" is a thing, "a cube of black stone" is not."""
        before = self._at(index - 1)
        inside = before is not None and before.has("relation")
        return self.bind_target is None and not inside and not self._run_head(index)[0]

    def _modifier(self, index: int, lexeme: _Lexeme) -> None:
        kind, at = self._run_head(index)
        direct, ahead = self._head(index + 1)
        if direct == "surface" and self.bind_target is not None and self.lexemes[ahead].has("material"):
            direct = ""  # "a book made of red cloth"
        color = lexeme.senses.get("color")
        material = lexeme.senses.get("material")
        if color is not None and not (material and self.bind_target is not None):
            head = self._at(at)
            if kind == "background":
                self.backdrop = self.backdrop or color.canonical
                self._mark(lexeme, "backdrop", color.canonical)
                return
            corridor = kind == "setting" and head is not None and head.senses["setting"].canonical == "neon corridor"
            trailing_light = not kind and self.near_light
            if kind in ("light_head", "neon") or corridor or trailing_light:
                self._light_color(lexeme, color.canonical)
                return
        if direct in ("surface", "setting", "light", "light_head", "background", "neon"):
            before = self._at(index - 1)
            trails = direct in ("surface", "setting", "light") and before is not None and before.has("noun") and self.last is not None
            if color is None or not trails or self.drafts[self.last or 0].mods.color is not None:
                self._ignore(lexeme)
            else:
                self._fill(
                    self.drafts[self.last or 0].mods, _Mods(color=color.canonical, spans=[self._mark(lexeme, "color", color.canonical)])
                )
            return
        group = self._group
        if color is not None and group.color is None:
            group.color = color.canonical
            group.spans.append(self._mark(lexeme, "color", color.canonical))
        elif material is not None and group.material is None:
            group.material = material.canonical
            group.generic_glass = lexeme.text == "glass"
            group.spans.append(self._mark(lexeme, "material", material.canonical))
        elif color is not None and (self._plural_ahead(at) or not kind):
            self.groups.append(_Mods(color=color.canonical, spans=[self._mark(lexeme, "color", color.canonical)]))
        else:
            self._ignore(lexeme)

    def _plural_ahead(self, at: int) -> bool:
        lexeme = self._at(at)
        return lexeme is not None and lexeme.has("noun") and lexeme.senses["noun"].plural

    def _read_count(self, index: int, lexeme: _Lexeme, sense: Sense) -> int:
        group = self._group
        if self._head(index + 1)[0] in ("setting", "surface", "light", "view"):
            self._ignore(lexeme)
            return index + 1
        if group.counted:
            if sense.canonical in ("few", "pile") and group.count is None:
                group.grouping = "pile"
            self._ignore(lexeme)
            return index + 1
        if sense.canonical in ("few", "pile"):
            group.grouping = "few" if sense.canonical == "few" else "pile"
            group.some = lexeme.text == "some"
        else:
            group.count = int(sense.canonical)
        group.spans.append(self._mark(lexeme, "count", sense.canonical))
        return index + 1

    def _continue_groups(self, index: int, separator: str) -> None:
        """At a comma or "and" after modifiers: a new group of modifiers, or the end of them."""
        self.separator = separator
        if not self.groups:
            return
        after = index + 1
        if self._is_separator(self._at(after)):
            return
        following = self._skip(after, counts=True)
        lexeme = self._at(following)
        skipped = self.lexemes[after:following]
        fresh = any(item.has("article", "count") for item in skipped)
        if lexeme is None or not lexeme.has("color", "material"):
            forward = separator == "comma" and (self.groups[-1].article or self.last is None)
            if not forward or fresh or lexeme is None or self._head(following)[0] != "noun":
                self._strand()
            return
        if lexeme.has("noun", "compound") and not self._run_head(following)[0]:
            self._strand()
            return
        kind, _ = self._run_head(following)
        if kind == "noun" and self.bind_target is not None:
            self._strand()
            return
        first = self.groups[0]
        trailing = not first.article and not first.counted and self.last is not None
        if kind not in ("noun", "", "unknown") or (kind == "noun" and fresh and trailing):
            self._strand()
        else:
            self.groups.append(_Mods(joined=separator == "and"))

    def _strand(self) -> None:
        """Gives modifiers without a noun of their own to the noun before, or keeps them for the first noun."""
        groups = [mods for mods in self.groups if not mods.empty]
        target = self.bind_target if self.bind_target is not None else self.last
        self.bind_target = None
        self.groups = []
        if not groups:
            return
        if self.bare_surface and self._resurface(groups):
            return
        if target is None:
            self.groups = groups
            return
        draft = self.drafts[target]
        if not draft.real:
            for mods in groups:
                self._retag_ignored(mods)
            return
        many = draft.plural or (draft.mods.count or 1) > 1
        distinct = [mods for mods in groups if mods.color or mods.material]
        counts = any(mods.counted or mods.article for mods in distinct)
        colors = sum(mods.color is not None for mods in distinct)
        same_slot = colors > 1 or sum(mods.color is None for mods in distinct) > 1
        joined = any(mods.joined for mods in distinct)
        if many and len(distinct) > 1 and (same_slot or counts or joined) and draft.mods.color is None:
            self._distribute(target, distinct)
            return
        for mods in groups:
            self._fill(draft.mods, mods)

    def _resurface(self, groups: list[_Mods]) -> bool:
        """ "a table made of marble", "table: oak": the material of a table named just before."""
        self.bare_surface = False
        surfaces = self.words.tables["surface_of_material"].items()
        found = next((name for mods in groups for name, names in surfaces if mods.material in names), None)
        self.surface = found or self.surface
        return found is not None

    def _distribute(self, target: int, groups: list[_Mods]) -> None:
        """ "three balls: one red, two blue" -> two entities."""
        draft = self.drafts[target]
        total = draft.mods.count
        known = sum(mods.count or 0 for mods in groups)
        for position, mods in enumerate(groups):
            if mods.count is None and (mods.article or total == len(groups)):
                mods.count = 1
            mods.material = mods.material or draft.mods.material
            if position == 0:
                spans = draft.mods.spans
                draft.mods = replace(mods, spans=spans + mods.spans)
            else:
                self.drafts.append(_Draft(draft.noun, mods, plural=(mods.count or 2) > 1, root=-1))
                self.sentence.append(len(self.drafts) - 1)
        if total is not None and known > total:
            draft.plural = True

    def _fill(self, into: _Mods, mods: _Mods) -> None:
        """Fills the empty slots of `into`; what finds its slot taken is ignored."""
        used = False
        if mods.color and into.color is None:
            into.color, used = mods.color, True
        if mods.material and into.material is None:
            into.material, into.generic_glass, used = mods.material, mods.generic_glass, True
        if mods.counted and not into.counted and not mods.color and not mods.material:
            return self._retag_ignored(mods)
        if used:
            into.spans += mods.spans
        else:
            self._retag_ignored(mods)
        return None

    # Nouns.

    def _read_noun(self, index: int, lexeme: _Lexeme, sense: Sense) -> int:
        following = self._at(index + 1)
        next_noun = following.senses.get("noun") if following is not None else None
        if next_noun and not sense.plural and sense.canonical in _FOOD and next_noun.canonical in self.words.tables["flavoured"]["nouns"]:
            self._ignore(lexeme)
            return index + 1
        self._mark(lexeme, "noun", sense.canonical)
        article = bool(self.groups) and self.groups[0].article
        some = bool(self.groups) and self.groups[-1].some
        if lexeme.text.endswith("dice") and (some or (self.contents and not article)):  # one word for one and many
            sense = replace(sense, plural=True)
        self._noun(sense)
        return index + 1

    def _read_compound(self, index: int, lexeme: _Lexeme, sense: Sense) -> int:
        fields = self.words.compounds[sense.canonical]
        if "backdrop" in fields:
            self.backdrop = self.backdrop or fields["backdrop"]
            self._mark(lexeme, "backdrop", fields["backdrop"])
        if "setting" in fields:
            self._read_setting(index, lexeme, Sense("setting", fields["setting"]))
        if "surface" in fields:
            self._surface(lexeme, fields["surface"])
        if "light" in fields:
            self._read_light(index, lexeme, Sense("light", fields["light"]))
        if "mood" in fields:
            self._read_mood(index, lexeme, Sense("mood", fields["mood"]))
        if "noun" in fields:
            self._mark(lexeme, "noun", fields["noun"])
            extra = _Mods(color=fields.get("color"), material=fields.get("material"))
            if fields.get("count") == "few":
                extra.grouping = "few"
            self._noun(Sense("noun", fields["noun"], plural=sense.plural, collective=sense.collective), extra)
        return index + 1

    def _noun(self, sense: Sense, extra: _Mods | None = None) -> None:
        groups = self._merged(sense)
        self.groups = []
        self.bind_target = None
        self.bare_surface = False
        self.near_light = False
        for position, mods in enumerate(groups):
            if extra is not None:
                mods.color = mods.color or extra.color
                mods.material = mods.material or extra.material
                if not mods.counted:
                    mods.grouping = extra.grouping
            if mods.some and not sense.plural and (extra is None or extra.grouping == "exact"):
                mods.grouping, mods.some = "exact", False
            if sense.collective and mods.counted:
                mods.count, mods.grouping = None, "exact"
            if position:
                self.separator = "and"
            found = self._mentioned(sense, mods) if len(groups) == 1 else None
            if found is not None:
                self._fill(self.drafts[found].mods, mods)
                self._place_known(found)
                continue
            if len(groups) == 1 and sense.plural and not mods.counted:
                mods.grouping = self.contents[1] if self.contents else "few"
            if len(groups) > 1 and mods.count is None and mods.article:
                mods.article = True
            self._place(_Draft(sense.canonical, mods, plural=sense.plural or (mods.count or 1) > 1))

    def _merged(self, sense: Sense) -> list[_Mods]:
        """Modifier groups before a noun: one per entity ("red and blue balls") or all of one ("shiny, red, glass")."""
        groups = [mods for mods in self.groups if not mods.empty or mods.article]
        if not groups:
            return [_Mods()]
        several = any(mods.article or mods.counted for mods in groups[1:])
        colors = [mods for mods in groups if mods.color]
        materials = [mods for mods in groups if mods.material and not mods.color]
        if len(groups) > 1 and (several or (sense.plural and (len(colors) > 1 or (len(materials) > 1)))):
            first = groups[0]
            if first.count and not several:
                share = 1 if first.count == len(groups) else None
                for mods in groups:
                    mods.count = share
            last = groups[-1]
            for mods in groups[:-1]:
                if mods.material is None and mods.color and last.material and last.color:
                    mods.material, mods.generic_glass = last.material, last.generic_glass
            return groups
        merged = groups[0]
        for mods in groups[1:]:
            self._fill(merged, mods)
            if mods.counted and not merged.counted:
                merged.count, merged.grouping = mods.count, mods.grouping
        return [merged]

    def _mentioned(self, sense: Sense, mods: _Mods) -> int | None:
        """An entity that this noun speaks of again: "the vase", or a bare repetition in a list of tags."""
        bare = not mods.article and not mods.counted
        listed = self.separator in (("comma", "and") if sense.plural else ("comma", "stop")) and self.relation is None
        if not mods.definite and not (bare and listed):
            return None
        found: list[tuple[int, int]] = []
        for index, draft in enumerate(self.drafts):
            if draft.noun != sense.canonical or draft.gone:
                continue
            pairs = ((draft.mods.color, mods.color), (draft.mods.material, mods.material))
            if any(new is not None and old is not None and old != new and not self._same_glass(old, new) for old, new in pairs):
                continue
            if mods.count is not None and draft.mods.count not in (None, mods.count):
                continue
            if sense.plural and not mods.definite and (draft.mods.grouping != "few" or draft.mods.color != mods.color):
                continue
            found.append((-sum(old is not None and old == new for old, new in pairs), index))
        return min(found)[1] if found else None

    @staticmethod
    def _same_glass(old: str, new: str) -> bool:
        return {old, new} <= {"clear glass", "coloured glass"}

    def _place_known(self, index: int) -> None:
        self._hook(index)
        self.last = self.clause_last = index
        self.clause_first = index if self.clause_first is None else self.clause_first
        if index not in self.sentence:
            self.sentence.append(index)
        self.separator = ""

    def _place(self, draft: _Draft) -> None:
        index = len(self.drafts)
        self.drafts.append(draft)
        draft.root, draft.chain = index, [index]
        before = self.last
        if before is not None and self.separator in ("and", "comma") and self.relation is None and before in self.sentence:
            draft.chain = [*self.drafts[before].chain, index]
            draft.joined = self.separator == "and"
        self._hook(index)
        if draft.gone:
            return
        self.last = self.clause_last = index
        self.clause_first = index if self.clause_first is None else self.clause_first
        self.sentence.append(index)
        self.separator = ""

    def _hook(self, index: int) -> None:
        """Ties a noun into the relation that waits for it."""
        draft = self.drafts[index]
        if self.waiting_side is not None:
            self.sides.append((index, self.waiting_side))
            self.waiting_side = None
        if self.between is not None and self.separator == "and" and self.between.second is None and index != self.between.object:
            self.between.second = index
            draft.root = self.drafts[self.between.object or 0].root
            self.between = None
            return
        if self.relation is not None:
            bond, self.relation = self.relation, None
            self._bond(bond, index)
            return
        if self.fronted is not None and index != self.fronted.object:
            self.fronted.subject = index
            self.bonds.append(self.fronted)
            self.fronted = None
            return
        if self.contents is not None:
            container, _ = self.contents
            if self.separator == "and" and draft.mods.article:
                self.contents = None
            elif index != container:
                self._contain(index, container)

    def _contain(self, index: int, container: int) -> None:
        vessel = self.drafts[container]
        draft = self.drafts[index]
        if vessel.noun in self.words.tables["absorbs"].get(draft.noun or "", ()):  # "a blue vase holding lilies" is one thing
            spare, draft.mods = draft.mods, replace(vessel.mods, definite=False)
            self._fill(draft.mods, spare)
            draft.root, draft.chain, vessel.gone = index, [index], True
            self.contents = None
            return
        draft.root = container
        if vessel.noun == "plate":
            if self._is_plain(vessel):
                vessel.gone = True
                self.bonds.append(_Bond("on a plate", index, -1))
            else:
                self.bonds.append(_Bond("on top of", index, container))
        else:
            self.bonds.append(_Bond("inside", index, container))

    def _is_plain(self, draft: _Draft) -> bool:
        return draft.mods.empty

    def _bond(self, bond: _Bond, index: int) -> None:
        """Closes a relation with its object."""
        draft = self.drafts[index]
        fresh = index == len(self.drafts) - 1
        if bond.subject is None:
            bond.object = index
            self.fronted = bond
            return
        subject = self.drafts[bond.subject]
        draft.root = subject.root
        carried = bond.kind in ("inside", "on top of")
        if fresh and carried and draft.noun in self.words.tables["absorbs"].get(subject.noun or "", ()):
            self._fill(subject.mods, replace(draft.mods, count=None, grouping="exact"))
            draft.gone = True
            self.last = self.clause_last = bond.subject
            return
        if bond.kind == "inside" and draft.noun == "plate":
            bond.kind = "on top of"
        chain = subject.chain if subject.joined and bond.kind in ("inside", "on a plate", "on top of") else [bond.subject]
        if bond.kind == "on top of" and draft.noun != "plate":
            chain = [bond.subject]
        if bond.kind == "on top of" and draft.noun == "plate" and fresh and self._is_plain(draft):
            draft.gone = True
            self.bonds += [_Bond("on a plate", item, -1) for item in chain]
            return
        self.bonds += [replace(bond, subject=item, object=index) for item in chain]
        if bond.kind == "between":
            self.between = self.bonds[-1]

    # Relations.

    def _subject(self, index: int) -> int | None:
        """Who a relation at `index` speaks of; None if it comes first ("behind the vase, a lemon")."""
        before = self._at(index - 1)
        if self.clause_last is not None and not (before is not None and before.has("and")):
            return self.clause_last
        if self.last is not None and self.sentence:
            return self.drafts[self.last].root
        return None

    def _read_relation(self, index: int, lexeme: _Lexeme, sense: Sense) -> int:
        kind = sense.canonical
        copula_subject = self.bind_target
        self._strand()
        self.contents = None
        subject = self._subject(index)
        if copula_subject is not None and subject is not None:
            subject = copula_subject
        if kind == "on a plate":
            self._mark(lexeme, "relation", kind)
            self._on_a_plate(subject)
            return index + 1
        target = self._skip(index + 1)
        after = self._at(target)
        if after is not None and after.has("pronoun"):
            self._mark(lexeme, "relation", kind)
            self._ignore(after)
            for skipped in self.lexemes[index + 1 : target]:
                self._ignore(skipped)
            self._pronoun_relation(target + 1, kind)
            return target + 1
        head, at = self._head(self._skip(index + 1, counts=True))
        if kind == "inside" and head == "noun" and self._material_ahead(index + 1):
            head = ""
        if kind in ("on top of", "inside") and self._ground(index, kind, head, at):
            self._ignore(lexeme)
            return index + 1
        if head in ("noun", "unknown"):
            self._mark(lexeme, "relation", kind)
            self.relation = _Bond(kind, subject, None)
            self.separator = ""
            return index + 1
        adjoining = self._at(index + 1)
        if (
            not head
            and (adjoining is None or adjoining.has("mark", "and", "relation", "breaker", "with", "against"))
            and len(self.sentence) > 1
        ):
            self._mark(lexeme, "relation", kind)
            if kind == "behind" and any(side == "front" for _, side in self.sides):
                self._side("behind")
                return index + 1
            self._pronoun_relation(index + 1, kind)
            return index + 1
        self._ignore(lexeme)
        if head == "" and kind == "inside":
            self.bind_target = self.last
        elif head == "" and kind == "on top of":
            self._on(index)
        return index + 1

    def _ground(self, index: int, kind: str, head: str, at: int) -> bool:
        """ "on marble", "on the beach": a material or landscape that is what things stand on."""
        lexeme = self._at(at)
        if head == "setting" and kind == "on top of" and lexeme is not None:
            name = lexeme.senses["setting"].canonical
            surface = next((s for s, settings in self.words.tables["surface_of_setting"].items() if name in settings), None)
            if surface is not None and self.ground is None and self.setting is None:
                self.ground = surface, name
            return True
        return False

    def _on(self, index: int) -> None:
        """After "on" or "against" without a noun: "on velvet" is a surface, "on white" a backdrop."""
        position = self._skip(index + 1)
        first = self._at(position)
        while (lexeme := self._at(position)) is not None and lexeme.has("color", "ignored") and not lexeme.has("material", "breaker"):
            position += 1
        lexeme = self._at(position)
        if lexeme is not None and lexeme.has("material"):
            material = lexeme.senses["material"].canonical
            surface = next((s for s, names in self.words.tables["surface_of_material"].items() if material in names), None)
            for item in self.lexemes[index + 1 : position]:
                self._ignore(item)
            if surface is not None:
                self._surface(lexeme, surface)
            else:
                self._ignore(lexeme)
            self._drop(index + 1, position + 1)
            return
        if first is not None and first.has("color") and not self._run_head(self._skip(index + 1))[0]:
            color = first.senses["color"].canonical
            self.backdrop = self.backdrop or color
            self._mark(first, "backdrop", color)
            position = self._skip(index + 1)
            for item in self.lexemes[index + 1 : position]:
                self._ignore(item)
            self._drop(index + 1, position + 1)

    def _drop(self, start: int, stop: int) -> None:
        """Marks lexemes as read."""
        del self.lexemes[start:stop]

    def _on_a_plate(self, subject: int | None) -> None:
        plate = next((index for index, draft in enumerate(self.drafts) if draft.real and draft.noun == "plate"), None)
        if subject is None:
            self.fronted = _Bond("on a plate", None, -1)
            return
        draft = self.drafts[subject]
        chain = draft.chain if draft.joined else [subject]
        for item in chain:
            self.bonds.append(_Bond("on a plate", item, -1) if plate is None else _Bond("on top of", item, plate))

    def _pronoun_relation(self, following: int, kind: str) -> None:
        """ "with a book behind it" or "behind it a book"."""
        head, at = self._head(self._skip(following, counts=True))
        if self.last is None:
            return
        if not self.sentence:
            self.fronted = _Bond(kind, None, self.last if self.previous_root is None else self.previous_root)
            return
        if head == "noun" and not any(item.has("mark", "and") for item in self.lexemes[following:at]):
            self.fronted = _Bond(kind, None, self.drafts[self.last].root)
            return
        earlier = [index for index in self.sentence if index != self.last]
        if not earlier:
            earlier = [index for index in range(len(self.drafts)) if index != self.last]
        if not earlier:
            return
        other = self.drafts[self.last].root
        other = other if other != self.last else earlier[-1]
        held = [
            bond
            for bond in self.bonds
            if bond.kind in ("inside", "on top of", "on a plate") and bond.subject == self.last and bond.object in (other, -1)
        ]
        if held and self.container == other:
            self.bonds = [bond for bond in self.bonds if bond not in held]
            self.drafts[other].gone = False
        self.bonds.append(_Bond(kind, self.last, other))
        self.contents = None

    def _side(self, side: str, *, final: bool = False) -> None:
        target = self.clause_last if self.clause_last is not None else self.last if final and self.sentence else None
        if target is not None:
            self.sides.append((target, side))
        else:
            self.waiting_side = side

    def _with(self, index: int, lexeme: _Lexeme) -> None:
        filled = lexeme.has("holding")
        vessels = ("bowl", "plate", "jar", "cardboard box", "gift box")
        self._strand()
        self.separator = "and"
        last = self.drafts[self.last] if self.last is not None else None
        head, at = self._head(self._skip(index + 1, counts=True))
        if last is None or not last.real or head not in ("noun", "unknown") or self.clause_last is None:
            return
        noun = self.lexemes[at].senses.get("noun")
        after, pronoun = self._at(at + 1), self._at(at + 2)
        apart = after is not None and after.has("relation", "its_left", "its_right") and (pronoun is None or pronoun.has("pronoun", "mark"))
        absorbed = not apart and noun is not None and last.noun in self.words.tables["absorbs"].get(noun.canonical, ())
        if absorbed or last.noun in vessels or (filled and last.noun in self.words.tables["vessels"]):
            full = filled and not lexeme.has("loosely") and last.noun != "plate"
            self.contents = (self.last or 0, "pile" if full else "few")
            self.container = None if filled else self.last
            self.separator = ""

    def _of(self, index: int) -> None:
        before = self._at(index - 1)
        if self.last is None or before is None or not before.has("noun", "compound"):
            return
        draft = self.drafts[self.last]
        holds = draft.noun in self.words.tables["vessels"] and not self._material_ahead(index + 1)
        if holds and self._head(self._skip(index + 1, counts=True))[0] in ("noun", "unknown"):
            self.contents = (self.last, "few" if draft.noun == "plate" else "pile")
        else:
            self.bind_target = self.last

    # Punctuation.

    def _and(self, index: int) -> None:
        if self.groups:
            self._continue_groups(index, "and")
        self.separator = "and"
        self.clause_first = None
        self.bind_target = None if not self.groups else self.bind_target
        if self.last is not None and self.relation is None:
            self.waiting_side = None if self.clause_last is not None else self.waiting_side

    def _pause(self) -> None:
        if not self.groups and self.bind_target is not None:
            self.bind_target = None
        self.clause_last = self.clause_first = None
        self.relation = None
        if self.contents is not None and self.separator != "":
            self.contents = None

    def _stop(self) -> None:
        self._strand()
        if self.fronted is not None:
            subject = self.previous_root
            if subject is not None and subject != self.fronted.object:
                self.fronted.subject = subject
                self.bonds.append(self.fronted)
            self.fronted = None
        self._pause()
        self._split_between()
        self.contents = self.between = self.bind_target = None
        self.near_light = False
        if self.last is not None:
            self.previous_root = self.drafts[self.last].root
        self.sentence = []
        self.separator = "stop"

    def _split_between(self) -> None:
        """ "between two candles" -> two entities of one candle."""
        bond = self.between
        if bond is None or bond.second is not None or bond.object is None:
            return
        draft = self.drafts[bond.object]
        if draft.real and draft.plural and draft.mods.count in (None, 2):
            draft.mods = replace(draft.mods, count=1, grouping="exact")
            self.drafts.append(_Draft(draft.noun, replace(draft.mods), root=draft.root))
            bond.second = len(self.drafts) - 1

    # Setting, surface, light, view, mood.

    def _read_setting(self, index: int, lexeme: _Lexeme, sense: Sense) -> int:
        self._end_phrase()
        if self.ground is not None and self.ground[1] == sense.canonical:
            self._mark(lexeme, "setting", sense.canonical)
        elif self.setting is None:
            self.setting = sense.canonical
            self._mark(lexeme, "setting", sense.canonical)
        else:
            self._ignore(lexeme)
        self.near_light = sense.canonical == "neon corridor"
        return index + 1

    def _end_phrase(self) -> None:
        self.groups = [mods for mods in self.groups if not mods.empty and self.last is None and not mods.article]
        self.relation = None

    def _read_surface(self, index: int, lexeme: _Lexeme, sense: Sense) -> int:
        self._surface(lexeme, sense.canonical)
        return index + 1

    def _surface(self, lexeme: _Lexeme, canonical: str) -> None:
        self._end_phrase()
        if self.surface is None:
            self.surface = canonical
            self.bare_surface = canonical == "oak table" and "oak" not in lexeme.text and "wood" not in lexeme.text
            self._mark(lexeme, "surface", canonical)
        else:
            self._ignore(lexeme)

    def _read_light(self, index: int, lexeme: _Lexeme, sense: Sense) -> int:
        if self.light is None or (self.light.weak and not sense.weak):
            self.light = sense
            self._mark(lexeme, "light", sense.canonical)
        elif self.light.canonical == sense.canonical:
            self._mark(lexeme, "light", sense.canonical)
        else:
            self._ignore(lexeme)
        self.near_light = sense.canonical in _LIGHTS_WITH_COLOR
        return index + 1

    def _light_head(self) -> None:
        if self.lit and (self.light is None or self.light.weak):
            self.light = Sense("light", "coloured gels")
        self.near_light = self.light is not None and self.light.canonical in _LIGHTS_WITH_COLOR

    def _light_color(self, lexeme: _Lexeme, color: str) -> None:
        self.lit = True
        if color not in self.light_colors and len(self.light_colors) < 2:
            self.light_colors.append(color)
        self._mark(lexeme, "light", color)

    def _read_view(self, index: int, lexeme: _Lexeme, sense: Sense) -> int:
        if sense.canonical not in self.views:
            self.views.append(sense.canonical)
        self._mark(lexeme, "view", sense.canonical)
        return index + 1

    def _read_mood(self, index: int, lexeme: _Lexeme, sense: Sense) -> int:
        if lexeme.text == "black and white" and self._plural_ahead(self._head(index + 1)[1]):
            for color in ("black", "white"):
                self.groups.append(_Mods(color=color, joined=color == "white"))
            self.groups[-1].spans.append(self._mark(lexeme, "color", "black"))
            return index + 1
        if sense.canonical not in self.moods:
            self.moods.append(sense.canonical)
        self._mark(lexeme, "mood", sense.canonical)
        return index + 1

    # The end.

    def _description(self) -> Description:
        for mods in self.groups:
            self._retag_ignored(mods)
        number: dict[int, int] = {}
        entities: list[Entity] = []
        for index, draft in enumerate(self.drafts):
            if draft.real:
                number[index] = len(entities)
                entities.append(_entity(draft))
        self._bond_sides()
        relations = [relation for bond in self.bonds if (relation := _relation(bond, number))]
        setting, surface = self.setting, self.surface
        if self.ground is not None:
            if entities and surface is None:
                surface = self.ground[0]
            elif setting is None:
                setting = self.ground[1]
        if setting is not None and not entities:
            surface = None
        light = self.light.canonical if self.light else None
        colors = tuple(self.light_colors)
        if colors and light is None and setting != "neon corridor":
            light = "coloured gels"
        return Description(
            entities=tuple(entities),
            relations=tuple(dict.fromkeys(relations)),
            setting=setting,
            surface=surface,
            light=light,
            light_colors=colors,
            backdrop=self.backdrop,
            views=tuple(self.views),
            moods=tuple(self.moods),
        )

    def _bond_sides(self) -> None:
        """ "a ball on the left, a cube on the right"."""
        real = [index for index, draft in enumerate(self.drafts) if draft.real]
        done: set[int] = set()
        for subject, side in self.sides:
            if subject in done or not self.drafts[subject].real:
                continue
            others = [index for index, other in self.sides if other == _OPPOSITE[side] and index not in (subject, *done)]
            if not others and len(real) == 2:
                others = [index for index in real if index != subject]
            tied = {frozenset((bond.subject, bond.object)) for bond in self.bonds}
            if others and frozenset((subject, others[0])) not in tied:
                self.bonds.append(_Bond(_SIDES[side], subject, others[0]))
                done |= {subject, others[0]}


def _entity(draft: _Draft) -> Entity:
    mods = draft.mods
    material = mods.material
    if mods.color and material == "clear glass" and mods.generic_glass:
        material = "coloured glass"
    if material == "white marble" and mods.color in ("black", "white"):
        return Entity(draft.noun or "", mods.count, mods.grouping if mods.count is None else "exact", None, f"{mods.color} marble")
    assert draft.noun is not None
    return Entity(draft.noun, mods.count, mods.grouping if mods.count is None else "exact", mods.color, material)


def _relation(bond: _Bond, number: dict[int, int]) -> Relation | None:
    if bond.subject not in number or bond.subject is None:
        return None
    subject = number[bond.subject]
    if bond.object == -1:
        return Relation("on a plate", subject)
    if bond.object is None or bond.object not in number or bond.object == bond.subject:
        return None
    second = number.get(bond.second) if bond.second is not None else None
    kind: RelationKind = bond.kind  # type: ignore[assignment]
    if kind == "between" and second is None:
        kind = "next to"
    return Relation(kind, subject, number[bond.object], second)
