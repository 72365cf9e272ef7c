"""From a description to a scene: what is left open is drawn from the seed, everything gets its place.

Things stand in groups (one per entity), groups stand to each other as the relations say; nothing intersects and nothing
floats: every place comes from footprints, heights, cavities and platforms of the real shapes.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pochade.core.errors import InvalidRequestError
from pochade.world.asset import Asset
from pochade.world.assets import asset_types
from pochade.world.scene import Camera, Description, Entity, Relation, RelationKind, Scene, Thing
from pochade.world.stage import transform
from pochade.world.vocabulary import LANDSCAPES, OUTDOOR_LIGHTS, PLACES, TINTABLE_MATERIALS

Floats = NDArray[np.float64]

OUTDOOR_SURFACES = ("sand", "grass", "snow", "wet asphalt", "cobblestones")

_STILL_SURFACES = (
    "marble table", "oak table", "walnut table", "concrete floor", "slate slab", "linen tablecloth", "white studio floor",
    "granite counter", "pine table", "black marble table", "black studio floor", "wooden floor", "leather desk", "tiled floor",
)  # fmt: skip
_FOOD_SURFACES = (
    "oak table", "marble table", "linen tablecloth", "slate slab", "walnut table", "pine table", "concrete floor", "granite counter",
)  # fmt: skip
_STILL_LIGHTS = (
    "softbox", "softbox", "window light", "window light", "morning", "golden hour", "overcast", "light through blinds", "backlight",
    "rim light", "hard spotlight", "dappled shade",
)  # fmt: skip
_FOOD_LIGHTS = ("window light", "window light", "softbox", "morning", "golden hour", "overcast", "backlight", "dappled shade")
_LAND_LIGHTS = ("noon", "morning", "golden hour", "golden hour", "sunset", "overcast", "dusk")
_PLACE_LIGHTS = {
    "sunlit room": "morning", "gallery": "overcast", "arcade of columns": "golden hour", "neon corridor": "neon",
    "candlelit table": "candlelight", "tiled courtyard": "noon", "wet city street": "neon",
}  # fmt: skip


@lru_cache(maxsize=256)
def shape(noun: str, seed: int, color: str | None) -> Asset:
    """The asset of a thing; the same arguments give the same shape.

    Raises:
        InvalidRequestError: for a noun that has no asset.
    """
    kind = asset_types().get(noun)
    if kind is None:
        raise InvalidRequestError(
            f"no asset is called {noun!r}; `pochade world list products` and `pochade world list food` show what can be painted"
        )
    rand = (kind.varieties or {}).get(color or "", kind.rand)
    return rand(np.random.default_rng(seed))


@dataclass(frozen=True)
class Pool:
    """Shapes and skies to choose from, for streams of scenes: drawing them anew costs more than painting a small picture.

    Attributes:
        seed: another seed, another pool.
        shapes, skies, settings: how many there are of each noun, each light and each landscape.
    """

    seed: int
    shapes: int = 5
    skies: int = 4
    settings: int = 3

    def pick(self, what: str, count: int, rng: np.random.Generator) -> int:
        """The seed of one of the `count` of `what` in this pool."""
        key = hashlib.sha256(f"{self.seed} {what} {rng.integers(count)}".encode()).digest()
        return int.from_bytes(key[:4], "little") >> 1


def compose(description: Description, seed: int, aspect: float = 1.0, pool: Pool | None = None) -> Scene:
    """Draws a complete scene for a description.

    Args:
        seed: 0 to 2^32 - 1. The same description, seed and pool give the same scene.
        aspect: width over height of the picture, which the camera is fitted to.
        pool: where shapes, skies and landscapes are chosen from; None: each is drawn for this scene alone.
    """
    rng = np.random.default_rng([seed, 0xC0])
    full = determined(description, rng)
    setting_seed, light_seed, surface_seed = (int(v) for v in rng.integers(0, 2**31, 3))
    sides = rng
    if pool is not None:
        setting_seed = pool.pick(str(full.setting), pool.settings, rng)
        light_seed = pool.pick(str(full.light), pool.skies, rng)
        sides = np.random.default_rng(light_seed)  # the sun stands where the sky of the pool has it
    low, high = (65, 150) if full.light in ("golden hour", "sunset", "dusk", "morning") else (32, 78)
    key_azimuth = float(sides.choice([-1, 1]) * sides.uniform(low, high))
    camera = None
    things: tuple[Thing, ...] = ()
    if full.entities:
        best: tuple[float, tuple[Thing, ...]] | None = None
        for _ in range(24):
            placed = _Placer(full, np.random.default_rng(rng.integers(2**63)), pool).place()
            cost = _overlap_m(placed)
            if best is None or cost < best[0]:
                best = (cost, placed)
            if cost < 1e-4:
                break
        assert best is not None
        things = best[1]
        camera = frame(full, things, rng, aspect)
    return Scene(full, things, camera, seed, setting_seed, light_seed, surface_seed, key_azimuth)


def determined(description: Description, rng: np.random.Generator) -> Description:
    """Fills in what a description leaves open: nouns when there is none, materials, surface, light."""
    entities = description.entities
    if not entities and description.setting is None:
        if description.surface in OUTDOOR_SURFACES or (
            description.surface is None and description.light in OUTDOOR_LIGHTS and not description.views
        ):
            setting = {"sand": "desert dunes", "grass": "meadow", "snow": "snowy peaks"}.get(description.surface or "")
            description = replace(description, setting=setting or str(rng.choice(["rolling hills", "mountain range", "sea", "lake"])))
        else:
            entities = (Entity(str(rng.choice(["vase", "bowl", "teapot", "bottle", "apple", "pear"]))),)
    food = bool(entities) and all(asset_types()[e.noun].family == "food" for e in entities if e.noun in asset_types())
    entities = tuple(_determined_entity(entity, rng) for entity in entities)
    light, surface = description.light, description.surface
    if description.setting in LANDSCAPES:
        light = light if light in OUTDOOR_LIGHTS else _choice(rng, _LAND_LIGHTS) if light is None else light
    elif description.setting in PLACES:
        light = light or _PLACE_LIGHTS[description.setting]
    elif light is None:
        outdoors = surface in OUTDOOR_SURFACES
        pool = _LAND_LIGHTS if outdoors else _FOOD_LIGHTS if food else _STILL_LIGHTS
        if "low key" in description.moods:
            pool = ("rim light", "hard spotlight", "window light")
        if "high key" in description.moods:
            pool = ("softbox", "overcast", "backlight")
        light = _choice(rng, pool)
    if surface is None and description.setting is None:
        plain = description.backdrop is not None
        surface = "white studio floor" if plain else _choice(rng, _FOOD_SURFACES if food else _STILL_SURFACES)
    return replace(description, entities=entities, light=light, surface=surface)


def _determined_entity(entity: Entity, rng: np.random.Generator) -> Entity:
    kind = asset_types().get(entity.noun)
    material, color = entity.material, entity.color
    if kind is not None and kind.materials:
        if material is None:
            pool = kind.materials
            if color is not None:  # a stated colour wants a body that can be dyed
                pool = tuple(m for m in kind.materials if m in TINTABLE_MATERIALS) or ("glazed ceramic",)
            weights = 0.62 ** np.arange(len(pool))
            material = str(rng.choice(pool, p=weights / weights.sum()))
        share = 1.0 if material == "coloured glass" else 0.6
        if color is None and material in TINTABLE_MATERIALS and kind.colors and rng.random() < share:
            color = _choice(rng, kind.colors)
    elif kind is not None and material is None and color is None and kind.varieties:
        color = _choice(rng, tuple(kind.varieties))
    count = entity.count
    if count is None:
        count = {"exact": 1, "few": int(rng.integers(3, 5)), "pile": int(rng.integers(6, 10))}[entity.grouping]
    return replace(entity, material=material, color=color, count=count)


def _choice(rng: np.random.Generator, pool: tuple[str, ...]) -> str:
    return pool[int(rng.integers(len(pool)))]


# --- placing --------------------------------------------------------------------------------------------------


@dataclass
class _Group:
    """Things of one entity and all they carry, placed about a common origin; moved as one."""

    things: list[Thing]
    radius_m: float
    height_m: float


class _Placer:
    """Places the entities of one determined description."""

    def __init__(self, description: Description, rng: np.random.Generator, pool: Pool | None = None):
        self.description = description
        self.rng = rng
        self.pool = pool
        self.groups: dict[int, _Group] = {}
        self.root: dict[int, int] = {}  # entity -> the group that it stands in

    def place(self) -> tuple[Thing, ...]:
        carried = self._carried()
        for index in range(len(self.description.entities)):
            if index not in carried:
                self.groups[index] = self._grouped(index)
                self.root[index] = index
        for subject, relation in carried.items():  # carriers come before what they carry
            if relation.kind == "on a plate":
                self.groups[subject] = self._plated(subject)
                self.root[subject] = subject
            else:
                self._load(subject, relation)
        self._spread()
        out: list[Thing] = []
        for group in self.groups.values():
            base = len(out)
            out += [replace(t, support=None if t.support is None else t.support + base) for t in group.things]
        return tuple(out)

    def _carried(self) -> dict[int, Relation]:
        """What is carried, carriers first; what would carry itself in a circle stands on the ground."""
        wanted = {r.subject: r for r in self.description.relations if r.kind in ("on top of", "inside", "on a plate")}
        found: dict[int, Relation] = {}
        while True:
            ready = {
                subject: relation
                for subject, relation in wanted.items()
                if subject not in found
                and (relation.kind == "on a plate" or relation.object in found or (relation.object not in wanted and relation.object >= 0))
            }
            if not ready:
                return found
            found.update(ready)

    def _load(self, subject: int, relation: Relation) -> None:
        """Sets an entity on or into its carrier, which takes it along."""
        self.root[subject] = root = self.root[relation.object]
        group = self.groups[root]
        carrier_index = next(i for i, t in enumerate(group.things) if t.entity == relation.object)
        inside = relation.kind == "inside"
        load = (
            self._inside(subject, group.things, carrier_index)
            if inside
            else self._atop(subject, group.things[carrier_index], carrier_index)
        )
        base = len(group.things)
        group.things += [t if t.support == carrier_index else replace(t, support=base + (t.support or 0)) for t in load]
        reach = [np.hypot(*t.position_m[:2]) + _asset(t).radius_m * t.scale for t in (group.things[carrier_index], *load)]
        group.radius_m = max(group.radius_m, float(max(reach)))
        group.height_m = max(group.height_m, max(t.position_m[2] + _asset(t).height_m * t.scale for t in load))

    # groups

    def _grouped(self, index: int) -> _Group:
        entity = self.description.entities[index]
        count = entity.count or 1
        things = [self._thing(index) for _ in range(count)]
        if any(r.kind == "inside" and r.object == index for r in self.description.relations):
            things[0] = self._open_vessel(index, things[0])
        assets = [_asset(t) for t in things]
        if count == 1:
            yaw = self._yaw(things[0])
            return _Group([replace(things[0], rotation_deg=(yaw, 0, 0))], assets[0].radius_m, assets[0].height_m)
        radius = max(a.radius_m for a in assets)
        height = max(a.height_m for a in assets)
        things = [replace(t, rotation_deg=(self._yaw(t), 0, 0)) for t, a in zip(things, assets, strict=True)]
        if entity.grouping == "pile" and _is_round(assets[0]):
            return self._heap(things, assets)
        low = assets[0].platform is None and height < 0.55 * radius
        if entity.grouping == "pile" and (low or _is_flat(assets[0])):
            return self._stacked(things, assets)
        return self._cluster(things, assets, spread=1.08 if entity.grouping == "pile" else 1.25)

    def _thing(self, index: int, noun: str | None = None) -> Thing:
        entity = self.description.entities[index]
        name = noun or entity.noun
        return Thing(name, self._seed(name), index, entity.material, entity.color, (0.0, 0.0, 0.0))

    def _seed(self, noun: str) -> int:
        return int(self.rng.integers(2**31)) if self.pool is None else self.pool.pick(noun, self.pool.shapes, self.rng)

    def _open_vessel(self, index: int, thing: Thing) -> Thing:
        """One that things can lie in, where the noun is sometimes closed: a jar without its lid, a box with its flaps up."""
        for _ in range(80):
            if _asset(thing).cavity is not None:
                break
            thing = self._thing(index)
        return thing

    def _yaw(self, thing: Thing) -> float:
        """Fruit lies as it likes; what was made has a front, which it shows."""
        turned = asset_types()[thing.noun].family == "food" and _is_round(_asset(thing))
        return float(self.rng.uniform(-180, 180)) if turned else float(self.rng.normal(0, 14))

    def _cluster(self, things: list[Thing], assets: list[Asset], spread: float) -> _Group:
        """Loose group: each next thing goes to the free place nearest to the middle."""
        order = list(range(len(things)))
        placed: list[tuple[float, float, float]] = []
        out: list[Thing] = []
        for k in order:
            r = assets[k].radius_m * spread
            best = (0.0, 0.0)
            if placed:
                candidates = []
                for _ in range(160):
                    a = self.rng.uniform(0, 2 * np.pi)
                    x0, y0, r0 = placed[int(self.rng.integers(len(placed)))]
                    gap = (r0 + r) * self.rng.uniform(1.0, 1.12)
                    x, y = x0 + np.cos(a) * gap, y0 + np.sin(a) * gap
                    if all((x - px) ** 2 + (y - py) ** 2 >= (0.995 * (r + pr)) ** 2 for px, py, pr in placed):
                        candidates.append((x * x + (1.3 * y) ** 2, x, y))
                _, x, y = min(candidates) if candidates else (0, placed[-1][0] + 2.1 * r, placed[-1][1])
                best = (x, y)
            placed.append((best[0], best[1], r))
            out.append(replace(things[k], position_m=(best[0], best[1], 0.0)))
        centre = np.mean([(x, y) for x, y, _ in placed], axis=0)
        out = [replace(t, position_m=(t.position_m[0] - centre[0], t.position_m[1] - centre[1], 0.0)) for t in out]
        radius = max(np.hypot(x - centre[0], y - centre[1]) + r for x, y, r in placed)
        return _Group(out, float(radius), max(a.height_m for a in assets))

    def _heap(self, things: list[Thing], assets: list[Asset]) -> _Group:
        """A heap of round things: a packed ring or two below, others in the hollows between three of them."""
        radii = [a.radius_m for a in assets]
        mean = float(np.mean(radii))
        squat = float(np.mean([a.height_m for a in assets])) / (2 * mean)
        base_count = {6: 4, 7: 5, 8: 6, 9: 7}.get(len(things), max(3, round(len(things) * 0.68)))
        base = self._cluster(things[:base_count], [replace_radius(a, r) for a, r in zip(assets[:base_count], radii, strict=False)], 1.0)
        out = list(base.things)
        spots = np.array([t.position_m[:2] for t in out])
        used: list[tuple[float, float, float]] = []
        for k in range(base_count, len(things)):
            best: tuple[float, Floats, float] | None = None
            for i in range(len(spots)):
                for j in range(i):
                    for m in range(j):
                        middle = spots[[i, j, m]].mean(0)
                        reach = np.linalg.norm(spots[[i, j, m]] - middle, axis=1).max()
                        if reach > 1.45 * mean or any(np.hypot(*(middle - u[:2])) < 1.9 * mean for u in np.array(used).reshape(-1, 3)):
                            continue
                        rise = squat * np.sqrt(max((2.0 * mean) ** 2 - reach**2, 0.0))
                        score = float(np.hypot(*middle)) + self.rng.uniform(0, 0.2) * mean
                        if best is None or score < best[0]:
                            best = (score, middle, rise)
            if best is None:
                low = np.array([t.position_m[:2] for t in out if t.support is None])
                for turn in range(200):  # one that rolled off, clear of the others
                    edge = -np.pi / 2 + self.rng.uniform(-1.2, 1.2)
                    distance = base.radius_m + (1.0 + 0.03 * turn) * mean
                    if np.hypot(*(low - [distance * np.cos(edge), distance * np.sin(edge)]).T).min() > 2.05 * max(radii):
                        break
                out.append(replace(things[k], position_m=(distance * np.cos(edge), distance * np.sin(edge), 0.0)))
                continue
            used.append((best[1][0], best[1][1], best[2]))
            tilt = (things[k].rotation_deg[0], float(self.rng.uniform(-16, 16)), float(self.rng.uniform(-16, 16)))
            out.append(
                replace(things[k], position_m=(float(best[1][0]), float(best[1][1]), float(best[2] * 0.98)), rotation_deg=tilt, support=0)
            )
        return _Group(out, base.radius_m + 0.2 * mean, base.height_m + mean * 1.5)

    def _stacked(self, things: list[Thing], assets: list[Asset]) -> _Group:
        """A pile of flat things, each on the last."""
        out, z = [], 0.0
        for k, (thing, asset) in enumerate(zip(things, assets, strict=True)):
            shift = self.rng.normal(0, 0.06, 2) * asset.radius_m
            out.append(replace(thing, position_m=(float(shift[0]), float(shift[1]), z), support=k - 1 if k else None))
            z += asset.height_m * 0.995
        return _Group(out, max(a.radius_m for a in assets) * 1.1, z)

    def _plated(self, index: int) -> _Group:
        group = self._grouped(index)
        seed = self._seed("plate")
        material = _choice(self.rng, ("porcelain", "glazed ceramic", "porcelain"))
        plate = Thing("plate", seed, -1, material, "white" if material == "porcelain" else None, (0.0, 0.0, 0.0))
        asset = _asset(plate)
        room = asset.cavity.radius_m if asset.cavity else asset.radius_m * 0.7
        scale = max(1.0, min(1.9, group.radius_m / room))
        plate = replace(plate, scale=scale)
        fit = min(1.0, 1.3 * room * scale / group.radius_m)  # a banana may reach over the rim
        floor = (asset.cavity.floor_m if asset.cavity else asset.platform.height_m if asset.platform else asset.height_m) * scale + 0.0005
        things = [plate] + [
            replace(
                t,
                position_m=(t.position_m[0] * fit, t.position_m[1] * fit, t.position_m[2] * fit + floor),
                scale=t.scale * fit,
                support=0 if t.support is None else t.support + 1,
            )
            for t in group.things
        ]
        return _Group(things, max(asset.radius_m * scale, group.radius_m * fit), group.height_m * fit + floor)

    # loads

    def _atop(self, subject: int, carrier: Thing, carrier_index: int) -> list[Thing]:
        group = self._grouped(subject)
        asset = _asset(carrier)
        top = (asset.platform.height_m if asset.platform else asset.height_m) * carrier.scale
        room = (asset.platform.radius_m if asset.platform else 0.7 * asset.radius_m) * carrier.scale
        shrink = min(1.0, max(0.55, room * 1.25 / max(group.radius_m, 1e-6)))
        x0, y0, z0 = carrier.position_m
        return [
            replace(
                t,
                position_m=(x0 + t.position_m[0] * shrink, y0 + t.position_m[1] * shrink, z0 + top + t.position_m[2] * shrink),
                scale=t.scale * shrink,
                support=carrier_index,
            )
            for t in group.things
        ]

    def _inside(self, subject: int, out: list[Thing], carrier_index: int) -> list[Thing]:
        """Fills a vessel: layers of things, each as low as its neighbours allow; grows the vessel a little if it must."""
        entity = self.description.entities[subject]
        carrier = out[carrier_index]
        asset = _asset(carrier)
        things = [self._thing(subject) for _ in range(entity.count or 1)]
        assets = [_asset(t) for t in things]
        radii = [_ball_radius(a) for a in assets]
        if asset.cavity is None:
            return self._atop(subject, carrier, carrier_index)
        needed = max(radii) * (1.05 if len(things) == 1 else 1.9 if len(things) <= 4 else 2.3)
        grow = float(np.clip(needed / asset.cavity.radius_m, 1.0, 1.55))
        shrink = float(np.clip(asset.cavity.radius_m * grow / needed, 0.4, 1.0))
        out[carrier_index] = carrier = replace(carrier, scale=carrier.scale * grow)
        room, floor, rim = (v * carrier.scale for v in (asset.cavity.radius_m, asset.cavity.floor_m, asset.cavity.rim_m))
        x0, y0, z0 = carrier.position_m
        centres = settle(np.array(radii) * shrink, room, floor, rim, self.rng)
        load = []
        for thing, a, centre, radius in zip(things, assets, centres, radii, strict=True):
            if _is_round(a):
                tilt = (float(self.rng.uniform(-180, 180)), float(self.rng.normal(0, 22)), float(self.rng.normal(0, 22)))
                base = centre - _rotated_centre(tilt, a.height_m / 2 * shrink)
            else:
                tilt = (self._yaw(thing), 0.0, 0.0)
                base = centre - np.array([0, 0, radius * shrink])
            load.append(
                replace(
                    thing,
                    position_m=(x0 + float(base[0]), y0 + float(base[1]), z0 + float(base[2])),
                    rotation_deg=tilt,
                    scale=shrink,
                    support=carrier_index,
                )
            )
        return load

    # groups to each other

    def _spread(self) -> None:
        """Gives every group its place on the ground."""
        at: dict[int, tuple[float, float]] = {}
        relations = []
        for r in self.description.relations:
            if r.kind not in ("on top of", "inside", "on a plate") and r.subject in self.root and r.object in self.root:
                second = None if r.second is None else self.root.get(r.second)
                found = Relation(r.kind, self.root[r.subject], self.root[r.object], second)
                if found.subject not in (found.object, found.second):
                    relations.append(found)
        relations.sort(key=lambda r: r.kind != "between")
        for relation in relations:
            for index in (relation.object, relation.second, relation.subject):
                if index is not None and index not in at:
                    at[index] = self._stated_place(at, index, relations, relation if index == relation.second else None)
        for index in self.groups:
            if index not in at:
                at[index] = self._free_place(at, index, None)
        middle = np.mean(list(at.values()), axis=0)
        for index, (x, y) in at.items():
            group = self.groups[index]
            group.things = [
                replace(t, position_m=(t.position_m[0] + x - float(middle[0]), t.position_m[1] + y - float(middle[1]), t.position_m[2]))
                for t in group.things
            ]

    def _stated_place(
        self, at: dict[int, tuple[float, float]], index: int, relations: list[Relation], beyond: Relation | None
    ) -> tuple[float, float]:
        """A place that does what every relation to those already placed says, clear of them all."""
        stated = [r for r in relations if (r.subject == index and r.object in at) or (r.object == index and r.subject in at)]
        stated = [r for r in stated if r.kind != "between" or (r.subject == index and r.second in at)]
        if not stated:
            return self._free_place(at, index, beyond)
        best: tuple[float, float, float] | None = None
        for turn in range(120):
            relation = stated[turn % len(stated)]
            x, y = self._related(at, relation, index, 1 + 0.012 * turn)
            cost = sum(
                max(0.0, self.groups[k].radius_m + self.groups[index].radius_m - float(np.hypot(x - ax, y - ay)))
                for k, (ax, ay) in at.items()
            )
            cost += sum(_broken_m(r.kind, *((x, y, *at[r.object]) if r.subject == index else (*at[r.subject], x, y))) for r in stated)
            if best is None or cost < best[0]:
                best = (cost, x, y)
            if cost < 1e-6:
                break
        assert best is not None
        return best[1], best[2]

    def _related(self, at: dict[int, tuple[float, float]], relation: Relation, index: int, stretch: float) -> tuple[float, float]:
        """A place for the subject of a relation, or for its object where the subject stands already.

        Args:
            stretch: factor on the distance, 1 for near by.
        """
        kind = relation.kind if index == relation.subject else _CONVERSE.get(relation.kind, relation.kind)
        other = relation.object if index == relation.subject else relation.subject
        subject, anchor = self.groups[index], self.groups[other]
        x, y = at[other]
        gap = (subject.radius_m + anchor.radius_m) * self.rng.uniform(1.08, 1.3) * stretch
        wobble = self.rng.uniform(-0.22, 0.22) * gap
        side = self.rng.choice([-1.0, 1.0])
        if kind == "between" and relation.second is not None and relation.second in at:
            x2, y2 = at[relation.second]
            apart = max(float(np.hypot(x2 - x, y2 - y)), 1e-6)
            t = 0.5 + 0.5 * (anchor.radius_m - self.groups[relation.second].radius_m) / apart  # the middle of the gap, not of the centres
            return x + t * (x2 - x), y + t * (y2 - y) - 0.1 * subject.radius_m
        if kind == "left of":
            return x - gap, y + wobble
        if kind == "right of":
            return x + gap, y + wobble
        if kind == "in front of":
            return x + side * min(0.45 * gap, 0.5 * anchor.radius_m + 0.3 * subject.radius_m), y - gap * 1.05
        if kind == "behind":
            return x + side * min(0.5 * gap, 0.6 * anchor.radius_m + 0.35 * subject.radius_m), y + gap * 1.05
        return x + side * gap, y + wobble

    def _free_place(self, at: dict[int, tuple[float, float]], index: int, beyond: Relation | None) -> tuple[float, float]:
        group = self.groups[index]
        if not at:
            return 0.0, 0.0
        if beyond is not None and beyond.object in at:  # the second neighbour of "between": leave room for the subject
            x, y = at[beyond.object]
            room = self.groups[beyond.object].radius_m + group.radius_m + 2 * self.groups[beyond.subject].radius_m
            return x + room * 1.15, y + self.rng.uniform(-0.05, 0.05) * room
        best: tuple[float, float, float] | None = None
        for _ in range(200):
            other = list(at)[int(self.rng.integers(len(at)))]
            ox, oy = at[other]
            turn = self.rng.uniform(0, 2 * np.pi)
            gap = (self.groups[other].radius_m + group.radius_m) * self.rng.uniform(1.1, 1.45)
            x, y = ox + gap * np.cos(turn), oy + 0.7 * gap * np.sin(turn)
            clear = min(np.hypot(x - ax, y - ay) - (self.groups[k].radius_m + group.radius_m) for k, (ax, ay) in at.items())
            # small things to the front, tall ones to the back
            order = 0.5 * y * (1 if group.height_m < np.mean([self.groups[k].height_m for k in at]) else -1)
            cost = (0 if clear > 0.02 * group.radius_m else 1e3 * (1 - clear)) + np.hypot(x, 1.2 * y) + order
            if best is None or cost < best[0]:
                best = (cost, x, y)
        assert best is not None
        return best[1], best[2]


_CONVERSE: dict[RelationKind, RelationKind] = {
    "left of": "right of",
    "right of": "left of",
    "in front of": "behind",
    "behind": "in front of",
}


def _broken_m(kind: RelationKind, x: float, y: float, to_x: float, to_y: float) -> float:
    """How far a subject at (x, y) is from standing in `kind` to (to_x, to_y), with room for a camera that is turned a little."""
    dx, dy = x - to_x, y - to_y
    along = {
        "left of": -dx - 1.6 * abs(dy),
        "right of": dx - 1.6 * abs(dy),
        "in front of": -dy - 0.6 * abs(dx),
        "behind": dy - 0.6 * abs(dx),
    }
    return max(0.0, -along.get(kind, 0.0))


def settle(radii_m: Floats, room_m: float, floor_m: float, rim_m: float, rng: np.random.Generator) -> Floats:
    """Centres (N, 3) of balls dropped into a round vessel, at rest or nearly so.

    Position-based dynamics: the balls sink in small steps while overlaps with each other and with the vessel are
    pushed apart. Source: Müller et al. 2007, "Position based dynamics".
    """
    n = len(radii_m)
    p = np.zeros((n, 3))
    turn = rng.uniform(0, 2 * np.pi) + np.arange(n) * 2.399963  # sunflower spacing: neighbours in order lie apart
    spread = np.sqrt((np.arange(n) + 0.5) / n) * max(room_m - radii_m.max(), 0.0) * 0.9
    p[:, 0], p[:, 1] = spread * np.cos(turn), spread * np.sin(turn)
    p[:, 2] = floor_m + radii_m + np.arange(n) * 0.25 * radii_m.mean() + 0.1 * radii_m.mean()
    tall = rim_m - floor_m > 1.1 * room_m
    for step in range(260):
        p[:, 2] -= 0.03 * radii_m.mean() * (1 if step < 200 else 0)
        for _ in range(4):
            delta = p[:, None] - p[None]
            distance = np.linalg.norm(delta, axis=-1) + np.eye(n)
            overlap = np.maximum(radii_m[:, None] + radii_m[None] - distance, 0) * (1 - np.eye(n))
            p += (delta / distance[..., None] * overlap[..., None]).sum(1) * 0.35
            across = np.hypot(p[:, 0], p[:, 1])
            if tall:
                limit = np.maximum(room_m - radii_m, 0)
                factor = np.where((across > limit) & (p[:, 2] < rim_m + radii_m), limit / np.maximum(across, 1e-9), 1.0)
                p[:, :2] *= factor[:, None]
                ground = np.full(n, floor_m)
            else:  # a bowl: the floor rises towards the rim
                limit = np.maximum(room_m - 0.35 * radii_m, 0)
                factor = np.where(across > limit, limit / np.maximum(across, 1e-9), 1.0)
                p[:, :2] *= factor[:, None]
                rise = np.minimum((across + 0.45 * radii_m) / room_m, 1.0)
                ground = floor_m + (rim_m - floor_m) * rise**2.6 * 0.9
                p[:, :2] *= np.where(p[:, 2] < ground + radii_m, 1 - 0.01 * rise, 1.0)[:, None]
            p[:, 2] = np.maximum(p[:, 2], ground + radii_m)
    return p


def replace_radius(asset: Asset, radius_m: float) -> Asset:
    """A stand-in with another footprint, for packing round things closer than their bounding circles."""
    return _Packed(asset.parts, asset.cavity, asset.platform, radius_m)


@dataclass(frozen=True)
class _Packed(Asset):
    packed_m: float = 0.0

    @property
    def radius_m(self) -> float:
        return self.packed_m


def _asset(thing: Thing) -> Asset:
    return shape(thing.noun, thing.seed, thing.color)


def _is_round(asset: Asset) -> bool:
    low, high = asset.bounds
    size = high - low
    return bool(size.max() < 1.6 * size.min()) and asset.platform is None and asset.cavity is None and float(size.max()) < 0.2


def _is_flat(asset: Asset) -> bool:
    return asset.height_m < 0.5 * asset.radius_m


def _ball_radius(asset: Asset) -> float:
    low, high = asset.bounds
    return float((high - low).sum() / 6) * 1.02 if _is_round(asset) else asset.radius_m


def _rotated_centre(rotation_deg: tuple[float, float, float], middle_m: float) -> Floats:
    return (transform((0, 0, 0), rotation_deg)[:3, :3] @ np.array([0, 0, middle_m])).astype(float)


def _overlap_m(things: tuple[Thing, ...]) -> float:
    """Sum of how far ground-standing things reach into each other's footprint circles."""
    total = 0.0
    standing = [(t, _asset(t)) for t in things if t.support is None]
    for i, (a, asset_a) in enumerate(standing):
        for b, asset_b in standing[:i]:
            if a.entity == b.entity:
                continue
            distance = np.hypot(a.position_m[0] - b.position_m[0], a.position_m[1] - b.position_m[1])
            total += max(0.0, asset_a.radius_m * a.scale + asset_b.radius_m * b.scale - distance)
    return total


