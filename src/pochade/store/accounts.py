"""Users, logins and API keys. Secrets are shown once and kept as keyed hashes."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, Table, bindparam, delete, func, select
from sqlalchemy.orm import Session as Transaction

from pochade.core.errors import ForbiddenError, InvalidRequestError, NotFoundError
from pochade.store import tables
from pochade.store.context import Context, new_id, require_admin
from pochade.store.records import SCOPES, ApiKey, Role, Scope, Session, User, record, record_of

KEY_PREFIX = "pochade_"
MIN_PASSWORD_CHARS = 10
_SCRYPT = {"n": 2**14, "r": 8, "p": 5}  # OWASP password storage cheat sheet, 16 MiB each


class Users:
    """Accounts."""

    def __init__(self, context: Context):
        self._context = context

    def count(self) -> int:
        """How many accounts there are; 0 at the first start."""
        with self._context.database.read() as session:
            return session.scalar(select(func.count()).select_from(tables.User)) or 0

    def create_first(self, name: str, password: str | None = None) -> User:
        """The first account, an administrator.

        Raises:
            ForbiddenError: if there are accounts already.
        """
        with self._context.database.write_alone() as session:
            if session.scalar(select(func.count()).select_from(tables.User)):
                raise ForbiddenError("There are accounts already; an administrator can add more. Log in, or ask one.")
            return self._insert(session, name, "admin", password)

    def create(self, acting: User, name: str, role: Role = "member", password: str | None = None) -> User:
        """A new account; without a password it is entered by login link.

        Raises:
            ForbiddenError: unless an administrator asks.
            InvalidRequestError: for a name that is taken or unfit, or a short password.
        """
        require_admin(acting, "add users")
        with self._context.database.write_alone() as session:
            return self._insert(session, name, role, password)

    def list(self, acting: User) -> list[User]:
        """All accounts, oldest first. For administrators."""
        require_admin(acting, "list users")
        with self._context.database.read() as session:
            return [record(User, row) for row in session.scalars(select(tables.User).order_by(tables.User.id))]

    def get(self, acting: User, user_id: str) -> User:
        """One account: one's own, or any for an administrator."""
        with self._context.database.read() as session:
            return record(User, self._row(session, acting, user_id))

    def authenticate(self, name: str, password: str) -> User | None:
        """The user of this name and password, or None, after the same time either way."""
        with self._context.database.read() as session:
            row = session.scalar(select(tables.User).where(tables.User.name_key == _folded(name)))
        fits = _password_fits(password, row.password_hash if row and row.password_hash else _NOBODY)
        return record(User, row) if row and row.password_hash and fits and row.disabled_at is None else None

    def set_password(self, acting: User, user_id: str, password: str) -> None:
        """Sets one's own password, or anybody's for an administrator; ends all logins of that user."""
        hashed = _hashed_password(password)
        with self._context.database.write() as session:
            row = self._row(session, acting, user_id)
            row.password_hash = hashed
            session.execute(delete(tables.Session).where(tables.Session.user_id == user_id))

    def set_role(self, acting: User, user_id: str, role: Role) -> User:
        """For administrators. The last administrator stays one."""
        require_admin(acting, "change roles")
        with self._context.database.write_alone() as session:
            row = self._row(session, acting, user_id)
            row.role = role
            self._keep_an_admin(session)
            return record(User, row)

    def set_disabled(self, acting: User, user_id: str, disabled: bool) -> User:
        """Locks an account out, or lets it in again. For administrators. The last administrator stays."""
        require_admin(acting, "disable users")
        with self._context.database.write_alone() as session:
            row = self._row(session, acting, user_id)
            row.disabled_at = self._context.clock() if disabled else None
            self._keep_an_admin(session)
            return record(User, row)

    def delete(self, acting: User, user_id: str) -> None:
        """Removes an account with all its jobs, pictures and keys, for good. For administrators. The last administrator stays."""
        require_admin(acting, "delete users")
        with self._context.database.write_alone() as session:
            session.delete(self._row(session, acting, user_id))
            session.execute(delete(tables.Setting).where(tables.Setting.owner == user_id))
            self._keep_an_admin(session)

    def _insert(self, session: Transaction, name: str, role: Role, password: str | None) -> User:
        shown = unicodedata.normalize("NFC", name).strip()
        if not 1 <= len(shown) <= 64 or not shown.isprintable():
            raise InvalidRequestError(
                f"Got {name!r:.80} as a user name; 1 to 64 printable characters are accepted. Choose another.", "name"
            )
        if session.scalar(select(tables.User.id).where(tables.User.name_key == _folded(shown))):
            raise InvalidRequestError(f"Got {shown!r} as a user name, which is taken. Choose another.", "name")
        row = tables.User(
            id=new_id(),
            name=shown,
            name_key=_folded(shown),
            role=role,
            password_hash=None if password is None else _hashed_password(password),
            created_at=self._context.clock(),
        )
        session.add(row)
        session.flush()
        return record(User, row)

    @staticmethod
    def _row(session: Transaction, acting: User, user_id: str) -> tables.User:
        row = session.get(tables.User, user_id) if acting.is_admin or acting.id == user_id else None
        if row is None:
            raise NotFoundError(f"There is no user {user_id!r}.")
        return row

    @staticmethod
    def _keep_an_admin(session: Transaction) -> None:
        session.flush()
        admins = select(tables.User.id).where(tables.User.role == "admin", tables.User.disabled_at.is_(None))
        if session.scalar(admins.limit(1)) is None:
            raise ForbiddenError("This is the last administrator; one must stay. Make another user an administrator first.")


