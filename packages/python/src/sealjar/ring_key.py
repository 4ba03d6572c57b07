"""When does one key of a ring seal and open?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from sealjar.aead import Suite
from sealjar.clock import Timestamp
from sealjar.errors import RingDocument
from sealjar.key import Key

Phase = Literal["opening", "revoked", "sealing", "spent", "staged", "standby"]
"""What a key does at an instant (SPEC.md, section 4)."""


@dataclass(frozen=True)
class RingKey:
    """A key and its times in a ring. Times are seconds since 2025-01-01T00:00:00Z."""

    id: str
    suite_name: str = field(repr=False)
    """The name of the suite, which this build may not know."""
    key: Key | None
    """`None` when it is revoked, or of a suite that this build does not know."""
    lifetime: int
    """The longest that a token under this key lives, in seconds."""
    staged_epoch: int
    staged_at: Timestamp
    seals_from: Timestamp | None = None
    """From when the key seals, `None` for a standby."""
    seals_until: Timestamp | None = None
    """The last second in which the key seals."""
    opens_until: Timestamp | None = None
    """The first second in which the key no longer opens."""
    is_revoked: bool = False
    unsupported_secret: str | None = field(default=None, repr=False)

    @property
    def suite(self) -> Suite | None:
        """The suite, `None` for one that this build does not know."""
        return Suite.from_name(self.suite_name)

    @property
    def is_usable(self) -> bool:
        """Whether this build can seal and open with the key."""
        return self.key is not None

    def is_spent(self, now: Timestamp) -> bool:
        """Returns whether the key no longer opens."""
        return self.opens_until is not None and now >= self.opens_until

    def seals_at(self, now: Timestamp) -> bool:
        """Returns whether the key may seal."""
        # A key may stop opening in the last second in which it seals, and nothing sealed then would
        # ever open.
        return (
            not self.is_revoked
            and not self.is_spent(now)
            and self.seals_from is not None
            and self.seals_from <= now
            and (self.seals_until is None or now <= self.seals_until)
        )

    def check(self, at: int) -> None:
        """Raises `RingDocument` when the key contradicts itself.

        `at` is its position in the ring.
        """
        if self.lifetime == 0:
            raise RingDocument(f"keys[{at}].lifetime", "must be at least 1 second")
        for name, earlier, later in (
            ("seals_until", self.seals_from, self.seals_until),
            ("opens_until", self.seals_until, self.opens_until),
        ):
            if later is None:
                continue
            if earlier is None:
                raise RingDocument(f"keys[{at}].{name}", "is there without the time before it")
            if later < earlier:
                raise RingDocument(f"keys[{at}].{name}", "is before the time that comes first")

    def content(self) -> tuple[object, ...]:
        """Returns what has to be equal for two documents to say the same of a key."""
        # The id commits to the secret.
        return (
            self.id,
            self.suite_name,
            self.is_revoked,
            self.unsupported_secret,
            self.lifetime,
            self.staged_epoch,
            self.staged_at,
            self.seals_from,
            self.seals_until,
            self.opens_until,
        )
