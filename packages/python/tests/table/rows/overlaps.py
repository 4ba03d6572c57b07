"""What is left when two requests leave with the same cookies."""

from __future__ import annotations

from rings import DAY

from table.play import (
    Row,
    purges,
    reads,
    removed,
    row,
    sends,
    visit,
    writes,
)
from table.rows.handlers import (
    ada,
    asks,
    cors,
    login,
    logout,
    read,
    write,
)


def overlaps() -> list[Row]:
    expired = sends(removed(), body="nobody, 0 visits", origin="logged_out")
    return [
        row(
            "a late read with no cookie leaves a login alone",
            visit(read, reads(origin="absent"), answered_after=1),
            visit(login("ada"), writes()),
            visit(read, reads(body="ada, 0 visits")),
        ),
        row(
            "a late login wins over what was written meanwhile",
            visit(login("ada"), writes(), answered_after=1),
            visit(write, writes()),
            visit(read, reads(body="ada, 1 visits")),
            holding=lambda world: world.cookie_of(""),
        ),
        row(
            "a late re-seal does not bring a session back after its logout",
            visit(read, writes(), after=DAY // 2, answered_after=1),
            visit(logout, purges()),
            visit(read, expired),
            holding=ada,
        ),
        row(
            "a late write does not bring a session back after its logout",
            visit(write, writes(), answered_after=1),
            visit(logout, purges()),
            visit(read, expired),
            holding=ada,
        ),
        row(
            "a late logout ends what was written and sealed again meanwhile",
            visit(logout, purges(), answered_after=2),
            visit(write, writes()),
            visit(read, writes(), after=DAY // 2),
            visit(read, reads(origin="absent")),
            holding=ada,
        ),
        row(
            "a login after a logout is not stopped by its mark",
            visit(logout, purges()),
            visit(login("ada"), writes()),
            visit(read, reads(body="ada, 0 visits", origin="opened")),
            holding=ada,
        ),
        row(
            "a background read does not undo a write, even when the session is due",
            cors(read, reads(), after=DAY // 2, answered_after=1),
            visit(write, writes()),
            visit(read, reads(body="ada, 2 visits", revision=1)),
            holding=ada,
        ),
        row(
            "of two writes under way the later answer wins, and the revision shows it",
            visit(asks(write, write), writes(revision=0), answered_after=2),
            visit(write, writes(revision=0)),
            visit(write, writes(revision=1)),
            visit(read, reads(body="ada, 3 visits", revision=1)),
            holding=ada,
        ),
        row(
            "a late logout of nobody undoes no login that came between",
            visit(logout, reads(), answered_after=1),
            visit(login("ada"), writes()),
            visit(read, reads(body="ada, 0 visits", origin="opened")),
        ),
    ]
