"""What the intents of one request come to, in every order."""

from __future__ import annotations

from typing import Any

from table.play import (
    NO_ID,
    Row,
    Work,
    leaves,
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
    discard,
    keep_alive,
    purge,
    read,
    renew,
    write,
)
from table.world import NAME

INTENTS: dict[str, Work] = {
    "write": write,
    "renew": renew,
    "purge": purge,
    "keep alive": keep_alive,
}
WITH_ADA: list[tuple[str, tuple[str, str, int] | None]] = [
    ("write", ("A", "ada, 2 visits", 1)),
    ("renew", ("B", "ada, 1 visits", 0)),
    ("purge", None),
    ("write, write", ("A", "ada, 3 visits", 1)),
    ("write, renew", ("B", "ada, 2 visits", 0)),
    ("write, purge", None),
    ("renew, write", ("B", "ada, 2 visits", 0)),
    ("renew, renew", ("B", "ada, 1 visits", 0)),
    ("renew, purge", None),
    ("purge, write", ("B", "nobody, 1 visits", 0)),
    ("purge, renew", None),
    ("purge, purge", None),
    ("keep alive, write", ("A", "ada, 2 visits", 1)),
    ("keep alive, renew", ("B", "ada, 1 visits", 0)),
    ("keep alive, purge", None),
    ("write, keep alive", ("A", "ada, 2 visits", 1)),
    ("renew, keep alive", ("B", "ada, 1 visits", 0)),
    ("purge, keep alive", None),
    ("write, purge, write", ("B", "nobody, 1 visits", 0)),
    ("purge, write, purge", None),
]
WITH_NOBODY: list[tuple[str, str | None]] = [
    ("write", "nobody, 1 visits"),
    ("renew", "nobody, 0 visits"),
    ("purge", None),
    ("write, write", "nobody, 2 visits"),
    ("write, renew", "nobody, 1 visits"),
    ("write, purge", None),
    ("renew, write", "nobody, 1 visits"),
    ("renew, purge", None),
    ("purge, write", "nobody, 1 visits"),
    ("purge, renew", None),
    ("purge, purge", None),
]


def intents() -> list[Row]:
    def work(what: str) -> Work:
        return asks(*(INTENTS[it] for it in what.split(", ")))

    rows = []
    for what, after in WITH_ADA:
        answer, following = purges(id=NO_ID), reads(body="nobody, 0 visits", origin="absent")
        if after is not None:
            answer = (leaves() if "purge" in what else writes()).but(id=after[0])
            following = reads(body=after[1], origin="opened", id=after[0], revision=after[2])
        rows.append(
            row(
                f"{what} of a session that came",
                visit(read, reads(id="A")),
                visit(work(what), answer),
                visit(read, following),
                holding=ada,
            )
        )
    for what, body in WITH_NOBODY:
        for cookie, origin in (("", "absent"), (f"{NAME}=garbage", "malformed")):
            answer, following = writes(id="A"), reads(body=body, id="A", revision=0)
            if body is None:
                answer = (sends(removed()) if cookie else reads()).but(id=NO_ID)
                following = reads(body="nobody, 0 visits", origin="absent")
            rows.append(
                row(
                    f"{what} where the session is {origin}",
                    visit(work(what), answer.but(origin=origin)),
                    visit(read, following),
                    holding=lambda _, cookie=cookie: cookie,
                )
            )
    nobodys: dict[str, Any] = {"holding": lambda world: world.cookie_of("")}
    gone = visit(read, reads(body="nobody, 0 visits", origin="absent"))
    alone = reads(lines=[removed()])
    return [
        *rows,
        row(
            "a session that is nobody's is discarded by one line",
            visit(read, reads(body="nobody, 1 visits", origin="opened")),
            visit(discard, alone.but(id=NO_ID)),
            gone,
            **nobodys,
        ),
        row(
            "what is discarded and written begins anew, and marks nothing",
            visit(read, reads(id="A")),
            visit(asks(discard, write), writes(id="B")),
            visit(read, reads(body="nobody, 1 visits", id="B", revision=0)),
            **nobodys,
        ),
        row(
            "what is purged and discarded is purged",
            visit(asks(purge, discard), purges()),
            gone,
            **nobodys,
        ),
        row(
            "the session of a subject is not discarded but purged",
            visit(discard, purges()),
            gone,
            holding=ada,
        ),
        row("to discard nothing sends nothing", visit(discard, reads())),
        row(
            "a cookie that does not open can be discarded",
            visit(discard, alone.but(origin="malformed")),
            gone,
            holding=lambda _: f"{NAME}=garbage",
        ),
    ]
