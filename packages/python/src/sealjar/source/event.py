"""What came of a look at the source?"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Literal

from sealjar import clock
from sealjar.clock import Timestamp
from sealjar.source.errors import SourceError
from sealjar.source.schedule import Reason

Outcome = Literal["recovered", "refused", "replaced", "unchanged"]

_LOG = logging.getLogger("sealjar")


@dataclass(frozen=True)
class Event:
    """What came of one look at the source.

    `recovered`: the ring in use is at the source again. `refused`: there was no ring, or none that
    may take the place of the one in use, which stays. `replaced`: a newer ring is in use.
    """

    reason: Reason
    outcome: Outcome
    epochs: tuple[int, int]
    """The epoch before the look, and after it."""
    error: SourceError | None = None
    overdue: Timestamp | None = None
    """When the ring should have been rotated at the latest, if that time is past."""
    refused_before: bool = False
    overdue_before: bool = False

    def log(self) -> None:
        """Logs the event: a lasting failure when it begins, changes and ends, not at each look."""
        if self.outcome == "recovered":
            _LOG.info("the key ring can be had again (%s)", self.reason)
        elif self.error is not None and not self.refused_before:
            message = "%s; the last good ring stays in use (%s); hint: %s"
            _LOG.error(message, self.error.reason, self.reason, self.error.hint)
        elif self.outcome == "replaced":
            message = "a newer key ring is in use: epoch %d after %d (%s)"
            _LOG.info(message, self.epochs[1], self.epochs[0], self.reason)
        else:
            _LOG.debug("no other key ring (%s)", self.reason)
        if self.overdue is not None and not self.overdue_before:
            message = "the key ring has not been rotated by %s; is its keeper running?"
            _LOG.warning(message, clock.shown(self.overdue))