# --- camera ---------------------------------------------------------------------------------------------------


def corners_m(things: tuple[Thing, ...]) -> Floats:
    """Corners (N, 3) of the boxes around all things, in world space."""
    out = []
    for thing in things:
        low, high = _asset(thing).bounds
        box = np.array([[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])])
        m = transform(thing.position_m, thing.rotation_deg, thing.scale)
        out.append(box @ m[:3, :3].T + m[:3, 3])
    return np.concatenate(out).astype(float)


def frame(description: Description, things: tuple[Thing, ...], rng: np.random.Generator, aspect: float) -> Camera:
    """A camera that fits the things into the picture as the views ask."""
    views = description.views
    points = corners_m(things)
    low, high = points.min(0), points.max(0)
    size = float(np.linalg.norm(high - low))
    ordered = any(r.kind in ("left of", "right of", "in front of", "behind", "between", "next to") for r in description.relations)
    azimuth = rng.uniform(-14, 14) if ordered or len(things) > 2 else rng.uniform(-24, 24)
    elevation = rng.uniform(11, 27)
    fill = rng.uniform(0.68, 0.80)
    fov = rng.uniform(26, 36)
    f_ratio = rng.uniform(0.004, 0.009)
    flat = float(high[2] - low[2]) < 0.45 * float(max(high[0] - low[0], high[1] - low[1]))
    if description.light in OUTDOOR_LIGHTS and description.surface not in OUTDOOR_SURFACES:
        # a table in the open: let the horizon into the picture where the sky is worth it
        elevation = (
            rng.uniform(4, 9)
            if description.light in ("sunset", "dusk", "golden hour", "storm", "moonlight", "starry night", "aurora")
            else rng.uniform(7, 18)
        )
    filled = any(e.noun in ("bowl of soup", "cup of coffee") for e in description.entities)
    if filled or any(r.kind == "inside" for r in description.relations):
        elevation = max(elevation, rng.uniform(20, 32))  # high enough to look in
    if flat and elevation > 9:
        elevation = rng.uniform(22, 40)
    if "eye level" in views:
        elevation = rng.uniform(2.5, 7)
    if "low angle" in views:
        elevation, fov = rng.uniform(-1.0, 2.0), rng.uniform(34, 44)
    if "three-quarter" in views:
        elevation, azimuth = rng.uniform(26, 36), rng.choice([-1, 1]) * rng.uniform(26, 38)
    if "top-down" in views:
        elevation, azimuth = 89.0, rng.uniform(-4, 4)
    if "symmetrical" in views:
        azimuth = 0.0
        elevation = min(elevation, 14)
    if "wide shot" in views:
        fill, fov = rng.uniform(0.26, 0.34), rng.uniform(42, 52)
    if "close-up" in views:
        fill = rng.uniform(0.92, 1.08)
        f_ratio = max(f_ratio, 0.012)
    if "macro" in views:
        fill, f_ratio = rng.uniform(1.05, 1.3), 0.020
    if "shallow depth of field" in views:
        f_ratio = max(f_ratio, 0.024)
    if "minimal" in description.moods:
        fill = min(fill, 0.40)
    a, e = np.radians(azimuth), np.radians(elevation)
    toward = np.array([np.sin(a) * np.cos(e), -np.cos(a) * np.cos(e), np.sin(e)])
    right = np.array([np.cos(a), np.sin(a), 0.0])
    up = np.cross(right, -toward)
    target = (low + high) / 2
    half = np.tan(np.radians(fov / 2)) * np.array([max(aspect, 1.0), max(1 / aspect, 1.0)])
    for _ in range(3):
        distance = size
        for _ in range(24):
            x, y, depth = _projected(points, target, toward, right, up, distance)
            reach = max(np.abs(x).max() / half[0], np.abs(y).max() / half[1])
            distance *= float(np.clip(reach / fill, 0.7, 1.4)) ** 0.9
            if depth.min() < 0.15 * size:
                distance += 0.3 * size
        x, y, depth = _projected(points, target, toward, right, up, distance)
        shift_x, shift_y = (x.max() + x.min()) / 2, (y.max() + y.min()) / 2
        target = target + right * shift_x * distance + up * shift_y * distance
    if elevation < 60:  # leave more air above than below
        target = target + up * 0.05 * half[1] * distance
    eye = target + toward * distance
    eye[2] = max(eye[2], 0.012 + 0.02 * size)
    assert things
    main = np.array([t.position_m for t in things if t.entity in (0, -1)] or [things[0].position_m]).astype(float)
    nearest = main[np.argmin(((main - eye) ** 2).sum(1))]
    asset = _asset(things[0])
    view = target - eye
    view /= np.linalg.norm(view)
    focus = float((nearest + [0, 0, 0.45 * asset.height_m] - eye) @ view) - 0.45 * asset.radius_m
    if "macro" in views:
        target = target + (nearest + [0, 0, 0.6 * asset.height_m] - target) * 0.6
    return Camera(
        _xyz(eye),
        _xyz(target),
        float(fov),
        float(f_ratio * distance),
        max(focus, 0.02),
        (0.0, 1.0, 0.0) if elevation > 80 else (0.0, 0.0, 1.0),
    )


def _projected(points: Floats, target: Floats, toward: Floats, right: Floats, up: Floats, distance: float) -> tuple[Floats, Floats, Floats]:
    relative = points - (target + toward * distance)
    depth = np.maximum(-(relative @ toward), 1e-4)
    return relative @ right / depth, relative @ up / depth, depth


def _xyz(v: Floats) -> tuple[float, float, float]:
    return float(v[0]), float(v[1]), float(v[2])
