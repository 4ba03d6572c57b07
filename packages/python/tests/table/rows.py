"""What happens, and what has to come of it: groups of rows, by name."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

from rings import DAY, START

from sealjar import REFUSAL_KINDS, clock
from sealjar.plaintext import Times
from sealjar.session import Jar, Nested, Place, Session, SessionTooLarge
from table.browser import Browser
from table.play import (
    HOST_ONLY,
    NO_ID,
    Expect,
    Line,
    Reply,
    Row,
    Step,
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
from table.world import APP, MARK_LIVES, NAME, World, revoke

QUARTER = DAY // 4

# Handlers.


def say(session: Session) -> Reply:
    value = session.get()
    return Reply(f"{value['name'] or 'nobody'}, {value['visits']} visits")


read = say


def write(session: Session) -> Reply:
    session.update(lambda it: it.update(visits=it["visits"] + 1))
    return say(session)


def login(name: str) -> Work:
    def work(session: Session) -> Reply:
        session.renew()
        session.update(lambda it: it.update(name=name))
        return say(session)

    return work


def rename(name: str) -> Work:
    def work(session: Session) -> Reply:
        session.update(lambda it: it.update(name=name))
        return say(session)

    return work


def renew(session: Session) -> Reply:
    session.renew()
    return say(session)


def purge(session: Session) -> Reply:
    session.purge()
    return say(session)


logout = purge


def discard(session: Session) -> Reply:
    session.discard()
    return say(session)


def keep_alive(session: Session) -> Reply:
    session.keep_alive()
    return say(session)


def change_nothing(session: Session) -> Reply:
    session.update(lambda it: it.update(visits=it["visits"] + 0))
    return say(session)


def leave_alone(session: Session) -> Reply:
    return Reply("page")


def asks(*works: Work) -> Work:
    def work(session: Session) -> Reply:
        for it in works:
            it(session)
        return say(session)

    return work


def fill(length: int) -> Work:
    def work(session: Session) -> Reply:
        session.update(lambda it: it.update(note="x" * length))
        return Reply()

    return work


def measure(session: Session) -> Reply:
    return Reply(str(len(session.get()["note"])))


def headed(work: Work, *headers: tuple[str, str], status: int = 200) -> Work:
    def headed_work(session: Session) -> Reply:
        reply = work(session)
        return Reply(reply.body, status, [*reply.headers, *headers])

    return headed_work


def ada(world: World) -> str:
    return world.cookie_of("ada")


def cors(work: Work | None, expect: Expect, **more: Any) -> Step:
    """A script's request."""
    return visit(work, expect, headers={"sec-fetch-mode": "cors"}, **more)


def with_jar(**settings: Any) -> Callable[[World], Jar]:
    return lambda world: world.jar(**settings)


def lagging(world: World) -> Jar:
    return world.jar(world.behind)


def header(make: Callable[[World], str]) -> Callable[[Browser, World], list[bytes | str]]:
    return lambda _, world: [make(world)]


def copy_of(name: str) -> Callable[[Browser, World], list[bytes | str]]:
    return lambda browser, _: [browser.copies[name]]


# What it takes for a response to carry a session.


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


# When a change is taken, and when not.


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


# What the intents of one request come to, in every order.

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


# What becomes of a cookie that is refused. Nothing, unless a handler asks.


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


# Cookies and headers from anybody.


