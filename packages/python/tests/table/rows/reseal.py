"""When a session is sealed again that was only read."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from rings import DAY, START

from sealjar import clock
from table.play import (
    Row,
    reads,
    row,
    sends,
    sets,
    untouched,
    visit,
    writes,
)
from table.rows.handlers import (
    QUARTER,
    ada,
    change_nothing,
    cors,
    keep_alive,
    leave_alone,
    read,
    renew,
    with_jar,
    write,
)
from table.world import World


def reseal() -> list[Row]:
    def end_sealing(world: World) -> None:
        def change(it: dict[str, Any]) -> None:
            for key in it["keys"]:
                key["seals_until"] = key["seals_until"] or clock.shown(START - 1)

        world.change_ring(change)

    slow = with_jar(idle_timeout=timedelta(seconds=1000), refresh_after=timedelta(seconds=900))
    rows = [
        row(
            "a session that is read is sealed again after a quarter of its idle time",
            visit(write, writes(id="A")),
            visit(read, reads(id="A"), after=QUARTER - 1),
            visit(read, writes(id="A", revision=0), after=1),
            visit(read, reads(id="A", revision=0), after=QUARTER - 1),
            visit(read, writes(id="A", revision=0), after=1),
        ),
        row(
            "a session that nobody touches is not sealed again",
            visit(None, untouched(), after=DAY // 2),
            visit(leave_alone, untouched()),
            visit(read, writes()),
            holding=ada,
        ),
        row(
            "a change that changes nothing seals again when it is time",
            visit(change_nothing, writes(revision=0), after=QUARTER),
            holding=ada,
        ),
        row(
            "a handler that keeps the session alive does so from the background",
            cors(keep_alive, reads()),
            cors(read, reads(), after=QUARTER),
            cors(keep_alive, writes()),
            holding=ada,
        ),
        row(
            "a jar that is told to keeps a session alive from the background",
            cors(read, reads(id="A"), after=QUARTER - 1),
            cors(read, writes(id="A", revision=0), after=1),
            cors(read, writes(id="A", revision=0), after=DAY - 1),
            cors(leave_alone, untouched(), after=QUARTER),
            cors(None, untouched()),
            cors(read, writes(body="ada, 1 visits")),
            jar=with_jar(keep_alive=True),
            holding=ada,
        ),
        row(
            "the quarter is another time where the jar says so",
            visit(write, sends(sets(seconds=1000))),
            visit(read, reads(), after=899),
            visit(read, sends(sets(seconds=1000)), after=1),
            jar=slow,
        ),
        row(
            "that a newer key seals is no reason to seal a session again",
            visit(read, reads(origin="opened", uses=(1, 0)), once=World.add_newer_key),
            visit(write, writes()),
            visit(read, reads(body="ada, 2 visits")),
            holding=ada,
        ),
        row(
            "without a key to seal with a session stays as it is and a change is an error",
            visit(
                write,
                reads(status=503, body="the session could not be saved"),
                once=end_sealing,
            ),
            # It would have been sealed again, so the page is kept as if it had been.
            visit(read, reads(cache_control=["no-store"], body="ada, 1 visits"), after=QUARTER),
            holding=ada,
        ),
        row(
            "what cannot be sealed when the answer goes out does not look as if it were kept",
            visit(renew, untouched(status=500), once=end_sealing),
            holding=ada,
        ),
        row(
            "a request for the head alone is no navigation",
            visit(read, reads(), after=QUARTER, method="HEAD"),
            visit(read, writes()),
            holding=ada,
        ),
    ]
    for mode in ("navigate", "cors", "no-cors", "same-origin", "websocket", "Navigate"):
        expect = writes() if mode == "navigate" else reads()
        rows.append(
            row(
                f"with Sec-Fetch-Mode {mode} a session is sealed again, or is not",
                visit(
                    read,
                    expect.but(body="ada, 1 visits"),
                    after=QUARTER,
                    headers={"sec-fetch-mode": mode},
                ),
                holding=ada,
            )
        )
    for name, value in (
        ("sec-purpose", "prefetch"),
        ("sec-purpose", "prefetch;prerender"),
        ("purpose", "prefetch"),
        ("x-moz", "prefetch"),
    ):
        ahead = {name: value}
        rows.append(
            row(
                f"what is fetched ahead of time is no navigation: {name}: {value}",
                visit(read, after=QUARTER, headers=ahead | {"sec-fetch-mode": "navigate"}),
                visit(keep_alive, writes(), headers=ahead),
                holding=ada,
            )
        )
    return rows
