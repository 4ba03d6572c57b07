"""Servers as processes of their own, and a visitor who speaks HTTP to them."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
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
        )
    try:
        end = time.monotonic() + 30
        while True:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            with socket.socket() as trying:
                if trying.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
