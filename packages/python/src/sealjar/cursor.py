"""Where in a document is a value, and is it of the right kind?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NoReturn

from sealjar import base64url, clock
from sealjar.clock import Timestamp
from sealjar.errors import ClockError, RingDocument

MAX_REVOCATIONS = 8192


class Cursor:
    """A value and where it is, so that every refusal names the place."""

    __slots__ = ("path", "value")

    def __init__(self, path: str, value: Any) -> None:
        self.path = path
        self.value = value

    def refuse(self, reason: str) -> NoReturn:
        """Raises `RingDocument` with this place."""
        raise RingDocument(self.path or "the document", reason)

    def object(self) -> Cursor:
        """Checks that it is an object."""
        if not isinstance(self.value, dict):
            self.refuse("must be an object")
        return self

    def field(self, name: str) -> Cursor:
        """Returns a member of the object."""
        found = self.optional(name)
        if found is None:
            raise RingDocument(self._below(name), "is missing")
        return found

    def optional(self, name: str) -> Cursor | None:
        """Returns a member that documents of before do not have."""
        if name not in self.value:
            return None
        return Cursor(self._below(name), self.value[name])

    def list(self, limit: int) -> Iterator[Cursor]:
        """Goes through a list of at most so many entries."""
        entries = self._entries()
        if len(entries) > limit:
            hint = ": raise the floor on purpose instead" if limit == MAX_REVOCATIONS else ""
            self.refuse(f"holds {len(entries)} entries, at most {limit} are allowed{hint}")
        return (Cursor(f"{self.path}[{at}]", value) for at, value in enumerate(entries))

    def tuple(self, count: int) -> Iterator[Cursor]:
        """Goes through a list of exactly so many entries."""
        if len(self._entries()) != count:
            self.refuse(f"must be a list of {count}")
        return self.list(count)

    def text(self) -> str:
        """Returns a string."""
        if not isinstance(self.value, str):
            self.refuse("must be a string")
        return self.value

    def bool(self) -> bool:
        """Returns true or false."""
        if not isinstance(self.value, bool):
            self.refuse("must be true or false")
        return self.value

    def integer(self) -> int:
        """Returns a whole number."""
        if type(self.value) is not int:
            self.refuse("must be a whole number, 0 or more")
        return self.value

    def seconds(self) -> int:
        """Returns a count of seconds, or a stored time."""
        count = self.integer()
        if count > clock.MAX:
            self.refuse("must be at most 4294967295 seconds")
        return count

    def seconds_or_null(self) -> int | None:
        """Returns a stored time, if there is one."""
        return None if self.value is None else self.seconds()

    def time(self) -> Timestamp:
        """Returns a time as people read it."""
        try:
            return clock.read(self.text())
        except ClockError as error:
            self.refuse(str(error))

    def time_or_null(self) -> Timestamp | None:
        """Returns a time, if there is one."""
        return None if self.value is None else self.time()

    def bytes(self, count: int) -> bytes:
        """Returns exactly so many bytes, written as base64url."""
        data = base64url.decode_exactly(self.text(), count)
        if data is None:
            self.refuse(f"must be {base64url.encoded_len(count)} characters of canonical base64url")
        return data

    def _entries(self) -> Any:
        if type(self.value).__name__ != "list":
            self.refuse("must be a list")
        return self.value

    def _below(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name
