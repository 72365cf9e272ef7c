"""Who may reach what. Every public method of the store stands in one of three tables here; a new one fails until it does."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest

from pochade.core.errors import ForbiddenError, NotFoundError
from pochade.store import NewPicture, Store, User
from store.samples import JOB, picture, submit

FOREIGN: dict[str, Callable[[Store, User, Any], Any]] = {
    "users.get": lambda s, who, adas: s.users.get(who, adas.user.id),
    "users.set_password": lambda s, who, adas: s.users.set_password(who, adas.user.id, "correct horse battery"),
    "sessions.list": lambda s, who, adas: s.sessions.list(who),
    "sessions.close": lambda s, who, adas: s.sessions.close(who, adas.login.id),
    "keys.list": lambda s, who, adas: s.keys.list(who),
    "keys.revoke": lambda s, who, adas: s.keys.revoke(who, adas.key.id),
    "settings.get": lambda s, who, adas: s.settings.get(who, "theme"),
    "settings.all": lambda s, who, adas: s.settings.all(who),
    "settings.set": lambda s, who, adas: s.settings.set(who, "theme", "light"),
    "events.list": lambda s, who, adas: [event for event in s.events.list(who) if event.user_id != who.id],
    "queue.get": lambda s, who, adas: s.queue.get(who, adas.job.id),
    "queue.list": lambda s, who, adas: s.queue.list(who),
    "queue.cancel": lambda s, who, adas: s.queue.cancel(who, adas.job.id),
    "queue.standing": lambda s, who, adas: s.queue.standing(who, adas.job.id),
    "queue.earlier": lambda s, who, adas: s.queue.earlier(who, adas.new_job),
    "queue.submit": lambda s, who, adas: submit(s, who, parent_ids=(adas.picture.id,)),
    "pictures.add": lambda s, who, adas: s.pictures.add(who, NewPicture(b"x", "image/png", 1, 1, "m", parent_ids=(adas.picture.id,))),
    "pictures.get": lambda s, who, adas: s.pictures.get(who, adas.picture.id),
    "pictures.read": lambda s, who, adas: s.pictures.read(who, adas.picture.id),
    "pictures.of_job": lambda s, who, adas: s.pictures.of_job(who, adas.job.id),
    "pictures.list": lambda s, who, adas: s.pictures.list(who) + s.pictures.list(who, collection_id=adas.collection.id),
    "pictures.children": lambda s, who, adas: s.pictures.children(who, adas.picture.id),
    "pictures.set_favourite": lambda s, who, adas: s.pictures.set_favourite(who, [adas.picture.id], True),
    "pictures.delete": lambda s, who, adas: s.pictures.delete(who, [adas.picture.id]),
    "pictures.restore": lambda s, who, adas: s.pictures.restore(who, [adas.picture.id]),
    "pictures.empty_bin": lambda s, who, adas: s.pictures.empty_bin(who),
    "collections.list": lambda s, who, adas: s.collections.list(who),
    "collections.rename": lambda s, who, adas: s.collections.rename(who, adas.collection.id, "Mine"),
    "collections.delete": lambda s, who, adas: s.collections.delete(who, adas.collection.id),
    "collections.put": lambda s, who, adas: s.collections.put(who, adas.collection.id, []),
    "collections.take": lambda s, who, adas: s.collections.take(who, adas.collection.id, [adas.picture.id]),
}
"""Attempts on what belongs to somebody else: each finds nothing and changes nothing, for members and, but for accounts, administrators."""

ADMINISTRATORS: dict[str, Callable[[Store, User, Any], Any]] = {
    "users.create": lambda s, who, adas: s.users.create(who, "Carol"),
    "users.list": lambda s, who, adas: s.users.list(who),
    "users.set_role": lambda s, who, adas: s.users.set_role(who, adas.user.id, "member"),
    "users.set_disabled": lambda s, who, adas: s.users.set_disabled(who, adas.user.id, True),
    "users.delete": lambda s, who, adas: s.users.delete(who, adas.user.id),
    "models.put": lambda s, who, adas: s.models.put(who, "m", "openai", {}),
    "models.remove": lambda s, who, adas: s.models.remove(who, "m"),
    "settings.set_system": lambda s, who, adas: s.settings.set_system(who, "registration", "open"),
    "keys.create": lambda s, who, adas: s.keys.create(who, "laptop", scopes=("admin",)),
}
"""What a member is told is not for members."""

NOBODYS: dict[str, str] = {
    "users.count": "a number; whether this is the first start",
    "users.create_first": "refused once there is an account",
    "users.authenticate": "needs the password",
    "sessions.open": "for a user just authenticated",
    "sessions.login_link": "for the person at the console, and for administrators",
    "sessions.redeem": "needs the secret",
    "sessions.find": "needs the secret",
    "sessions.sweep": "a number",
    "keys.authenticate": "needs the secret",
    "models.list": "all may see which models there are",
    "settings.get_system": "of the installation",
    "events.record": "writes only",
    "collections.create": "writes only, the acting user's own",
    "queue.lease": "for workers",
    "queue.lease_more": "for workers",
    "queue.heartbeat": "needs the lease",
    "queue.parent_files": "needs the lease; only of the job's owner",
    "queue.deliver": "needs the lease",
    "queue.complete": "needs the lease",
    "queue.fail": "needs the lease",
    "queue.abandon": "needs the lease",
    "queue.recover": "a number; at the start",
    "queue.counts": "numbers",
    "blobs.put": "writes only",
    "blobs.get": "needs the SHA-256 of the content, which only rows name",
    "blobs.names": "for sweep",
    "blobs.delete": "for sweep",
    "migrate": "no user data",
    "sweep": "a number",
    "close": "no user data",
}
"""What has no acting user or nothing to give away, and why that is right."""


class Adas:
    """One thing of each kind, all Ada's."""

    def __init__(self, store: Store, user: User):
        self.user = user
        self.login, _ = store.sessions.open(user)
        self.key, _ = store.keys.create(user, "laptop")
        self.new_job = JOB.__class__(**{**vars(JOB), "idempotency_key": "k"})
        self.job = store.queue.submit(user, self.new_job).job
        [lease] = store.queue.lease("w")
        self.picture = store.queue.deliver(lease, 0, picture())
        store.pictures.add(user, NewPicture(b"child", "image/png", 1, 1, "m", parent_ids=(self.picture.id,)))
        binned = store.pictures.add(user, picture())
        store.pictures.delete(user, [binned.id])
        self.collection = store.collections.create(user, "Fruit")
        store.collections.put(user, self.collection.id, [self.picture.id])
        store.settings.set(user, "theme", "dark")

    def seen(self, store: Store) -> list[Any]:
        """All of it, as Ada sees it."""
        user = self.user
        return [
            store.users.get(user, user.id),
            store.sessions.list(user),
            store.keys.list(user),
            store.queue.list(user),
            store.pictures.list(user),
            store.pictures.list(user, deleted=True),
            store.pictures.list(user, collection_id=self.collection.id),
            store.collections.list(user),
            store.settings.all(user),
        ]


