"""Does a fleet of real servers go on with its sessions while the ring is rotated under it?"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from rings import Document, changed, dump, key, ring
from servers import Visitor, is_open, serving
from test_readme import program

from sealjar import clock

BIN = Path(sys.executable).parent
SHOPS = {
    "gunicorn --preload, Flask": ("Flask", ["gunicorn", "--preload", "-w", "2", "shop:app"]),
    "uvicorn, Starlette": ("Starlette and FastAPI", ["uvicorn", "shop:app", "--port", "PORT"]),
    "uWSGI, Flask": (
        "Flask",
        ["uwsgi", "--master", "-p", "2", "--enable-threads", "--module", "shop:app"],
    ),
    "gunicorn --preload, Django": (
        "Django",
        ["gunicorn", "--preload", "-w", "2", "shop:application"],
    ),
}
BIND = {"gunicorn": ["-b", "127.0.0.1:PORT"], "uwsgi": ["--http-socket", "127.0.0.1:PORT"]}


def deliver(path: Path, of: Document) -> Document:
    beside = path.with_suffix(".tmp")
    beside.write_bytes(dump(of))
    beside.chmod(0o600)
    beside.rename(path)
    return of


def rotated(of: Document) -> Document:
    """The standby seals now, and a new one waits."""

    def promote(it: Document) -> None:
        standby = next(it for it in it["keys"] if it["seals_from"] is None)
        standby["seals_from"] = clock.shown(clock.now())
        it["keys"].append(key(None))

    return changed(of, promote)


def command(server: list[str]) -> list[str]:
    found = shutil.which(server[0], path=str(BIN))
    assert found is not None, f"{server[0]} is not installed"
    return [found, *server[1:], *BIND.get(server[0], [])]


@pytest.mark.parametrize("shop", SHOPS)
def test_sessions_outlive_three_rotations(shop: str, tmp_path: Path) -> None:
    rotate_under(*SHOPS[shop], tmp_path)


def test_a_server_that_does_not_follow_its_ring_is_caught(tmp_path: Path) -> None:
    """The negative control."""
    with pytest.raises(AssertionError, match="each rotation sealed under another key"):
        rotate_under(*SHOPS["gunicorn --preload, Flask"], tmp_path, "watcher.ring._start = None\n")


def test_uwsgi_without_threads_is_warned_of(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(program("Flask"))
    deliver(tmp_path / "session-ring.json", ring())
    server = ["uwsgi", "--master", "--need-app", "--module", "shop:app"]
    with serving(command(server), tmp_path, tmp_path / "session-ring.json") as port:
        assert Visitor(port).get() == (200, "visit 1")
        assert "hint: set enable-threads = true" in (tmp_path / "log").read_text()


KILLED = """
import sys, time
from contextlib import nullcontext
from pathlib import Path
import servers

def noted(process):
    print(process.pid, flush=True)
    return guarding(process)

guarding = servers.guarding if sys.argv[2] == "with" else nullcontext
servers.guarding = noted
server = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", "PORT"]
with servers.serving(server, Path(sys.argv[1])) as port:
    print(port, flush=True)
    time.sleep(600)
"""


@pytest.mark.parametrize("guard", ["with", "without"])
def test_a_test_that_is_killed_leaves_no_server_behind(guard: str, tmp_path: Path) -> None:
    """The negative control is the test without its guard."""
    command = [sys.executable, "-c", KILLED, str(tmp_path), guard]
    here = Path(__file__).parent
    with subprocess.Popen(command, cwd=here, stdout=subprocess.PIPE, text=True) as killed:
        assert killed.stdout is not None
        server, port = (int(killed.stdout.readline()) for _ in range(2))
        killed.kill()
    try:
        end = time.monotonic() + (30 if guard == "with" else 1)
        while is_open(port) and time.monotonic() < end:
            time.sleep(0.05)
        assert is_open(port) is (guard == "without")
    finally:
        with suppress(ProcessLookupError):
            os.kill(server, signal.SIGKILL)


def rotate_under(heading: str, server: list[str], tmp_path: Path, flaw: str = "") -> None:
    text = program(heading) + flaw
    if heading == "Django":
        text += "from django.core.wsgi import get_wsgi_application\n"
        text += "application = get_wsgi_application()\n"
    (tmp_path / "shop.py").write_text(text)
    path = tmp_path / "session-ring.json"
    of = deliver(path, ring())
    with serving(command(server), tmp_path, path) as port:
        visitors = [Visitor(port) for _ in range(4)]
        visits = 0
        keys = set()
        for rotation in range(4):
            for _ in range(3):
                visits += 1
                # Each may meet another worker.
                for visitor in visitors:
                    assert visitor.get() == (200, f"visit {visits}"), rotation
                    keys.add(visitor.cookies["__Host-Http-session"][1:22])
            of = deliver(path, rotated(of))
            # Half of the workers may have it and half may not: a standby opens in all of them.
            for visitor in visitors:
                visits_here = visitor.get()
                assert visits_here == (200, f"visit {visits + 1}")
            visits += 1
            time.sleep(1.6)
        assert len(keys) >= 4, "each rotation sealed under another key"
        log = (tmp_path / "log").read_text()
        assert "Traceback" not in log, log