def hostile() -> list[Row]:
    forged = reads(body="nobody, 0 visits", origin="forged")

    def of_another(app: str, name: str) -> Callable[[World], str]:
        def make(world: World) -> str:
            made = world.cookie_of("ada", app=app, cookie_name=name)
            return f"{NAME}={made.partition('=')[2]}"

        return make

    def on_line(place: int) -> Step:
        def lines(browser: Browser, _: World) -> list[bytes | str]:
            sent: list[bytes | str] = ["other=1"] * 3
            sent[place] = browser.header()
            return sent

        return visit(read, reads(body="ada, 1 visits"), sends=lines)

    return [
        alike("a read", read),
        alike("a read that would keep it alive", keep_alive),
        alike("a change that changes nothing", change_nothing),
        no_token_looks_alike(),
        spellings(),
        row(
            "another app's session is refused",
            visit(read, forged, sends=header(of_another("blog-test", NAME))),
            visit(read, forged, sends=header(of_another(APP, "other"))),
            visit(read, reads(origin="opened"), sends=header(of_another(APP, NAME))),
        ),
        row(
            "a session that was sealed for another purpose is refused",
            *(
                visit(
                    read,
                    forged,
                    sends=header(lambda it, of=of: f"{NAME}={it.forge(purpose=of)}"),
                )
                for of in ("session", "session/2", "password-reset")
            ),
        ),
        neighbours(),
        row(
            "cookies on several header lines are one request",
            *map(on_line, range(3)),
            holding=ada,
        ),
        *(
            row(
                f"{what} does not believe a forwarded header",
                *(
                    visit(
                        work,
                        expect(origin="opened"),
                        sends=header(ada),
                        headers={name: value},
                    )
                    for name, value in SPOOFED
                ),
            )
            for what, work, expect in (
                ("a read", read, reads),
                ("a write", write, writes),
                ("a logout", logout, purges),
            )
        ),
    ]


def alike(what: str, work: Work) -> Row:
    """The first visitor brings no cookie at all, and nobody can tell the others from him."""
    kinds = [it for it in REFUSAL_KINDS if it not in ("clock", "logged_out")]
    return row(
        f"{what} answers to every refusal alike, byte for byte",
        visit(work, reads(body="nobody, 0 visits")),
        *(visit(work, sends=header(lambda it, kind=kind: it.refused_as(kind))) for kind in kinds),
        visit(work, sends=header(lambda it: it.refused_as("clock")), once=World.break_clock),
        alike=True,
    )


def no_token_looks_alike() -> Row:
    def value(make: Callable[[bytes], bytes]) -> Step:
        def cookies(_: Browser, world: World) -> list[bytes | str]:
            token = ada(world).partition("=")[2].encode()
            return [NAME.encode() + b"=" + make(token)]

        return visit(read, sends=cookies)

    return row(
        "what is no token and no part of one is answered alike, byte for byte",
        visit(read),
        value(lambda _: b""),
        value(lambda it: it[:93]),
        value(lambda it: it + b"="),
        value(lambda it: it + b"!"),
        value(lambda it: b'"' + it + b'"'),
        value(lambda _: b"A" * 12_289),
        value(lambda _: b"A" * 60_000),
        value(lambda _: b"\xff" * 200),
        value(lambda _: b"0~abcd.x"),
        value(lambda _: b"1~abcd.x"),
        value(lambda _: b"10~abcd.x"),
        value(lambda _: b"4294967295~abcd.x"),
        value(lambda _: b"9~"),
        value(lambda _: "\U0001f36a".encode() * 100),
        alike=True,
    )


def spellings() -> Row:
    """Names that careless parsers take for ours, and values that they change."""
    steps = []
    for name in (
        "%5f%5fHost-Http-session",
        "__host-http-session",
        "__Host-Http-session ",
        "\u2003__Host-Http-session",
        "\u00a0__Host-Http-session",
        "__Host-Http%2Dsession",
        '"__Host-Http-session"',
        "$__Host-Http-session",
        "__Host-Http-session.9",
        "__Host-Http-session.",
        "x__Host-Http-session",
    ):

        def evil(world: World, name: str = name) -> str:
            return f"{name}={world.cookie_of('evil').partition('=')[2]}"

        def first(world: World, evil: Callable[[World], str] = evil) -> str:
            return f"{evil(world)}; {ada(world)}"

        def last(world: World, evil: Callable[[World], str] = evil) -> str:
            return f"{ada(world)}; {evil(world)}"

        steps.append(visit(read, reads(origin="absent"), sends=header(evil)))
        steps.append(visit(read, reads(body="ada, 1 visits"), sends=header(first)))
        steps.append(visit(read, reads(body="ada, 1 visits"), sends=header(last)))
    return row("a name in another spelling is another name, beside the good one", *steps)


