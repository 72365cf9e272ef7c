"""Files by content: the name of a blob is the SHA-256 of its bytes. A blob is durable before its name is known to anybody."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from pochade.core.errors import NotFoundError, StoreError
from pochade.core.files import sync_folder

_NAME = re.compile(r"[0-9a-f]{64}")
_ABANDONED_S = 3_600
"""A half-written file of this age belongs to a process that was killed."""


class Blobs(Protocol):
    """Immutable files, named by content."""

    def put(self, data: bytes) -> str:
        """Keeps the bytes durably and gives their name. Keeping the same bytes again only makes them young again.

        Raises:
            StoreError: if the place is full or cannot be written; nothing half-written is left under the name.
        """
        ...

    def get(self, sha256: str) -> bytes:
        """The bytes.

        Raises:
            NotFoundError: if there is no such blob.
            StoreError: if what is there is not what was kept.
        """
        ...

    def names(self) -> Iterator[tuple[str, float]]:
        """Name and age in seconds of every blob."""
        ...

    def delete(self, sha256: str, min_age_s: float) -> bool:
        """Removes the blob unless it is younger; tells whether it did."""
        ...


def open_blobs(url: str) -> Blobs:
    """Blobs in a folder (a path or `file://` URL), or in S3, Google Cloud or Azure (`s3://`, `gs://`, `az://` and prefix).

    Raises:
        StoreError: for another kind of URL, or a folder that cannot be made.
    """
    scheme = urlsplit(url).scheme if "://" in url else ""
    if scheme in ("", "file"):
        return FolderBlobs(Path(unquote(urlsplit(url).path) if scheme else url))
    if scheme in ("s3", "s3a", "gs", "az", "adl", "abfs", "abfss", "azure", "https"):
        return ObjectBlobs(url)
    raise StoreError(f"Got {url!r} for pictures; a folder, s3://, gs:// and az:// are accepted. Use one of those.")


class FolderBlobs:
    """Blobs in a folder, as `ab/abcdef…`.

    The durable write is our own: obstore's LocalStore (0.12) renames a temporary file too, but syncs neither file nor folder.
    """

    def __init__(self, folder: Path):
        self._folder, self._partial = folder, folder / "partial"
        self._lock = threading.Lock()  # between making a blob young and deleting it for its age
        try:
            self._partial.mkdir(parents=True, exist_ok=True)
            # made ahead, so that a new blob has one folder to sync
            for number in range(256):
                (folder / f"{number:02x}").mkdir(exist_ok=True)
            sync_folder(folder)
            for left in self._partial.iterdir():
                if time.time() - left.stat().st_mtime > _ABANDONED_S:
                    left.unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(f"Cannot use the folder {folder} for pictures ({error}). Name another place.") from error

    def put(self, data: bytes) -> str:
        name = hashlib.sha256(data).hexdigest()
        path = self._path(name)
        try:
            with self._lock:
                known = path.exists()
                if known:
                    os.utime(path)
            if known:
                sync_folder(path.parent)  # whoever is writing the same bytes may not have come to that yet
            else:
                self._write(path, data)
        except OSError as error:
            raise StoreError(
                f"Could not keep a picture of {len(data):,} bytes in {self._folder} ({error.strerror}). Free some space."
            ) from error
        return name

    def _write(self, path: Path, data: bytes) -> None:
        partial = self._partial / secrets.token_hex(16)
        try:
            with open(partial, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(partial, path)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)

    def get(self, sha256: str) -> bytes:
        try:
            data = self._path(sha256).read_bytes()
        except FileNotFoundError as error:
            raise NotFoundError(f"There is no file {sha256}.") from error
        return _verified(data, sha256)

    def names(self) -> Iterator[tuple[str, float]]:
        now = time.time()
        for path in self._folder.glob("??/" + "?" * 64):
            yield path.name, now - path.stat().st_mtime

    def delete(self, sha256: str, min_age_s: float) -> bool:
        path = self._path(sha256)
        with self._lock:
            if not path.exists() or time.time() - path.stat().st_mtime < min_age_s:
                return False
            path.unlink()
            return True

    def _path(self, sha256: str) -> Path:
        return self._folder / _checked(sha256)[:2] / sha256


class ObjectBlobs:
    """Blobs in an object store, as `ab/abcdef…` under the prefix of the URL. Credentials come from the environment."""

    def __init__(self, url: str, **options: Any):
        import obstore.store

        try:
            self._store = obstore.store.from_url(url, **options)
        except Exception as error:  # obstore has one class per reason
            raise StoreError(f"Cannot use {url!r} for pictures ({error}). Check the URL and the credentials in the environment.") from error

    def put(self, data: bytes) -> str:
        name = hashlib.sha256(data).hexdigest()
        with _object_errors():
            self._store.put(_key(name), data)  # again even if it is there, which makes it young
        return name

    def get(self, sha256: str) -> bytes:
        with _object_errors(sha256):
            return _verified(bytes(self._store.get(_key(sha256)).bytes()), sha256)

    def names(self) -> Iterator[tuple[str, float]]:
        now = time.time()
        for batch in self._store.list():
            for entry in batch:
                yield entry["path"].rsplit("/", 1)[-1], now - entry["last_modified"].timestamp()

    def delete(self, sha256: str, min_age_s: float) -> bool:
        with _object_errors(sha256):
            try:
                kept = self._store.head(_key(sha256))
            except FileNotFoundError:
                return False
            if time.time() - kept["last_modified"].timestamp() < min_age_s:
                return False
            self._store.delete(_key(sha256))
            return True


class _object_errors:
    def __init__(self, sha256: str = ""):
        self._sha256 = sha256

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, FileNotFoundError):
            raise NotFoundError(f"There is no file {self._sha256}.") from error
        if isinstance(error, Exception) and not isinstance(error, (NotFoundError, StoreError)):
            raise StoreError(f"The object store did not answer as expected ({error}). Try again, or check its credentials.") from error


def _key(sha256: str) -> str:
    return f"{_checked(sha256)[:2]}/{sha256}"


def _checked(sha256: str) -> str:
    if not _NAME.fullmatch(sha256):
        raise NotFoundError(f"There is no file {sha256!r}; names of files are 64 hexadecimal digits.")
    return sha256


def _verified(data: bytes, sha256: str) -> bytes:
    if hashlib.sha256(data).hexdigest() != sha256:
        raise StoreError(f"The file {sha256} is damaged: its bytes are no longer those that were kept. Restore it from a backup.")
    return data
