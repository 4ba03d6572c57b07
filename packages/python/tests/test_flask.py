"""Do sessions in Flask do what Flask's users know, and what ours promise?"""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, abort, flash, get_flashed_messages, session
from table.world import NAME, World

from sealjar.flask import SealedSessionInterface
from sealjar.session import Jar, SessionTooLarge

HANDLER: dict[str, Any] = {}


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def app(world: World) -> Flask:
    made = Flask("shop")
    made.session_interface = SealedSessionInterface(
        Jar(world.ring, "shop-test", subject="/user_id", clock=world.time)
    )

    @made.route("/")
    def view() -> Any:
        answer = HANDLER["view"]()
        return "" if answer is None else answer

    return made


@pytest.fixture
def client(app: Flask) -> Any:
    return app.test_client()


def visit(client: Any, work: Any, **more: Any) -> Any:
    HANDLER["view"] = work
    return client.get("/", base_url="https://shop.example.org", **more)


def show() -> Any:
    return dict(session)


def test_what_is_written_comes_back_also_from_within_a_list(client: Any) -> None:
    visit(client, lambda: session.update(cart=["tea"]))
    visit(client, lambda: session["cart"].append("milk"))
    response = visit(client, show)
    assert response.json == {"cart": ["tea", "milk"]}
    assert "Set-Cookie" not in response.headers and response.headers["Vary"] == "Cookie"
    assert visit(client, lambda: str(session.new)).text == "False"  # type: ignore[attr-defined]


def test_a_view_that_leaves_the_session_alone_costs_nothing(client: Any) -> None:
    visit(client, lambda: session.update(a=1))
    response = visit(client, lambda: "page")
    assert "Vary" not in response.headers and "Set-Cookie" not in response.headers


def test_a_login_renews_by_itself_and_a_logout_marks(client: Any) -> None:
    visit(client, lambda: session.update(cart=1))
    before = visit(client, lambda: session.id).text  # type: ignore[attr-defined]
    visit(client, lambda: session.update(user_id=7))
    after = visit(client, lambda: session.id).text  # type: ignore[attr-defined]
    assert before != after
    lines = visit(client, lambda: session.clear()).headers.getlist("Set-Cookie")
    assert [f"{NAME}.out={after}" in it for it in lines] == [False, True]


def test_flashed_messages_are_shown_once(client: Any) -> None:
    visit(client, lambda: flash("saved"))
    assert visit(client, lambda: get_flashed_messages()).json == ["saved"]
    assert visit(client, lambda: get_flashed_messages()).json == []


def test_what_cannot_be_kept_answers_500_and_nothing_is_lost(client: Any, app: Flask) -> None:
    visit(client, lambda: session.update(a=1))
    for value in ("x" * 5000, b"bytes", 2**53):
        response = visit(client, lambda value=value: session.update(a=value))
        assert response.status_code == 500 and "Set-Cookie" not in response.headers

    def keeps_what_fits() -> Any:
        session["a"] = "x" * 5000
        try:
            session.save()  # type: ignore[attr-defined]
        except SessionTooLarge as error:
            session["a"] = 2
            return str(error.limit)

    assert visit(client, keeps_what_fits).text == "4096"
    assert visit(client, show).json == {"a": 2}


def test_an_error_page_carries_what_was_written(client: Any) -> None:
    def refuses() -> Any:
        session["tries"] = 1
        abort(403)

    assert visit(client, refuses).status_code == 403
    assert visit(client, show).json == {"tries": 1}


def test_flasks_test_client_sees_the_session(client: Any) -> None:
    with client.session_transaction(base_url="https://shop.example.org") as held:
        held["cart"] = ["tea"]
    assert visit(client, show).json == {"cart": ["tea"]}


def test_a_hostile_cookie_is_no_error_and_clears_nothing(client: Any, world: World) -> None:
    for kind in ("malformed", "unknown_key", "forged", "expired", "undecodable"):
        response = visit(client, show, headers={"Cookie": world.refused_as(kind)})
        assert (response.status_code, response.json) == (200, {})
        assert "Set-Cookie" not in response.headers
