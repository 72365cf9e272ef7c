"""Kills a process that submits and paints jobs, again and again, and counts what was lost or done twice.

    python benchmarks/crash.py --rounds 1000
    python benchmarks/crash.py --rounds 200 --database postgresql://user@host/empty --processes 3

Every round forks processes that submit jobs, lease them, keep pictures and finish jobs as fast as they can, and ends them by
SIGKILL after a random time. What they were told was accepted or kept they write to a journal of their own before going on.
In the end one more process finishes what is open; then the store is held against the journals. This shows that nothing
depends on a process ending well. It does not cut the power: that needs the syncs that tests/store/test_blobs.py looks for.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pochade.core.errors import OverloadedError, PochadeError, QuotaExceededError, StaleLeaseError
from pochade.store import Claim, Job, Lease, Limits, NewJob, NewPicture, Picture, Store, User, open_store

LIMITS = Limits(max_attempts=1_000_000_000, jobs_per_user=30, jobs=60)
LEASE_S = 0.1


@dataclass
class Report:
    """What the rounds came to. All but the first four should be 0."""

    rounds: int
    accepted: int
    pictures: int
    stale_results_refused: int
    lost_jobs: int
    unfinished_jobs: int
    jobs_accepted_twice: int
    lost_pictures: int
    duplicate_pictures: int
    wrong_or_missing_files: int
    damage: int

    @property
    def clean(self) -> bool:
        return not any(list(asdict(self).values())[4:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--database", help="URL of an empty database; None: SQLite in a new folder")
    parser.add_argument("--processes", type=int, default=1, help="at a time; SQLite allows one")
    parser.add_argument("--longest-s", type=float, default=0.5, help="a process lives up to so long once it has begun")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        database = chosen.database or f"sqlite:///{folder}/pochade.db"
        report = run(database, folder, chosen.rounds, chosen.processes, chosen.longest_s, random.Random(chosen.seed))
    print(json.dumps(asdict(report), indent=1))
    sys.exit(0 if report.clean else 1)


def run(database: str, folder: Path, rounds: int, processes: int, longest_s: float, rng: random.Random) -> Report:
    """Runs the rounds and holds the store against the journals."""
    store = opened(database, folder)
    users = [store.users.create_first("first")]
    users += [store.users.create(users[0], name) for name in ("second", "third")]
    store.close()
    for number in range(rounds):
        children = [forked(database, folder, users, slot) for slot in range(processes)]
        if rng.random() < 0.9:  # the others die while they open the store
            for _, opened_it in children:
                os.read(opened_it, 1)
        time.sleep(rng.uniform(0, longest_s))
        for child, opened_it in children:
            os.close(opened_it)
            os.kill(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
            if not os.WIFSIGNALED(status):
                sys.exit(f"process {child} ended by itself: see above")
        print(f"\r{number + 1}/{rounds}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    store = opened(database, folder)
    with Journal(folder, "last") as journal:
        while store.queue.counts().keys() & {"queued", "running"}:
            paint_some(store, journal, random.Random(0))
            time.sleep(LEASE_S / 10)  # for the leases of the dead to run out
    report = compared(store, folder, users, rounds)
    store.close()
    return report


class Journal:
    """What a process knows: one line per fact, written before it goes on."""

    def __init__(self, folder: Path, name: str):
        self._file = open(folder / f"{name}.journal", "a+b", buffering=0)  # noqa: SIM115 - lives as long as the process

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def note(self, *words: object) -> None:
        self._file.write(" ".join(map(str, words)).encode() + b"\n")

    def facts(self) -> list[list[str]]:
        self._file.seek(0)
        return [line.split() for line in self._file.read().decode().splitlines()]


def opened(database: str, folder: Path) -> Store:
    return open_store(database, str(folder / "blobs"), key=b"k" * 32, limits=LIMITS)


def forked(database: str, folder: Path, users: list[User], slot: int) -> tuple[int, int]:
    """A process that works until it is killed, and a pipe that it writes to once it has opened the store.

    Forked, since starting Python anew would take longer than a round.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child:
        os.close(writer)
        return child, reader
    try:
        os.close(reader)
        store, journal, rng = opened(database, folder), Journal(folder, f"slot-{slot}"), random.Random()
        os.write(writer, b".")
        threading.Thread(target=submit_all, args=(store, journal, users, slot), daemon=True).start()
        while True:
            paint_some(store, journal, rng)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(1)


