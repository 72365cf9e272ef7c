"""Everything that Pochade keeps: accounts, jobs, pictures, settings; on SQLite and a folder, or PostgreSQL and an object store."""

from pochade.store.queue import Limits
from pochade.store.records import (
    OPEN_STATES,
    Accepted,
    ApiKey,
    Claim,
    Collection,
    Event,
    Job,
    Lease,
    ModelEntry,
    NewJob,
    NewPicture,
    Picture,
    Priority,
    Session,
    Standing,
    User,
)
from pochade.store.store import Store, open_store

__all__ = [
    "OPEN_STATES",
    "Accepted",
    "ApiKey",
    "Claim",
    "Collection",
    "Event",
    "Job",
    "Lease",
    "Limits",
    "ModelEntry",
    "NewJob",
    "NewPicture",
    "Picture",
    "Priority",
    "Session",
    "Standing",
    "Store",
    "User",
    "open_store",
]
