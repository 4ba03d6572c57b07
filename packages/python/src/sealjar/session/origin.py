"""Where does a session come from?"""

from __future__ import annotations

from dataclasses import dataclass

from sealjar.clock import Timestamp
from sealjar.errors import OpenError


@dataclass(frozen=True)
class Origin:
    """Where a session comes from.

    `kind` is `absent`: no cookie of the name came; `opened`: one came and opened; `refused`: one
    came and was not taken for a session. It was left where it is then, and `refusal` says why.
    Times are seconds since 2025-01-01T00:00:00Z, `None` unless it opened.
    """

    kind: str
    refusal: OpenError | None = None
    withheld: bool = False
    """Whether a browser had to leave the cookie out if it has one, because of its `SameSite`: the
    request comes from another site, as the return from a payment by POST does. What is written then
    replaces the visitor's session, if there is one."""
    born: Timestamp | None = None
    """When the session began: its login, or its first write."""
    sealed_at: Timestamp | None = None
    expires_at: Timestamp | None = None
    """The first second in which the cookie no longer opens."""
    key_id: str | None = None
    """The key it was sealed with."""
    is_stale: bool = False
    """Whether a newer key seals now."""
    size: int = 0
    """The length of the sealed text, in bytes."""

    def __str__(self) -> str:
        """`absent`, `opened` or the kind of refusal, for logs."""
        return self.kind if self.refusal is None else self.refusal.kind
