"""What a jar by hand promises beyond the table of exchanges that all languages share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from rings import DAY, START
from table.world import NAME, World

from sealjar import Key, Suite
from sealjar.session import (
    After,
    At,
    ConfigError,
    FetchMetadata,
    Jar,
    NotEncodable,
    Place,
    Session,
    SessionTooLarge,
    may_open_elsewhere,
    subject_at,
    testing,
)
from sealjar.session.intent import Intent


def visit(jar: Jar, cookie: str, work: Callable[[Session], Any]) -> str:
    """One request. Returns the cookies that the visitor has afterwards."""
    session = jar.open([cookie.encode()] if cookie else [])
    work(session)
    lines = jar.close(session, []).set_cookies
    return testing.cookie_header(lines) if lines else cookie


def put(**values: Any) -> Callable[[Session], None]:
    return lambda session: session.update(lambda it: it.update(values))


@pytest.fixture
def world() -> World:
    return World()


def test_what_is_changed_outside_of_update_changes_nothing(world: World) -> None:
    jar = world.jar()
    session = jar.open([world.cookie_of("ada").encode()])
    session.get()["name"] = "eve"
    kept: list[dict[str, Any]] = []
    session.update(kept.append)
    kept[0]["name"] = "eve"
    value: dict[str, Any] = {"name": "ada", "visits": 1, "note": ["a"]}
    session.replace(value)
    value["note"].append("b")
    assert session.get() == {"name": "ada", "visits": 1, "note": ["a"]}


def test_true_and_1_are_two_values(world: World) -> None:
    jar = world.jar(empty=None, subject=None)
    cookie = visit(jar, "", put(a=1))
    cookie = visit(jar, cookie, put(a=True))
    assert jar.open([cookie.encode()]).get()["a"] is True


def test_a_session_of_another_purpose_is_forged(world: World) -> None:
    for purpose in ("session", "session/2", "password-reset"):
        session = world.jar().open([f"{NAME}={world.forge(purpose=purpose)}".encode()])
        assert str(session.origin) == "forged"


def test_under_no_cache_a_session_is_sealed_again_once_half_of_its_time_is_gone(
    world: World,
) -> None:
    cookie = world.cookie_of("ada").encode()
    for after, seals in ((DAY // 2, False), (1, True)):
        world.now += after
        jar = world.jar()
        session = jar.open([cookie])
        session.get()
        closing = jar.close(session, [("Cache-Control", "no-cache")])
        assert bool(closing.set_cookies) is seals
        assert closing.cache_control == ("no-store" if seals else None)


GROWN = {"name": "", "visits": 0, "note": "", "theme": ""}


def test_an_older_build_that_cannot_tell_whose_a_session_is_keeps_nothing(world: World) -> None:
    newer, older = world.jar(empty=GROWN), world.jar()
    unsure = world.jar(subject=None)
    painted = visit(newer, world.cookie_of("ada"), put(theme="dark"))
    for jar, kept in ((older, "dark"), (unsure, "")):
        cookie = visit(jar, painted, put(visits=5))
        assert newer.open([cookie.encode()]).get()["theme"] == kept
    # Nor does one that renews.
    cookie = visit(older, painted, Session.renew)
    assert newer.open([cookie.encode()]).get()["theme"] == ""
    # One that is only read is sealed again as it came.
    world.now += DAY // 2
    cookie = visit(older, painted, lambda it: it.get())
    assert cookie != painted
    assert newer.open([cookie.encode()]).get()["theme"] == "dark"


def test_another_schema_is_migrated_or_refused(world: World) -> None:
    cookie = world.cookie_of("ada").encode()
    asked: list[Any] = []

    def migrate(schema: int, value: dict[str, Any]) -> dict[str, Any] | None:
        asked.append((schema, value["name"]))
        return {"name": value["name"].title()} if schema == 1 else None

    assert str(world.jar(schema=2).open([cookie]).origin) == "old_schema"
    assert str(world.jar(schema=0).open([cookie]).origin) == "newer_schema"
    jar = world.jar(schema=2, migrate=migrate)
    session = jar.open([cookie])
    assert session.get() == {"name": "Ada", "visits": 0, "note": ""} and asked == [(1, "ada")]
    written = visit(jar, cookie.decode(), put(visits=1))
    assert jar.open([written.encode()]).get() == {"name": "Ada", "visits": 1, "note": ""}
    assert asked == [(1, "ada")] * 2
    broken = f"{NAME}={world.forge(schema=3, body=b'[]')}".encode()
    assert str(jar.open([broken]).origin) == "undecodable"


@pytest.mark.parametrize(
    ("expiry", "max_age"),
    [
        (After(timedelta(seconds=60)), "Max-Age=60"),
        (After(timedelta(0)), "Max-Age=1"),
        (After(timedelta(days=9)), f"Max-Age={DAY}"),
        (At(datetime.fromtimestamp(START + 1_735_689_600 + 90, timezone.utc)), "Max-Age=90"),
        (At(datetime.fromtimestamp(0, timezone.utc)), "Max-Age=0"),
        ("jar", f"Max-Age={DAY}"),
    ],
)
def test_a_session_may_end_earlier_than_the_jar_says(
    world: World, expiry: Any, max_age: str
) -> None:
    jar = world.jar(expiry=lambda _: expiry)
    session = jar.open([world.cookie_of("ada").encode()])
    put(visits=3)(session)
    assert jar.close(session, []).set_cookies[0].endswith(max_age) or max_age == "Max-Age=0"
    if max_age == "Max-Age=0":
        session = jar.open([world.cookie_of("ada").encode()])
        put(visits=3)(session)
        assert "Max-Age=0; " in jar.close(session, []).set_cookies[0]


def test_every_pair_of_intents_meets_in_one_table() -> None:
    keep, write, renew, purge = Intent.KEEP, Intent.WRITE, Intent.RENEW, Intent.PURGE
    table = {
        keep: [keep, write, renew, purge],
        write: [write, write, renew, purge],
        renew: [renew, renew, renew, purge],
        purge: [purge, renew, purge, purge],
    }
    for before, after in table.items():
        assert [before.then(intent) for intent in (keep, write, renew, purge)] == after


def test_a_pointer_finds_who_this_is() -> None:
    value = {
        "user_id": 42,
        "name": "ada",
        "nobody": None,
        "a/b~c": "escaped",
        "auth": {"user_id": "7", "hash": [1, 2]},
    }
    for pointer, who in (
        ("/user_id", "42"),
        ("/name", "ada"),
        ("/nobody", None),
        ("/missing", None),
        ("/name/within", None),
        ("/a~1b~0c", "escaped"),
        ("/auth/user_id", "7"),
        ("/auth/hash/1", "2"),
        ("/auth/hash/2", None),
        ("/auth/hash", "[1,2]"),
    ):
        assert subject_at(pointer)(value) == who, pointer
    for pointer in ("", "user_id", "/", "//user_id"):
        with pytest.raises(ConfigError, match="must be a JSON pointer"):
            subject_at(pointer)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"cookie_name": ""}, "cookie_name"),
        ({"cookie_name": "a b"}, "cookie_name"),
        ({"cookie_name": "session.1"}, "cookie_name"),
        ({"cookie_name": "session.out"}, "cookie_name"),
        ({"domain": "example.org"}, "domain"),
        ({"cookie_name": "s", "domain": ".example.org"}, "domain"),
        ({"cookie_name": "s", "domain": "127.0.0.1"}, "domain"),
        ({"path": "/app"}, "path"),
        ({"cookie_name": "s", "path": "app"}, "path"),
        ({"cookie_name": "s", "path": "/app/"}, "path"),
        ({"cookie_name": "s", "path": "/a;b"}, "path"),
        ({"same_site": "lax"}, "same_site"),
        ({"partitioned": True}, "partitioned"),
        ({"allow_insecure_http": True, "same_site": "None"}, "allow_insecure_http"),
        ({"allow_insecure_http": True, "cookie_name": "__Host-x"}, "cookie_name"),
        ({"idle_timeout": timedelta(0)}, "idle_timeout"),
        ({"idle_timeout": timedelta(8), "lifetime": timedelta(7)}, "idle_timeout"),
        ({"refresh_after": timedelta(2)}, "refresh_after"),
        ({"idle_timeout": timedelta(2), "exact_timeouts": True}, "idle_timeout"),
        ({"max_size": 12_289}, "max_size"),
        ({"max_size": 100}, "max_size"),
        ({"padding": 0}, "padding"),
        ({"padding": 9999}, "max_size"),
        ({"binding": bytes(65_536)}, "binding"),
        ({"also_expire": [Place(None, "/")]}, "also_expire"),
        ({"also_expire": [Place("example.org", "/")]}, "also_expire"),
        ({"clear_site_data": '"cookies"'}, "clear_site_data"),
        ({"clear_site_data": "storage"}, "clear_site_data"),
        ({"schema": 65_536}, "schema"),
        ({"subject": "user_id"}, "subject"),
        ({"app": ""}, "app"),
    ],
)
def test_every_impossible_setting_names_itself_and_what_works(
    settings: dict[str, Any], named: str
) -> None:
    options = {"app": "shop-test"} | settings
    with pytest.raises(ConfigError) as refused:
        Jar(Key.generate(Suite.XAES_256_GCM), **options)
    assert refused.value.setting == named
    assert "\nhint: " in str(refused.value) and "documentation" not in refused.value.hint


def test_a_jar_that_asks_for_more_than_the_ring_allows_warns(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.jar()
    assert not caplog.records
    world.jar(idle_timeout=timedelta(days=30))
    assert [it.levelname for it in caplog.records] == ["WARNING", "WARNING"]
    assert "token-lifetime" in caplog.text and "revocation-horizon" in caplog.text


def test_a_flood_of_refusals_is_one_line_a_second(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "sealjar")
    jar = world.jar()
    for second in range(3):
        world.now = START + second
        for _ in range(50):
            _ = jar.open([f"{NAME}=garbage".encode()]).origin
    assert len(caplog.records) == 3 and jar.uses().refusals["malformed"] == 150


def test_a_refusal_says_whether_another_replica_may_open_it(world: World) -> None:
    for kind, elsewhere in (("unknown_key", True), ("newer_schema", True), ("forged", False)):
        origin = world.jar().open([world.refused_as(kind).encode()]).origin
        assert origin.refusal is not None
        assert may_open_elsewhere(origin.refusal) is elsewhere


def test_what_is_shown_of_a_session_holds_nothing_of_it(world: World) -> None:
    jar = world.jar()
    session = jar.open([world.cookie_of("ada").encode()])
    session.update(lambda it: it.update(note="top secret"))
    for value in ("x" * 9000, b"top secret"):
        with pytest.raises((SessionTooLarge, NotEncodable)) as refused:
            put(note=value)(session)
        assert "top secret" not in str(refused.value)
    closing = jar.close(session, [])
    shown = f"{session!r} {jar!r} {closing!r} {session.origin!r}"
    assert "top secret" not in shown and closing.set_cookies[0][40:80] not in shown


def test_a_request_says_why_it_is_made() -> None:
    def read(method: str = "GET", **headers: str) -> FetchMetadata:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return FetchMetadata.read(method, named.get)

    assert read() == FetchMetadata()
    assert read("POST", sec_fetch_mode="navigate").is_navigation
    assert not read(sec_fetch_mode="").is_navigation
    assert read(purpose=" Prefetch ").is_speculative and read("HEAD").is_speculative
    assert not read(purpose="preview", sec_purpose="").is_speculative
    frame = {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate"}
    for method, more, lax, strict in (
        ("GET", {"sec_fetch_dest": "document"}, False, True),
        ("POST", {"sec_fetch_dest": "document"}, True, True),
        ("GET", {"sec_fetch_dest": "iframe"}, True, True),
    ):
        found = read(method, **frame, **more)
        assert [found.withholds(it) for it in ("Lax", "Strict", "None")] == [lax, strict, False]
