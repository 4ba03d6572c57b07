"""Does a replica find its ring, follow it, and keep the last good one?"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rings import DAY, START, Document, changed, dump, key, read, ring

from sealjar import Context, KeyRing, LiveRing, OpenError, Sealer, Suite, clock
from sealjar.plaintext import Times
from sealjar.source import (
    BadRing,
    Empty,
    FileSource,
    Follower,
    NotAFile,
    NotFound,
    NotReady,
    SourceError,
    Unreadable,
    Watcher,
    Writable,
    development,
    file,
)
from sealjar.source.schedule import Schedule

CONTEXT = Context("shop-test", "link")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "session-ring.json"


def deliver(path: Path, of: Document, mode: int = 0o600) -> Document:
    """Puts a ring in place as the keeper does: whole, by a rename."""
    beside = path.with_suffix(".tmp")
    beside.write_bytes(dump(of))
    beside.chmod(mode)
    beside.rename(path)
    return of


def rotated(of: Document) -> Document:
    """The next epoch, in which a key seals that nobody has heard of."""
    now = clock.now()
    return changed(of, lambda it: it["keys"].append(key(now)))


def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


def token_under(of: Document) -> str:
    now = clock.now()
    sealer = Sealer(read(of), CONTEXT)
    return str(sealer.seal_with(b"payload", Times(now, now, now + 600))[0])


# Reading.


def test_a_ring_is_read_from_its_file(path: Path) -> None:
    of = deliver(path, ring())
    assert FileSource(path).fetch().id == of["ring_id"]


def test_what_is_no_ring_is_refused_with_path_reason_and_hint(path: Path) -> None:
    def write(content: bytes) -> None:
        path.write_bytes(content)
        path.chmod(0o600)

    for prepare, kind, reason, hint in (
        (lambda: None, Unreadable, "No such file", "deliver the ring to this path"),
        (lambda: path.mkdir(), NotAFile, "not a regular file", "as a file"),
        (lambda: (path.rmdir(), os.mkfifo(path)), NotAFile, "not a regular file", "as a file"),
        (lambda: (path.unlink(), write(b"")), Empty, "is empty", "deliver the ring again"),
        (lambda: write(b"{}"), BadRing, "format: is missing", "deliver the ring again"),
        (lambda: write(bytes(600_000)), BadRing, "500001 bytes", "deliver the ring again"),
        (
            lambda: write(dump(ring(epoch=clock.now() + 2 * DAY))),
            BadRing,
            "lies ahead",
            "set this machine's clock",
        ),
        (
            lambda: write(dump(ring(critical=["of_later"]))),
            BadRing,
            "of_later",
            "upgrade this application",
        ),
    ):
        prepare()
        with pytest.raises(kind) as refused:
            FileSource(path).fetch()
        said = str(refused.value)
        assert said.startswith(str(path)) and reason in said
        assert "\nhint: " in said and hint in said


def test_a_terabyte_is_read_no_further_than_a_ring_may_be_long(path: Path) -> None:
    path.touch(0o600)
    os.truncate(path, 1 << 40)
    with pytest.raises(BadRing, match="500001 bytes"):
        FileSource(path).fetch()


def test_a_ring_that_others_may_write_is_refused_and_one_they_may_read_is_warned_of(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for mode in (0o600, 0o640, 0o400, 0o440):
        deliver(path, ring(), mode)
        FileSource(path).fetch()
    assert not caplog.records
    for mode in (0o620, 0o602, 0o666, 0o777):
        deliver(path, ring(), mode)
        with pytest.raises(Writable, match=f"{mode:04o}"):
            FileSource(path).fetch()
    deliver(path, ring(), 0o644)
    source = FileSource(path)
    source.fetch()
    source.fetch()
    assert [it.levelname for it in caplog.records] == ["WARNING"]
    assert "0644" in caplog.text


def test_a_path_with_control_characters_is_spelt_out() -> None:
    with pytest.raises(SourceError) as refused:
        FileSource("/nowhere/a\rb\n\x1b[2J").fetch()
    assert r"/nowhere/a\rb\n\x1b[2J: No such file" in str(refused.value)


# Finding.


def test_the_environment_comes_before_the_secret_and_the_secret_before_development(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file, "_SECRETS", tmp_path / "secrets")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SEALJAR_RING", raising=False)
    with pytest.raises(NotFound) as refused:
        FileSource.find()
    assert "$SEALJAR_RING" in str(refused.value) and "session-ring" in str(refused.value)
    made = tmp_path / ".sealjar" / "session-ring.json"
    assert FileSource.find(development=True).path == made
    (tmp_path / "secrets").mkdir()
    secret = tmp_path / "secrets" / "session-ring"
    secret.touch()
    assert FileSource.find(development=True).path == secret
    monkeypatch.setenv("SEALJAR_RING", "/elsewhere/ring.json")
    assert FileSource.find().path == Path("/elsewhere/ring.json")
    monkeypatch.setenv("SEALJAR_RING", "")
    assert FileSource.find().path == secret


def test_a_development_ring_is_made_once_private_and_can_seal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SEALJAR_RING", raising=False)
    (tmp_path / ".git").mkdir()
    below = tmp_path / "app" / "web"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    paths = [FileSource.find(development=True).path for _ in range(2)]
    assert paths == [tmp_path / ".sealjar" / "session-ring.json"] * 2
    assert paths[0].stat().st_mode & 0o777 == 0o600
    assert paths[0].parent.stat().st_mode & 0o777 == 0o700
    assert "*" in (paths[0].parent / ".gitignore").read_text().splitlines()
    found = FileSource.find(development=True).fetch()
    assert found.sealing_key(clock.now()) is found.keys[0] and len(found.keys) == 2
    # A file system with one mode for all files: a developer's ring is used, no other is.
    paths[0].chmod(0o777)
    FileSource.find(development=True).fetch()
    with pytest.raises(Writable):
        FileSource(paths[0]).fetch()


def test_processes_that_start_at_once_use_one_development_ring(tmp_path: Path) -> None:
    found = []

    def start() -> None:
        development.make_ring(tmp_path / "ring.json")
        found.append((tmp_path / "ring.json").read_bytes())

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1 and len(found) == 8
    assert sorted(it.name for it in tmp_path.iterdir()) == [".gitignore", "ring.json"]


# Deciding.


def test_when_the_source_is_looked_at_and_why() -> None:
    schedule = Schedule(100.0)
    assert schedule.next() == (110.0, "poll")
    schedule.change(101.0)
    schedule.change(105.0)
    assert schedule.next() == (101.2, "change")
    schedule.unknown(101.0)
    assert schedule.next() == (101.0, "unknown key")
    schedule.looked("nothing", 101.0)
    # Looks for unknown keys that bring nothing become rarer, up to the poll interval.
    due = []
    for _ in range(4):
        schedule.unknown(schedule.looked_at)
        due.append(schedule.next()[0] - schedule.looked_at)
        schedule.looked("nothing", schedule.next()[0])
    assert due == [2.0, 4.0, 8.0, 10.0]
    last = schedule.looked_at
    schedule.looked("newer ring", last)
    schedule.unknown(last)
    assert schedule.next() == (last + 2.0, "unknown key")
    # A look that fails is repeated.
    schedule = Schedule(0.0)
    due = []
    for _ in range(6):
        schedule.looked("failure", 0.0)
        due.append(schedule.next())
    assert due[:4] == [(1.0, "retry"), (2.0, "retry"), (4.0, "retry"), (8.0, "retry")]
    assert due[4:] == [(10.0, "poll")] * 2
    schedule.looked("nothing", 0.0)
    assert schedule.next() == (10.0, "poll")


def test_a_follower_takes_newer_rings_and_keeps_the_last_good_one(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    of = ring(key(START), epoch=5)
    follower = Follower("the place", LiveRing(read(of)), 0.0)

    def take(fetched: KeyRing | SourceError) -> str:
        event = follower.take("poll", fetched, 0.0, START)
        event.log()
        return event.outcome

    assert take(read(of)) == "unchanged"
    assert take(read(changed(of, lambda it: None))) == "replaced"
    assert follower.ring.load().epoch == 6
    for bad in (read(of), read(ring(epoch=7)), Empty("the place"), Empty("the place")):
        assert take(bad) == "refused"
        assert follower.ring.load().epoch == 6
        assert follower.readiness.failure is not None
    follower.readiness.check_at(START)
    assert take(read(changed(of, lambda it: None))) == "recovered"
    assert follower.readiness.failure is None
    levels = [it.levelname for it in caplog.records]
    assert levels == ["INFO", "ERROR", "ERROR", "ERROR", "INFO"], caplog.text
    # An overdue rotation is warned of once and does not make a replica unready.
    for _ in range(2):
        follower.take("poll", Empty("x"), 0.0, START + 60 * DAY).log()
    assert "is its keeper running?" in caplog.text
    assert caplog.text.count("is its keeper running?") == 1


def test_a_replica_is_ready_while_it_can_seal() -> None:
    follower = Follower("the place", LiveRing(read(ring(key(START)))), 0.0)
    with pytest.raises(NotReady, match="no key to seal"):
        follower.readiness.check_at(START - 1)
    follower.readiness.check_at(START)
    strange = ring(key(0, suite=Suite.XAES_256_GCM) | {"suite": "aegis-256"})
    with pytest.raises(NotReady, match="unknown suite"):
        Follower("x", LiveRing(read(strange)), 0.0).readiness.check_at(START)


# Following.


@pytest.fixture
def watched(path: Path) -> Iterator[tuple[Path, Document, Watcher, Sealer]]:
    of = deliver(path, ring())
    watcher = Watcher.start(FileSource(path), poll_every=5)
    yield path, of, watcher, Sealer(watcher.ring, CONTEXT)


Watched = tuple[Path, Document, Watcher, Sealer]


def test_a_ring_that_is_replaced_is_in_use_soon(watched: Watched) -> None:
    path, of, watcher, sealer = watched
    sealer.open(token_under(of))
    new = deliver(path, rotated(of))
    until(lambda: watcher.ring.load().epoch == 2)
    assert sealer.open(token_under(new)).payload == b"payload"


def test_an_unknown_key_is_a_reason_to_look(watched: Watched) -> None:
    path, of, watcher, sealer = watched
    sealer.open(token_under(of))
    # The file's time and size say nothing of the change.
    before = path.stat()
    watcher._source.signature = lambda: None  # type: ignore[method-assign]
    new = deliver(path, rotated(of))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    token = token_under(new)
    began = time.monotonic()
    with pytest.raises(OpenError):
        sealer.open(token)
    until(lambda: watcher.ring.load().epoch == 2)
    assert time.monotonic() - began < 4, "sooner than the poll"
    assert sealer.open(token).payload == b"payload"


def test_what_is_missing_broken_or_writable_leaves_the_ring_in_use_and_heals(
    watched: Watched,
) -> None:
    path, of, watcher, sealer = watched
    sealer.open(token_under(of))
    for spoil in (
        path.unlink,
        lambda: path.write_text("{"),
        lambda: deliver(path, ring()),
        lambda: deliver(path, rotated(of), 0o666),
    ):
        spoil()
        until(lambda: watcher.readiness.failure is not None)
        assert sealer.open(token_under(of)).payload == b"payload"
        watcher.readiness.check()
        deliver(path, of)
        until(lambda: watcher.readiness.failure is None)


def test_without_a_ring_nothing_starts(path: Path) -> None:
    with pytest.raises(Unreadable):
        Watcher.start(FileSource(path))


def test_a_thread_whose_look_fails_in_an_unheard_of_way_goes_on(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    path, of, watcher, sealer = watched
    fetch = watcher._source.fetch
    failed = threading.Event()

    def fail() -> KeyRing:
        failed.set()
        watcher._source.fetch = fetch  # type: ignore[method-assign]
        watcher._heard.set()
        raise RuntimeError("of a kind that nobody has thought of")

    watcher._source.fetch = fail  # type: ignore[method-assign]
    watcher.ring._start = watcher.ring._start
    sealer.open(token_under(of))
    deliver(path, rotated(of))
    until(failed.is_set)
    until(lambda: watcher.ring.load().epoch == 2)
    assert "could not be followed" in caplog.text


def test_a_process_that_only_loads_has_no_thread(path: Path) -> None:
    deliver(path, ring())
    before = threading.active_count()
    watcher = Watcher.start(FileSource(path))
    Sealer(watcher.ring, CONTEXT)
    assert watcher.ring.is_asleep and threading.active_count() == before
    watcher.readiness.check()
    assert not watcher.ring.is_asleep and threading.active_count() == before + 1


# Forking.

FORKS = """
import os, sys, threading, time
from pathlib import Path
from sealjar import Context, Sealer
from sealjar.source import FileSource, Watcher

