"""Do sessions in Django do what Django's users know, and what ours promise?"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from typing import Any
from unittest.mock import patch

import pytest
from django.contrib.auth import alogin, alogout, authenticate, login, logout
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.contrib.messages.storage.session import SessionStorage
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.test import AsyncClient, Client, override_settings
from django.urls import path
from rings import DAY, START, revoked
from table.on_django import OnDjango
from table.play import Request
from table.world import NAME, World
from table.world import revoke as revoke_person

import sealjar.django
from sealjar.django import SessionMiddleware, SessionStore, configuration, readiness
from sealjar.session import Jar, SessionTooLarge

View = Callable[[HttpRequest], Any]


@pytest.fixture(scope="module", autouse=True)
def _database() -> Iterator[None]:
    with override_settings(ROOT_URLCONF=__name__):
        call_command("migrate", verbosity=0)
        User.objects.create_user("ada", password="secret")
        User.objects.create_user("bob", password="secret")
        yield


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def jar(world: World) -> Iterator[Jar]:
    of = Jar(
        world.ring,
        "shop-test",
        clock=world.time,
        subject="/_auth_user_id",
        expiry=configuration.expiry,
    )
    with patch("sealjar.django.configuration.jar", lambda: of):
        yield of


@pytest.fixture
def client(jar: Jar) -> Client:
    return Client()


HANDLER: dict[str, View] = {}


def view(request: HttpRequest) -> Any:
    return HANDLER["view"](request)


async def aview(request: HttpRequest) -> Any:
    return await HANDLER["aview"](request)


urlpatterns = [path("", view), path("async", aview)]


def visit(client: Client, of: View, **more: Any) -> Any:
    HANDLER["view"] = of
    return client.get("/", **more)


def show(request: HttpRequest) -> JsonResponse:
    return JsonResponse(dict(request.session.items()))


def log_in(name: str) -> View:
    def work(request: HttpRequest) -> HttpResponse:
        user = authenticate(request, username=name, password="secret")
        assert user is not None
        login(request, user)
        return HttpResponse(request.session.session_key)

    return work


def log_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return HttpResponse()


def write(**values: Any) -> View:
    def work(request: HttpRequest) -> HttpResponse:
        request.session.update(values)
        return HttpResponse()

    return work


def test_what_is_written_comes_back(client: Client) -> None:
    response = visit(client, write(cart=["tea"], n=1))
    morsel = response.cookies[NAME]
    assert (morsel["path"], morsel["samesite"], morsel["httponly"]) == ("/", "Lax", True)
    assert morsel["secure"] and int(morsel["max-age"]) == DAY
    assert response["Cache-Control"] == "no-store" and response["Vary"] == "Cookie"
    response = visit(client, show)
    assert response.json() == {"cart": ["tea"], "n": 1}
    assert not response.cookies and response["Cache-Control"] == "private"


def test_a_view_that_leaves_the_session_alone_costs_nothing(client: Client, jar: Jar) -> None:
    visit(client, write(n=1))
    response = visit(client, lambda _: HttpResponse())
    assert not response.cookies and not response.has_header("Vary")
    assert jar.uses().opened == 0


def test_a_change_inside_of_a_list_counts(client: Client) -> None:
    visit(client, write(cart=["tea"]))
    visit(client, lambda it: it.session["cart"].append("milk") or HttpResponse())
    assert visit(client, show).json() == {"cart": ["tea", "milk"]}


def test_a_login_renews_and_a_logout_ends_and_marks(client: Client, jar: Jar) -> None:
    visit(client, write(cart=["tea"]))
    planted = dict(client.cookies.items())[NAME].value
    before = visit(client, lambda it: HttpResponse(it.session.session_key)).content
    key = visit(client, log_in("ada")).content
    after = visit(client, lambda it: HttpResponse(it.session.session_key)).content
    assert len(before) == 16 and key == after != before
    assert visit(client, lambda it: HttpResponse(it.user.username)).content == b"ada"
    # What was in the basket stays, and a copy of the cookie from before is another session.
    assert visit(client, show).json()["cart"] == ["tea"]
    other = Client()
    other.cookies[NAME] = planted
    assert "_auth_user_id" not in visit(other, show).json()

    kept = client.cookies[NAME].value
    response = visit(client, log_out)
    assert response.cookies[NAME]["max-age"] == "0"
    assert response.cookies[f"{NAME}.out"].value == after.decode()
    # A slower answer that sets the cookie again logs nobody in.
    client.cookies[NAME] = kept
    response = visit(client, show)
    assert response.json() == {} and response.cookies[NAME]["max-age"] == "0"


def test_a_login_over_another_person_keeps_nothing_of_theirs(client: Client) -> None:
    visit(client, log_in("ada"))
    visit(client, write(secret="ada's"))
    visit(client, log_in("bob"))
    value = visit(client, show).json()
    assert "secret" not in value
    assert value["_auth_user_id"] == str(User.objects.get(username="bob").pk)


def test_a_person_is_logged_out_everywhere(client: Client, world: World) -> None:
    visit(client, log_in("ada"))
    pk = str(User.objects.get(username="ada").pk)
    world.change_ring(lambda it: revoke_person(it, pk, START + 1))
    response = visit(client, show)
    assert response.json() == {} and not response.cookies, "nothing is cleared unasked"
    # Who logs in afterwards is not refused for it.
    visit(client, log_in("ada"))
    assert visit(client, show).json()["_auth_user_id"] == pk


def test_a_new_password_ends_what_was_before(client: Client) -> None:
    user = User.objects.create_user("eve", password="secret")
    visit(client, log_in("eve"))
    user.set_password("another")
    user.save()
    seen = visit(client, lambda it: HttpResponse(str(it.user.is_authenticated)))
    assert seen.content == b"False" and seen.cookies[NAME]["max-age"] == "0"


def test_cycle_key_flush_and_create(client: Client) -> None:
    def keys(work: View) -> tuple[str, str]:
        def of(request: HttpRequest) -> HttpResponse:
            before = request.session.session_key
            work(request)
            return HttpResponse(f"{before} {request.session.session_key}")

        before, after = visit(client, of).content.decode().split()
        return before, after

    assert keys(lambda it: None) == ("None", "None")
    before, after = keys(lambda it: it.session.create())
    assert before == "None" and len(after) == 16
    assert keys(lambda it: it.session.update({"n": 1})) == (after, after)
    before, after = keys(lambda it: it.session.cycle_key())
    assert before != after and visit(client, show).json() == {"n": 1}
    before, gone = keys(lambda it: it.session.flush())
    assert before == after and gone == "None"
    assert visit(client, show).json() == {}


def test_what_is_written_after_flush_begins_anew(client: Client) -> None:
    visit(client, write(a=1))

    def work(request: HttpRequest) -> HttpResponse:
        request.session.flush()
        request.session["b"] = 2
        return HttpResponse()

    response = visit(client, work)
    assert response.cookies[NAME].value and response.cookies[f"{NAME}.out"].value
    assert visit(client, show).json() == {"b": 2}


def test_a_session_that_is_emptied_ends(client: Client) -> None:
    for empty in (
        lambda it: it.session.clear(),
        lambda it: it.session.pop("a"),
        lambda it: it.session.__delitem__("a"),
    ):
        visit(client, write(a=1))
        response = visit(client, lambda it, empty=empty: (empty(it) and None) or HttpResponse())
        assert response.cookies[NAME]["max-age"] == "0"
        # Nobody was logged in: nothing keeps a slower answer from bringing it back.
        assert f"{NAME}.out" not in response.cookies
        client.cookies.clear()


@pytest.mark.parametrize(
    ("asked", "max_age"),
    [(600, "600"), (0, ""), (None, str(DAY)), (9 * DAY, str(DAY)), (timedelta(hours=1), "3600")],
)
def test_set_expiry(client: Client, asked: Any, max_age: str) -> None:
    now = datetime.fromtimestamp(START + 1_735_689_600, timezone.utc)

    def work(request: HttpRequest) -> HttpResponse:
        request.session["a"] = 1
        with patch("django.utils.timezone.now", lambda: now):
            request.session.set_expiry(asked)
        return HttpResponse()

    assert str(visit(client, work).cookies[NAME]["max-age"]) == max_age


def test_a_negative_expiry_ends_the_session(client: Client) -> None:
    visit(client, write(a=1))
    response = visit(client, lambda it: it.session.set_expiry(-1) or HttpResponse())
    assert response.cookies[NAME]["max-age"] == "0"


@pytest.mark.parametrize(
    "odd", ["soon", "", [1], {"a": 1}, True, 2**53 - 1, -1e15, "0001-01-01T00:00:00", "9999-12-31"]
)
def test_an_end_that_another_program_wrote_is_no_error(client: Client, odd: Any) -> None:
    response = visit(client, write(_session_expiry=odd))
    assert response.status_code == 200
    assert visit(client, show).status_code == 200


def test_an_answer_of_500_writes_nothing_and_a_logout_in_it_counts(client: Client) -> None:
    visit(client, write(a=1))

    def fails(request: HttpRequest) -> HttpResponse:
        request.session["a"] = 2
        return HttpResponse(status=500)

    response = visit(client, fails)
    assert not response.cookies and response["Cache-Control"] == "private"
    assert visit(client, show).json() == {"a": 1}

    def logs_out(request: HttpRequest) -> HttpResponse:
        request.session.flush()
        return HttpResponse(status=503)

    assert visit(client, logs_out).cookies[NAME]["max-age"] == "0"


def test_what_cannot_be_kept_is_an_error_and_nothing_is_lost(client: Client) -> None:
    visit(client, write(a=1))
    for value in ("x" * 5000, b"bytes", 2**53, float("nan"), datetime.now()):
        with pytest.raises(Exception, match="the session would"):
            visit(client, write(a=value))
    quiet = Client(raise_request_exception=False)
    quiet.cookies = client.cookies
    response = visit(quiet, write(a=b"bytes"))
    assert response.status_code == 500 and not response.cookies
    assert visit(client, show).json() == {"a": 1}

    def keeps_what_fits(request: HttpRequest) -> HttpResponse:
        request.session["a"] = "x" * 5000
        try:
            request.session.save()
        except SessionTooLarge as error:
            request.session["a"] = 2
            return HttpResponse(str(error.limit))
        return HttpResponse("it fitted")

    assert visit(client, keeps_what_fits).content == b"4096"
    assert visit(client, show).json() == {"a": 2}


def test_messages_in_the_session_are_shown_once(client: Client) -> None:
    def tell(request: HttpRequest) -> HttpResponse:
        storage = SessionStorage(request)
        storage.add(20, "saved")
        response = HttpResponse()
        storage.update(response)
        return response

    def read(request: HttpRequest) -> HttpResponse:
        request._messages = SessionStorage(request)  # type: ignore[attr-defined]
        response = HttpResponse(", ".join(map(str, get_messages(request))))
        request._messages.update(response)  # type: ignore[attr-defined]
        return response

    visit(client, tell)
    assert visit(client, read).content == b"saved"
    assert visit(client, read).content == b""


def test_a_stream_reads_and_takes_no_change(client: Client) -> None:
    visit(client, write(a=1))

    def streams(request: HttpRequest) -> StreamingHttpResponse:
        request.session["a"]

        def chunks() -> Iterator[str]:
            request.session["a"] = 2
            yield str(request.session["a"])

        return StreamingHttpResponse(chunks())

    response = visit(client, streams)
    assert b"".join(response.streaming_content) == b"2" and not response.cookies  # type: ignore[arg-type]
    assert visit(client, show).json() == {"a": 1}


def test_djangos_test_client_logs_in_and_sees_the_session(client: Client) -> None:
    session = client.session
    session["cart"] = ["tea"]
    session.save()
    client.cookies[NAME] = session.session_key
    assert visit(client, show).json() == {"cart": ["tea"]}
    client.force_login(User.objects.get(username="ada"))
    assert visit(client, lambda it: HttpResponse(it.user.username)).content == b"ada"
    assert client.session["cart"] == ["tea"]
    client.logout()
    assert visit(client, show).json() == {}


def test_async_views_do_the_same(jar: Jar) -> None:
    async def work(request: HttpRequest) -> HttpResponse:
        await request.session.aset("cart", ["tea"])
        user = await User.objects.aget(username="ada")
        await alogin(request, user)
        await request.session.asave()
        return JsonResponse(dict(await request.session.aitems()))

    async def leave(request: HttpRequest) -> HttpResponse:
        assert await request.session.ahas_key("_auth_user_id")
        await request.session.acycle_key()
        await alogout(request)
        return HttpResponse()

    async def run() -> None:
        client = AsyncClient()
        HANDLER["aview"] = work
        response = await client.get("/async")
        assert response.json()["cart"] == ["tea"] and response.cookies[NAME].value
        HANDLER["aview"] = leave
        response = await client.get("/async")
        assert response.cookies[NAME]["max-age"] == "0"

    asyncio.run(run())


def test_a_hostile_cookie_is_no_error_and_clears_nothing(client: Client, world: World) -> None:
    for raw in ("garbage", '"quoted"', "\xff" * 200, "A" * 20_000, "3~abcd.x", ""):
        response = visit(client, show, HTTP_COOKIE=f"{NAME}={raw}")
        assert (response.status_code, response.json(), len(response.cookies)) == (200, {}, 0)
        # Nor where it is given as a key.
        assert dict(SessionStore(raw).items()) == {}
    response = visit(client, show, HTTP_COOKIE=world.refused_as("unknown_key"))
    assert response.json() == {} and not response.cookies


def test_two_lines_of_one_name_are_both_sent(world: World) -> None:
    jar = world.jar(partitioned=True, same_site="None")
    request = Request("GET", "/", [("cookie", world.cookie_of("ada").encode())])
    with override_settings(ROOT_URLCONF="table.on_django"):
        answer = OnDjango().call(jar, lambda give: table_write(give()), request)
    lines = [it for of, it in answer.headers if of == "set-cookie"]
    assert len(lines) == 2 and "Max-Age=0" in lines[0] and "Partitioned" in lines[1]


def table_write(session: Any) -> Any:
    from table.exchanges import work

    return work({"do": ["write"]})(session)


# Settings.


@pytest.fixture
def delivered(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    from rings import dump, key, ring

    file = tmp_path / "session-ring.json"
    file.write_bytes(dump(ring(key(0), revoked(key()))))
    file.chmod(0o600)
    monkeypatch.setenv("SEALJAR_RING", str(file))
    configuration.jar.cache_clear()
    configuration.watcher.cache_clear()
    yield file
    configuration.jar.cache_clear()
    configuration.watcher.cache_clear()


def test_the_settings_make_a_jar(delivered: Any) -> None:
    with override_settings(
        SEALJAR={"app": "shop-prod", "ring": str(delivered), "max_size": 8192},
        SESSION_COOKIE_AGE=3600,
        SESSION_COOKIE_SAMESITE="Strict",
        SESSION_SAVE_EVERY_REQUEST=True,
        SESSION_EXPIRE_AT_BROWSER_CLOSE=True,
    ):
        made = configuration.jar().settings
        assert (made.name, made.same_site, made.max_size) == (NAME, "Strict", 8192)
        assert (made.timeouts.idle, made.keep_alive, made.persistent) == (3600, True, False)
        readiness().check()
    assert configuration.jar().settings.same_site == "Lax", "settings that change back count"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"SEALJAR": {}}, "SEALJAR has no app"),
        ({"SEALJAR": {"app": ""}}, "SEALJAR has no app"),
        ({"SEALJAR": {"app": "a", "no_such": 1}}, "no_such"),
        ({"SEALJAR": {"app": "a", "ring": "/nowhere/ring"}}, "/nowhere/ring: No such file"),
        (
            {"SESSION_COOKIE_NAME": "__Host-x", "SESSION_COOKIE_PATH": "/app"},
            "browsers take only /",
        ),
        ({"SESSION_COOKIE_SECURE": False}, "over https only"),
        ({"SESSION_COOKIE_HTTPONLY": False}, "no script may read"),
        ({"SESSION_COOKIE_AGE": 0}, "idle_timeout = 0 s"),
        ({"SESSION_SERIALIZER": "pickle"}, "sessions are JSON"),
        ({"MIDDLEWARE": [configuration.DJANGOS]}, "sealjar.django.SessionMiddleware"),
    ],
)
def test_settings_that_cannot_work_are_refused_at_start(
    delivered: Any, changes: dict[str, Any], reason: str
) -> None:
    with override_settings(**changes), pytest.raises(ImproperlyConfigured) as refused:
        SessionMiddleware(lambda _: HttpResponse())
    assert reason in str(refused.value)


def test_a_default_that_protects_little_has_to_be_meant(delivered: Any) -> None:
    for name in ("SESSION_COOKIE_NAME", "SESSION_COOKIE_SECURE"):
        with (
            patch("sealjar.django.configuration._is_set", lambda it, name=name: it != name),
            pytest.raises(ImproperlyConfigured, match=f"add {name} = "),
        ):
            configuration.jar()


def test_djangos_own_middleware_is_refused_when_it_loads_the_engine(delivered: Any) -> None:
    with (
        override_settings(MIDDLEWARE=[configuration.DJANGOS]),
        pytest.raises(ImproperlyConfigured, match=r"put sealjar.django.SessionMiddleware"),
    ):
        importlib.reload(sealjar.django)


def test_without_a_ring_nothing_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEALJAR_RING", raising=False)
    configuration.jar.cache_clear()
    configuration.watcher.cache_clear()
    with pytest.raises(ImproperlyConfigured, match="no key ring was found"):
        configuration.jar()


def test_with_debug_a_ring_is_made(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEALJAR_RING", raising=False)
    monkeypatch.chdir(tmp_path)
    configuration.jar.cache_clear()
    configuration.watcher.cache_clear()
    with override_settings(DEBUG=True):
        configuration.jar()
    assert (tmp_path / ".sealjar" / "session-ring.json").exists()
    configuration.jar.cache_clear()
    configuration.watcher.cache_clear()
