"""Accounts, logins, keys: secrets are shown once, kept hashed, and stop working when they should."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text

from pochade.core.errors import ForbiddenError, InvalidRequestError, NotFoundError
from store.samples import picture, submit

PASSWORD = "correct horse battery"


def everything(store) -> str:
    """All text in the database."""
    with store._context.database.read() as session:
        return "\n".join(str(row) for table in ("users", "sessions", "api_keys") for row in session.execute(text(f"SELECT * FROM {table}")))


def test_first_account_is_an_administrator_and_the_only_one_made_so(store):
    assert store.users.count() == 0
    assert store.users.create_first("Ada").is_admin
    with pytest.raises(ForbiddenError, match="accounts already"):
        store.users.create_first("Eve")


@pytest.mark.parametrize("name", ["", "  ", "x" * 65, "a\nb", "ada", "ＡＤＡ"])
def test_unfit_or_taken_names_are_refused(store, ada, name):
    with pytest.raises(InvalidRequestError) as refused:
        store.users.create(ada, name)
    assert refused.value.field == "name"


def test_password_opens_and_is_not_kept(store, ada):
    carol = store.users.create(ada, "Carol", password=PASSWORD)
    assert store.users.authenticate("carol", PASSWORD) == carol
    assert store.users.authenticate("carol", PASSWORD + "!") is None
    assert store.users.authenticate("nobody", PASSWORD) is None
    assert store.users.authenticate("Ada", "") is None, "an account without password is entered by link only"
    assert PASSWORD not in everything(store)


def test_short_password_is_refused(store, ada):
    with pytest.raises(InvalidRequestError, match="password of 5 characters; 10 to 1,000"):
        store.users.set_password(ada, ada.id, "short")


def test_new_password_ends_all_logins(store, ada):
    _, secret = store.sessions.open(ada)
    store.users.set_password(ada, ada.id, PASSWORD)
    assert store.sessions.find(secret) is None


def test_login_lasts_as_long_as_said(store, ada, clock):
    login, secret = store.sessions.open(ada, ttl_s=60)
    assert store.sessions.find(secret) == (ada, login)
    assert store.sessions.list(ada) == [login]
    clock.now += 60
    assert store.sessions.find(secret) is None
    assert store.sessions.sweep() == 1


def test_closed_login_is_over(store, ada):
    login, secret = store.sessions.open(ada)
    store.sessions.close(ada, login.id)
    assert store.sessions.find(secret) is None


def test_login_link_works_once_and_is_no_login(store, ada):
    link = store.sessions.login_link(ada)
    assert store.sessions.find(link) is None
    assert store.sessions.redeem(link) == ada
    assert store.sessions.redeem(link) is None


def test_login_link_expires(store, ada, clock):
    link = store.sessions.login_link(ada, ttl_s=60)
    clock.now += 60
    assert store.sessions.redeem(link) is None


def test_key_has_256_bits_and_is_not_kept(store, ada):
    key, secret = store.keys.create(ada, "laptop")
    # URL-safe base64 carries 6 bits a character
    assert re.fullmatch(r"pochade_[\w-]{43}", secret)
    assert store.keys.authenticate(secret) == (ada, key)
    assert (key.hint, key.scopes) == (secret[-4:], ("paint", "read"))
    assert secret not in everything(store)


def test_hashes_need_the_installation_secret(store, ada):
    import hashlib

    _, secret = store.keys.create(ada, "laptop")
    assert hashlib.sha256(secret.encode()).hexdigest() not in everything(store)
    with store._context.database.read() as session:
        kept = session.scalar(text("SELECT secret_hash FROM api_keys"))
    # RFC 2104 by hand: H((K ^ opad) || H((K ^ ipad) || message))
    pad = store._context.key.ljust(64, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in pad) + secret.encode()).digest()
    assert kept == hashlib.sha256(bytes(byte ^ 0x5C for byte in pad) + inner).hexdigest()


def test_key_expires(store, ada, clock):
    _, secret = store.keys.create(ada, "laptop", expires_at=clock.now + 60)
    assert store.keys.authenticate(secret)
    clock.now += 60
    assert store.keys.authenticate(secret) is None


def test_revoked_key_is_useless_but_listed(store, ada):
    key, secret = store.keys.create(ada, "laptop")
    store.keys.revoke(ada, key.id)
    assert store.keys.authenticate(secret) is None
    assert [listed.revoked_at is not None for listed in store.keys.list(ada)] == [True]


def test_unfit_keys_are_refused(store, ada, bob, clock):
    for options in ({"scopes": ()}, {"scopes": ("paint", "rule")}, {"expires_at": clock.now}, {"name": ""}):
        with pytest.raises(InvalidRequestError):
            store.keys.create(ada, **{"name": "laptop", **options})
    with pytest.raises(ForbiddenError, match="'Bob' may not have keys with the scope 'admin'"):
        store.keys.create(bob, "laptop", scopes=("admin",))


def test_disabled_account_is_locked_out_everywhere(store, ada, bob):
    store.users.set_password(ada, bob.id, PASSWORD)
    _, login = store.sessions.open(bob)
    _, key = store.keys.create(bob, "laptop")
    link = store.sessions.login_link(bob)
    store.users.set_disabled(ada, bob.id, True)
    assert store.users.authenticate("Bob", PASSWORD) is None
    assert store.sessions.find(login) is None
    assert store.keys.authenticate(key) is None
    assert store.sessions.redeem(link) is None
    store.users.set_disabled(ada, bob.id, False)
    assert store.keys.authenticate(key)


def test_last_administrator_stays(store, ada, bob):
    for attempt in (
        lambda: store.users.set_role(ada, ada.id, "member"),
        lambda: store.users.set_disabled(ada, ada.id, True),
        lambda: store.users.delete(ada, ada.id),
    ):
        with pytest.raises(ForbiddenError, match="last administrator"):
            attempt()
    assert store.users.get(ada, ada.id) == ada
    store.users.set_role(ada, bob.id, "admin")
    assert not store.users.set_role(ada, ada.id, "member").is_admin


def test_deleted_user_takes_everything_along(store, ada, bob):
    submit(store, bob)
    [lease] = store.queue.lease("w")
    store.queue.deliver(lease, 0, picture(), last=True)
    store.settings.set(bob, "theme", "dark")
    store.users.delete(ada, bob.id)
    with pytest.raises(NotFoundError):
        store.users.get(ada, bob.id)
    assert store.queue.counts() == {}
    assert store.settings.all(bob) == {}
