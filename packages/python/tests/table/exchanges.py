"""The rows of `tests/exchanges.json`, which every language plays, and what their handlers do.

`tests/exchanges.md` says what the words mean.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any

import rings
from rings import DAY, START

from sealjar import clock
from sealjar.plaintext import Times
from sealjar.session import Jar, Place, Session, SessionError, SessionTooLarge
from table.browser import Browser
from table.play import HOST_ONLY, NO_ID, Expect, Line, Reply, Row, Step, Work
from table.world import World, revoke

Data = dict[str, Any]

WITHOUT = {
    "mounts": "a request has one session here",
    "catches_panics": "each framework answers exceptions in its own way, which its own tests show",
    "layer_keep_alive": "the jar has the switch",
    "given_up": "no framework here says that a visitor has gone away",
}
"""What rows that do not apply here are about, and why."""


def rows() -> dict[str, list[Row]]:
    """All rows, by their groups."""
    table = json.loads((rings.REPOSITORY / "tests" / "exchanges.json").read_text())
    assert table["format"] == "sealjar exchanges 1" and table["start"] == START
    groups: dict[str, list[Row]] = {}
    left_out = 0
    for data in table["rows"]:
        if any(f'"{it}"' in json.dumps(data) for it in WITHOUT):
            left_out += 1
        else:
            groups.setdefault(data["group"], []).append(row(data))
    assert left_out == 10, "so many and no more"
    return groups


def row(data: Data) -> Row:
    return Row(
        data["name"],
        [step(it) for it in data["steps"]],
        jar=site(data.get("site", [{"session": "account"}])),
        attributes=attributes(data.get("attributes", {})),
        holding=lambda world: b"".join(pieces(data.get("holding", []), None, world)).decode(),
        takes=data.get("taken", []),
        alike=data.get("alike", False),
    )


def site(mounts: Sequence[Data]) -> Callable[[World], Jar]:
    [mount] = mounts
    settings = {name: setting(name, value) for name, value in mount.get("options", {}).items()}
    if mount["session"] == "grown":
        settings["empty"] = {"name": "", "visits": 0, "note": "", "theme": ""}
    return lambda world: world.jar(world.behind if mount.get("ring") else None, **settings)


def setting(name: str, value: Any) -> Any:
    if name in ("idle_timeout", "lifetime", "refresh_after"):
        return timedelta(seconds=value)
    if name == "same_site":
        return value.capitalize()
    if name == "also_expire":
        return [Place(domain, path) for domain, path in value]
    return value


def attributes(data: Data) -> Data:
    """Those of a line: the usual ones, and what is said of it."""
    said = {"samesite" if name == "same_site" else name: it for name, it in data.items()}
    return {name: it for name, it in (HOST_ONLY | said).items() if it is not False}


def step(data: Data) -> Step:
    return Step(
        None if data["do"] == ["plain"] else work(data),
        expect(data["expect"]),
        after=data.get("after", 0),
        once=WORLDS[data["world"]] if "world" in data else None,
        jar=site(data["site"]) if "site" in data else None,
        method=data.get("method", "GET"),
        path=data.get("path", "/"),
        headers=dict(data.get("headers", [])),
        sends=sends(data["sends"]) if "sends" in data else None,
        answered_after=data.get("answered_after", 0),
        copied_as=data.get("copied_as"),
    )


def expect(data: Data) -> Expect:
    known = dict(data)
    known["lines"] = [line(it) for it in data["lines"]]
    known["other_policies"] = [(name, value) for name, value in data.get("other_policies", [])]
    if data["status"] == 500 and data.get("body") == "":
        # Each framework has a page of its own for an error that nobody took.
        del known["body"]
    if "id" in data:
        known["id"] = data["id"] or NO_ID
    if "uses" in data:
        known["uses"] = tuple(data["uses"])
    return Expect(**known)


def line(data: Sequence[Any]) -> Line:
    name, effect, *more = data
    if isinstance(effect, dict):
        effect = "foreign" if "foreign" in effect else ("set", effect["set"])
    return Line(name, effect, attributes(more[0]) if more else None)


# What a request sends.


def sends(lines: Sequence[Any]) -> Callable[[Browser, World], list[bytes | str]]:
    return lambda browser, world: [b"".join(pieces(it, browser, world)) for it in lines]


def pieces(line: Sequence[Any], browser: Browser | None, world: World) -> Iterator[bytes]:
    for it in line:
        yield it.encode("latin-1") if isinstance(it, str) else piece(it, browser, world).encode()


def piece(data: Data, browser: Browser | None, world: World) -> str:
    match data:
        case {"cookie_of": name}:
            return world.cookie_of(name)
        case {"token_of": name, **more}:
            length = more.pop("length", None)
            return world.cookie_of(name, **more).partition("=")[2][:length]
        case {"forgery": what}:
            return world.forged(json.dumps(what, sort_keys=True), lambda: forgery(what, world))
        case {"refused_as": kind}:
            return world.refused_as(kind)
    assert browser is not None
    match data:
        case {"browser": True}:
            return browser.header()
        case {"copy": name}:
            return browser.copies[name]
        case {"pair": at, "of": name}:
            return browser.copies[name].split("; ")[at]
        case {"pair": at}:
            return browser.header().split("; ")[at]
    raise AssertionError(f"no piece is {data}")


def forgery(what: Data, world: World) -> str:
    times = {"born": START, "sealed_at": START, "expires_at": START + DAY}
    times |= {name: what[name] for name in times.keys() & what.keys()}
    return world.forge(
        value={"name": "ada", "visits": what.get("visits", 1), "note": ""},
        session_id=bytes.fromhex(what.get("id", b"a forger".hex())),
        revision=what.get("revision", 0),
        times=Times(**times),
    )


# What changes in the world.


def end_sealing(world: World) -> None:
    def change(it: Data) -> None:
        for key in it["keys"]:
            key["seals_until"] = key["seals_until"] or clock.shown(START - 1)

    world.change_ring(change)


WORLDS: dict[str, Callable[[World], None]] = {
    "add_newer_key": World.add_newer_key,
    "break_clock": World.break_clock,
    "end_sealing": end_sealing,
    "longer_keys": lambda it: it.change_ring(lambda of: of["keys"][0].update(lifetime=3 * DAY)),
    "revoke_ada": lambda it: it.change_ring(lambda of: revoke(of, "ada", START + 1)),
}


# What handlers do.


def work(data: Data) -> Work:
    answer = data.get("answer", {})

    def handler(session: Session) -> Reply:
        body: Any = None
        for word in data["do"]:
            name, *arguments = [word] if isinstance(word, str) else word
            found = WORDS[name](session, *arguments)
            body = body if found is None else found
        if body is None:
            silent = all(it in ("keep_hold", "change_held") for it in data["do"])
            body = "" if silent else say(session)
        return Reply(
            answer.get("body", body),
            answer.get("status", 200),
            [(name, value) for name, value in answer.get("headers", [])],
        )

    return handler


def say(session: Session) -> str:
    value = session.get()
    return f"{value['name'] or 'nobody'}, {value['visits']} visits"


def put(name: str, value: Any) -> Callable[[Data], str]:
    """Changes a member. What it returns `update` has to give back."""

    def change(it: Data) -> str:
        it[name] = value
        return "taken"

    return change


def put_in(session: Session, name: str, value: Any) -> None:
    session.update(put(name, value))


def kind_of(change: Callable[[], object]) -> str:
    try:
        change()
    except SessionError as error:
        return type(error).__name__.lower()
    return "done"


def write(session: Session) -> None:
    session.update(lambda it: it.update(visits=it["visits"] + 1))


def fail_nine(session: Session) -> str:
    def change(it: Data) -> None:
        it["visits"] = 9
        raise LookupError("no")

    try:
        session.update(change)
    except LookupError as error:
        return f"{error}, {session.get()['visits']} visits"
    return "taken"


def nest(session: Session) -> str:
    def change(it: Data) -> str:
        it["visits"] += 1
        return kind_of(lambda: session.update(put("visits", 99)))

    return f"{session.update(change)}, {session.get()['visits']} visits"


def see_before(session: Session) -> str:
    def change(it: Data) -> str:
        it["visits"] = 9
        return str(session.get()["visits"])

    return session.update(change)


def keep_what_fits(session: Session) -> str:
    try:
        put_in(session, "note", "x" * 5000)
    except SessionTooLarge as error:
        assert error.size > 5000 * 4 // 3, "the size of the line"
        put_in(session, "note", "x" * 10)
        return f"limit {error.limit}"
    return "it fitted"


HELD: list[Session] = []


def change_held(_: Session) -> str:
    late = HELD.pop()
    kind = kind_of(lambda: put_in(late, "visits", 99))
    late.purge()
    return f"{kind}, {late.get()['visits']} visits"


def streams_and_changes(session: Session) -> list[Callable[[], str]]:
    put_in(session, "visits", 1)

    def late() -> str:
        kind = kind_of(lambda: put_in(session, "visits", 99))
        return f"{session.get()['visits']} {kind} "

    return [late, late]


def streams_and_asks(session: Session) -> list[Callable[[], str]]:
    session.get()

    def late() -> str:
        session.purge()
        session.renew()
        session.keep_alive()
        return str(session.get()["name"])

    return [late]


def rechecks(session: Session) -> list[Callable[[], str]]:
    name = session.get()["name"]

    def late() -> str:
        standing = session.recheck()
        if standing.ended is not None:
            return f"{name} has ended: {standing.ended.kind}"
        return "nobody" if standing.expires_at is None else f"{name} goes on"

    return [late]


WORDS: dict[str, Callable[..., Any]] = {
    "change_held": change_held,
    "change_nothing": lambda it: it.update(lambda of: of.update(visits=of["visits"] + 0)),
    "discard": Session.discard,
    "fail_nine": fail_nine,
    "keep_alive": Session.keep_alive,
    "keep_hold": HELD.append,
    "keep_what_fits": keep_what_fits,
    "leave_alone": lambda _: "page",
    "measure": lambda it: str(len(it.get()["note"])),
    "name": lambda it, name: put_in(it, "name", name),
    "nest": nest,
    "nest_and_pass_on": lambda it: it.update(lambda _: put_in(it, "visits", 99)),
    "note": lambda it, length: put_in(it, "note", "x" * length),
    "purge": Session.purge,
    "rechecks": rechecks,
    "renew": Session.renew,
    "say": say,
    "say_grown": lambda it: f"{it.get()['theme']}, {it.get()['visits']} visits",
    "see_before": see_before,
    "streams_and_asks": streams_and_asks,
    "streams_and_changes": streams_and_changes,
    "take_nine": lambda it: it.update(put("visits", 9)),
    "theme": lambda it, theme: put_in(it, "theme", theme),
    "visits": lambda it, visits: put_in(it, "visits", visits),
    "write": write,
}

GROUPS = rows()
