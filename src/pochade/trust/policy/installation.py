"""The gate of this installation, as `policy.toml` in its data folder sets it up."""

from __future__ import annotations

import time
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pochade.core.errors import InvalidRequestError, SigningError
from pochade.trust import keys
from pochade.trust.audit.signing import key_file
from pochade.trust.decisions import DecisionLog, find, log_secret
from pochade.trust.policy.appeals import Appeal, AppealFile
from pochade.trust.policy.gate import Gate
from pochade.trust.policy.moderation import Moderation
from pochade.trust.policy.organisation import organisation
from pochade.trust.policy.strikes import Strikes

FILE = "policy.toml"
STRIKES = "strikes.json"
_SECTIONS = ("organisation", "moderation", "strikes", "log")


def installation_gate(folder: Path | None = None) -> Gate:
    """A gate with the organisation, the moderation service and the strikes of `policy.toml`, and with the decision log.

    Sections, all optional: `[organisation]` (see `Organisation`), `[moderation]` (`base_url`, `model`, `key_env`, `timeout_s`),
    `[strikes]` (`max_strikes`, `absolute_weight`, `max_requests`, `window_s`, `exempt`), `[log]` (`clear`, `every`).
    Strikes are kept in the data folder, for all processes; how fast a key asks is counted in each gate.

    Args:
        folder: data folder; None: this installation's.

    Raises:
        InvalidRequestError: if the file cannot be read or holds what is not accepted.
        SigningError: if keys or log cannot be written.
    """
    folder = folder or keys.key_folder().parent
    raw = _read(folder / FILE)
    try:
        log = DecisionLog(
            folder / "decisions.jsonl",
            key_file(folder / "signing" / "audit.pem"),
            log_secret(folder / "signing" / "decisions.secret"),
            **raw.get("log", {}),
        )
        return Gate(
            organisation=organisation(raw["organisation"]) if "organisation" in raw else None,
            moderation=Moderation(**raw["moderation"]) if "moderation" in raw else None,
            strikes=Strikes(**raw.get("strikes", {}), clock=time.time, path=folder / STRIKES, named=log.keyed),
            log=log,
        )
    except OSError as error:
        raise SigningError(
            f"The keys and the decision log in {folder} cannot be written ({error.strerror}), so no picture can be accounted for; "
            "it cannot be signed either. Make the folder writable, or name another one with POCHADE_DATA."
        ) from error
    except TypeError as error:
        raise InvalidRequestError(f"{folder / FILE} holds a setting that is not accepted ({error}). See docs/policy.md.") from error


def installation_appeals() -> AppealFile:
    """The appeals of this installation, for the command line and the studio alike."""
    return AppealFile(keys.key_folder().parent / "appeals.jsonl")


def answer_appeal(decision_id: str, answer: str, gate: Gate) -> Appeal:
    """Notes an administrator's answer; granting takes back the strikes of whoever was refused, as the log says, else of who appealed.

    Raises:
        InvalidRequestError: if there is no such appeal, or the answer is neither "upheld" nor "granted".
    """
    answered = installation_appeals().answer(decision_id, answer)
    if answer == "granted" and gate.strikes is not None and isinstance(gate.log, DecisionLog):
        actor = find(gate.log.path, [decision_id]).get(decision_id, {}).get("actor", "")
        if named := actor or (gate.log.keyed(answered.actor) if answered.actor else ""):
            gate.strikes.forgive_named(named)
    return answered


def _read(path: Path) -> Mapping[str, Any]:
    if not path.exists():
        return {}
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidRequestError(f"{path} cannot be read ({error}). Correct it; without it nothing is painted.") from error
    if odd := sorted(set(raw) - set(_SECTIONS)):
        raise InvalidRequestError(f"Got the section {odd[0]!r} in {path}; accepted: {', '.join(_SECTIONS)}. Correct it.")
    return raw
