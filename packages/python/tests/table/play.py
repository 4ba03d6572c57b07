"""Does an adapter do what a row says? Says where not."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from sealjar.session import Jar, NotSealed, Session, SessionError
from table.browser import Browser
from table.world import DAY, MARK_LIVES, NAME, World

Headers = list[tuple[str, str]]


@dataclass
class Request:
    """What a visitor's client sends."""

    method: str
    path: str
    headers: list[tuple[str, bytes]]

    def header(self, name: str) -> str | None:
        found = [it for of, it in self.headers if of == name]
        return found[0].decode("latin-1") if found else None

    @property
    def cookies(self) -> list[bytes]:
        return [value for name, value in self.headers if name == "cookie"]


@dataclass
class Reply:
    """What a handler answers."""

    body: str | list[Callable[[], str]] = ""
    """Text, or the pieces of a stream, which are made while it goes."""
    status: int = 200
    headers: Headers = field(default_factory=list)

    @property
    def stream(self) -> Iterator[str] | None:
        return None if isinstance(self.body, str) else (piece() for piece in self.body)


@dataclass
class Answer:
    """What a client sees: names of headers are in lower case, in order."""

    status: int
    headers: Headers
    body: str

    def values(self, name: str) -> list[str]:
        return [value for of, value in self.headers if of == name]


Work = Callable[[Session], Reply]
Handler = Callable[[Callable[[], Session]], Reply]


class Adapter(Protocol):
    """A framework with our sessions in it."""

    name: str
    without: frozenset[str]
    """Rows in which the framework does otherwise by its own rules."""

    def call(self, jar: Jar, handler: Handler, request: Request) -> Answer:
        """Builds an app around one handler, and sends it a request."""


# What is expected.

Attributes = dict[str, Any]
HOST_ONLY: Attributes = {"path": "/", "samesite": "Lax", "secure": True, "httponly": True}


@dataclass
class Line:
    """What one `Set-Cookie` line says: `set` with its seconds or None, `removed`, `foreign`."""

    name: str
    effect: Any
    attributes: Attributes | None = None


@dataclass
class Expect:
    """What an answer says, and what its handler saw. What is `None` is not looked at."""

    status: int = 200
    lines: list[Line] = field(default_factory=list)
    cache_control: list[str] = field(default_factory=list)
    other_policies: Headers = field(default_factory=list)
    vary: list[str] = field(default_factory=list)
    clear_site_data: list[str] = field(default_factory=list)
    body: str | None = None
    origin: str | None = None
    id: Any = None
    revision: int | None = None
    uses: tuple[int, int] | None = None

    def but(self, **changes: Any) -> Expect:
        return Expect(**(self.__dict__ | changes))

    @property
    def looks(self) -> bool:
        return any(it is not None for it in (self.origin, self.id, self.revision))


NO_ID = "no id"


def untouched(**more: Any) -> Expect:
    return Expect(**more)


def reads(**more: Any) -> Expect:
    return Expect(cache_control=["private"], vary=["Cookie"]).but(**more)


def sends(*lines: Line, **more: Any) -> Expect:
    return reads(lines=list(lines), cache_control=["no-store"]).but(**more)


def writes(**more: Any) -> Expect:
    return sends(sets(), **more)


def purges(**more: Any) -> Expect:
    return sends(removed(), marked(), **more)


def leaves(**more: Any) -> Expect:
    return sends(sets(), marked(), **more)


def sets(name: str = NAME, seconds: int | None = DAY) -> Line:
    return Line(name, ("set", seconds))


def removed(name: str = NAME) -> Line:
    return Line(name, "removed")


def marked(name: str = NAME) -> Line:
    return sets(f"{name}.out", MARK_LIVES)


# What happens.


