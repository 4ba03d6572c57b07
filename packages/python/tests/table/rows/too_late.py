"""What can still be changed when the answer is on its way, and what an untouched session costs."""

from __future__ import annotations

from rings import DAY, START

from sealjar.session import Session
from table.play import (
    Reply,
    Row,
    reads,
    row,
    untouched,
    visit,
    writes,
)
from table.rows.handlers import (
    ada,
    asks,
    leave_alone,
    read,
    say,
    write,
)
from table.world import NAME, World, revoke


def too_late() -> list[Row]:
    kept: list[Session] = []

    def keep(session: Session) -> Reply:
        kept.append(session)
        return write(session)

    def change(_: Session) -> Reply:
        late = kept.pop()
        try:
            late.update(lambda it: it.update(visits=99))
        except Exception as error:
            late.purge()
            late.renew()
            late.keep_alive()
            return Reply(f"{type(error).__name__}, {late.get()['visits']} visits")
        return Reply("taken")

    standings: list[str] = []

    def watch(session: Session) -> Reply:
        found = session.recheck()
        standings.append("nobody" if found.ended is None else found.ended.kind)
        goes_on = found.expires_at is not None
        return Reply("goes on" if goes_on else standings[-1])

    def begins(session: Session) -> Reply:
        kept.append(session)
        return watch(session)

    def again(_: Session) -> Reply:
        return watch(kept.pop())

    def revoke_ada(world: World) -> None:
        world.change_ring(lambda it: revoke(it, "ada", START + 1))

    return [
        row(
            "a change in a task that outlives the answer is refused, and what was sent stays",
            visit(keep, writes(body="nobody, 1 visits")),
            visit(change, untouched(body="Closed, 1 visits")),
            visit(read, reads(body="nobody, 1 visits")),
        ),
        row(
            "what is asked again is told that its visitor was revoked meanwhile",
            visit(asks(read, begins), reads(body="ada, 1 visits")),
            visit(again, untouched(body="revoked_subject"), once=revoke_ada),
            visit(read, reads(origin="revoked_subject")),
            holding=ada,
        ),
        row(
            "what is asked again is told of the end of its time",
            visit(asks(read, begins), reads(body="ada, 1 visits")),
            visit(again, untouched(body="expired"), after=DAY),
            holding=ada,
        ),
        *(
            row(
                f"with {what} a handler that leaves the session alone costs nothing",
                visit(None, untouched(body="page", uses=(0, 0))),
                visit(leave_alone, untouched(body="page", uses=(0, 0))),
                visit(leave_alone, untouched(body="page", uses=(0, 0)), after=DAY // 2),
                holding=cookie,
                alike=True,
            )
            for what, cookie in (
                ("no cookie", lambda _: ""),
                ("a session", ada),
                ("garbage", lambda _: f"{NAME}=garbage"),
                ("a cookie of another ring", lambda world: world.refused_as("unknown_key")),
            )
        ),
        row(
            "a session that is looked at many times is opened once",
            visit(asks(say, say, say), reads(uses=(1, 0))),
            holding=ada,
        ),
    ]