def neighbours() -> Row:
    """Every byte that a header may carry."""

    def beside(byte: int) -> Step:
        def cookies(browser: Browser, _: World) -> list[bytes | str]:
            one = bytes([byte])
            return [b"x=" + one * 2 + b"; " + browser.header().encode() + b"; y=" + one]

        return visit(read, reads(body="ada, 1 visits"), sends=cookies)

    bytes_ = [9, *(it for it in range(0x20, 0x100) if it != 0x7F)]
    return row("a neighbour that is no text logs nobody out", *map(beside, bytes_), holding=ada)


SPOOFED = [
    ("x-forwarded-for", "127.0.0.1"),
    ("x-forwarded-proto", "http"),
    ("x-forwarded-host", "evil.example"),
    ("x-forwarded-port", "80"),
    ("x-forwarded-prefix", "/evil"),
    ("x-forwarded-ssl", "off"),
    ("x-forwarded-user", "admin"),
    ("forwarded", "for=127.0.0.1;proto=http;host=evil.example"),
    ("x-real-ip", "10.0.0.1"),
    ("x-original-url", "/admin"),
    ("x-http-method-override", "DELETE"),
    ("front-end-https", "off"),
    ("origin", "https://evil.example"),
]


# Which of several cookies of one name is the session.


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


# How a session travels that is too long for one cookie.


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


# When a session ends, to the second.


def expiry() -> list[Row]:
    short = with_jar(idle_timeout=timedelta(seconds=1000), lifetime=timedelta(seconds=1500))
    twenty = 20 * 3600

    def lasting(seconds: int) -> Expect:
        return sends(sets(seconds=seconds))

    def peek(after: int, copy: str, expect: Expect, **more: Any) -> Step:
        """Sends a copy, which no browser has forgotten, from a script."""
        return cors(read, expect, after=after, sends=copy_of(copy), **more)

    def raise_lifetime(world: World) -> None:
        world.change_ring(lambda it: it["keys"][0].update(lifetime=3 * DAY))

    rows = [
        row(
            "the browser forgets a session when its idle time is over",
            visit(write, writes()),
            visit(read, reads(origin="absent"), after=DAY),
        ),
        row(
            "the absolute lifetime is 7 days, however often the session is used",
            visit(write, writes(id="A")),
            *(visit(write, writes(), after=twenty) for _ in range(7)),
            visit(write, lasting(8 * 3600), after=twenty, copied_as="last"),
            peek(8 * 3600 - 1, "last", reads(origin="opened", id="A", revision=8)),
            peek(1, "last", reads(origin="expired")),
        ),
        row(
            "a jar that asks for more than the ring allows gets what it allows, then and later",
            visit(write, writes(id="A")),
            visit(read, writes(id="A"), after=QUARTER),
            visit(write, lasting(3 * DAY), once=raise_lifetime, copied_as="longer"),
            peek(3 * DAY - 1, "longer", reads(origin="opened", id="A")),
            peek(1, "longer", reads(origin="expired")),
            jar=with_jar(idle_timeout=timedelta(days=30)),
        ),
        row(
            "a renewal does not prolong the absolute lifetime of the same person",
            visit(login("ada"), lasting(1000)),
            visit(renew, lasting(600), after=900, copied_as="renewed"),
            peek(600, "renewed", reads(origin="expired")),
            jar=short,
        ),
        row(
            "a login begins a lifetime of its own",
            visit(login("ada"), lasting(1000)),
            visit(
                login("bob"),
                sends(sets(seconds=1000), sets(f"{NAME}.out", 1530)),
                after=900,
                copied_as="bob",
            ),
            peek(999, "bob", reads(body="bob, 0 visits", origin="opened")),
            jar=short,
        ),
    ]
    for after, origin in ((999, "opened"), (1000, "expired"), (1001, "expired")):
        rows.append(
            row(
                f"idle for {after} s of 1000 s: {origin}",
                visit(write, lasting(1000), copied_as="written"),
                peek(after, "written", reads(origin=origin)),
                jar=short,
            )
        )
    for after, origin in ((599, "opened"), (600, "expired"), (601, "expired")):
        rows.append(
            row(
                f"used at 900 s, {after} s more of 1500 s in all: {origin}",
                visit(write, lasting(1000)),
                visit(write, lasting(600), after=900, copied_as="used"),
                peek(after, "used", reads(origin=origin)),
                jar=short,
            )
        )
    for after, origin in ((1499, "opened"), (1500, "too_old"), (1501, "too_old")):
        rows.append(
            row(
                f"{after} s under a jar that allows less than the cookie says: {origin}",
                visit(write, writes(), copied_as="written"),
                peek(after, "written", reads(origin=origin), jar=short),
            )
        )
    return rows