class Sessions:
    """Logins, and the one-time links that open them."""

    def __init__(self, context: Context):
        self._context = context

    def open(self, user: User, ttl_s: float = 30 * 86_400) -> tuple[Session, str]:
        """A new login of a user who has just been authenticated, and its secret."""
        return self._insert(user, "session", ttl_s)

    def login_link(self, user: User, ttl_s: float = 3_600) -> str:
        """A secret that opens one login for this user, once."""
        return self._insert(user, "link", ttl_s)[1]

    def redeem(self, secret: str) -> User | None:
        """The user whose login link this is, or None; the link is used up."""
        with self._context.database.write() as session:
            row = self._row(session, "link", secret)
            if row is None:
                return None
            session.delete(row)
            return _active(session, row.user_id)

    def find(self, secret: str) -> tuple[User, Session] | None:
        """Whose login this is, or None if it is none, has expired, or the account is disabled."""
        with self._context.database.reading() as connection:
            row = connection.execute(_LOGIN, {"secret_hash": self._context.hashed(secret)}).mappings().one_or_none()
        if row is None or row["expires_at"] <= self._context.clock() or row["disabled_at"] is not None:
            return None
        return _owner(row), record_of(Session, row)

    def list(self, acting: User) -> list[Session]:
        """The acting user's logins that have not expired, newest first."""
        mine = select(tables.Session).where(tables.Session.user_id == acting.id, tables.Session.kind == "session")
        with self._context.database.read() as session:
            rows = session.scalars(mine.where(tables.Session.expires_at > self._context.clock()).order_by(tables.Session.id.desc()))
            return [record(Session, row) for row in rows]

    def close(self, acting: User, session_id: str) -> None:
        """Ends one of the acting user's logins; silent if it has ended."""
        ended = delete(tables.Session).where(tables.Session.id == session_id, tables.Session.user_id == acting.id)
        with self._context.database.write() as session:
            session.execute(ended)

    def sweep(self) -> int:
        """Forgets logins and links that have expired; how many."""
        with self._context.database.write() as session:
            gone = session.execute(delete(tables.Session).where(tables.Session.expires_at <= self._context.clock()))
            return gone.rowcount  # type: ignore[attr-defined]

    def _insert(self, user: User, kind: str, ttl_s: float) -> tuple[Session, str]:
        secret, now = secrets.token_urlsafe(32), self._context.clock()
        row = tables.Session(
            id=new_id(), user_id=user.id, kind=kind, secret_hash=self._context.hashed(secret), created_at=now, expires_at=now + ttl_s
        )
        with self._context.database.write() as session:
            session.add(row)
            session.flush()
            return record(Session, row), secret

    def _row(self, session: Transaction, kind: str, secret: str) -> tables.Session | None:
        row = session.scalar(select(tables.Session).where(tables.Session.secret_hash == self._context.hashed(secret)))
        return row if row and row.kind == kind and row.expires_at > self._context.clock() else None


