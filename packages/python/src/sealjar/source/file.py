"""Which file holds the ring, and how is it read?"""

from __future__ import annotations

import logging
import os
import stat
from pathlib import Path

from sealjar import clock
from sealjar.document import MAX_DOCUMENT
from sealjar.errors import RingError
from sealjar.ring import KeyRing
from sealjar.source.development import development_directory, make_ring
from sealjar.source.errors import (
    BadRing,
    Empty,
    NoDevelopmentRing,
    NotAFile,
    NotFound,
    Unreadable,
    Writable,
    shown,
)

_LOG = logging.getLogger("sealjar")
_SECRETS = Path("/run/secrets")


class FileSource:
    """Reads the ring from a file: a Docker secret, a bind mount, a Kubernetes secret volume."""

    def __init__(self, path: str | os.PathLike[str], *, is_for_development: bool = False) -> None:
        self.path = Path(path)
        # Some file systems have one mode for every file; a developer's may be one of them.
        self._is_for_development = is_for_development
        self._warned_of_mode = False
        self.is_cut_off = False
        """Whether the file that was read last has no name any more."""

    @classmethod
    def find(cls, name: str = "session-ring", *, development: bool = False) -> FileSource:
        """Looks for the ring where rings are delivered.

        That is the file that the environment variable `SEALJAR_RING` names unless it is empty, then
        `/run/secrets/<name>`. With `development`, then `.sealjar/<name>.json`, which is made if it
        is missing so that a first run just works. `.sealjar` is in the nearest directory upwards
        from the working directory that has a `Cargo.lock` or a `.git`, otherwise in the working
        directory; debug builds of the Rust crates use the same one. Never turn it on in production:
        replicas with keys of their own log everyone out.

        Raises `NotFound` with the places that were looked at.
        """
        named = os.environ.get("SEALJAR_RING")
        if named:
            return cls(named)
        secret = _SECRETS / name
        if secret.exists():
            return cls(secret)
        if not development:
            raise NotFound(["$SEALJAR_RING", shown(secret)])
        path = development_directory() / f"{name}.json"
        if not path.exists():
            try:
                make_ring(path)
            except OSError as error:
                raise NoDevelopmentRing(shown(path), error) from None
        return cls(path, is_for_development=True)

    @property
    def place(self) -> str:
        """Names the file in messages."""
        return shown(self.path)

    def fetch(self) -> KeyRing:
        """Reads the ring. Blocks for as long as the file system does.

        A file that others than its owner may write to is refused, outside of `/run/secrets`. Raises
        `SourceError` with the path.
        """
        try:
            text = self._read()
        except OSError as error:
            raise Unreadable(self.place, error) from None
        if not text:
            raise Empty(self.place)
        try:
            ring = KeyRing.from_json(text)
            now = clock.now_or_none()
            # Of a clock that shows a time that cannot be held the replica's readiness tells.
            if now is not None:
                ring.check_epoch(now)
        except RingError as error:
            raise BadRing(self.place, error) from None
        return ring

    def signature(self) -> tuple[int, ...] | None:
        """Returns what changes when the file is replaced or written, without reading it."""
        try:
            found = os.stat(self.path)
        except OSError:
            return None
        return (found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size)

    def _read(self) -> bytes:
        # Without waiting for a writer where a pipe is in place of the file.
        flags = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
        file = os.open(self.path, os.O_RDONLY | flags | getattr(os, "O_BINARY", 0))
        try:
            # Of the open file, since another may have taken its path by now.
            found = os.fstat(file)
            if not stat.S_ISREG(found.st_mode):
                raise NotAFile(self.place)
            self._judge_mode(stat.S_IMODE(found.st_mode) & 0o777)
            self._judge_name(found)
            # One byte more than a ring may have, so that a longer file is seen to be longer.
            text = b""
            while more := os.read(file, MAX_DOCUMENT + 1 - len(text)):
                text += more
            return text
        finally:
            os.close(file)

    def _judge_mode(self, mode: int) -> None:
        if os.name != "posix" or not mode & ~0o640 or self.path.is_relative_to(_SECRETS):
            return
        if mode & 0o022 and not self._is_for_development:
            raise Writable(self.place, mode)
        if not self._warned_of_mode:
            self._warned_of_mode = True
            _LOG.warning(
                "the key ring %s is open to more users than it should be, its mode is %s; hint: "
                "chmod 0640 or narrower; for a secret of Kubernetes `defaultMode: 0440` and an "
                "fsGroup",
                self.place,
                f"{mode:04o}",
            )

    def _judge_name(self, opened: os.stat_result) -> None:
        """Notes whether what was opened is cut off from what replaced it."""
        # A file that was replaced just now has no name any more either, but its path leads to
        # another.
        was_cut_off = self.is_cut_off
        self.is_cut_off = opened.st_nlink == 0 and os.stat(self.path).st_nlink == 0
        if self.is_cut_off and not was_cut_off:
            _LOG.warning(
                "%s: the ring's file was replaced where it is mounted from: rotations and "
                "revocations do not arrive; hint: mount the directory that holds the ring, not the "
                "file, and start this replica again",
                self.place,
            )