@dataclass
class Step:
    """One exchange."""

    work: Work | None
    expect: Expect = field(default_factory=reads)
    after: int = 0
    once: Callable[[World], None] | None = None
    jar: Callable[[World], Jar] | None = None
    method: str = "GET"
    path: str = "/"
    headers: dict[str, str] = field(default_factory=dict)
    sends: Callable[[Browser, World], Sequence[bytes | str]] | None = None
    answered_after: int = 0
    copied_as: str | None = None


def visit(work: Work | None, expect: Expect | None = None, **more: Any) -> Step:
    return Step(work, expect or reads(), **more)


@dataclass
class Row:
    """A name that is a sentence, and a visitor's requests."""

    name: str
    steps: list[Step]
    jar: Callable[[World], Jar] = lambda world: world.jar()
    attributes: Attributes = field(default_factory=lambda: HOST_ONLY)
    holding: Callable[[World], str] = lambda world: ""
    takes: list[str] = field(default_factory=list)
    alike: bool = False


def row(name: str, *steps: Step, **more: Any) -> Row:
    return Row(name, list(steps), **more)


# Playing it.


class Pending:
    """An exchange whose answer is not there yet."""

    def __init__(self, adapter: Adapter, jar: Jar, step: Step, request: Request) -> None:
        self.step = step
        self.jar = jar
        self.seen: tuple[str, str | None, int] | None = None
        self.answer: Answer | None = None
        self._worked = threading.Event()
        self._released = threading.Event()
        if not step.answered_after:
            self._released.set()

        def run() -> None:
            self.answer = adapter.call(jar, self._handle, request)

        self._thread = threading.Thread(target=run)
        self._thread.start()
        if step.answered_after:
            assert self._worked.wait(20), "the handler did not run"

    def _handle(self, give: Callable[[], Session]) -> Reply:
        work = self.step.work
        if work is None:
            reply = Reply("page")
        else:
            session = give()
            try:
                reply = work(session)
            except NotSealed:
                reply = Reply("the session could not be saved", 503)
            except SessionError:
                reply = Reply("the session could not be saved", 500)
            if self.step.expect.looks:
                self.seen = (str(session.origin), session.id, session.revision)
                if session.origin.withheld:
                    self.seen = ("absent, withheld", *self.seen[1:])
        self._worked.set()
        assert self._released.wait(20), "the answer was never released"
        return reply

    def end(self) -> Answer:
        self._released.set()
        self._thread.join(20)
        assert self.answer is not None, "the adapter failed"
        return self.answer


def failures(adapter: Adapter, rows: Iterable[Row]) -> Iterator[str]:
    """Runs rows through an adapter, and yields what is not as they say."""
    for of in rows:
        yield from Play(adapter, of).run()