class ApiKeys:
    """Keys for programs."""

    def __init__(self, context: Context):
        self._context = context

    def create(
        self, acting: User, name: str, scopes: tuple[Scope, ...] = ("paint", "read"), expires_at: float | None = None
    ) -> tuple[ApiKey, str]:
        """A new key of the acting user, and its text, which is shown only now.

        Raises:
            InvalidRequestError: for unknown scopes, none at all, or a time of expiry that has passed.
            ForbiddenError: for the scope "admin" unless the user is an administrator.
        """
        if not scopes or not set(scopes) <= set(SCOPES):
            raise InvalidRequestError(f"Got scopes {list(scopes)}; one or more of {', '.join(SCOPES)} are accepted. Choose some.", "scopes")
        if "admin" in scopes:
            require_admin(acting, "have keys with the scope 'admin'")
        now = self._context.clock()
        if expires_at is not None and expires_at <= now:
            raise InvalidRequestError("Got a time of expiry that has passed; a later one, or none, is accepted. Choose one.", "expires_at")
        if not 1 <= len(name.strip()) <= 100 or not name.isprintable():
            raise InvalidRequestError(f"Got {name!r:.80} as the name of a key; 1 to 100 printable characters are accepted.", "name")
        secret = KEY_PREFIX + secrets.token_urlsafe(32)
        row = tables.ApiKey(
            id=new_id(),
            user_id=acting.id,
            name=name.strip(),
            hint=secret[-4:],
            secret_hash=self._context.hashed(secret),
            scopes=[scope for scope in SCOPES if scope in scopes],
            created_at=now,
            expires_at=expires_at,
        )
        with self._context.database.write() as session:
            session.add(row)
            session.flush()
            return record(ApiKey, row), secret

    def authenticate(self, secret: str) -> tuple[User, ApiKey] | None:
        """Whose key this is, or None if it is none, expired, revoked, or the account is disabled."""
        with self._context.database.reading() as connection:
            row = connection.execute(_KEY, {"secret_hash": self._context.hashed(secret)}).mappings().one_or_none()
        if row is None or row["revoked_at"] is not None or row["disabled_at"] is not None:
            return None
        if row["expires_at"] is not None and row["expires_at"] <= self._context.clock():
            return None
        return _owner(row), record_of(ApiKey, row)

    def list(self, acting: User) -> list[ApiKey]:
        """The acting user's keys, newest first, revoked ones too."""
        with self._context.database.read() as session:
            rows = session.scalars(select(tables.ApiKey).where(tables.ApiKey.user_id == acting.id).order_by(tables.ApiKey.id.desc()))
            return [record(ApiKey, row) for row in rows]

    def revoke(self, acting: User, key_id: str) -> None:
        """Makes a key of the acting user useless at once."""
        with self._context.database.write() as session:
            row = session.get(tables.ApiKey, key_id)
            if row is None or row.user_id != acting.id:
                raise NotFoundError(f"There is no key {key_id!r}.")
            row.revoked_at = row.revoked_at or self._context.clock()


def _with_owner(table: Table) -> Select[*tuple[Any, ...]]:
    """One row of the table by its secret, with the account that it belongs to: every request looks there."""
    account = [_USERS.c[name].label(f"user_{name}") for name in ("name", "role", "created_at")]
    joined = table.join(_USERS, _USERS.c.id == table.c.user_id)
    return select(table, *account, _USERS.c.disabled_at).select_from(joined).where(table.c.secret_hash == bindparam("secret_hash"))


_USERS, _SESSIONS = tables.core(tables.User), tables.core(tables.Session)
_LOGIN = _with_owner(_SESSIONS).where(_SESSIONS.c.kind == "session")
_KEY = _with_owner(tables.core(tables.ApiKey))


def _owner(row: Mapping[Any, Any]) -> User:
    return User(row["user_id"], row["user_name"], row["user_role"], row["user_created_at"], row["disabled_at"])


def _active(session: Transaction, user_id: str) -> User | None:
    row = session.get(tables.User, user_id)
    return record(User, row) if row and row.disabled_at is None else None


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).strip().casefold()


def _hashed_password(password: str) -> str:
    if not MIN_PASSWORD_CHARS <= len(password) <= 1_000:
        raise InvalidRequestError(f"Got a password of {len(password)} characters; {MIN_PASSWORD_CHARS} to 1,000 are accepted.", "password")
    salt = secrets.token_bytes(16)
    return f"scrypt${salt.hex()}${_scrypt(password, salt).hex()}"


def _password_fits(password: str, hashed: str) -> bool:
    _, salt, expected = hashed.split("$")
    return hmac.compare_digest(_scrypt(password[:1_000], bytes.fromhex(salt)), bytes.fromhex(expected))


def _scrypt(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass"), salt=salt, **_SCRYPT, maxmem=64 << 20)


_NOBODY = f"scrypt${'00' * 16}${'00' * 64}"
