"""Has a session ended since it was opened?

A request may take long, and what is sealed at its end outlives it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealjar.errors import ClockError, OpenError
from sealjar.session.incoming import Incoming
from sealjar.session.intent import Intent
from sealjar.session.open import judge_session
from sealjar.session.state import Ended, State

if TYPE_CHECKING:
    from sealjar.session.jar import Jar


def has_ended(jar: Jar, incoming: Incoming, state: State) -> bool:
    """Returns whether the session that the response would seal has ended meanwhile.

    It is judged by the ring and the clock of this moment, as if its cookie came only now.

    A write that its handler has been promised is dropped then. Nobody can tell that from a session
    that ended just after the response. Only the end of its idle time does not break the promise:
    other responses may have extended the session meanwhile.
    """
    received = incoming.received
    # A session that begins with this request has a birth of its own.
    if received is None or state.intent is Intent.PURGE or state.ended is not Ended.NO:
        return False
    opened = received.opened
    try:
        # A clock that was set back during the request ends nothing.
        now = max(jar.now(), opened.opened_at)
    except ClockError:
        # Without a clock nothing is sealed either, and the handler hears of that.
        return False
    judged_at = now if state.intent is Intent.KEEP else min(now, opened.expires_at - 1)
    try:
        again = jar.sealer.judge_again(opened, judged_at)
        judge_session(jar, again, received.envelope.id, received.value, now)
    except OpenError as refusal:
        what = "a session ended during its request and was not sealed again"
        jar.log_refusal(refusal, now, what)
        return True
    return False
