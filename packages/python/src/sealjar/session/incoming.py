"""What did a request bring?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from sealjar.clock import Timestamp
from sealjar.opened import Opened
from sealjar.session.data import Value
from sealjar.session.envelope import Envelope
from sealjar.session.origin import Origin


class Received(NamedTuple):
    """A session that came and opened."""

    opened: Opened
    envelope: Envelope
    body: bytes
    value: Value
    unknown: list[str]
    size: int

    @property
    def age(self) -> tuple[int, Timestamp]:
        """What is greater in the later one of two copies of a session."""
        return (self.envelope.revision, self.opened.sealed_at)

    def origin(self) -> Origin:
        """Says where it comes from."""
        opened = self.opened
        return Origin(
            "opened",
            born=opened.born,
            sealed_at=opened.sealed_at,
            expires_at=opened.expires_at,
            key_id=opened.key_id,
            is_stale=opened.is_stale,
            size=self.size,
        )


@dataclass
class Tried:
    """What each of the cookies was, whichever of them is the session."""

    opened: list[bytes] = field(default_factory=list)
    """The ids of those that opened: several where nobody can tell which is the session."""
    logged_out: bool = False
    refused: bool = False

    @property
    def is_logged_out(self) -> bool:
        """Whether the visitor has logged out of whatever tried."""
        return self.logged_out and not self.refused and not self.opened


class Incoming(NamedTuple):
    """What a request brought, once it was asked for."""

    origin: Origin
    received: Received | None
    value: Value
    parts: set[int]
    tried: Tried
    logged_out: list[bytes]