def methods(store: Store) -> dict[str, Callable[..., Any]]:
    """Every public method of the store and its parts, by dotted name."""
    found = {}
    for name, part in vars(store).items():
        if not name.startswith("_"):
            found |= {f"{name}.{method}": call for method, call in inspect.getmembers(part, inspect.ismethod) if not method.startswith("_")}
    return found | {method: call for method, call in inspect.getmembers(store, inspect.ismethod) if not method.startswith("_")}


def test_every_method_stands_in_one_table(store):
    assert sorted([*FOREIGN, *ADMINISTRATORS, *NOBODYS]) == sorted(methods(store))


@pytest.mark.parametrize("name", [*FOREIGN, *ADMINISTRATORS])
def test_methods_on_user_data_begin_with_the_acting_user(name):
    part, method = name.split(".")
    import pochade.store.store as module

    owner = {"users": "Users", "sessions": "Sessions", "keys": "ApiKeys"}.get(part, part.capitalize())
    assert list(inspect.signature(getattr(getattr(module, owner), method)).parameters)[1] == "acting"


@pytest.mark.parametrize("role", ["member", "admin"])
def test_what_is_somebody_elses_does_not_exist(store, ada, bob, role):
    adas = Adas(store, ada)
    before = adas.seen(store)
    bob = store.users.set_role(ada, bob.id, role)
    for name, attempt in FOREIGN.items():
        if role == "admin" and name.startswith("users."):
            continue  # administrators look after accounts
        try:
            found = attempt(store, bob, adas)
        except NotFoundError:
            found = None
        assert not found, name
        assert adas.seen(store) == before, name


def test_members_may_not_administer(store, ada, bob):
    adas = Adas(store, ada)
    before = adas.seen(store)
    for name, attempt in ADMINISTRATORS.items():
        with pytest.raises(ForbiddenError, match="'Bob' may not"):
            attempt(store, bob, adas)
        assert adas.seen(store) == before, name
