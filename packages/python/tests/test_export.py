"""Do Flask and Django lose nobody when they take their secrets from the ring?

Three replicas of each, as their own code signs and reads sessions, and three rotations that reach
one replica after the other. Runs where `SEALJAR_CLI` names the program, as `test_rust.py` does.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.test import override_settings
from flask import Flask, session
from test_rust import CLI, sealjar

pytestmark = pytest.mark.skipif(CLI is None, reason="SEALJAR_CLI names no program")

# What a framework reads: its sealing secret, and those that it only opens with.
Secrets = dict[str, Any]
# Makes a replica of secrets, as how it logs somebody in and how it finds out who that is.
Replica = tuple[Callable[[str], str], Callable[[str], str | None]]


def flask(secrets: Secrets) -> Replica:
    app = Flask("shop")
    app.config.from_mapping(secrets)

    def log_in(who: str) -> str:
        with app.test_client() as client:
            with client.session_transaction() as of:
                of["who"] = who
            cookie = client.get_cookie("session")
            assert cookie is not None
            return cookie.value

    def who(cookie: str) -> str | None:
        with app.test_request_context(headers={"Cookie": f"session={cookie}"}):
            found: str | None = session.get("who")
            return found

    return log_in, who


def django(secrets: Secrets) -> Replica:
    def log_in(who: str) -> str:
        with override_settings(**secrets):
            of = SessionStore()
            of["who"] = who
            of.save()
            assert of.session_key is not None
            return of.session_key

    def who(cookie: str) -> str | None:
        with override_settings(**secrets):
            found: str | None = SessionStore(cookie).get("who")
            return found

    return log_in, who


def count_logged_out(
    tmp_path: Path, target: str, make: Callable[[Secrets], Replica], without_standby: bool
) -> int:
    name = f"{target}.json"
    line = ["--store", f"file:{tmp_path / 'ring.json'}", "--export", f"{target}:shop:{name}"]
    sealjar("init", *line, "--distribution", "1s", "--skew", "0s", "--rotate-every", "1h")

    def replica() -> Replica:
        secrets: Secrets = json.loads((tmp_path / name).read_bytes())
        if without_standby:
            # What the framework's own manual shows: the secret that seals, then the old ones.
            del secrets["SECRET_KEY_FALLBACKS"][0]
        return make(secrets)

    replicas = [replica() for _ in range(3)]
    visitors: list[tuple[str, str]] = []
    logged_out = 0

    def everybody_visits() -> None:
        nonlocal logged_out
        for at, (log_in, _) in enumerate(replicas):
            who = f"{len(visitors)} of {at}"
            visitors.append((who, log_in(who)))
        for who, cookie in visitors:
            logged_out += sum(1 for _, is_who in replicas if is_who(cookie) != who)

    everybody_visits()
    for _ in range(3):
        # Until every replica is known to have the standby.
        time.sleep(2)
        sealjar("rotate", *line)
        for at in range(3):
            replicas[at] = replica()
            everybody_visits()
    assert len(visitors) == 30
    return logged_out


@pytest.mark.parametrize(("target", "make"), [("flask", flask), ("django", django)])
def test_three_rolling_rotations_log_nobody_out(
    tmp_path: Path, target: str, make: Callable[[Secrets], Replica]
) -> None:
    assert settings.configured
    assert count_logged_out(tmp_path, target, make, without_standby=False) == 0


@pytest.mark.parametrize(("target", "make"), [("flask", flask), ("django", django)])
def test_the_control_without_the_standby_logs_people_out(
    tmp_path: Path, target: str, make: Callable[[Secrets], Replica]
) -> None:
    assert count_logged_out(tmp_path, target, make, without_standby=True) > 0
