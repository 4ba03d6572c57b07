"""What happens, and what has to come of it: groups of rows, by name."""

from __future__ import annotations

from collections.abc import Callable

from table.play import Row
from table.rows.answers import answers, errors
from table.rows.attributes import attributes
from table.rows.caches import caches
from table.rows.candidates import candidates
from table.rows.chunks import chunks
from table.rows.expiry import expiry
from table.rows.hostile import hostile
from table.rows.intents import intents
from table.rows.logouts import logouts
from table.rows.overlaps import overlaps
from table.rows.refusals import refusals
from table.rows.reseal import reseal
from table.rows.too_late import too_late
from table.rows.updates import updates
from table.rows.writing import writing

GROUPS: dict[str, Callable[[], list[Row]]] = {
    it.__name__: it
    for it in (
        answers,
        attributes,
        caches,
        candidates,
        chunks,
        errors,
        expiry,
        hostile,
        intents,
        logouts,
        overlaps,
        refusals,
        reseal,
        too_late,
        updates,
        writing,
    )
}
