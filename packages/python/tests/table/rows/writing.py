"""What it takes for a response to carry a session."""

from __future__ import annotations

from table.play import (
    NO_ID,
    Row,
    leaves,
    reads,
    row,
    visit,
    writes,
)
from table.rows.handlers import (
    ada,
    asks,
    change_nothing,
    copy_of,
    lagging,
    login,
    read,
    rename,
    say,
    write,
)
from table.world import World


def writing() -> list[Row]:
    return [
        row(
            "nothing is set when nothing is written",
            visit(
                read,
                reads(body="nobody, 0 visits", origin="absent", id=NO_ID, revision=0, uses=(0, 0)),
            ),
            visit(read, reads(origin="absent")),
        ),
        row(
            "what is written comes back, and is written over",
            visit(write, writes(body="nobody, 1 visits", origin="absent", id="A", revision=0)),
            visit(
                read,
                reads(body="nobody, 1 visits", origin="opened", id="A", revision=0, uses=(1, 0)),
            ),
            visit(write, writes(body="nobody, 2 visits", id="A", revision=0)),
            visit(write, writes(body="nobody, 3 visits", id="A", revision=1)),
            visit(read, reads(body="nobody, 3 visits", id="A", revision=2)),
        ),
        row(
            "two writes of one request are one write",
            visit(asks(write, write), writes(body="ada, 3 visits")),
            visit(read, reads(body="ada, 3 visits", revision=1)),
            holding=ada,
        ),
        row(
            "a change that changes nothing writes nothing",
            visit(change_nothing, reads(body="ada, 1 visits", revision=0)),
            visit(read, reads(origin="opened", revision=0)),
            holding=ada,
        ),
        row(
            "a change that is taken back in the same request is still a write",
            visit(
                asks(write, lambda it: it.update(lambda at: at.update(visits=1)) or say(it)),
                writes(body="ada, 1 visits", revision=0),
            ),
            visit(read, reads(body="ada, 1 visits", revision=1)),
            holding=ada,
        ),
        row(
            "any replica with the ring continues the session",
            visit(write, writes(id="A")),
            visit(write, writes(body="nobody, 2 visits", id="A"), jar=lagging),
            visit(write, writes(body="nobody, 3 visits", id="A")),
        ),
        row(
            "a replica that has not heard of a key clears nothing, and the next one continues",
            visit(write, writes(id="A"), once=World.add_newer_key),
            visit(read, reads(origin="unknown_key", id=NO_ID), jar=lagging),
            visit(write, writes(body="nobody, 2 visits", id="A")),
        ),
        row(
            "a login gives a new id, even where renew is forgotten",
            visit(write, writes(id="A")),
            visit(login("ada"), writes(body="ada, 1 visits", id="B")),
            visit(rename("bob"), leaves(body="bob, 1 visits", id="C")),
            visit(read, reads(body="bob, 1 visits", id="C", revision=0)),
        ),
        row(
            "a copy from before a login is another session",
            visit(write, writes(id="A"), copied_as="planted"),
            visit(login("ada"), writes(id="B")),
            visit(read, reads(body="nobody, 1 visits", id="A"), sends=copy_of("planted")),
        ),
        row(
            "an old copy opens, and its revision shows that it is old",
            visit(write, writes(), copied_as="before"),
            visit(write, writes(revision=1)),
            visit(read, reads(body="ada, 2 visits", revision=1), sends=copy_of("before")),
            visit(read, reads(body="ada, 3 visits", revision=2)),
            holding=ada,
        ),
    ]
