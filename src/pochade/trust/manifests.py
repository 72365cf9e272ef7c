"""C2PA manifests: written last of all, read by the detector. Nothing is fetched from the network unless a time stamp is configured."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Literal

from pochade import __version__
from pochade.core.errors import SigningError
from pochade.trust.keys import Credentials
from pochade.trust.metadata import SOURCE_TYPE_URI
from pochade.trust.watermark import ALGORITHM

Made = Literal["created", "edited", "transcoded"]
TrainingUse = Literal["allowed", "notAllowed", "constrained"]
TRAINING_USES = ("cawg.ai_inference", "cawg.ai_generative_training", "cawg.ai_training", "cawg.data_mining")
"""Source: CAWG training and data mining assertion 1.1."""
LEARNED = ("trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia")
_MAGIC = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"RIFF": "image/webp"}
_SETTINGS = {
    "builder": {"thumbnail": {"enabled": False}},
    # what was just made need not be checked again; `verify` does
    "verify": {"verify_after_sign": False, "ocsp_fetch": False, "remote_manifest_fetch": False},
}


@dataclass(frozen=True)
class Claim:
    """What a manifest says about a picture.

    Attributes:
        title: a name for people.
        source_type: the last part of IPTC's URI; None, with parents only: nothing is said beyond what theirs say.
        made: "created" from nothing, "edited" from pictures, or "transcoded" from one.
        model_id: the model that painted it, or None.
        watermark_id: the id in the watermark, 0 to 2**64 - 1; None: there is none.
        training: what others may use the picture for; None: nothing is said.
        parents: files that it was made from, the main one first; their own manifests are kept inside.
    """

    title: str
    source_type: str | None
    made: Made = "created"
    model_id: str | None = None
    watermark_id: int | None = None
    training: TrainingUse | None = "notAllowed"
    parents: tuple[bytes, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class Manifest:
    """What the manifest of a file says, and whether it holds.

    Attributes:
        state: "trusted" (whole, signed by a root we trust), "valid" (whole, signed by someone unknown), or "invalid".
        faults: C2PA's codes of what is wrong, e.g. "assertion.dataHash.mismatch".
        signer: who signed: organisation and name of the certificate; "" if unknown. Anyone can write anything there: see `state`.
        generator: the program that made the claim.
        source_types: last parts of the IPTC URIs of its actions.
        models: names of software agents and models.
        actions: C2PA's names, e.g. "c2pa.created".
        watermark_ids: ids that it says the watermark carries, 16 hexadecimal digits each.
        training: entry to use, e.g. {"cawg.ai_training": "notAllowed"}.
        ingredients: titles of what it was made from.
        signed_at: time of the time-stamping authority, or None.
    """

    state: Literal["trusted", "valid", "invalid"]
    faults: tuple[str, ...] = ()
    signer: str = ""
    generator: str = ""
    source_types: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    watermark_ids: tuple[str, ...] = ()
    training: Mapping[str, str] = field(default_factory=dict)
    ingredients: tuple[str, ...] = ()
    signed_at: str | None = None


def media_type(data: bytes) -> str | None:
    """Of a PNG, JPEG or WebP file, by its first bytes, whatever its name says; None for anything else."""
    if data[:4] == b"RIFF" and data[8:12] != b"WEBP":
        return None
    return next((name for magic, name in _MAGIC.items() if data.startswith(magic)), None)


def sign(data: bytes, claim: Claim, credentials: Credentials) -> bytes:
    """The file with a signed manifest in it. Not deterministic: every signature is new.

    Args:
        data: a PNG, JPEG or WebP file.

    Raises:
        SigningError: if it cannot be signed; retryable.
    """
    import c2pa

    kind = media_type(data)
    if kind is None:
        raise SigningError("The file to be signed is no PNG, JPEG or WebP file. Encode the picture anew.")
    target = BytesIO()
    try:
        context, signer = _signing(credentials)
        parents = [parent for parent in claim.parents if media_type(parent)]
        with c2pa.Builder(_definition(claim, kind, len(parents)), context=context) as builder:
            for index, parent in enumerate(parents):
                _add_parent(builder, parent, index)
            builder.sign(signer, kind, BytesIO(data), target)
    except (c2pa.C2paError, OSError, ValueError) as error:
        _of_thread.credentials = None
        raise SigningError(f"The picture could not be signed, and is not delivered unsigned ({error}). Try again.") from error
    return target.getvalue()


_of_thread = threading.local()


def _signing(credentials: Credentials) -> tuple[Any, Any]:
    """Context and signer, which take a third of the time of a small picture's signature to make: kept by each thread for its next."""
    import c2pa

    if getattr(_of_thread, "credentials", None) != credentials:
        info = c2pa.C2paSignerInfo(
            credentials.algorithm.encode(),
            credentials.chain_pem.encode(),
            credentials.key_pem.encode(),
            credentials.timestamp_url.encode() if credentials.timestamp_url else None,
        )
        _of_thread.context = c2pa.Context(c2pa.Settings.from_dict(_SETTINGS))
        _of_thread.signer = c2pa.Signer.from_info(info)
        _of_thread.credentials = credentials
    return _of_thread.context, _of_thread.signer


