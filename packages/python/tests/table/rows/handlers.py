"""What the handlers of the table do. Each is written once and runs in every framework."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rings import DAY

from sealjar.session import Jar, Session
from table.browser import Browser
from table.play import (
    Expect,
    Reply,
    Step,
    Work,
    visit,
)
from table.world import World

QUARTER = DAY // 4


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
