"""Whether a logout ends the session, whatever is still under way."""

from __future__ import annotations

from typing import Any

from rings import DAY

from sealjar.session import Place
from table.play import (
    HOST_ONLY,
    Line,
    Row,
    leaves,
    purges,
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
    cors,
    headed,
    login,
    logout,
    read,
    say,
    with_jar,
    write,
)
from table.world import MARK_LIVES


def logouts() -> list[Row]:
    back = reads(origin="logged_out")
    expired = sends(removed())
    public = headed(say, ("cache-control", "public, max-age=60"))
    rows = [
        row(
            "a write that answers after the logout logs nobody in, a minute later or a day",
            visit(write, writes(), after=DAY // 2, answered_after=1),
            visit(logout, purges()),
            cors(read, back),
            cors(read, back, after=65),
            cors(read, back, after=DAY - 66),
            cors(read, reads(origin="absent"), after=1),
            holding=ada,
        ),
        row(
            "a page that is loaded after the logout expires what came back",
            visit(write, writes(), answered_after=1),
            visit(logout, purges()),
            visit(read, expired.but(origin="logged_out"), after=65),
            visit(read, reads(origin="absent")),
            holding=ada,
        ),
        row(
            "what expires a cookie that came back can wait where caches may keep the page",
            visit(write, writes(), answered_after=1),
            visit(logout, purges()),
            visit(public, back.but(cache_control=["public, max-age=60"])),
            visit(read, expired),
            holding=ada,
        ),
        row(
            "a second logout does not forget the first",
            visit(write, writes(), answered_after=5),
            visit(logout, purges()),
            visit(login("bob"), writes()),
            visit(write, writes(), answered_after=1),
            visit(logout, purges()),
            cors(read, back, after=65),
            cors(read, back, after=65),
            holding=ada,
        ),
    ]
    for how, work in (("a logout by update", login("")), ("a login over another", login("bob"))):
        rows.append(
            row(
                f"{how} is not undone by a slower answer of before",
                visit(write, writes(), answered_after=1),
                visit(work, leaves()),
                cors(read, back.but(body="nobody, 0 visits"), after=65),
                visit(read, expired),
                holding=ada,
            )
        )
    return rows + moved()


MOVED = "__Secure-s"


def moved() -> list[Row]:
    """A jar whose cookie has moved, told where it was, and the same jar told nothing."""
    domain = {"domain": "example.org"}
    rows = []
    for how, before, now in (
        ("from the host to a domain", {}, domain),
        ("from a domain back to the host", domain, {}),
        ("from a path to all of the host", {"path": "/app"}, {}),
        ("from all of the host to a path", {}, {"path": "/app"}),
    ):
        old = with_jar(cookie_name=MOVED, **before)
        told = with_jar(cookie_name=MOVED, also_expire=[Place(**before)], **now)
        untold = with_jar(cookie_name=MOVED, **now)
        was = HOST_ONLY | before
        here: dict[str, Any] = {"path": "/app"}
        there: dict[str, Any] = here | {"jar": old}
        of = {"attributes": HOST_ONLY | now}
        gone_there = Line(MOVED, "removed", was)
        mark = sets(f"{MOVED}.out", MARK_LIVES)
        ends = sends(removed(MOVED), gone_there, mark)
        set_there = Line(MOVED, ("set", DAY), was)
        rows += [
            row(
                f"{how}: a guest of before logs in and out",
                visit(write, sends(set_there), **there),
                visit(login("ada"), sends(gone_there, sets(MOVED)), **here),
                visit(read, reads(body="ada, 1 visits", uses=(1, 0)), **here),
                visit(logout, ends, **here),
                visit(read, reads(origin="absent"), after=65, **here),
                jar=told,
                **of,
            ),
            # The negative control: what `also_expire` is for.
            row(
                f"{how} and told nothing: a guest's login leaves two sessions",
                visit(write, sends(set_there), **there),
                visit(login("ada"), sends(sets(MOVED)), **here),
                visit(read, reads(origin="ambiguous", uses=(2, 1)), **here),
                jar=untold,
                **of,
            ),
        ]
    return rows
