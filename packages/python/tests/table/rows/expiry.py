"""When a session ends, to the second."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from rings import DAY

from table.play import (
    Expect,
    Row,
    Step,
    reads,
    row,
    sends,
    sets,
    visit,
    writes,
)
from table.rows.handlers import (
    QUARTER,
    copy_of,
    cors,
    login,
    read,
    renew,
    with_jar,
    write,
)
from table.world import NAME, World


def expiry() -> list[Row]:
    short = with_jar(idle_timeout=timedelta(seconds=1000), lifetime=timedelta(seconds=1500))
    twenty = 20 * 3600

    def lasting(seconds: int) -> Expect:
        return sends(sets(seconds=seconds))

    def peek(after: int, copy: str, expect: Expect, **more: Any) -> Step:
        """Sends a copy, which no browser has forgotten, from a script."""
        return cors(read, expect, after=after, sends=copy_of(copy), **more)

    def raise_lifetime(world: World) -> None:
        world.change_ring(lambda it: it["keys"][0].update(lifetime=3 * DAY))

    rows = [
        row(
            "the browser forgets a session when its idle time is over",
            visit(write, writes()),
            visit(read, reads(origin="absent"), after=DAY),
        ),
        row(
            "the absolute lifetime is 7 days, however often the session is used",
            visit(write, writes(id="A")),
            *(visit(write, writes(), after=twenty) for _ in range(7)),
            visit(write, lasting(8 * 3600), after=twenty, copied_as="last"),
            peek(8 * 3600 - 1, "last", reads(origin="opened", id="A", revision=8)),
            peek(1, "last", reads(origin="expired")),
        ),
        row(
            "a jar that asks for more than the ring allows gets what it allows, then and later",
            visit(write, writes(id="A")),
            visit(read, writes(id="A"), after=QUARTER),
            visit(write, lasting(3 * DAY), once=raise_lifetime, copied_as="longer"),
            peek(3 * DAY - 1, "longer", reads(origin="opened", id="A")),
            peek(1, "longer", reads(origin="expired")),
            jar=with_jar(idle_timeout=timedelta(days=30)),
        ),
        row(
            "a renewal does not prolong the absolute lifetime of the same person",
            visit(login("ada"), lasting(1000)),
            visit(renew, lasting(600), after=900, copied_as="renewed"),
            peek(600, "renewed", reads(origin="expired")),
            jar=short,
        ),
        row(
            "a login begins a lifetime of its own",
            visit(login("ada"), lasting(1000)),
            visit(
                login("bob"),
                sends(sets(seconds=1000), sets(f"{NAME}.out", 1530)),
                after=900,
                copied_as="bob",
            ),
            peek(999, "bob", reads(body="bob, 0 visits", origin="opened")),
            jar=short,
        ),
    ]
    for after, origin in ((999, "opened"), (1000, "expired"), (1001, "expired")):
        rows.append(
            row(
                f"idle for {after} s of 1000 s: {origin}",
                visit(write, lasting(1000), copied_as="written"),
                peek(after, "written", reads(origin=origin)),
                jar=short,
            )
        )
    for after, origin in ((599, "opened"), (600, "expired"), (601, "expired")):
        rows.append(
            row(
                f"used at 900 s, {after} s more of 1500 s in all: {origin}",
                visit(write, lasting(1000)),
                visit(write, lasting(600), after=900, copied_as="used"),
                peek(after, "used", reads(origin=origin)),
                jar=short,
            )
        )
    for after, origin in ((1499, "opened"), (1500, "too_old"), (1501, "too_old")):
        rows.append(
            row(
                f"{after} s under a jar that allows less than the cookie says: {origin}",
                visit(write, writes(), copied_as="written"),
                peek(after, "written", reads(origin=origin), jar=short),
            )
        )
    return rows
