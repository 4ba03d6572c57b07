"""Servers as processes of their own, and a visitor who speaks HTTP to them."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


class Visitor:
    """Keeps the cookies that a server sets, and sends them back."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}

    def get(self, path: str = "/", cookie: str | None = None) -> tuple[int, str]:
        """Asks for a page. Returns status and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        header = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"Cookie": cookie or header} if cookie or header else {}
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        body = response.read().decode()
        for line in response.headers.get_all("Set-Cookie") or []:
            pair, *attributes = line.split("; ")
            name, _, value = pair.partition("=")
            if "Max-Age=0" in attributes:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        connection.close()
        return response.status, body


def free_port() -> int:
    """Returns a port that nothing listens on."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


_GUARD = """
import os, signal, sys
# It reads until its test says that all is over, or is killed before it could.
if sys.stdin.read() != "over":
    os.killpg(int(sys.argv[1]), signal.SIGKILL)
"""


@contextmanager
def guarding(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Ends a process and all that it has started with the block, also if this program is killed."""
    guard = subprocess.Popen(
        [sys.executable, "-c", _GUARD, str(process.pid)],
        stdin=subprocess.PIPE,
        start_new_session=True,
        text=True,
    )
    try:
        yield
    finally:
        # What it has started may go on without it.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        guard.communicate("over")


@contextmanager
def serving(command: list[str], directory: Path, ring: Path | None = None) -> Iterator[int]:
    """Runs a server until the end of the block. `PORT` in its command is the port that it gets."""
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if name != "SEALJAR_RING"}
    environment |= {"SEALJAR_RING": str(ring)} if ring else {}
    log = directory / "log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [it.replace("PORT", str(port)) for it in command],
            cwd=directory,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    with guarding(process):
        end = time.monotonic() + 30
        while not is_open(port):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.05)
        yield port
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)


def is_open(port: int) -> bool:
    """Returns whether something listens on a port."""
    with socket.socket() as trying:
        return trying.connect_ex(("127.0.0.1", port)) == 0
