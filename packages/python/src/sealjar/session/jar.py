"""How does a request become a session, and a session become a response? Both directions."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from sealjar import clock
from sealjar.clock import Timestamp
from sealjar.context import SESSION_JSON, Context
from sealjar.counters import Uses
from sealjar.errors import ClockError, ContextError, OpenError
from sealjar.key import Key
from sealjar.live import LiveRing
from sealjar.ring import KeyRing
from sealjar.sealer import Sealer
from sealjar.session import browsers
from sealjar.session.close import close
from sealjar.session.cookie import MAX_LINE, MAX_TOTAL
from sealjar.session.cookie.attributes import Attributes, Place, SameSite
from sealjar.session.data import Expiry, Subject, Value, copied, subject_at
from sealjar.session.envelope import Envelope
from sealjar.session.errors import ConfigError
from sealjar.session.loudness import Loudness
from sealjar.session.request import FetchMetadata
from sealjar.session.response import Closing
from sealjar.session.session import Session
from sealjar.session.timeouts import Asked, Timeouts
from sealjar.token import sealed_len

_LOG = logging.getLogger("sealjar")


@dataclass(frozen=True)
class Settings:
    """What a jar was built with, once it is known to work together."""

    name: str
    attributes: Attributes
    same_site: SameSite
    comes_always: bool
    """Whether the cookie comes with every request of a browser that has it."""
    persistent: bool
    keep_alive: bool
    timeouts: Timeouts
    max_size: int
    clear_site_data: str | None
    no_store_when_logged_in: bool
    schema: int
    empty: Value | None
    migrate: Callable[[int, Value], Value | None] | None
    subject: Subject | None
    expiry: Callable[[Value], Expiry] | None


class Jar:
    """Opens and closes the sessions of one cookie.

    The adapters do all of this for an application. By hand it is: `open` with the request's
    `Cookie` headers, work with the `Session`, `close` before the response's head goes out.

    `app` names the application with its environment, such as `shop-prod`: one ring may serve many.
    All else may be left out. A setting that cannot work raises `ConfigError` with a hint.

    * `subject`: whose session it is, a JSON pointer such as `/user_id` or a function. Without it
      nobody can be logged out everywhere, and a login is not seen: call `renew` then.
    * `expiry`: how long one session lives, a function of it; within what the jar allows.
    * `empty`: the session of a visitor who has none, with every member that this build knows.
      Members of newer builds are kept and not shown then, and are dropped when another person logs
      in. Without it every member that comes is known.
    * `schema`, `migrate`: the version of the session's shape, 0 to 65535, and a function that reads
      a session of another schema. It gets the number and the session, and `None` refuses it.
    * `idle_timeout` (24 hours), `lifetime` (7 days), `refresh_after` (a quarter of the idle
      timeout), `exact_timeouts`: as in the Rust crate, and bounded by the ring.
    * `cookie_name` (`__Host-Http-session`), `path`, `domain`, `same_site`, `partitioned`,
      `persistent`, `allow_insecure_http`: the cookie. `also_expire` names up to four places where
      it was in an earlier deployment, `binding` ties sessions to a tenant.
    * `keep_alive`: every request that uses the session extends it, not only one that loads a page.
    * `max_size`: of all cookies of a session, 4096 bytes, up to 12 288 in several. `padding`: pads
      sessions to a multiple of so many bytes.
    * `clear_site_data`, `no_store_when_logged_in`: what else a logout should make go away.

    >>> from sealjar import Key, Suite
    >>> jar = Jar(Key.generate(Suite.XAES_256_GCM), "shop-test", subject="/user_id")
    >>> session = jar.open([])
    >>> session.update(lambda it: it.update(user_id=7))
    >>> [line] = jar.close(session, []).set_cookies
    >>> jar.open([line.split(";")[0].encode()]).get()
    {'user_id': 7}
    """

    def __init__(
        self,
        ring: LiveRing | KeyRing | Key,
        app: str,
        *,
        subject: Subject | str | None = None,
        expiry: Callable[[Value], Expiry] | None = None,
        empty: Mapping[str, object] | None = None,
        schema: int = 0,
        migrate: Callable[[int, Value], Value | None] | None = None,
        idle_timeout: timedelta | None = None,
        lifetime: timedelta | None = None,
        refresh_after: timedelta | None = None,
        exact_timeouts: bool = False,
        cookie_name: str | None = None,
        path: str = "/",
        domain: str | None = None,
        same_site: SameSite = "Lax",
        partitioned: bool = False,
        persistent: bool = True,
        keep_alive: bool = False,
        max_size: int = MAX_LINE,
        padding: int = 1,
        allow_insecure_http: bool = False,
        also_expire: Sequence[Place] = (),
        binding: bytes = b"",
        clear_site_data: str | None = None,
        no_store_when_logged_in: bool = False,
        clock: Callable[[], Timestamp] = clock.now,
    ) -> None:
        if not app:
            raise ConfigError("app", repr(app), "must not be empty")
        if not 0 <= schema <= 65_535:
            raise ConfigError("schema", str(schema), "must be 0 to 65535")
        name = browsers.checked_name(cookie_name, allow_insecure_http)
        place = Place(domain, path)
        browsers.check(name, place, same_site, partitioned, allow_insecure_http)
        browsers.check_former(name, place, also_expire)
        browsers.check_clear_site_data(clear_site_data)
        if max_size > MAX_TOTAL:
            reason = f"must be at most {MAX_TOTAL}: servers and proxies refuse longer headers"
            raise ConfigError("max_size", str(max_size), reason)
        asked = Asked(idle_timeout, lifetime, refresh_after, exact_timeouts)
        self.now = clock
        self.raw_name = name.encode()
        self.loudness = Loudness()
        secure = not allow_insecure_http
        self.settings = Settings(
            name=name,
            attributes=Attributes(place, also_expire, same_site, secure, partitioned),
            same_site=same_site,
            comes_always=all(it.path == "/" for it in (place, *also_expire)),
            persistent=persistent,
            keep_alive=keep_alive,
            timeouts=asked.complete(),
            max_size=max_size,
            clear_site_data=clear_site_data,
            no_store_when_logged_in=no_store_when_logged_in,
            schema=schema,
            empty=None if empty is None else copied(dict(empty)),
            migrate=migrate,
            subject=subject_at(subject) if isinstance(subject, str) else subject,
            expiry=expiry,
        )
        try:
            context = Context(app, SESSION_JSON, name, binding)
            self.sealer = Sealer.for_any_purpose(ring, context, padding)
        except ContextError as error:
            setting = str(error).split()[0]
            setting = setting if setting in ("app", "binding") else "padding"
            raise ConfigError(setting, "the one given", str(error)) from None
        self._check_smallest()
        in_use = self.sealer.ring.load()
        if asked.compare_with(in_use, self._time(), self.settings.timeouts, name):
            self.loudness.first("cut lifetime")

    @property
    def cookie_name(self) -> str:
        """The exact name of the cookie."""
        return self.settings.name

    def open(self, headers: Iterable[bytes], fetch: FetchMetadata | None = None) -> Session:
        """Begins a request. Nothing is read until the session is first asked for.

        `headers` are the values of its `Cookie` headers, `fetch` is what it says about why it is
        made.
        """
        return Session(self, tuple(headers), fetch or FetchMetadata())

    def close(self, session: Session, headers: Iterable[tuple[str, str]]) -> Closing:
        """Ends a request: says what the response has to carry. Later changes are refused.

        `headers` are those of the response as the application has made it. Raises `SessionError`
        when a change cannot be sealed or does not fit: the response must not go out as if it had
        been kept.
        """
        finished = session.finish()
        if finished is None:
            return Closing()
        return close(self, *finished, session.fetch, headers)

    def uses(self) -> Uses:
        """Returns what has been done with each key of the ring, by this jar.

        A request whose session nobody reads counts nothing. Otherwise each cookie of the name that
        is tried counts once, as opened or as refused; equal ones count as one.
        """
        return self.sealer.uses()

    def empty(self) -> Value:
        """Returns the session of a visitor who has none."""
        return cast(Value, copied(self.settings.empty)) if self.settings.empty else {}

    def subject_of(self, value: Value) -> str | None:
        """Returns whose a session is, `None` while nobody is logged in."""
        return None if self.settings.subject is None else self.settings.subject(value)

    def expiry_of(self, value: Value) -> Expiry:
        """Returns how long a session lives."""
        return "jar" if self.settings.expiry is None else self.settings.expiry(value)

    def first_birth(self, subject: str | None, now: Timestamp) -> Timestamp:
        """Returns when a session that begins now is born.

        A login after a revocation is not refused for it.
        """
        ring = self.sealer.ring.load()
        lists = ring.revocations
        listed = subject and lists.subject_born_before(self.sealer.context.app, subject)
        latest = clock.later(now, ring.head.timing.skew)
        return min(max(now, lists.floor or 0, listed or 0), latest)

    def log_refusal(
        self, refusal: OpenError, now: Timestamp | None, what: str = "a session was refused"
    ) -> None:
        """Logs a refusal at INFO if it is the first of its kind in this second, else at DEBUG.

        Visitors must not fill a log. `uses` counts them all.
        """
        level = logging.INFO if self.loudness.is_new(refusal.kind, now) else logging.DEBUG
        key = f", key {refusal.key_id}" if refusal.key_id else ""
        _LOG.log(level, "%s: %s: %s%s", self.cookie_name, what, refusal.kind, key)

    def warn_of_no_subject(self) -> None:
        """Warns once that the ring revokes people, and that no session is known to be theirs."""
        if self.loudness.first("no subject"):
            message = "%s: the ring revokes people, and nothing says whose a session is: give %s"
            _LOG.warning(message, self.cookie_name, "the jar a subject")

    def _check_smallest(self) -> None:
        settings = self.settings
        payload = len(Envelope(settings.schema, bytes(8), 0xFFFF_FFFF).encode(b"{}"))
        token = sealed_len(payload, self.sealer.padding)
        smallest = len(settings.name) + 1 + token
        line = smallest + len(settings.attributes.until(settings.timeouts.idle))
        if settings.max_size < smallest or line > MAX_LINE:
            reason = f"an empty session already takes {smallest} bytes and its attributes"
            raise ConfigError("max_size", str(settings.max_size), reason)

    def _time(self) -> Timestamp:
        try:
            return self.now()
        except ClockError:
            return clock.MAX

    def __repr__(self) -> str:
        return f"Jar({self.cookie_name}, {self.sealer!r})"
