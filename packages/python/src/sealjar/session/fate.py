"""What becomes of the session's cookie, after everything the handlers asked for?"""

from __future__ import annotations

from enum import Enum


class Fate(Enum):
    """What a handler asked for, and what all of it together comes to."""

    KEEP = "keep"
    """Nothing was asked. The cookie stays, or is sealed again as it came."""
    WRITE = "write"
    """The session continues with another value."""
    RENEW = "renew"
    """The session continues under a new id."""
    PURGE = "purge"
    """The session ends."""

    def then(self, intent: Fate) -> Fate:
        """Adds an intent to what was asked before. The one table in which intents meet."""
        if intent is Fate.KEEP:
            return self
        if self is Fate.PURGE:
            # A new value after the end begins a new session, and a new id has nothing to be of.
            return Fate.RENEW if intent is Fate.WRITE else Fate.PURGE
        if self is Fate.RENEW and intent is Fate.WRITE:
            return Fate.RENEW
        return intent
