"""Attack or accident: a session ends during its request, and the response seals it again."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
import rings
from rings import DAY, START, Document
from table.world import NAME, World, revoke

from sealjar import base64url
from sealjar.plaintext import Times
from sealjar.session import Closing, Jar, NotSealed, Session, testing


def visits(value: dict[str, Any]) -> None:
    value["visits"] += 1


def write(session: Session) -> None:
    session.update(visits)


def write_and_renew(session: Session) -> None:
    session.update(visits)
    session.renew()


def purge_and_write(session: Session) -> None:
    session.purge()
    session.update(visits)


DEEDS: dict[str, tuple[Callable[[Session], object], bool]] = {
    "reads": (Session.get, False),
    "writes": (write, False),
    "renews": (Session.renew, False),
    "writes and renews": (write_and_renew, False),
    "logs another person in": (lambda it: it.update(lambda it: it.update(name="bob")), True),
    "purges and writes": (purge_and_write, True),
}
"""What a handler does, and whether that begins another session."""


def listed(change: Callable[[Document, World, bytes], object]) -> Callable[[World, bytes], None]:
    """An operator changes what the ring revokes."""
    return lambda world, session_id: world.change_ring(lambda it: change(it, world, session_id))


def replace_key(change: Callable[[list[Document]], object]) -> Callable[[World, bytes], None]:
    """Another key seals from now on, and the one before it is put out of use."""

    def happen(world: World, _: bytes) -> None:
        world.add_newer_key()
        world.change_ring(lambda it: change(it["keys"]))

    return happen


def pass_time(world: World, _: bytes) -> None:
    world.now += DAY // 2


def set_back(world: World, _: bytes) -> None:
    world.now -= 3_600


def lists(of: Document) -> Document:
    found: Document = of["revocations"]
    return found


EVENTS: dict[str, tuple[Callable[[World, bytes], object], str | None]] = {
    "nothing": (lambda world, _: None, None),
    "another subject": (listed(lambda it, world, _: revoke(it, "carol", world.now)), None),
    "another key seals": (lambda world, _: world.add_newer_key(), None),
    "the clock is set back": (set_back, None),
    "subject": (listed(lambda it, world, _: revoke(it, "ada", world.now)), "revoked_subject"),
    "session": (
        listed(
            lambda it, world, session_id: lists(it)["sessions"].append(
                [base64url.encode(session_id), world.now]
            )
        ),
        "revoked_session",
    ),
    "floor": (listed(lambda it, world, _: lists(it).update(floor=world.now)), "revoked_all"),
    "key": (replace_key(lambda keys: keys[0].update(rings.revoked(keys[0]))), "revoked_key"),
    "key gone": (replace_key(lambda keys: keys.pop(0)), "unknown_key"),
    "time": (pass_time, "expired"),
}
"""What happens before the response is sent, and for what the cookie is refused then."""


def opened(jar: Jar, cookie: str) -> Session:
    return jar.open([cookie.encode()])


def sets(closing: Closing) -> bool:
    lines = closing.set_cookies
    return any(it.startswith(f"{NAME}=") and "Max-Age=0" not in it for it in lines)


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("event", EVENTS)
def test_a_session_that_ends_during_its_request_is_not_sealed_again(event: str, deed: str) -> None:
    (happen, refused), (act, begins) = EVENTS[event], DEEDS[deed]
    world = World()
    jar = world.jar()
    cookie = world.cookie_of("ada")
    world.now += DAY // 2
    session = opened(jar, cookie)
    session_id = bytes.fromhex(session.id or "")
    act(session)
    happen(world, session_id)
    closing = jar.close(session, [])
    # A handler was promised a write while the session was valid, and nobody revoked it.
    keeps_promise = event == "time" and deed != "reads"
    seals = refused is None or begins or keeps_promise
    assert sets(closing) is seals
    if not seals:
        assert closing == Closing([], "private", [], vary="Cookie")
    if event != "the clock is set back":
        # The cookie stays where it is, and the next request is refused as any replica would.
        refusal = opened(jar, testing.cookie_header(closing.set_cookies) or cookie).origin.refusal
        assert (refusal and refusal.kind) == (None if seals else refused)


def test_a_slow_response_carries_no_forged_session_over_to_the_next_key() -> None:
    """Attack: with a leaked key somebody has forged a session, and keeps requests under way while
    an operator revokes the key."""
    world = World()
    jar = world.jar()
    world.now += DAY // 2
    sessions = {deed: opened(jar, f"{NAME}={world.forge()}") for deed in DEEDS}
    under_way = ("reads", "writes", "renews")
    for deed in under_way:
        DEEDS[deed][0](sessions[deed])
    EVENTS["key"][0](world, b"")
    for deed in under_way:
        assert not sets(jar.close(sessions[deed], [])), deed
    # The control: what a response without a second look would have sealed is a session like any
    # other.
    world.forgers["next"] = rings.live(world.document | {"keys": world.document["keys"][-1:]})
    carried_over = world.forge("next", times=Times(START, world.now, world.now + DAY))
    assert opened(jar, f"{NAME}={carried_over}").origin.kind == "opened"


@pytest.mark.parametrize(("seconds", "is_sealed"), [(59, True), (60, False)])
def test_a_session_that_gets_too_old_during_its_request_is_not_sealed_again(
    seconds: int, is_sealed: bool
) -> None:
    world = World()
    jar = world.jar()
    world.now = START + 7 * DAY - 60
    sealed_at = START + 7 * DAY - DAY // 2
    session = opened(jar, f"{NAME}={world.forge(times=Times(START, sealed_at, sealed_at + DAY))}")
    write(session)
    world.now += seconds
    assert len(jar.close(session, []).set_cookies) == is_sealed


def test_without_a_clock_a_write_fails_as_before() -> None:
    world = World()
    jar = world.jar()
    session = opened(jar, world.cookie_of("ada"))
    write(session)
    world.break_clock()
    with pytest.raises(NotSealed):
        jar.close(session, [])


def test_that_a_session_ended_during_its_request_is_told_aloud_once_a_second(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = World()
    jar = world.jar()
    sessions = [opened(jar, world.cookie_of("ada")) for _ in range(2)]
    for session in sessions:
        write(session)
    world.now += 1
    EVENTS["subject"][0](world, b"")
    with caplog.at_level(logging.DEBUG, "sealjar"):
        for session in sessions:
            jar.close(session, [])
    message = (
        f"{NAME}: a session ended during its request and was not sealed again: revoked_subject"
    )
    assert [(it.levelname, it.getMessage()) for it in caplog.records] == [
        ("INFO", message),
        ("DEBUG", message),
    ]
