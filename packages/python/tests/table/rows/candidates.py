"""Which of several cookies of one name is the session."""

from __future__ import annotations

from typing import Any

from rings import DAY, START

from sealjar.plaintext import Times
from table.browser import Browser
from table.play import (
    HOST_ONLY,
    NO_ID,
    Expect,
    Line,
    Row,
    Step,
    Work,
    marked,
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
    logout,
    read,
    with_jar,
    write,
)
from table.world import NAME, World


def candidates() -> list[Row]:
    def token(kind: str, world: World) -> str:
        before = Times(START - DAY, START - DAY, START)
        again = Times(START, START + 1, START + DAY)
        later = {"name": "ada", "visits": 2, "note": ""}
        made = {
            "good": lambda: world.forge(),
            "expired": lambda: world.forge(times=before),
            "newer": lambda: world.forge(revision=7, value=later),
            "other": lambda: world.forge(session_id=b"another!"),
            "resealed": lambda: world.forge(times=again),
        }
        return made[kind]() if kind in made else kind

    def bringing(kinds: list[str], work: Work, expect: Expect) -> Step:
        def cookies(_: Browser, world: World) -> list[bytes | str]:
            # One seal for each kind: a twin is equal to the byte.
            tokens = {kind: token(kind, world) for kind in kinds}
            return ["; ".join(f"{NAME}={tokens[kind]}" for kind in kinds)]

        return visit(work, expect, sends=cookies)

    def opened(count: int, refused: int, **more: Any) -> Expect:
        found = reads(body="ada, 1 visits", origin="opened", id="A", uses=(count, refused))
        return found.but(**more)

    ambiguous = reads(body="nobody, 0 visits", origin="ambiguous", id=NO_ID)
    table: list[tuple[str, str, Expect]] = [
        ("one good cookie", "good", opened(1, 0)),
        ("a good one and garbage", "good g1", opened(1, 1)),
        ("a good one and three of garbage", "g1 good g2 g3", opened(1, 3)),
        ("equal twins", "good good", opened(1, 0)),
        ("equal twins, five times", "good good good good good", opened(1, 0)),
        ("a good one and one that has expired", "good expired", opened(1, 1)),
        ("two revisions", "good newer", opened(2, 0, body="ada, 2 visits", revision=7)),
        ("two seals of one revision", "good resealed", opened(2, 0)),
        ("two users", "good other", ambiguous),
        ("two users and garbage", "good g1 other", ambiguous),
        ("five of a name", "g1 g2 g3 g4 g5", ambiguous.but(uses=(0, 1))),
        ("five of a name, one good", "g1 g2 good g4 g5", ambiguous.but(uses=(0, 1))),
        ("two of garbage", "g1 g2", ambiguous.but(origin="malformed", uses=(0, 2))),
    ]
    rows = []
    for what, kinds, expect in table:
        rows.append(row(what, bringing(kinds.split(), read, expect)))
        rows.append(row(f"{what}, turned round", bringing(kinds.split()[::-1], read, expect)))
    attributes = HOST_ONLY | {"partitioned": True, "samesite": "None"}
    unpartitioned = HOST_ONLY | {"samesite": "None"}
    return [
        *rows,
        row(
            "a twin of another path or domain is read beside the session, whichever is first",
            visit(write, sends(sets("session"), origin="malformed"), path="/shop"),
            visit(
                read,
                reads(body="nobody, 1 visits", origin="opened", uses=(1, 2)),
                path="/shop",
            ),
            visit(logout, sends(removed("session"), marked("session")), path="/shop"),
            visit(read, reads(origin="malformed", uses=(0, 2)), path="/shop"),
            jar=with_jar(cookie_name="session"),
            takes=[
                "session=garbage; Domain=example.org; Path=/; Secure",
                "session=planted; Path=/shop; Secure",
            ],
        ),
        row(
            "a write of a partitioned jar takes the unpartitioned twin away",
            visit(write, sends(Line(NAME, "removed", unpartitioned), sets())),
            visit(read, reads(body="ada, 2 visits", origin="opened", uses=(1, 0))),
            jar=with_jar(partitioned=True, same_site="None"),
            attributes=attributes,
            holding=ada,
        ),
        row(
            "a write over two users begins a session of its own",
            bringing(["good", "other"], write, writes(origin="ambiguous", id="A")),
        ),
        row(
            "a logout with good and garbage marks the good one",
            bringing(["g1", "good"], logout, purges(origin="opened")),
        ),
        row(
            "a logout of two users marks both",
            bringing(["good", "other"], logout, purges(origin="ambiguous")),
        ),
    ]
