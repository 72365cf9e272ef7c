"""Pictures that are kept: the gallery, favourites, history, the bin. Nothing is ever overwritten."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, bindparam, delete, select, update
from sqlalchemy import insert as insert_into
from sqlalchemy.orm import Session

from pochade.core.errors import InvalidRequestError, NotFoundError
from pochade.store import tables
from pochade.store.context import Context, new_id
from pochade.store.records import Collection, NewPicture, Picture, User, record, record_of

_PICTURES, _LINKS = tables.core(tables.Picture), tables.core(tables.PictureParent)
_INSERT, _INSERT_PARENT = insert_into(_PICTURES), insert_into(_LINKS)
_ONE = select(_PICTURES).where(_PICTURES.c.id == bindparam("picture_id"))
_PARENTS = select(_LINKS.c.parent_id).where(_LINKS.c.picture_id == bindparam("picture_id")).order_by(_LINKS.c.parent_id)


class Pictures:
    """The pictures of each user. What belongs to somebody else does not exist."""

    def __init__(self, context: Context):
        self._context = context

    def add(self, acting: User, picture: NewPicture) -> Picture:
        """Keeps a picture that no job painted: an upload or an import.

        Raises:
            NotFoundError: if a parent is not one of the acting user's pictures.
        """
        sha256 = self._context.blobs.put(picture.encoded)
        with self._context.database.write() as session:
            check_own(session, acting.id, picture.parent_ids)
            return insert(session, self._context, acting.id, None, 0, picture, sha256)

    def get(self, acting: User, picture_id: str) -> Picture:
        """One picture, in the bin or not."""
        with self._context.database.read() as session:
            return records(session, [self._row(session, acting, picture_id)])[0]

    def read(self, acting: User, picture_id: str) -> bytes:
        """The file of a picture, byte for byte as it was kept."""
        with self._context.database.read() as session:
            sha256 = self._row(session, acting, picture_id).sha256
        return self._context.blobs.get(sha256)

    def of_job(self, acting: User, job_id: str) -> list[Picture]:
        """What a job has painted so far, in order."""
        mine = select(tables.Picture).where(tables.Picture.job_id == job_id, tables.Picture.user_id == acting.id)
        with self._context.database.read() as session:
            return records(session, session.scalars(mine.order_by(tables.Picture.index)).all())

    def list(
        self,
        acting: User,
        *,
        text: str = "",
        model_id: str | None = None,
        since: float | None = None,
        until: float | None = None,
        favourites: bool = False,
        collection_id: str | None = None,
        deleted: bool = False,
        before: str | None = None,
        limit: int = 50,
    ) -> list[Picture]:
        """The acting user's pictures, newest first.

        Args:
            text: words that must all stand in the prompt, in any order and case.
            since: oldest time of creation, inclusive.
            until: newest time of creation, exclusive.
            deleted: those in the bin instead of the others.
            before: id of the last picture of the page before; None: the first page.
            limit: 1 to 500.
        """
        if not 1 <= limit <= 500:
            raise InvalidRequestError(f"Got {limit} pictures per page; 1 to 500 are accepted.", "limit")
        table = tables.Picture
        query = select(table).where(table.user_id == acting.id)
        query = query.where(table.deleted_at.is_not(None) if deleted else table.deleted_at.is_(None))
        for word in text.casefold().split():
            query = query.where(table.search_text.contains(word, autoescape=True))
        if model_id is not None:
            query = query.where(table.model_id == model_id)
        if since is not None:
            query = query.where(table.created_at >= since)
        if until is not None:
            query = query.where(table.created_at < until)
        if favourites:
            query = query.where(table.favourite_at.is_not(None))
        if collection_id is not None:
            inside = select(tables.CollectionPicture.picture_id).where(tables.CollectionPicture.collection_id == collection_id)
            query = query.where(table.id.in_(inside))
        if before is not None:
            query = query.where(table.id < before)
        with self._context.database.read() as session:
            return records(session, session.scalars(query.order_by(table.id.desc()).limit(limit)).all())

    def children(self, acting: User, picture_id: str) -> list[Picture]:
        """The pictures that were made from this one, oldest first."""
        table, link = tables.Picture, tables.PictureParent
        query = select(table).join(link, link.picture_id == table.id).where(link.parent_id == picture_id, table.user_id == acting.id)
        with self._context.database.read() as session:
            return records(session, session.scalars(query.order_by(table.id)).all())

    def set_favourite(self, acting: User, picture_ids: Sequence[str], favourite: bool) -> None:
        """Marks pictures as favourites, or no longer; all or none."""
        self._stamp(acting, picture_ids, "favourite_at", favourite)

    def delete(self, acting: User, picture_ids: Sequence[str]) -> None:
        """Moves pictures to the bin, from which `restore` brings them back; all or none."""
        self._stamp(acting, picture_ids, "deleted_at", True)

    def restore(self, acting: User, picture_ids: Sequence[str]) -> None:
        """Brings pictures back from the bin; all or none."""
        self._stamp(acting, picture_ids, "deleted_at", False)

    def empty_bin(self, acting: User) -> int:
        """Removes the acting user's deleted pictures for good; how many. Their files go with the next `Store.sweep`."""
        binned = delete(tables.Picture).where(tables.Picture.user_id == acting.id, tables.Picture.deleted_at.is_not(None))
        with self._context.database.write() as session:
            return session.execute(binned).rowcount  # type: ignore[attr-defined]

    def _stamp(self, acting: User, picture_ids: Sequence[str], column: str, on: bool) -> None:
        with self._context.database.write() as session:
            check_own(session, acting.id, picture_ids)
            of = update(tables.Picture).where(tables.Picture.id.in_(picture_ids))
            session.execute(of.values({column: self._context.clock() if on else None}))

    @staticmethod
    def _row(session: Session, acting: User, picture_id: str) -> tables.Picture:
        row = session.get(tables.Picture, picture_id)
        if row is None or row.user_id != acting.id:
            raise NotFoundError(f"There is no picture {picture_id!r}.")
        return row


