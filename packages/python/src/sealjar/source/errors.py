"""Why is there no ring, and what can be done about it?"""

from __future__ import annotations

import os

from sealjar.errors import (
    AnotherRing,
    ForeignRing,
    OlderRing,
    RingAhead,
    RingConflict,
    RingError,
    SealjarError,
    UnsupportedFormat,
)


def shown(path: str | os.PathLike[str]) -> str:
    """Spells a path so that a control character in it reaches no log and no terminal as one."""
    return "".join(it if it.isprintable() else ascii(it)[1:-1] for it in os.fspath(path))


class SourceError(SealjarError):
    """No ring could be had from a source, or none that can be used.

    `reason` names the place and what is wrong, `hint` what to do about it. `str` gives both.
    """

    hint = ""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.reason}\nhint: {self.hint}"


class NotFound(SourceError):
    """No ring is where one was looked for."""

    hint = "mount the ring as the secret session-ring, or set SEALJAR_RING to its path"

    def __init__(self, places: list[str]) -> None:
        super().__init__(f"no key ring was found, looked at {', '.join(places)}")


class Unreadable(SourceError):
    """The file cannot be read."""

    def __init__(self, place: str, error: OSError) -> None:
        super().__init__(f"{place}: {error.strerror or type(error).__name__}")
        if isinstance(error, FileNotFoundError):
            self.hint = "deliver the ring to this path, or set SEALJAR_RING"
        elif isinstance(error, PermissionError):
            self.hint = "give the file to the user of this process, or to its group with mode 0640"
        else:
            self.hint = "check the path, and that the user of this process may read it"


class NotAFile(SourceError):
    """A directory, a pipe or a device is where the ring should be."""

    hint = (
        "put the ring there as a file: a container engine makes a directory where the file to "
        "mount is missing"
    )

    def __init__(self, place: str) -> None:
        super().__init__(f"{place}: not a regular file")


class Empty(SourceError):
    """The file has no content."""

    hint = "deliver the ring again: its writer did not finish, or the disk was full"

    def __init__(self, place: str) -> None:
        super().__init__(f"{place}: the key ring is empty")


class Writable(SourceError):
    """Users other than its owner may write to the file."""

    hint = (
        "see that nobody has changed it, then `chmod 0640` it: only its owner, the keeper, writes "
        "to it. Where the volume sets the mode, set it there: `fsGroupChangePolicy: "
        "OnRootMismatch` beside an fsGroup of Kubernetes, `file_mode=0640` for a share (SMB)"
    )

    def __init__(self, place: str, mode: int) -> None:
        super().__init__(f"{place}: other users may write to the key ring, its mode is {mode:04o}")
        self.mode = mode


class NoDevelopmentRing(SourceError):
    """The development ring could not be made."""

    hint = "give this user write access to that directory, or set SEALJAR_RING to a ring's path"

    def __init__(self, place: str, error: OSError) -> None:
        why = error.strerror or str(error)
        super().__init__(f"the development ring {place} could not be made: {why}")


class BadRing(SourceError):
    """The document is no ring, or none that can be used in place of the one in use."""

    def __init__(self, place: str, error: RingError) -> None:
        super().__init__(f"{place}: {error}")
        self.error = error
        self.hint = next(
            (hint for kind, hint in _HINTS if isinstance(error, kind)),
            "deliver the ring again, nothing of this document was used",
        )


_HINTS: tuple[tuple[type[RingError], str], ...] = (
    (UnsupportedFormat, "upgrade this application before the ring"),
    (
        RingAhead,
        "set this machine's clock; if it is right, the ring was written under a clock that was "
        "ahead (`sealjar run --once --clock-is-right` puts that right), or by somebody else",
    ),
    (OlderRing, "deliver the newest epoch, an older one is never taken"),
    (
        AnotherRing,
        "deliver the ring that this application started with; if this one is meant, start the "
        "application again",
    ),
    (ForeignRing, "deliver the ring that this application started with"),
    (RingConflict, "raise the epoch with every change of the ring"),
)
