"""When a change is taken, and when not."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from sealjar.session import Nested, Session, SessionTooLarge
from table.play import (
    Reply,
    Row,
    leaves,
    reads,
    row,
    visit,
    writes,
)
from table.rows.handlers import (
    ada,
    fill,
    login,
    measure,
    read,
    say,
    with_jar,
    write,
)


def updates() -> list[Row]:
    def fails(session: Session) -> Reply:
        def change(it: dict[str, Any]) -> None:
            it["visits"] = 9
            raise LookupError

        with suppress(LookupError):
            session.update(change)
        return say(session)

    def nests(session: Session) -> Reply:
        def change(it: dict[str, Any]) -> str:
            it["visits"] += 1
            try:
                session.update(lambda inner: inner.update(visits=99))
            except Nested:
                return "nested"
            return "taken"

        return Reply(f"{session.update(change)}, {session.get()['visits']} visits")

    def peeks(session: Session) -> Reply:
        def change(it: dict[str, Any]) -> int:
            it["visits"] = 9
            return int(session.get()["visits"])

        return Reply(str(session.update(change)))

    def keep_what_fits(session: Session) -> Reply:
        try:
            session.update(lambda it: it.update(note="x" * 5000))
        except SessionTooLarge as error:
            assert error.size > 5000 * 4 // 3
            session.update(lambda it: it.update(note="x" * 10))
            return Reply(f"limit {error.limit}")
        return Reply("it fitted")

    def leak(session: Session) -> Reply:
        session.get()["visits"] = 99
        kept: list[dict[str, Any]] = []
        session.update(kept.append)
        kept[0]["visits"] = 99
        return say(session)

    newer = with_jar(empty={"name": "", "visits": 0, "note": "", "theme": ""})

    def paint(session: Session) -> Reply:
        session.update(lambda it: it.update(theme="dark"))
        return Reply(session.get()["theme"])

    def look(session: Session) -> Reply:
        return Reply(f"{session.get()['theme']}, {session.get()['visits']} visits")

    too_large = "the session could not be saved"
    return [
        row(
            "a change whose function fails is not taken",
            visit(fails, reads(body="ada, 1 visits")),
            visit(read, reads(body="ada, 1 visits", revision=0)),
            holding=ada,
        ),
        row(
            "an update inside an update is refused, and the outer one is taken",
            visit(nests, writes(body="nested, 2 visits")),
            visit(read, reads(body="ada, 2 visits", revision=1)),
            holding=ada,
        ),
        row(
            "a function sees what was there before with get, and never a half-made change",
            visit(peeks, writes(body="1")),
            holding=ada,
        ),
        row(
            "what is changed outside of update changes nothing",
            visit(leak, reads(body="ada, 1 visits")),
            visit(read, reads(body="ada, 1 visits", revision=0)),
            holding=ada,
        ),
        row(
            "a session too large for its cookie is an error, and nothing is lost",
            visit(fill(5000), reads(status=500, body=too_large, id="A", revision=0)),
            visit(read, reads(body="ada, 1 visits", id="A", revision=0)),
            holding=ada,
        ),
        row(
            "a handler learns how much too large, and keeps what fits",
            visit(keep_what_fits, writes(body="limit 4096")),
            visit(measure, reads(body="10")),
            holding=ada,
        ),
        row(
            "an older build keeps what a newer one has appended",
            visit(paint, writes(body="dark")),
            visit(write, writes(body="ada, 2 visits"), jar=with_jar()),
            visit(look, reads(body="dark, 2 visits", revision=2)),
            jar=newer,
            holding=ada,
        ),
        row(
            "an older build does not hand what it does not know to the next person",
            visit(paint, writes(body="dark")),
            visit(login("bob"), leaves(body="bob, 1 visits"), jar=with_jar()),
            visit(look, reads(body=", 1 visits")),
            jar=newer,
            holding=ada,
        ),
        row(
            "an older build that cannot tell whose a session is keeps nothing",
            visit(paint, writes(body="dark")),
            visit(write, writes(body="ada, 2 visits"), jar=with_jar(subject=None)),
            visit(look, reads(body=", 2 visits")),
            jar=newer,
            holding=ada,
        ),
    ]
