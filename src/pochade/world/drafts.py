"""Entities and relations while they are being read, before all that is said of them is known."""

from __future__ import annotations

from dataclasses import dataclass, field

from pochade.world.scene import Entity, Grouping, Relation, RelationKind


@dataclass
class Mods:
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
class Draft:
    """An entity being read. `noun` None is a phantom: an unknown thing that relations may refer to."""

    noun: str | None
    mods: Mods
    plural: bool = False
    root: int = -1
    chain: list[int] = field(default_factory=list)
    joined: bool = False
    gone: bool = False

    @property
    def real(self) -> bool:
        return self.noun is not None and not self.gone


@dataclass
class Bond:
    kind: str
    subject: int | None
    object: int | None
    second: int | None = None


def entity_of(draft: Draft) -> Entity:
    mods = draft.mods
    material = mods.material
    if mods.color and material == "clear glass" and mods.generic_glass:
        material = "coloured glass"
    if material == "white marble" and mods.color in ("black", "white"):
        return Entity(draft.noun or "", mods.count, mods.grouping if mods.count is None else "exact", None, f"{mods.color} marble")
    assert draft.noun is not None
    return Entity(draft.noun, mods.count, mods.grouping if mods.count is None else "exact", mods.color, material)


def relation_of(bond: Bond, number: dict[int, int]) -> Relation | None:
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
