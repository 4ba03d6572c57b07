"""What becomes of a cookie that is refused. Nothing, unless a handler asks."""

from __future__ import annotations

from typing import Any

from sealjar import REFUSAL_KINDS
from table.play import (
    NO_ID,
    Expect,
    Row,
    Step,
    Work,
    marked,
    reads,
    removed,
    row,
    sends,
    sets,
    visit,
    writes,
)
from table.rows.handlers import (
    ada,
    change_nothing,
    header,
    keep_alive,
    login,
    logout,
    read,
    write,
)
from table.world import NAME, World


def refusals() -> list[Row]:
    return [
        *(it for kind in REFUSAL_KINDS for it in of_kind(kind)),
        row(
            "a cookie that the browser had to leave out is not called absent alone",
            from_site("POST", "cross-site", reads(origin="absent, withheld", id=NO_ID)),
            visit(read, reads(origin="opened")),
            holding=ada,
        ),
        row(
            "what comes from this site or by a link is absent when it is absent",
            from_site("POST", "same-origin", reads(origin="absent")),
            from_site("POST", "same-site", reads(origin="absent")),
            from_site("GET", "cross-site", reads(origin="absent")),
            from_site("GET", "none", reads(origin="absent")),
        ),
    ]


def from_site(method: str, site: str, expect: Expect) -> Step:
    headers = {"sec-fetch-site": site, "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    return visit(read, expect, method=method, headers=headers, sends=lambda *_: [])


def of_kind(kind: str) -> list[Row]:
    """A request that brings a cookie which is refused as this."""
    once = World.break_clock if kind == "clock" else None

    def bring(work: Work, expect: Expect, **more: Any) -> Step:
        return visit(work, expect, sends=header(lambda it: it.refused_as(kind)), once=once, **more)

    parts = [removed(f"{NAME}.1")] if kind == "torn_chunks" else []
    # Nobody can tell which of the two is the session, and a logout means both.
    marks = [marked()] if kind == "ambiguous" else []
    # That was asked for, by the logout.
    answered = (sends(removed()) if kind == "logged_out" else reads()).but(origin=kind)
    rows = [
        row(
            f"what is refused as {kind} is not cleared unasked",
            bring(read, answered.but(body="nobody, 0 visits", id=NO_ID, revision=0)),
            bring(keep_alive, answered),
            bring(change_nothing, answered),
        ),
        row(
            f"a logout expires what is refused as {kind}",
            bring(logout, sends(removed(), *parts, *marks, origin=kind, id=NO_ID)),
        ),
    ]
    if kind == "clock":
        not_saved = reads(status=503, body="the session could not be saved", origin=kind)
        name = "a replica that cannot tell the time writes nothing"
        return [*rows, row(name, bring(write, not_saved))]
    # A page that is loaded in another window may clear it.
    mode = "cors" if kind == "logged_out" else "navigate"
    return [
        *rows,
        row(
            f"a write in place of what is refused as {kind} begins a new session",
            bring(write, sends(sets(), *parts, origin=kind, id="A", revision=0)),
            visit(read, reads(body="nobody, 1 visits", origin="opened", id="A", revision=0)),
        ),
        row(
            f"a late answer to what is refused as {kind} does not clear a login",
            bring(read, reads(origin=kind), headers={"sec-fetch-mode": mode}, answered_after=1),
            visit(login("ada"), writes(id="A")),
            visit(read, reads(body="ada, 0 visits", origin="opened", id="A")),
        ),
    ]
