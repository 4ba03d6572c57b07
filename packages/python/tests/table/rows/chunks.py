"""How a session travels that is too long for one cookie."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from rings import DAY

from table.browser import Browser
from table.play import (
    NO_ID,
    Expect,
    Row,
    Step,
    marked,
    purges,
    reads,
    removed,
    row,
    sends,
    sets,
    visit,
)
from table.rows.handlers import (
    fill,
    logout,
    measure,
    read,
    with_jar,
    write,
)
from table.world import NAME, World


def chunks() -> list[Row]:
    large = partial(row, jar=with_jar(max_size=12_288))
    part_1, part_2 = f"{NAME}.1", f"{NAME}.2"

    def parts(count: int, *gone: int, **more: Any) -> Expect:
        kept = [sets(it) for it in (NAME, part_1, part_2)[:count]]
        return sends(*kept, *(removed(f"{NAME}.{it}") for it in gone), **more)

    def cut(part: int) -> Callable[[Browser, World], list[bytes | str]]:
        def cookies(browser: Browser, _: World) -> list[bytes | str]:
            pairs = browser.header().split("; ")
            return ["; ".join(pairs[:part] + pairs[part + 1 :])]

        return cookies

    def mixed(part: int) -> Step:
        """One part of an earlier generation in place of its own."""

        def cookies(browser: Browser, _: World) -> list[bytes | str]:
            pairs = browser.header().split("; ")
            pairs[part] = browser.copies["first"].split("; ")[part]
            return ["; ".join(pairs)]

        return visit(read, reads(origin="torn_chunks", id=NO_ID), sends=cookies)

    def beside_old(browser: Browser, _: World) -> list[bytes | str]:
        old = browser.copies["first"].split("; ")
        return ["; ".join([old[1], browser.header(), old[2]])]

    error = reads(status=500, body="the session could not be saved")
    torn = reads(origin="torn_chunks", uses=(0, 1))
    return [
        large(
            "a session grows to three cookies and shrinks to one",
            visit(fill(10), parts(1)),
            visit(fill(4000), parts(2)),
            visit(measure, reads(body="4000", uses=(1, 0))),
            visit(fill(7000), parts(3)),
            visit(measure, reads(body="7000")),
            visit(fill(4000), parts(2, 2)),
            visit(measure, reads(body="4000")),
            visit(fill(10), parts(1, 1)),
            visit(measure, reads(body="10", origin="opened")),
        ),
        large(
            "a session in three cookies is sealed again as a whole",
            visit(fill(7000), parts(3)),
            visit(measure, parts(3, body="7000"), after=DAY // 2),
            visit(measure, parts(3, body="7000"), after=DAY // 2),
        ),
        large(
            "a logout removes all parts",
            visit(fill(7000), parts(3)),
            visit(logout, sends(removed(), removed(part_1), removed(part_2), marked())),
            visit(read, reads(origin="absent")),
        ),
        large(
            "without its head a session is no session, and a write takes the rest away",
            visit(fill(7000), parts(3)),
            visit(read, reads(origin="absent"), sends=cut(0)),
            visit(write, parts(1, 1, 2), sends=cut(0)),
            visit(read, reads(body="nobody, 1 visits")),
        ),
        large(
            "a jar with a smaller limit reads what a larger one wrote",
            visit(fill(7000), parts(3)),
            visit(measure, reads(body="7000"), jar=with_jar()),
            visit(write, error, jar=with_jar()),
            visit(fill(10), parts(1, 1, 2), jar=with_jar()),
        ),
        large(
            "too large for the largest jar is an error, and nothing is lost",
            visit(fill(7000), parts(3)),
            visit(fill(10_000), error),
            visit(measure, reads(body="7000")),
        ),
        large(
            "parts of two generations are no session, whichever is mixed",
            visit(fill(7000), parts(3), copied_as="first"),
            visit(fill(7001), parts(3)),
            *map(mixed, range(3)),
            visit(measure, reads(body="7001", revision=1)),
        ),
        large(
            "parts of another generation beside a whole session do not tear it",
            visit(fill(7000), parts(3), copied_as="first"),
            visit(fill(7001), parts(3)),
            visit(measure, reads(body="7001", uses=(1, 0)), sends=beside_old),
        ),
        large(
            "a part that is missing tears a session, and nothing is cleared",
            visit(fill(7000), parts(3)),
            visit(read, torn, sends=cut(1)),
            visit(read, torn, sends=cut(2)),
            visit(measure, reads(body="7000")),
        ),
        large(
            "a torn session is replaced by a write, which takes the rest away",
            visit(fill(7000), parts(3)),
            visit(fill(10), parts(1, 2, origin="torn_chunks"), sends=cut(1)),
        ),
        large(
            "what a part was left behind from is no session",
            visit(read, reads(origin="absent")),
            visit(write, sends(sets(), removed(part_1))),
            visit(logout, purges()),
            holding=lambda _: f"{part_1}=abcd.x",
        ),
    ]
