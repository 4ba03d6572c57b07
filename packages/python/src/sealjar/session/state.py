"""What have the handlers of a request asked for so far?"""

from __future__ import annotations

from dataclasses import dataclass

from sealjar.session.data import Value
from sealjar.session.intent import Intent


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
    purged: bool = False
    """Whether the session that came has ended by a logout, whatever began after it."""
    discarded: bool = False
    """Whether the session that came was nobody's and has ended, whatever began after it."""
    subject_changed: bool = False
    """Whether somebody has logged in or out, or another in their place."""
    keep_alive: bool = False
    closed: bool = False

    @property
    def ends_what_came(self) -> bool:
        """Whether the session that came has ended with this request."""
        return self.purged or self.discarded or self.intent is Intent.PURGE

    @property
    def begins_anew(self) -> bool:
        """Whether what is written is another session than the one that came."""
        return self.intent is Intent.RENEW

    @property
    def keeps_birth(self) -> bool:
        """Whether a renewed session keeps its absolute lifetime: nobody has logged in or out."""
        return not (self.purged or self.discarded or self.subject_changed)