class Play:
    """One row under way."""

    def __init__(self, adapter: Adapter, of: Row) -> None:
        self.adapter = adapter
        self.row = of
        self.world = World()
        self.browser = Browser(self.world)
        for line in of.takes:
            self.browser.take(line)
        for pair in filter(None, of.holding(self.world).split("; ")):
            self.browser.take(f"{pair}; Path=/; Secure; HttpOnly")
        self.ids: list[str] = []
        self.answers: list[Answer] = []
        self.failures: list[str] = []

    def run(self) -> list[str]:
        late: list[tuple[int, int, Pending]] = []
        for at, step in enumerate(self.row.steps):
            pending = self._begin(step)
            if step.answered_after:
                late.append((at + step.answered_after, at, pending))
            else:
                self._end(at, pending)
            for due in [it for it in late if it[0] <= at]:
                late.remove(due)
                self._end(due[1], due[2])
        assert not late, f"{self.row.name}: an answer never came"
        if self.row.alike:
            for at, answer in enumerate(self.answers):
                self._differ(at, "all of the answer", self.answers[0], answer)
        return self.failures

    def _begin(self, step: Step) -> Pending:
        if step.once is not None:
            step.once(self.world)
        self.world.now += step.after
        sends = step.sends or (lambda browser, _: [browser.header(step.path)])
        cookies = [
            it.encode() if isinstance(it, str) else it for it in sends(self.browser, self.world)
        ]
        headers = [(name, value.encode()) for name, value in step.headers.items()]
        headers += [("cookie", it) for it in cookies if it]
        jar = (step.jar or self.row.jar)(self.world)
        return Pending(self.adapter, jar, step, Request(step.method, step.path, headers))

    def _end(self, at: int, pending: Pending) -> None:
        answer = pending.end()
        if pending.step.method == "HEAD":
            # No server sends it.
            answer.body = ""
        for line in answer.values("set-cookie"):
            self.browser.take(line)
        if pending.step.copied_as:
            self.browser.copies[pending.step.copied_as] = self.browser.header()
        self._compare(at, pending.step.expect, answer, pending)
        self.answers.append(answer)

    def _compare(self, at: int, expect: Expect, answer: Answer, pending: Pending) -> None:
        lines = [
            Line(it.name, it.effect, it.attributes or self.row.attributes)
            if it.effect != "foreign"
            else it
            for it in expect.lines
        ]
        self._differ(at, "status", expect.status, answer.status)
        self._differ(at, "Set-Cookie", lines, [read_line(it) for it in answer.values("set-cookie")])
        for what, name in (
            ("cache_control", "cache-control"),
            ("vary", "vary"),
            ("clear_site_data", "clear-site-data"),
        ):
            # Some frameworks join lines of one name, which says the same.
            expected = [part for it in getattr(expect, what) for part in it.split(", ")]
            found = [part for it in answer.values(name) for part in it.split(", ")]
            self._differ(at, what, expected, found)
        others = [it for it in answer.headers if is_other_policy(it[0])]
        self._differ(at, "other policies", expect.other_policies, others)
        if expect.body is not None:
            self._differ(at, "body", expect.body, answer.body)
        if expect.uses is not None:
            uses = pending.jar.uses()
            self._differ(at, "uses", expect.uses, (uses.opened, uses.refusals.total()))
        if pending.seen is not None:
            origin, session_id, revision = pending.seen
            letter: Any = NO_ID if session_id is None else self._letter(session_id)
            self._differ_if(at, "origin", expect.origin, origin)
            self._differ_if(at, "id", expect.id, letter)
            self._differ_if(at, "revision", expect.revision, revision)

    def _letter(self, session_id: str) -> str:
        if session_id not in self.ids:
            self.ids.append(session_id)
        return chr(ord("A") + self.ids.index(session_id))

    def _differ_if(self, at: int, what: str, expected: object, found: object) -> None:
        if expected is not None:
            self._differ(at, what, expected, found)

    def _differ(self, at: int, what: str, expected: object, found: object) -> None:
        if expected != found:
            where = f"{self.row.name}\n  {self.adapter.name}, step {at}, {what}"
            self.failures.append(f"{where}\n    expected {expected}\n    found    {found}")


def read_line(text: str) -> Line:
    """Reads a `Set-Cookie` line. What a session's line may not say makes it wrong."""
    pair, *rest = text.split("; ")
    name, _, value = pair.partition("=")
    if name == "theme":
        return Line(name, "foreign")
    said: dict[str, Any] = {}
    for it in rest:
        attribute, equals, of = it.partition("=")
        if attribute.lower() in said:
            return Line(name, "wrong: an attribute is there twice")
        said[attribute.lower()] = of if equals else True
    age, expires = said.pop("max-age", None), said.pop("expires", None)
    effect: Any = ("set", None if age is None else int(age))
    if age == "0":
        effect = "removed"
    if (age == "0") != (expires == "Thu, 01 Jan 1970 00:00:00 GMT") or (age == "0") != (not value):
        effect = "wrong: it has to remove in every way or in none"
    if len(text) > 4096:
        effect = "wrong: longer than browsers take"
    return Line(name, effect, said)


def is_other_policy(name: str) -> bool:
    return name.endswith("-cache-control") or name in (
        "surrogate-control",
        "edge-control",
        "x-accel-expires",
        "expires",
    )