# When a session is sealed again that was only read.


def reseal() -> list[Row]:
    def end_sealing(world: World) -> None:
        def change(it: dict[str, Any]) -> None:
            for key in it["keys"]:
                key["seals_until"] = key["seals_until"] or clock.shown(START - 1)

        world.change_ring(change)

    slow = with_jar(idle_timeout=timedelta(seconds=1000), refresh_after=timedelta(seconds=900))
    rows = [
        row(
            "a session that is read is sealed again after a quarter of its idle time",
            visit(write, writes(id="A")),
            visit(read, reads(id="A"), after=QUARTER - 1),
            visit(read, writes(id="A", revision=0), after=1),
            visit(read, reads(id="A", revision=0), after=QUARTER - 1),
            visit(read, writes(id="A", revision=0), after=1),
        ),
        row(
            "a session that nobody touches is not sealed again",
            visit(None, untouched(), after=DAY // 2),
            visit(leave_alone, untouched()),
            visit(read, writes()),
            holding=ada,
        ),
        row(
            "a change that changes nothing seals again when it is time",
            visit(change_nothing, writes(revision=0), after=QUARTER),
            holding=ada,
        ),
        row(
            "a handler that keeps the session alive does so from the background",
            cors(keep_alive, reads()),
            cors(read, reads(), after=QUARTER),
            cors(keep_alive, writes()),
            holding=ada,
        ),
        row(
            "a jar that is told to keeps a session alive from the background",
            cors(read, reads(id="A"), after=QUARTER - 1),
            cors(read, writes(id="A", revision=0), after=1),
            cors(read, writes(id="A", revision=0), after=DAY - 1),
            cors(leave_alone, untouched(), after=QUARTER),
            cors(None, untouched()),
            cors(read, writes(body="ada, 1 visits")),
            jar=with_jar(keep_alive=True),
            holding=ada,
        ),
        row(
            "the quarter is another time where the jar says so",
            visit(write, sends(sets(seconds=1000))),
            visit(read, reads(), after=899),
            visit(read, sends(sets(seconds=1000)), after=1),
            jar=slow,
        ),
        row(
            "that a newer key seals is no reason to seal a session again",
            visit(read, reads(origin="opened", uses=(1, 0)), once=World.add_newer_key),
            visit(write, writes()),
            visit(read, reads(body="ada, 2 visits")),
            holding=ada,
        ),
        row(
            "without a key to seal with a session stays as it is and a change is an error",
            visit(
                write,
                reads(status=503, body="the session could not be saved"),
                once=end_sealing,
            ),
            # It would have been sealed again, so the page is kept as if it had been.
            visit(read, reads(cache_control=["no-store"], body="ada, 1 visits"), after=QUARTER),
            holding=ada,
        ),
        row(
            "what cannot be sealed when the answer goes out does not look as if it were kept",
            visit(renew, untouched(status=500), once=end_sealing),
            holding=ada,
        ),
        row(
            "a request for the head alone is no navigation",
            visit(read, reads(), after=QUARTER, method="HEAD"),
            visit(read, writes()),
            holding=ada,
        ),
    ]
    for mode in ("navigate", "cors", "no-cors", "same-origin", "websocket", "Navigate"):
        expect = writes() if mode == "navigate" else reads()
        rows.append(
            row(
                f"with Sec-Fetch-Mode {mode} a session is sealed again, or is not",
                visit(
                    read,
                    expect.but(body="ada, 1 visits"),
                    after=QUARTER,
                    headers={"sec-fetch-mode": mode},
                ),
                holding=ada,
            )
        )
    for name, value in (
        ("sec-purpose", "prefetch"),
        ("sec-purpose", "prefetch;prerender"),
        ("purpose", "prefetch"),
        ("x-moz", "prefetch"),
    ):
        ahead = {name: value}
        rows.append(
            row(
                f"what is fetched ahead of time is no navigation: {name}: {value}",
                visit(read, after=QUARTER, headers=ahead | {"sec-fetch-mode": "navigate"}),
                visit(keep_alive, writes(), headers=ahead),
                holding=ada,
            )
        )
    return rows


# What is left when two requests leave with the same cookies.


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


# Whether a logout ends the session, whatever is still under way.


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


# What is on the lines that set a session, seal it again and remove it.


def attributes() -> list[Row]:
    insecure = {it: value for it, value in HOST_ONLY.items() if it != "secure"}
    domain, none = {"domain": "example.org"}, {"samesite": "None"}
    secure_name = {"cookie_name": "__Secure-s"}
    table: list[tuple[str, dict[str, Any], str, dict[str, Any]]] = [
        ("the defaults", {}, NAME, HOST_ONLY),
        ("a name", {"cookie_name": "basket"}, "basket", HOST_ONLY),
        ("a path", secure_name | {"path": "/app"}, "__Secure-s", HOST_ONLY | {"path": "/app"}),
        ("a domain", secure_name | domain, "__Secure-s", HOST_ONLY | domain),
        ("Strict", {"same_site": "Strict"}, NAME, HOST_ONLY | {"samesite": "Strict"}),
        ("SameSite=None", {"same_site": "None"}, NAME, HOST_ONLY | none),
        ("plain http", {"allow_insecure_http": True}, "session", insecure),
        (
            "all that can be chosen",
            secure_name | domain | {"path": "/app", "same_site": "None"},
            "__Secure-s",
            HOST_ONLY | domain | none | {"path": "/app"},
        ),
    ]
    rows = []
    for what, settings, name, found in table:
        at: dict[str, Any] = {"path": found["path"]}
        rows.append(
            row(
                f"{what}: the same on setting, sealing again and removing",
                visit(write, sends(sets(name)), **at),
                visit(read, reads(origin="opened"), **at),
                visit(read, sends(sets(name)), after=DAY // 2, **at),
                visit(logout, sends(removed(name), marked(name)), **at),
                visit(read, reads(origin="absent"), **at),
                jar=with_jar(**settings),
                attributes=found,
            )
        )
    window = sends(sets(seconds=None))
    return [
        *rows,
        row(
            "a cookie that ends with the browser's window has no age",
            visit(write, window),
            visit(read, reads(origin="opened")),
            visit(read, window, after=QUARTER),
            visit(read, reads(origin="expired"), after=DAY),
            jar=with_jar(persistent=False),
        ),
    ]


# What a cache may keep, whatever the application says itself.

POLICIES: list[tuple[list[str], bool]] = [
    (["private"], True),
    (["no-store"], True),
    (["no-cache"], False),
    (["public, no-cache"], False),
    (["no-cache, private"], True),
    (["private, max-age=5"], True),
    (["max-age=60, Private"], True),
    (["public"], False),
    (["public, max-age=3600"], False),
    (["max-age=3600"], False),
    (["s-maxage=60"], False),
    (["must-revalidate"], False),
    (['private="set-cookie"'], False),
]
PREFERRED = [
    ("cdn-cache-control", "max-age=60", "no-store"),
    ("vercel-cdn-cache-control", "s-maxage=60", "no-store"),
    ("surrogate-control", "max-age=60", "no-store"),
    ("edge-control", "cache-maxage=60", "no-store"),
    ("x-accel-expires", "60", "0"),
    ("expires", "Thu, 01 Jan 2099 00:00:00 GMT", "0"),
]
VARIES = [("Accept", False), ("Cookie2", False), ("Accept, COOKIE", True), ("*", True)]


def caches() -> list[Row]:
    rows = []
    for policy, keeps_out in POLICIES:
        kept = {"cache_control": policy}
        written = kept if keeps_out else {}
        resealed = writes(**kept) if keeps_out else reads(**kept)
        for what, work, wait, expect in (
            ("a read", say, 0, reads(**kept)),
            ("a re-seal", say, DAY // 2, resealed),
            ("a write", write, 0, writes(**written)),
            ("a renewal", renew, 0, writes(**written)),
            ("a logout", purge, 0, purges(**written)),
        ):
            said = headed(work, *(("cache-control", it) for it in policy))
            name = f"{what} under Cache-Control {policy}"
            rows.append(row(name, visit(said, expect, after=wait), holding=ada))
    for field, value, closed in PREFERRED:
        left, shut = {"other_policies": [(field, value)]}, {"other_policies": [(field, closed)]}
        resealed = writes(**shut) if field == "expires" else reads(**left)
        for what, work, wait, expect in (
            ("a read", say, 0, reads(**left)),
            ("a re-seal", say, DAY // 2, resealed),
            ("a write", write, 0, writes(**shut)),
            ("a logout", purge, 0, purges(**shut)),
        ):
            said = headed(work, (field, value))
            name = f"{what} under {field}"
            rows.append(row(name, visit(said, expect, after=wait), holding=ada))
    for vary, says_cookie in VARIES:
        fields = {"vary": [vary] if says_cookie else [vary, "Cookie"]}
        for what, work, expect in (
            ("a read", say, reads(**fields)),
            ("a write", write, writes(**fields)),
            ("a logout", purge, purges(**fields)),
        ):
            said = headed(work, ("vary", vary))
            rows.append(row(f"{what} under Vary {vary}", visit(said, expect), holding=ada))
    urgent = headed(say, ("cache-control", "no-cache"))
    public = headed(leave_alone, ("vary", "Accept"), ("cache-control", "public"))
    private = headed(say, ("cache-control", "private, max-age=60"))
    stores_nothing = with_jar(no_store_when_logged_in=True)
    return [
        *rows,
        row(
            "under no-cache a session is sealed again once half of its idle time is gone",
            visit(urgent, reads(cache_control=["no-cache"]), after=DAY // 2),
            visit(urgent, writes(), after=1),
            holding=ada,
        ),
        row(
            "a jar that lets nobody store a logged-in person's pages",
            visit(write, writes()),
            visit(read, reads(body="nobody, 1 visits")),
            visit(login("ada"), writes()),
            visit(read, reads(cache_control=["no-store"])),
            visit(read, writes(), after=DAY // 2),
            visit(logout, purges()),
            visit(read, reads(body="nobody, 0 visits")),
            jar=stores_nothing,
        ),
        row(
            "a policy of the application's own stays, whatever the jar lets be stored",
            visit(private, reads(cache_control=["private, max-age=60"])),
            jar=stores_nothing,
            holding=ada,
        ),
        row(
            "a page that nobody's session went into stays public",
            visit(public, untouched(cache_control=["public"], vary=["Accept"])),
            holding=ada,
        ),
    ]


# Which answers carry a session, and what stays as the application made it.


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


# What can still be changed when the answer is on its way, and what an untouched session costs.


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


GROUPS: dict[str, Callable[[], list[Row]]] = {
    it.__name__: it
    for it in (
        answers,
        attributes,
        caches,
        candidates,
        chunks,
        errors,
        expiry,
        hostile,
        intents,
        logouts,
        overlaps,
        refusals,
        reseal,
        too_late,
        updates,
        writing,
    )
}
