"""What can go wrong with a session, and what is each called?"""

from __future__ import annotations

from sealjar.errors import OpenError, SealjarError


class ConfigError(SealjarError):
    """A jar cannot be built with this setting. `hint` says which values work."""

    def __init__(self, setting: str, value: str, reason: str) -> None:
        super().__init__(setting, value, reason)
        self.setting = setting
        self.value = value
        self.reason = reason

    @property
    def hint(self) -> str:
        """What to do about it."""
        return _HINTS.get(self.setting, "the documentation of Jar says what each setting takes")

    def __str__(self) -> str:
        return f"{self.setting} = {self.value}: {self.reason}\nhint: {self.hint}"


class SessionError(SealjarError):
    """A change to a session was not taken, or could not be sent. It is as it was before."""


class Closed(SessionError):
    """The response's head is out, and no cookie can be sent any more."""

    def __str__(self) -> str:
        return "the response's head is out, change the session before answering"


class Nested(SessionError):
    """`update` was called inside the function of another `update` of this session."""

    def __str__(self) -> str:
        return "update was called inside update"


class NotSealed(SessionError):
    """Nothing can be sealed now. `__cause__` says why."""

    def __str__(self) -> str:
        return f"the session cannot be sealed: {self.__cause__}"


class SessionTooLarge(SessionError):
    """The session would not fit into its cookie. `size` and `limit` are in bytes."""

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(size, limit)
        self.size = size
        self.limit = limit

    def __str__(self) -> str:
        return f"the session would take {self.size} bytes, the limit is {self.limit}"


class NotEncodable(SessionError):
    """The value would not come back as it was written. `reason` names the place."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"the session would come back as another: {self.reason}"


def may_open_elsewhere(refusal: OpenError) -> bool:
    """Returns whether another replica may open a cookie that was refused here.

    That is one with a newer ring, another build or a better clock. What writes in passing, such as
    a counter or a form token, should hold back then: its write would replace a session that is
    alive.
    """
    return refusal.kind in _ELSEWHERE


_ELSEWHERE = frozenset(
    {
        "bad_time",
        "clock",
        "newer_schema",
        "old_schema",
        "undecodable",
        "unknown_key",
        "unknown_version",
    }
)

_HINTS = {
    "allow_insecure_http": "serve https and leave allow_insecure_http out, or keep SameSite=Lax",
    "also_expire": "give also_expire the domain and path of before, or leave it out",
    "app": "name the application and its environment, such as shop-prod",
    "binding": "leave binding out, or give the name of the tenant, or a digest of it",
    "clear_site_data": 'leave clear_site_data out, or give one such as "storage" with its quotes',
    "cookie_name": "leave cookie_name out, or choose one such as __Host-shop; without https, shop",
    "domain": "leave domain out, unless sibling hosts share the session; then give one such as "
    "example.org and name the cookie __Secure-session",
    "idle_timeout": "leave idle_timeout out for 24 hours; for more, raise lifetime and the "
    "keeper's token-lifetime with it",
    "lifetime": "leave lifetime out for 7 days; for more, raise the keeper's revocation-horizon",
    "max_size": "leave max_size out for one cookie of 4096 bytes, or allow up to 12288 in several",
    "padding": "leave padding out, or pad to 64, 128 or 256 bytes",
    "partitioned": "leave partitioned out, unless other sites embed this one; then add "
    'same_site="None"',
    "path": "leave path out, or give one such as /shop and name the cookie __Secure-session",
    "refresh_after": "leave refresh_after out for a quarter of the idle timeout",
    "same_site": 'give "Lax", "Strict" or "None"',
    "schema": "leave schema out, or count it up when old sessions cannot be read as they are",
    "subject": "give a JSON pointer such as /user_id, or a function of the session",
}
