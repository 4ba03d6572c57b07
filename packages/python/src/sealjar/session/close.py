"""What does a response have to carry, after what its handlers did with the session?"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from sealjar.clock import Timestamp, later, since
from sealjar.errors import ClockError
from sealjar.session.cache import Effect, Policies
from sealjar.session.cookie.write import Writer
from sealjar.session.data import At
from sealjar.session.incoming import Incoming
from sealjar.session.intent import Intent
from sealjar.session.request import FetchMetadata
from sealjar.session.response import Closing
from sealjar.session.seal import idle, seal_again, seal_changed
from sealjar.session.second_look import has_ended
from sealjar.session.state import Ended, State

if TYPE_CHECKING:
    from sealjar.session.jar import Jar

_LOG = logging.getLogger("sealjar")


def close(
    jar: Jar,
    incoming: Incoming,
    state: State,
    fetch: FetchMetadata,
    headers: Iterable[tuple[str, str]],
) -> Closing:
    """Ends a request: decides what becomes of the cookie, and what caches may do."""
    if state.intent is Intent.PURGE and has_nothing_to_expire(jar, incoming):
        state.intent, state.ended = Intent.KEEP, Ended.NO
    if is_written_to_end(jar, incoming, state):
        state.intent = Intent.PURGE
        state.end(Ended.PURGED)
    policies = Policies(headers)
    is_extended = extends(jar, fetch, state)
    due = due_reseal(jar, is_extended, incoming, state)
    is_written = state.intent in (Intent.WRITE, Intent.RENEW)
    # Most requests seal nothing, and need no second look.
    if (is_written or due is not None) and has_ended(jar, incoming, state):
        state.intent, due = Intent.KEEP, None
    clears = clears_logged_out(is_extended, incoming, state)
    if state.intent is Intent.PURGE and state.ended is not Ended.PURGED:
        effect = Effect.DISCARD
    elif state.intent is not Intent.KEEP:
        effect = Effect.WRITE
    elif due is not None:
        effect = Effect.URGENT_RESEAL if due.urgent else Effect.RESEAL
    else:
        effect = Effect.RESEAL if clears else Effect.READ
    verdict = policies.judge(effect)
    if verdict.overridden:
        _LOG.warning(
            "%s: the response sets a session cookie and lets shared caches keep it: replaced "
            "what it says to caches by no-store",
            jar.cookie_name,
        )

    lines = Writer(jar.cookie_name, jar.settings.attributes)
    if state.intent is Intent.PURGE:
        lines.remove(incoming.parts)
    elif state.intent is not Intent.KEEP:
        seal_changed(jar, incoming, state, lines)
    elif verdict.withheld:
        pass
    elif clears:
        lines.remove(incoming.parts)
    elif due is not None:
        seal_again(jar, incoming, due.now, lines)
    mark_logged_out(jar, incoming, state, lines)

    closing = Closing(lines.lines, verdict.cache_control, verdict.replaced)
    closing.vary = None if policies.varies_by_cookie else "Cookie"
    value = incoming.value if state.value is None else state.value
    never_stored = jar.settings.no_store_when_logged_in and jar.subject_of(value) is not None
    if closing.cache_control is not None and never_stored:
        closing.cache_control = "no-store"
    if logs_out(jar, incoming, state):
        closing.clear_site_data = jar.settings.clear_site_data
    return closing


class Due(NamedTuple):
    """A session that was only read, and is to be sealed again."""

    now: Timestamp
    urgent: bool
    """Whether more than half of its idle time is gone."""


def extends(jar: Jar, fetch: FetchMetadata, state: State) -> bool:
    """Returns whether this request may extend the session's idle time."""
    any_use = jar.settings.keep_alive and not fetch.is_speculative
    return fetch.is_navigation or state.keep_alive or any_use


def due_reseal(jar: Jar, is_extended: bool, incoming: Incoming, state: State) -> Due | None:
    """Returns when an untouched session is to be sealed again: `None` most of the time."""
    received = incoming.received
    if received is None or state.intent is not Intent.KEEP or not is_extended:
        return None
    expiry = jar.expiry_of(received.value)
    if isinstance(expiry, At) and received.opened.expires_at >= expiry.stored:
        # It would not live a second longer.
        return None
    now = received.opened.opened_at
    timeouts = jar.settings.timeouts
    longest = jar.sealer.longest_ttl_at(now)
    lives = idle(jar, received.value)
    lives = lives if longest is None else min(lives, longest)
    after = timeouts.refresh_after
    if lives < timeouts.idle:
        after = min(after, max(lives // 4, 1))
    age = since(now, received.opened.sealed_at)
    return Due(now, urgent=age > lives // 2) if age >= after else None


def has_nothing_to_expire(jar: Jar, incoming: Incoming) -> bool:
    """Returns whether the browser has no cookie of the session: none came, and it would have."""
    origin = incoming.origin
    is_absent = origin.kind == "absent" and not origin.withheld
    return is_absent and not incoming.parts and jar.settings.comes_always


def clears_logged_out(is_extended: bool, incoming: Incoming, state: State) -> bool:
    """Returns whether a cookie is to be expired that a slower answer brought back after a logout.

    Only where it would be sealed again: it takes a login with it whose answer comes between.
    """
    return state.intent is Intent.KEEP and is_extended and incoming.tried.is_logged_out


def logs_out(jar: Jar, incoming: Incoming, state: State) -> bool:
    """Returns whether the session that came has ended, or now belongs to another subject."""
    received = incoming.received
    return state.logs_out(None if received is None else jar.subject_of(received.value))


def mark_logged_out(jar: Jar, incoming: Incoming, state: State, lines: Writer) -> None:
    """Marks the sessions that have ended as logged out, beside those that were before.

    No answer that is still under way can seal one of them for longer than the mark lives.
    """
    if state.ended is Ended.PURGED:
        ended = incoming.tried.opened
    elif incoming.received is not None and logs_out(jar, incoming, state):
        ended = [incoming.received.envelope.id]
    else:
        return
    if ended:
        skew = jar.sealer.ring.load().head.timing.skew
        max_age = later(jar.settings.timeouts.lifetime, skew)
        lines.mark_logged_out([*ended, *incoming.logged_out], max_age)


def is_written_to_end(jar: Jar, incoming: Incoming, state: State) -> bool:
    """Returns whether what was written says that the session has ended. It is purged then."""
    if state.intent not in (Intent.WRITE, Intent.RENEW):
        return False
    expiry = jar.expiry_of(incoming.value if state.value is None else state.value)
    try:
        return isinstance(expiry, At) and jar.now() >= expiry.stored
    except ClockError:
        return False
