"""Do sessions in Starlette and FastAPI do what their users know, and what ours promise?"""

from __future__ import annotations

import logging
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi import Request as FastRequest
from rings import DAY
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket
from table.world import NAME, World

from sealjar.session import Closed, Jar, SessionTooLarge
from sealjar.starlette import SessionMiddleware

HANDLER: dict[str, Any] = {}


async def endpoint(request: Request) -> Response:
    answer = HANDLER["endpoint"](request.session)
    if isinstance(answer, Response):
        return answer
    return JSONResponse(answer)


async def socket(websocket: WebSocket) -> None:
    session = websocket.session
    session["opened"] = session.get("opened", 0) + 1
    await websocket.accept()
    with pytest.raises(Closed):
        session["late"] = 1
    await websocket.send_json(dict(session))
    await websocket.close()


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def jar(world: World) -> Jar:
    return Jar(world.ring, "shop-test", subject="/user_id", clock=world.time)


@pytest.fixture
def client(jar: Jar) -> TestClient:
    app = Starlette(
        routes=[Route("/", endpoint, methods=["GET", "POST"]), WebSocketRoute("/ws", socket)],
        middleware=[Middleware(SessionMiddleware, jar=jar)],
    )
    return TestClient(app, base_url="https://shop.example.org")


def visit(client: TestClient, work: Any, **more: Any) -> Any:
    HANDLER["endpoint"] = work
    return client.get("/", **more)


def show(session: Any) -> Any:
    return dict(session)


def test_a_session_is_a_dictionary(client: TestClient) -> None:
    def work(session: Any) -> Any:
        session["cart"] = ["tea"]
        session.setdefault("n", 1)
        session.update(a=1, b=2)
        del session["a"]
        assert session.pop("b") == 2 and "b" not in session and len(session) == 2
        return list(session)

    assert visit(client, work).json() == ["cart", "n"]
    visit(client, lambda it: it["cart"].append("milk"))
    response = visit(client, show)
    assert response.json() == {"cart": ["tea", "milk"], "n": 1}
    assert "set-cookie" not in response.headers
    assert response.headers["cache-control"] == "private"


def test_a_login_renews_by_itself_and_a_logout_marks(client: TestClient) -> None:
    visit(client, lambda it: it.update(cart=1))
    before = visit(client, lambda it: it.id).json()
    visit(client, lambda it: it.update(user_id=7))
    after = visit(client, lambda it: it.id).json()
    assert before != after
    for leave in (
        lambda it: it.pop("user_id"),
        lambda it: it.clear(),
        lambda it: it.purge(),
    ):
        response = visit(client, leave)
        marked = [it for it in response.headers.get_list("set-cookie") if f"{NAME}.out=" in it]
        assert len(marked) == 1
        visit(client, lambda it: it.update(user_id=7))
    assert visit(client, lambda it: it.renew() or it.id).json() != after


def test_a_session_that_is_emptied_ends(client: TestClient) -> None:
    visit(client, lambda it: it.update(flash="saved"))
    response = visit(client, lambda it: it.pop("flash"))
    assert response.json() == "saved"
    [line] = response.headers.get_list("set-cookie")
    assert "Max-Age=0" in line
    assert visit(client, lambda it: it.clear()).headers.get_list("set-cookie") == []


def test_what_cannot_be_kept_answers_500_and_nothing_is_lost(client: TestClient) -> None:
    visit(client, lambda it: it.update(a=1))
    quiet = TestClient(client.app, base_url=client.base_url, raise_server_exceptions=False)
    quiet.cookies = client.cookies
    for value in ("x" * 5000, b"bytes", 2**53, float("inf")):
        with pytest.raises(Exception, match="the session would"):
            visit(client, lambda it, value=value: it.update(a=value))
        response = visit(quiet, lambda it, value=value: it.update(a=value))
        assert response.status_code == 500 and "set-cookie" not in response.headers
    assert visit(client, show).json() == {"a": 1}

    def keeps_what_fits(session: Any) -> Any:
        session["a"] = "x" * 5000
        try:
            session.save()
        except SessionTooLarge as error:
            session["a"] = 2
            return error.limit

    assert visit(client, keeps_what_fits).json() == 4096
    assert visit(client, show).json() == {"a": 2}


def test_an_exception_that_starlette_answers_carries_what_was_written(client: TestClient) -> None:
    def refuses(session: Any) -> Any:
        session["tries"] = 1
        raise HTTPException(403)

    assert visit(client, refuses).status_code == 403
    assert visit(client, show).json() == {"tries": 1}


def test_a_stream_reads_and_takes_no_change(client: TestClient) -> None:
    visit(client, lambda it: it.update(a=1))

    def streams(session: Any) -> Response:
        assert session["a"] == 1

        async def chunks() -> Any:
            with pytest.raises(Closed):
                session["a"] = 2
            yield str(session["a"])

        return StreamingResponse(chunks())

    assert visit(client, streams).text == "1"
    assert visit(client, show).json() == {"a": 1}


def test_a_websocket_has_the_session_and_sets_it_as_it_is_accepted(client: TestClient) -> None:
    visit(client, lambda it: it.update(user_id=7))
    for count in (1, 2):
        with client.websocket_connect("wss://shop.example.org/ws") as connection:
            assert connection.receive_json() == {"user_id": 7, "opened": count}
            lines = [it for it in connection.extra_headers or [] if it[0] == b"set-cookie"]
            name, _, value = lines[0][1].decode().split(";")[0].partition("=")
            client.cookies.set(name, value, domain="shop.example.org", path="/")


def test_a_hostile_cookie_is_no_error_clears_nothing_and_is_logged(
    client: TestClient, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "sealjar")
    for kind in ("malformed", "unknown_key", "forged", "torn_chunks"):
        header = world.refused_as(kind)
        response = visit(client, lambda it: str(it.sealed.origin), headers={"cookie": header})
        assert response.status_code == 200
        assert response.json() == kind
        assert "set-cookie" not in response.headers
        assert kind in caplog.text
        value = header.partition("=")[2]
        assert len(value) < 94 or value[20:60] not in caplog.text


def test_fastapi_has_the_same(jar: Jar) -> None:
    app = FastAPI()
    app.add_middleware(SessionMiddleware, jar=jar)

    @app.get("/visit")
    def visits(request: FastRequest) -> dict[str, Any]:
        request.session["visits"] = request.session.get("visits", 0) + 1
        return {"visits": request.session["visits"]}

    client = TestClient(app, base_url="https://shop.example.org")
    assert [client.get("/visit").json()["visits"] for _ in range(3)] == [1, 2, 3]
    assert f"Max-Age={DAY}" in client.get("/visit").headers["set-cookie"]