path, tokens = Path(sys.argv[1]), sys.argv[2:]
watcher = Watcher.start(FileSource(path), poll_every=5)
sealer = Sealer(watcher.ring, Context("shop-test", "link"))
{before_the_fork}
time.sleep(1.1)
Path(sys.argv[1] + ".next").rename(path)
{break_it}
child = os.fork()
if child == 0:
    # The first request of the new process knows the newest key, and the thread follows the file.
    sealer.open(tokens[1])
    assert any(it.name == "sealjar-source" for it in threading.enumerate())
    Path(sys.argv[1] + ".last").rename(path)
    end = time.monotonic() + 10
    while watcher.ring.load().epoch < 3 and time.monotonic() < end:
        time.sleep(0.01)
    sealer.open(tokens[2])
    os._exit(0)
_, status = os.waitpid(child, 0)
sys.exit(os.waitstatus_to_exitcode(status))
"""

SLEEPING = "assert threading.active_count() == 1"
SERVING = "sealer.open(tokens[0]); watcher._looking.acquire(); watcher._starting.acquire()"


def fork(path: Path, before: str, break_it: str = "") -> subprocess.CompletedProcess[str]:
    of = deliver(path, ring())
    new = deliver(Path(f"{path}.next"), rotated(of))
    last = deliver(Path(f"{path}.last"), rotated(new))
    script = FORKS.format(before_the_fork=before, break_it=break_it)
    # From 3.12 on Python warns of a fork beside threads, which is what is tested here.
    ignore = ["-W", "ignore::DeprecationWarning"]
    command = [sys.executable, *ignore, "-c", textwrap.dedent(script), str(path)]
    tokens = [token_under(it) for it in (of, new, last)]
    return subprocess.run(command + tokens, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("before", [SLEEPING, SERVING], ids=["preloaded", "served before"])
def test_a_forked_process_begins_with_the_newest_ring_and_follows_it(
    path: Path, before: str
) -> None:
    """Also when a thread of the old process held every lock, which no thread here will release."""
    done = fork(path, before)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "flaw",
    [
        "watcher.ring._start = watcher.ring.woken",
        "watcher.ring._on_fork = None; watcher.ring.woken()",
    ],
    ids=["no thread", "no hook"],
)
def test_a_process_that_does_not_follow_after_a_fork_is_caught(path: Path, flaw: str) -> None:
    """The negative control."""
    done = fork(path, SLEEPING, flaw)
    assert (done.returncode != 0 and "unknown" in done.stderr) or "no key" in done.stderr


def test_a_ring_that_is_shown_by_its_watcher_shows_no_secret(watched: Watched) -> None:
    _, of, watcher, _ = watched
    shown = f"{watcher!r} {watcher.ring!r} {watcher.readiness!r} {vars(watcher)!r}"
    secret = of["keys"][0]["secret"][14:]
    assert not any(secret[at : at + 8] in shown for at in range(len(secret) - 8))
    assert json.dumps(of["keys"][0]["id"])[1:-1] in shown