def _add_parent(builder: Any, parent: bytes, index: int) -> None:
    name = _ingredient_name(index)
    relationship = "parentOf" if index == 0 else "componentOf"
    ingredient = {"title": name, "relationship": relationship, "label": name, "instance_id": name}
    builder.add_ingredient(ingredient, media_type(parent), BytesIO(parent))


def _ingredient_name(index: int) -> str:
    return f"picture {index + 1}"


def _definition(claim: Claim, kind: str, parents: int) -> dict[str, Any]:
    source = {} if claim.source_type is None else {"digitalSourceType": SOURCE_TYPE_URI + claim.source_type}
    agent = {"name": claim.model_id or "Pochade", "version": __version__}
    made: dict[str, Any] = {"action": f"c2pa.{claim.made}", **source, "softwareAgent": agent}
    actions = [made]
    if parents:
        actions = [{"action": "c2pa.opened", "parameters": {"ingredientIds": [_ingredient_name(0)]}}]
        actions += [{"action": "c2pa.placed", "parameters": {"ingredientIds": [_ingredient_name(k)]}} for k in range(1, parents)]
        actions.append(made if claim.made != "created" else {**made, "action": "c2pa.edited"})
    elif claim.made != "created":
        # C2PA asks for a beginning: what it was made from is not at hand
        actions = [{**made, "action": "c2pa.created"}]
    assertions: list[dict[str, Any]] = []
    if claim.watermark_id is not None:
        if claim.made != "transcoded":
            actions.append({"action": "c2pa.watermarked.bound", "softwareAgent": {"name": "Pochade", "version": __version__}})
        binding = {"alg": ALGORITHM, "blocks": [{"scope": {}, "value": f"{claim.watermark_id:016x}"}]}
        assertions.append({"label": "c2pa.soft-binding", "data": binding})
    assertions.insert(0, {"label": "c2pa.actions.v2", "data": {"actions": actions}})
    if claim.source_type in LEARNED:
        assertions.append({"label": "c2pa.ai-disclosure", "data": _disclosure(claim)})
    if claim.training is not None:
        entries = {use: {"use": claim.training} for use in TRAINING_USES}
        assertions.append({"label": "cawg.training-mining", "data": {"entries": entries}})
    return {
        "claim_generator_info": [{"name": "Pochade", "version": __version__}],
        "title": claim.title,
        "format": kind,
        "assertions": assertions,
    }


def _disclosure(claim: Claim) -> dict[str, Any]:
    """Source: C2PA specification 2.4, AI disclosure assertion."""
    named = {} if claim.model_id is None else {"modelName": claim.model_id, "modelIdentifier": claim.model_id}
    return {"modelType": "c2pa.types.model", **named, "contentProfile": {"humanOversightLevel": "prompt_guided"}}


