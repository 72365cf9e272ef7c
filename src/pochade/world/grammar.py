"""Grammar, left to right: modifiers gather until their noun comes, relations wait for their object."""

from __future__ import annotations

from dataclasses import replace

from pochade.world import vocabulary
from pochade.world.drafts import Bond, Draft, Mods, entity_of, relation_of
from pochade.world.lexicon import Lexicon, Sense
from pochade.world.lookahead import LIGHTS_WITH_COLOR, Lookahead
from pochade.world.scene import Description, Entity, Grouping, RelationKind
from pochade.world.words import Lexeme, Span, Unknown, near_words

_OPPOSITE = {"left": "right", "right": "left", "front": "behind", "behind": "front"}
_SIDES: dict[str, RelationKind] = {"left": "left of", "right": "right of", "front": "in front of", "behind": "behind"}
_FOOD = frozenset(vocabulary.FOOD)


class Reader(Lookahead):
    """Reads the lexemes of one prompt, left to right."""

    def __init__(self, prompt: str, lexemes: list[Lexeme], words: Lexicon):
        super().__init__(lexemes, words)
        self.prompt = prompt
        self.spans: list[Span] = []
        self.unknown: list[Unknown] = []
        self.drafts: list[Draft] = []
        self.bonds: list[Bond] = []
        self.groups: list[Mods] = []
        self.last: int | None = None
        self.sentence: list[int] = []
        self.previous_root: int | None = None
        self.clause_last: int | None = None
        self.clause_first: int | None = None
        self.bind_target: int | None = None
        self.relation: Bond | None = None
        self.fronted: Bond | None = None
        self.between: Bond | None = None
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
        self.surface_color: str | None = None
        self.light: Sense | None = None
        self.lit = False
        self.light_colors: list[str] = []
        self.backdrop: str | None = None
        self.views: list[str] = []
        self.moods: list[str] = []

    def read(self) -> tuple[Description, tuple[Span, ...], tuple[Unknown, ...]]:
        """What the prompt states, where, and which words were not understood."""
        index = 0
        while index < len(self.lexemes):
            index = self._step(index)
        self._stop()
        self.spans.sort(key=lambda span: span.start)
        return self._description(), tuple(self.spans), tuple(self.unknown)

    # Recording.

    def _mark(self, lexeme: Lexeme, kind: str, canonical: str) -> int:
        self.spans.append(Span(lexeme.start, lexeme.end, kind, canonical))
        return len(self.spans) - 1

    def _ignore(self, lexeme: Lexeme) -> None:
        self._mark(lexeme, "ignored", lexeme.text)

    def _retag_ignored(self, mods: Mods) -> None:
        for index in mods.spans:
            self.spans[index] = replace(self.spans[index], kind="ignored")

    @property
    def _group(self) -> Mods:
        if not self.groups:
            self.groups.append(Mods())
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
            self._noun(Sense("noun", "pebble"), Mods(material=lexeme.senses["material"].canonical))
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

    def _grammar(self, index: int, lexeme: Lexeme) -> int:
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

    def _unknown(self, index: int, lexeme: Lexeme) -> None:
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
            self._place(Draft(None, Mods()))

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

    def _is_modifier(self, index: int, lexeme: Lexeme) -> bool:
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

    def _modifier(self, index: int, lexeme: Lexeme) -> None:
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
            if color is not None and direct == "surface" and self._dyes(lexeme, color.canonical, self.lexemes[ahead]):
                return
            if color is None or not trails or self.drafts[self.last or 0].mods.color is not None:
                self._ignore(lexeme)
            else:
                self._fill(
                    self.drafts[self.last or 0].mods, Mods(color=color.canonical, spans=[self._mark(lexeme, "color", color.canonical)])
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
            self.groups.append(Mods(color=color.canonical, spans=[self._mark(lexeme, "color", color.canonical)]))
        else:
            self._ignore(lexeme)

    def _plural_ahead(self, at: int) -> bool:
        lexeme = self._at(at)
        return lexeme is not None and lexeme.has("noun") and lexeme.senses["noun"].plural

    def _read_count(self, index: int, lexeme: Lexeme, sense: Sense) -> int:
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
            self.groups.append(Mods(joined=separator == "and"))

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

    def _resurface(self, groups: list[Mods]) -> bool:
        """ "a table made of marble", "table: oak": the material of a table named just before."""
        self.bare_surface = False
        surfaces = self.words.tables["surface_of_material"].items()
        found = next((name for mods in groups for name, names in surfaces if mods.material in names), None)
        self.surface = found or self.surface
        return found is not None

    def _distribute(self, target: int, groups: list[Mods]) -> None:
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
                self.drafts.append(Draft(draft.noun, mods, plural=(mods.count or 2) > 1, root=-1))
                self.sentence.append(len(self.drafts) - 1)
        if total is not None and known > total:
            draft.plural = True

    def _fill(self, into: Mods, mods: Mods) -> None:
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

    def _read_noun(self, index: int, lexeme: Lexeme, sense: Sense) -> int:
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

    def _read_compound(self, index: int, lexeme: Lexeme, sense: Sense) -> int:
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
            extra = Mods(color=fields.get("color"), material=fields.get("material"))
            if fields.get("count") == "few":
                extra.grouping = "few"
            self._noun(Sense("noun", fields["noun"], plural=sense.plural, collective=sense.collective), extra)
        return index + 1

    def _noun(self, sense: Sense, extra: Mods | None = None) -> None:
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
            self._place(Draft(sense.canonical, mods, plural=sense.plural or (mods.count or 1) > 1))

    def _merged(self, sense: Sense) -> list[Mods]:
        """Modifier groups before a noun: one per entity ("red and blue balls") or all of one ("shiny, red, glass")."""
        groups = [mods for mods in self.groups if not mods.empty or mods.article]
        if not groups:
            return [Mods()]
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

    def _mentioned(self, sense: Sense, mods: Mods) -> int | None:
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

    def _place(self, draft: Draft) -> None:
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
                self.bonds.append(Bond("on a plate", index, -1))
            else:
                self.bonds.append(Bond("on top of", index, container))
        else:
            self.bonds.append(Bond("inside", index, container))

    def _is_plain(self, draft: Draft) -> bool:
        return draft.mods.empty

    def _bond(self, bond: Bond, index: int) -> None:
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
            self.bonds += [Bond("on a plate", item, -1) for item in chain]
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

    def _read_relation(self, index: int, lexeme: Lexeme, sense: Sense) -> int:
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
            self.relation = Bond(kind, subject, None)
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
                color = item.senses.get("color")
                if color is None or surface is None or not self._dyes(item, color.canonical, lexeme, surface):
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
            self.fronted = Bond("on a plate", None, -1)
            return
        draft = self.drafts[subject]
        chain = draft.chain if draft.joined else [subject]
        for item in chain:
            self.bonds.append(Bond("on a plate", item, -1) if plate is None else Bond("on top of", item, plate))

    def _pronoun_relation(self, following: int, kind: str) -> None:
        """ "with a book behind it" or "behind it a book"."""
        head, at = self._head(self._skip(following, counts=True))
        if self.last is None:
            return
        if not self.sentence:
            self.fronted = Bond(kind, None, self.last if self.previous_root is None else self.previous_root)
            return
        if head == "noun" and not any(item.has("mark", "and") for item in self.lexemes[following:at]):
            self.fronted = Bond(kind, None, self.drafts[self.last].root)
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
        self.bonds.append(Bond(kind, self.last, other))
        self.contents = None

    def _side(self, side: str, *, final: bool = False) -> None:
        target = self.clause_last if self.clause_last is not None else self.last if final and self.sentence else None
        if target is not None:
            self.sides.append((target, side))
        else:
            self.waiting_side = side

    def _with(self, index: int, lexeme: Lexeme) -> None:
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
            self.drafts.append(Draft(draft.noun, replace(draft.mods), root=draft.root))
            bond.second = len(self.drafts) - 1

    # Setting, surface, light, view, mood.

    def _read_setting(self, index: int, lexeme: Lexeme, sense: Sense) -> int:
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

    def _read_surface(self, index: int, lexeme: Lexeme, sense: Sense) -> int:
        self._surface(lexeme, sense.canonical)
        return index + 1

    def _surface(self, lexeme: Lexeme, canonical: str) -> None:
        self._end_phrase()
        if self.surface is None:
            self.surface = canonical
            self.bare_surface = canonical == "oak table" and self._plain_table(lexeme)
            self._mark(lexeme, "surface", canonical)
        else:
            self._ignore(lexeme)

    def _dyes(self, lexeme: Lexeme, color: str, surface: Lexeme, name: str | None = None) -> bool:
        """Whether a colour word before a surface is that surface's; "white oak" is a wood.

        Args:
            name: the surface, where its lexeme does not say so itself.
        """
        name = name or surface.senses["surface"].canonical
        if self.surface is not None or self.surface_color is not None or name not in vocabulary.DYED_SURFACES:
            return False
        if name == "oak table" and not self._plain_table(surface):
            return False
        self.surface_color = color
        self._mark(lexeme, "color", color)
        return True

    @staticmethod
    def _plain_table(lexeme: Lexeme) -> bool:
        return "oak" not in lexeme.text and "wood" not in lexeme.text

    def _read_light(self, index: int, lexeme: Lexeme, sense: Sense) -> int:
        night = sense.canonical == "moonlight" and self.light is not None and self.light.canonical == "overcast"
        if self.light is None or (self.light.weak and (night or not sense.weak)):  # a rainy night is a night
            self.light = sense
            self._mark(lexeme, "light", sense.canonical)
        elif self.light.canonical == sense.canonical:
            self._mark(lexeme, "light", sense.canonical)
        else:
            self._ignore(lexeme)
        self.near_light = sense.canonical in LIGHTS_WITH_COLOR
        return index + 1

    def _light_head(self) -> None:
        if self.lit and (self.light is None or self.light.weak):
            self.light = Sense("light", "coloured gels")
        self.near_light = self.light is not None and self.light.canonical in LIGHTS_WITH_COLOR

    def _light_color(self, lexeme: Lexeme, color: str) -> None:
        self.lit = True
        if color not in self.light_colors and len(self.light_colors) < 2:
            self.light_colors.append(color)
        self._mark(lexeme, "light", color)

    def _read_view(self, index: int, lexeme: Lexeme, sense: Sense) -> int:
        if sense.canonical not in self.views:
            self.views.append(sense.canonical)
        self._mark(lexeme, "view", sense.canonical)
        return index + 1

    def _read_mood(self, index: int, lexeme: Lexeme, sense: Sense) -> int:
        if lexeme.text == "black and white" and self._plural_ahead(self._head(index + 1)[1]):
            for color in ("black", "white"):
                self.groups.append(Mods(color=color, joined=color == "white"))
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
                entities.append(entity_of(draft))
        self._bond_sides()
        relations = [relation for bond in self.bonds if (relation := relation_of(bond, number))]
        setting, surface = self.setting, self.surface
        if self.ground is not None:
            if entities and surface is None:
                surface = self.ground[0]
            elif setting is None:
                setting = self.ground[1]
        if setting is not None and not entities:
            surface = None
        light = self.light.canonical if self.light else None
        if self.light is not None and self.light.weak and light == "moonlight" and setting == "wet city street":
            light = "neon"  # what a street is lit by at night, unless the moon is named
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
            surface_color=self.surface_color if surface in vocabulary.DYED_SURFACES else None,
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
                self.bonds.append(Bond(_SIDES[side], subject, others[0]))
                done |= {subject, others[0]}
