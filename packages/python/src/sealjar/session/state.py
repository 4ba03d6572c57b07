"""What have the handlers of a request asked for so far?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from sealjar.session.data import Value
from sealjar.session.intent import Intent


class Ended(IntEnum):
    """Why the session that came ends. Later ones outweigh earlier ones."""

    NO = 0
    SUBJECT_CHANGED = 1
    """A write changed its subject: somebody logged in or out, or one person replaced another."""
    DISCARDED = 2
    """`discard` ended it, and it had no subject."""
    PURGED = 3
    """`purge` ended it, or its own expiry."""


@dataclass
class State:
    """The intents and values of one request."""

    intent: Intent = Intent.KEEP
    value: Value | None = None
    """The value, once it is another than the one that came. Nobody changes it in place."""
    new_id: bytes | None = None
    """The id of the session that begins with this response."""
    keep_unknown: bool = True
    """Whether the members of a newer build still belong to the value."""
    ended: Ended = Ended.NO
    """Why the session that came ends, whatever begins after it."""
    keep_alive: bool = False
    closed: bool = False

    @property
    def ends_what_came(self) -> bool:
        """Whether the session that came is over, and not only renewed."""
        return self.ended >= Ended.DISCARDED

    @property
    def begins_anew(self) -> bool:
        """Whether what is written is another session than the one that came."""
        return self.intent is Intent.RENEW

    @property
    def keeps_birth(self) -> bool:
        """Whether a renewed session keeps its absolute lifetime: nobody has logged in or out."""
        return self.ended is Ended.NO

    def end(self, reason: Ended) -> None:
        """Adds a reason why the session that came ends."""
        self.ended = max(self.ended, reason)

    def logs_out(self, came: str | None) -> bool:
        """Returns whether the response logs a subject out of the session that came.

        `came` is that session's subject. No slower response may bring that session back.
        """
        return self.ended is Ended.PURGED or (
            self.ended is Ended.SUBJECT_CHANGED and came is not None
        )
