"""What do the handlers of one request ask for, and what does all of it together come to?"""

from __future__ import annotations

from enum import Enum


class Intent(Enum):
    """What is to happen to the session's cookie."""

    KEEP = "keep"
    """Nothing was asked. The cookie stays, or is sealed again as it came."""
    WRITE = "write"
    """The session continues with another value."""
    RENEW = "renew"
    """The session continues under a new id."""
    PURGE = "purge"
    """The session ends."""

    def then(self, intent: Intent) -> Intent:
        """Adds an intent to what was asked before. The one table in which intents meet."""
        if intent is Intent.KEEP:
            return self
        if self is Intent.PURGE:
            # A new value after the end begins a new session, and a new id has nothing to be of.
            return Intent.RENEW if intent is Intent.WRITE else Intent.PURGE
        if self is Intent.RENEW and intent is Intent.WRITE:
            return Intent.RENEW
        return intent
