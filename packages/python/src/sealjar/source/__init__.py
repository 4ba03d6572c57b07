"""Fetches a replica's key ring from its file, and follows it while the replica runs.

* `FileSource.find` looks where rings are delivered; `FileSource(path)` takes a path; `fetch` reads
  the ring once.
* `Watcher.start` follows a file and puts newer rings in use; its `readiness` says whether the
  replica may serve.
* `Follower` is what the watcher decides with, without a thread or a clock of its own.

This package never writes a ring, except the one for a developer's first run.
"""

from sealjar.source.errors import (
    BadRing,
    Empty,
    NoDevelopmentRing,
    NotAFile,
    NotFound,
    SourceError,
    Unreadable,
    Writable,
)
from sealjar.source.event import Event
from sealjar.source.file import FileSource
from sealjar.source.follower import Follower
from sealjar.source.readiness import Failure, NotReady, Readiness
from sealjar.source.watcher import Watcher

__all__ = [
    "BadRing",
    "Empty",
    "Event",
    "Failure",
    "FileSource",
    "Follower",
    "NoDevelopmentRing",
    "NotAFile",
    "NotFound",
    "NotReady",
    "Readiness",
    "SourceError",
    "Unreadable",
    "Watcher",
    "Writable",
]