class Collections:
    """Named sets of pictures of each user."""

    def __init__(self, context: Context):
        self._context = context

    def create(self, acting: User, name: str) -> Collection:
        """A new, empty collection.

        Raises:
            InvalidRequestError: if the name is unfit, or the user has one of this name.
        """
        with self._context.database.write_alone() as session:
            name = self._free_name(session, acting, name)
            row = tables.Collection(id=new_id(), user_id=acting.id, name=name, created_at=self._context.clock())
            session.add(row)
            return record(Collection, row)

    def rename(self, acting: User, collection_id: str, name: str) -> Collection:
        """Raises what `create` raises."""
        with self._context.database.write_alone() as session:
            row = self._row(session, acting, collection_id)
            row.name = self._free_name(session, acting, name, but=collection_id)
            return record(Collection, row)

    def list(self, acting: User) -> list[Collection]:
        """By name."""
        mine = select(tables.Collection).where(tables.Collection.user_id == acting.id)
        with self._context.database.read() as session:
            return [record(Collection, row) for row in session.scalars(mine.order_by(tables.Collection.name))]

    def delete(self, acting: User, collection_id: str) -> None:
        """Removes the collection, not its pictures."""
        with self._context.database.write() as session:
            session.delete(self._row(session, acting, collection_id))

    def put(self, acting: User, collection_id: str, picture_ids: Sequence[str]) -> None:
        """Puts pictures in; all or none. Those inside stay."""
        inside = select(tables.CollectionPicture.picture_id).where(tables.CollectionPicture.collection_id == collection_id)
        with self._context.database.write() as session:
            self._row(session, acting, collection_id)
            check_own(session, acting.id, picture_ids)
            for picture_id in set(picture_ids) - set(session.scalars(inside)):
                session.add(tables.CollectionPicture(collection_id=collection_id, picture_id=picture_id, added_at=self._context.clock()))

    def take(self, acting: User, collection_id: str, picture_ids: Sequence[str]) -> None:
        """Takes pictures out; those not inside are passed over."""
        table = tables.CollectionPicture
        with self._context.database.write() as session:
            self._row(session, acting, collection_id)
            session.execute(delete(table).where(table.collection_id == collection_id, table.picture_id.in_(picture_ids)))

    @staticmethod
    def _free_name(session: Session, acting: User, name: str, but: str = "") -> str:
        name, table = name.strip(), tables.Collection
        if not 1 <= len(name) <= 100 or not name.isprintable():
            raise InvalidRequestError(f"Got {name!r:.80} as a collection; a name of 1 to 100 printable characters is accepted.", "name")
        if session.scalar(select(table.id).where(table.user_id == acting.id, table.name == name, table.id != but)):
            raise InvalidRequestError(f"Got {name!r} as a collection, which there is already. Choose another name.", "name")
        return name

    @staticmethod
    def _row(session: Session, acting: User, collection_id: str) -> tables.Collection:
        row = session.get(tables.Collection, collection_id)
        if row is None or row.user_id != acting.id:
            raise NotFoundError(f"There is no collection {collection_id!r}.")
        return row