def submit_all(store: Store, journal: Journal, users: list[User], slot: int) -> None:
    """Submits jobs 0, 1, 2, ... of this slot; like any client, again with the same key when it never heard of the outcome."""
    try:
        facts = journal.facts()
        number = sum(fact[0] == "accepted" for fact in facts)
        while True:
            key, user = f"{slot}-{number}", users[number % len(users)]
            image = store.blobs.put(f"input of {key}".encode()) if number % 4 == 0 else None
            job = NewJob({"key": key}, "model", 64, 64, num_images=1 + number % 3, image_sha256=image, idempotency_key=key)
            # by half of them the worker takes the next job with the same commit
            claim = Claim("claim", LEASE_S) if random.random() < 0.5 else None
            try:
                accepted = store.queue.submit(user, job, claim)
            except (QuotaExceededError, OverloadedError):
                time.sleep(0.02)
                continue
            journal.note("accepted", key, accepted.job.id)
            number += 1
            paint_leased(store, journal, random.Random(), accepted.leases)
    except BaseException:
        traceback.print_exc()
        os._exit(1)


def paint_some(store: Store, journal: Journal, rng: random.Random) -> None:
    """Leases some jobs, at once or one after the other, and paints them."""
    if rng.random() < 0.5:
        leases = store.queue.lease("crash", ttl_s=LEASE_S, max_batch=3)
    else:
        leases = store.queue.lease("crash", ttl_s=LEASE_S)
        leases += store.queue.lease_more(leases[0], "crash", LEASE_S, 2, lambda job: True) if leases else []
    paint_leased(store, journal, rng, leases)
    if not leases:
        time.sleep(0.005)


def paint_leased(store: Store, journal: Journal, rng: random.Random, leases: Sequence[Lease]) -> None:
    """Paints leased jobs; no two paintings of a picture are alike."""
    for lease in leases:
        try:
            for index in lease.missing:
                file = f"{lease.job.id} {index} {rng.getrandbits(64)}".encode()
                picture = NewPicture(file, "text/plain", 64, 64, lease.job.model_id)
                if rng.random() < 0.02:
                    time.sleep(LEASE_S * 1.5)  # a worker that was asleep when its lease ran out
                kept = store.queue.deliver(lease, index, picture, last=index == lease.missing[-1])
                journal.note("kept", lease.job.id, index, kept.sha256)
            if not lease.missing:
                store.queue.complete(lease)
        except StaleLeaseError:
            journal.note("stale", lease.job.id)


def compared(store: Store, folder: Path, users: list[User], rounds: int) -> Report:
    """The store against the journals."""
    facts = [line.split() for path in folder.glob("*.journal") for line in path.read_text().splitlines()]
    accepted: dict[str, set[str]] = {}
    kept: dict[tuple[str, int], set[str]] = {}
    for fact in facts:
        if fact[0] == "accepted":
            accepted.setdefault(fact[1], set()).add(fact[2])
        elif fact[0] == "kept":
            kept.setdefault((fact[1], int(fact[2])), set()).add(fact[3])
    jobs = {job.id: (user, job) for user in users for job in store.queue.list(user, limit=10_000_000)}
    known = set().union(*accepted.values())
    stored = [(job, picture) for user, job in jobs.values() for picture in store.pictures.of_job(user, job.id)]
    by_place = {(picture.job_id, picture.index): picture.sha256 for _, picture in stored}
    expected = sum(job.num_images for _, job in jobs.values())
    return Report(
        rounds=rounds,
        accepted=len(known),
        pictures=len(stored),
        stale_results_refused=sum(fact[0] == "stale" for fact in facts),
        lost_jobs=len(known - jobs.keys()),
        unfinished_jobs=sum(job.state != "done" for _, job in jobs.values()),
        jobs_accepted_twice=sum(len(ids) - 1 for ids in accepted.values())
        + len(jobs)
        - len({job.request["key"] for _, job in jobs.values()}),
        lost_pictures=max(expected - len(by_place), 0) + sum(names != {by_place.get(place)} for place, names in kept.items()),
        duplicate_pictures=len(stored) - len(by_place),
        wrong_or_missing_files=sum(not readable(store, job, picture) for job, picture in stored),
        damage=damage(store),
    )


def readable(store: Store, job: Job, picture: Picture) -> bool:
    """Whether the file of a picture and the input of its job are there and are what they should be."""
    try:
        if job.image_sha256 is not None and store.blobs.get(job.image_sha256) != f"input of {job.request['key']}".encode():
            return False
        return store.blobs.get(picture.sha256).startswith(f"{job.id} {picture.index} ".encode())
    except PochadeError:
        return False


def damage(store: Store) -> int:
    """What SQLite finds wrong with its file."""
    database = store._context.database
    if not database.is_sqlite:
        return 0
    with database.engine.connect() as connection:
        found = [row[0] for row in connection.exec_driver_sql("PRAGMA integrity_check")]
        return len([line for line in found if line != "ok"]) + len(connection.exec_driver_sql("PRAGMA foreign_key_check").all())


if __name__ == "__main__":
    main()
