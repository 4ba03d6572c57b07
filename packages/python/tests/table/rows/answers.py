"""Which answers carry a session, and what stays as the application made it."""

from __future__ import annotations

from functools import partial
from typing import Any

from rings import DAY

from sealjar.session import Session
from table.play import (
    Line,
    Reply,
    Row,
    Work,
    leaves,
    marked,
    purges,
    reads,
    removed,
    row,
    sends,
    sets,
    untouched,
    visit,
    writes,
)
from table.rows.handlers import (
    ada,
    headed,
    login,
    logout,
    purge,
    read,
    say,
    with_jar,
    write,
)


def answers() -> list[Row]:
    storage = '"storage"'
    clears = with_jar(clear_site_data=storage)
    cleared = {"clear_site_data": [storage]}
    theme = Line("theme", "foreign")

    def themed(work: Work) -> Work:
        return headed(work, ("set-cookie", "theme=dark"))

    def fails(session: Session) -> Reply:
        session.update(lambda it: it.update(visits=99))
        raise LookupError

    rows = [
        row(
            "the application's own cookies stay, before ours",
            visit(themed(say), reads(lines=[theme])),
            visit(themed(write), sends(theme, sets())),
            visit(themed(purge), sends(theme, removed(), marked())),
            holding=ada,
        ),
        row(
            "a jar that clears site data does so when somebody logs out, in whatever way",
            visit(read, writes(), after=DAY // 2),
            visit(write, writes()),
            visit(login("bob"), leaves(**cleared)),
            visit(login(""), leaves(**cleared)),
            visit(write, writes()),
            visit(logout, purges(**cleared)),
            jar=clears,
            holding=ada,
        ),
        row(
            "HEAD is a request like others",
            visit(write, writes(), method="HEAD"),
            visit(read, reads(body="nobody, 1 visits")),
        ),
        row(
            "an answer to OPTIONS that needs no session costs none",
            visit(None, untouched(uses=(0, 0)), method="OPTIONS", after=DAY // 2),
            holding=ada,
        ),
    ]
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        at: dict[str, Any] = {"method": method}
        rows.append(
            row(
                f"{method} reads, writes and ends a session",
                visit(write, writes(), **at),
                visit(read, reads(body="nobody, 1 visits"), **at),
                visit(logout, purges(), **at),
            )
        )
    return rows + [with_status(it) for it in (201, 204, 303, 304, 400, 401, 403, 404, 418, 422)]


def with_status(status: int) -> Row:
    of = partial(headed, status=status)
    return row(
        f"an answer of {status} carries what was written",
        visit(of(write), writes(status=status)),
        visit(of(say), reads(status=status)),
        visit(of(purge), purges(status=status)),
        visit(read, reads(origin="absent")),
    )


def errors() -> list[Row]:
    """Django writes nothing with these."""
    return [with_status(500), with_status(503)]
