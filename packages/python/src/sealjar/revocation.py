"""What has been put out of use before its time?

Every comparison is with `born`, never with `sealed_at`: sealing a session again must not bring it
back.
"""

from __future__ import annotations

from sealjar import aead
from sealjar.clock import Timestamp

MAX_NAME = 65_535


class Revocations:
    """Lists what the ring revokes: everything before a time, people, single sessions."""

    __slots__ = ("_newest", "_pepper", "_sessions", "_subjects", "floor", "horizon")

    def __init__(self, pepper: bytes, horizon: int, floor: Timestamp | None = None) -> None:
        self._pepper = pepper
        self.horizon = horizon
        """How long an entry is kept, in seconds. No session lives longer."""
        self.floor = floor
        """Tokens born before this time are refused."""
        self._subjects: dict[str, dict[bytes, Timestamp]] = {}
        self._newest: dict[str, Timestamp] = {}
        self._sessions: dict[bytes, Timestamp] = {}

    def insert_subject(self, app: str, digest: bytes, born_before: Timestamp) -> None:
        """Adds an entry. The later time of two for one person counts."""
        listed = self._subjects.setdefault(app, {})
        listed[digest] = max(born_before, listed.get(digest, 0))
        self._newest[app] = max(born_before, self._newest.get(app, 0))

    def insert_session(self, session_id: bytes, revoked_at: Timestamp) -> None:
        """Adds an entry. The later time of two for one session counts."""
        self._sessions[session_id] = max(revoked_at, self._sessions.get(session_id, 0))

    def covers_session(self, session_id: bytes) -> bool:
        """Returns whether the session is listed."""
        return session_id in self._sessions

    def lists_subjects(self, app: str) -> bool:
        """Returns whether anybody is listed in `app`."""
        return app in self._subjects

    def covers_subject(self, app: str, subject: str, born: Timestamp) -> bool:
        """Returns whether the subject is listed in `app` with a time after `born`."""
        # Where nobody's session is old enough, nothing is hashed.
        if born >= self._newest.get(app, 0):
            return False
        listed = self.subject_born_before(app, subject)
        return listed is not None and born < listed

    def subject_born_before(self, app: str, subject: str) -> Timestamp | None:
        """Returns the time with which the subject is listed in `app`, `None` when it is not."""
        listed = self._subjects.get(app)
        name = subject.encode("utf-8", "surrogatepass")
        if listed is None or len(name) > MAX_NAME:
            return None
        return listed.get(aead.subject_hash(self._pepper, app.encode(), name))

    @property
    def entries(self) -> int:
        """The number of subjects and sessions listed."""
        return sum(map(len, self._subjects.values())) + len(self._sessions)

    @property
    def apps(self) -> list[str]:
        """The applications in which somebody is listed."""
        return sorted(self._subjects)

    def ring_id(self) -> bytes:
        """Computes the id of a ring whose document names none."""
        return aead.ring_id(self._pepper)

    def content(self) -> tuple[object, ...]:
        """Returns what has to be equal for two documents to revoke the same."""
        return (self._pepper, self.horizon, self.floor, self._subjects, self._sessions)

    def __repr__(self) -> str:
        return f"Revocations(horizon={self.horizon}, floor={self.floor}, entries={self.entries})"