def check_own(session: Session | Connection, user_id: str, picture_ids: Iterable[str]) -> None:
    """Raises NotFoundError unless all of these are pictures of this user."""
    wanted = set(picture_ids)
    if not wanted:
        return
    own = select(tables.Picture.id).where(tables.Picture.id.in_(wanted), tables.Picture.user_id == user_id)
    if missing := wanted - set(session.scalars(own)):
        raise NotFoundError(f"There is no picture {min(missing)!r}.")


def insert(
    session: Session | Connection,
    context: Context,
    user_id: str,
    job_id: str | None,
    index: int,
    picture: NewPicture,
    sha256: str,
    now: float | None = None,
) -> Picture:
    """Adds the row of a picture whose blob is durable. `now` None: the clock's."""
    values = {
        "id": new_id(),
        "user_id": user_id,
        "job_id": job_id,
        "index": index,
        "sha256": sha256,
        "media_type": picture.media_type,
        "num_bytes": len(picture.encoded),
        "width_px": picture.width_px,
        "height_px": picture.height_px,
        "model_id": picture.model_id,
        "prompt": picture.prompt,
        "search_text": picture.prompt.casefold(),
        "seed": picture.seed,
        "recipe": picture.recipe,
        "timings": dict(picture.timings),
        "created_at": context.clock() if now is None else now,
        "favourite_at": None,
        "deleted_at": None,
    }
    session.execute(_INSERT, values)
    parents = tuple(dict.fromkeys(picture.parent_ids))
    if parents:
        session.execute(_INSERT_PARENT, [{"picture_id": values["id"], "parent_id": parent} for parent in parents])
    return record_of(Picture, values, parent_ids=parents)


def one(connection: Connection, picture_id: str) -> Picture:
    """The record of a picture that is there."""
    values = connection.execute(_ONE, {"picture_id": picture_id}).mappings().one()
    parents = connection.scalars(_PARENTS, {"picture_id": picture_id}).all()
    return record_of(Picture, values, parent_ids=tuple(parents))


def records(session: Session, rows: Sequence[tables.Picture]) -> list[Picture]:
    """Records of these rows, in their order."""
    link = tables.PictureParent
    query = select(link.picture_id, link.parent_id).where(link.picture_id.in_([row.id for row in rows]))
    parents: dict[str, list[str]] = {}
    for picture_id, parent_id in session.execute(query.order_by(link.parent_id)):
        parents.setdefault(picture_id, []).append(parent_id)
    return [record(Picture, row, parent_ids=tuple(parents.get(row.id, ()))) for row in rows]