def read(data: bytes, trusted_roots: str = "") -> Manifest | None:
    """The manifest of a file, or None if it has none.

    Args:
        data: a PNG, JPEG or WebP file, or anything.
        trusted_roots: PEM certificates whose signatures are trusted.
    """
    import c2pa

    kind = media_type(data)
    if kind is None:
        return None
    settings: dict[str, Any] = {"verify": {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_trust": True}}
    if trusted_roots:
        settings["trust"] = {"user_anchors": trusted_roots}
    try:
        with c2pa.Context(c2pa.Settings.from_dict(settings)) as context, c2pa.Reader(kind, BytesIO(data), context=context) as reader:
            return _manifest(json.loads(reader.json()))
    except c2pa.C2paError.ManifestNotFound:  # type: ignore[attr-defined]  # put on the class when the library is loaded
        return None
    except (c2pa.C2paError, ValueError) as error:
        # a store that cannot even be parsed; or a damaged file that never had one
        return Manifest("invalid", (f"unreadable: {error}"[:200],)) if b"jumb" in data and b"c2pa" in data else None


def _manifest(store: Any) -> Manifest:
    """What a manifest store says. Whoever signs writes what they like into it: what has another shape than it should says nothing."""
    store = _mapping(store)
    active = _mapping(_mapping(store.get("manifests")).get(str(store.get("active_manifest"))))
    state = str(store.get("validation_state", "")).lower()
    found: dict[str, list[Mapping[str, Any]]] = {}
    for assertion in _mappings(active.get("assertions")):
        found.setdefault(str(assertion.get("label", "")).split("__")[0], []).append(_mapping(assertion.get("data")))
    actions = [
        action
        for label in ("c2pa.actions", "c2pa.actions.v2")
        for data in found.get(label, [])
        for action in _mappings(data.get("actions"))
    ]
    agents = [action["softwareAgent"] for action in actions if action.get("softwareAgent")]
    models = [agent if isinstance(agent, str) else str(_mapping(agent).get("name", "")) for agent in agents]
    models += [str(data["modelName"]) for data in found.get("c2pa.ai-disclosure", []) if data.get("modelName")]
    signature = _mapping(active.get("signature_info"))
    generators = _mappings(active.get("claim_generator_info"))
    return Manifest(
        state="trusted" if state == "trusted" else "valid" if state == "valid" else "invalid",
        faults=_unique(str(fault.get("code", "")) for fault in _mappings(store.get("validation_status"))),
        signer=", ".join(str(signature[name]) for name in ("issuer", "common_name") if signature.get(name)),
        generator=", ".join(f"{one.get('name', '')} {one.get('version', '')}".strip() for one in generators),
        source_types=_unique(str(action["digitalSourceType"]).rsplit("/", 1)[-1] for action in actions if action.get("digitalSourceType")),
        models=_unique(model for model in models if model and model != "Pochade"),
        actions=_unique(str(action.get("action", "")) for action in actions),
        watermark_ids=_unique(
            str(block.get("value", ""))
            for data in found.get("c2pa.soft-binding", [])
            if data.get("alg") == ALGORITHM
            for block in _mappings(data.get("blocks"))
        ),
        training={
            str(name): str(_mapping(entry).get("use", ""))
            for label in ("cawg.training-mining", "c2pa.training-mining")
            for data in found.get(label, [])
            for name, entry in _mapping(data.get("entries")).items()
        },
        ingredients=tuple(str(one.get("title") or "untitled") for one in _mappings(active.get("ingredients"))),
        signed_at=None if signature.get("time") is None else str(signature["time"]),
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _unique(texts: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))


def merged_sources(types: Sequence[str]) -> str | None:
    """The type that says most about how a picture came to be: learned before computed before anything else; None of none."""
    order = (*LEARNED, "algorithmicMedia")
    return min(types, key=lambda name: order.index(name) if name in order else len(order), default=None)
