"""What has each key been used for, and what was refused?

Numbers are added without a lock. Under the global interpreter lock an addition to a `Counter` that
another thread interrupts can be lost, which for counts is good enough.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from sealjar.draft import MAX_KEYS
from sealjar.errors import RefusalKind
from sealjar.ring import KeyRing


@dataclass
class KeyUses:
    """What was done with one key: how many tokens were sealed with it, opened under it, refused."""

    id: str
    sealed: int = 0
    opened: int = 0
    refused: Counter[RefusalKind] = field(default_factory=Counter)


@dataclass
class Uses:
    """What a sealer has done since it was made, counted for each key. Counts only rise.

    `keys` has the keys of the ring in the document's order, and before them the last 64 that have
    left it. `refused` counts what is of no one key, such as `malformed` and `unknown_key`.
    """

    keys: list[KeyUses] = field(default_factory=list)
    refused: Counter[RefusalKind] = field(default_factory=Counter)

    def key(self, key_id: str) -> KeyUses | None:
        """Returns the counts of a key, `None` for one that was never held or is forgotten."""
        return next((key for key in self.keys if key.id == key_id), None)

    @property
    def opened(self) -> int:
        """How many tokens opened, under all keys."""
        return sum(key.opened for key in self.keys)

    @property
    def refusals(self) -> Counter[RefusalKind]:
        """How often each kind of refusal happened, under all keys and under none."""
        return sum((key.refused for key in self.keys), self.refused.copy())


class SealerCounters:
    """The counts of a sealer."""

    def __init__(self) -> None:
        self.uses = Uses()

    def of_ring(self, ring: KeyRing) -> dict[str, KeyUses]:
        """Returns what counts for each key of a ring. A key keeps its counts."""
        known = {key.id: key for key in self.uses.keys}
        here = {
            key.id: known.pop(key.id) if key.id in known else KeyUses(key.id) for key in ring.keys
        }
        left = list(known.values())[-MAX_KEYS:]
        self.uses.keys = left + list(here.values())
        return here
