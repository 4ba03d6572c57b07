"""How is a session changed in frameworks where it is a dictionary?"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import Any

from sealjar.session.data import Value
from sealjar.session.errors import Closed
from sealjar.session.session import Session


class SessionMapping(MutableMapping[str, Any]):
    """A session as a dictionary, whose changes are taken when the response goes out.

    So are changes inside of a list or a dictionary in it. A session that is emptied ends. When the
    jar's `subject` changes, the session gets a new id by itself. `sealed` is the `Session` beneath.

    >>> from sealjar.session import Jar, testing
    >>> session = SessionMapping(Jar(testing.ring(), "test").open([]))
    >>> session["cart"] = []
    >>> session["cart"].append("tea")
    >>> session.save()
    >>> session.sealed.get()
    {'cart': ['tea']}
    """

    def __init__(self, sealed: Session) -> None:
        self.sealed = sealed
        self._value: Value | None = None

    def save(self) -> None:
        """Takes what has been changed so far, to learn here and now whether it can be kept.

        Raises `SessionTooLarge`, `NotEncodable`, `NotSealed` or `Closed`. Without it these are
        raised when the response goes out.
        """
        if self._value is not None:
            settle(self.sealed, self._value)

    def renew(self) -> None:
        """Gives the session a new id. Call it at every change of rights."""
        self.save()
        self.sealed.renew()

    def purge(self) -> None:
        """Ends the session, as a logout does. What is written afterwards begins a new one."""
        self.sealed.purge()
        self._value = None

    def clear(self) -> None:
        """Ends the session, as `purge` does."""
        self.purge()

    def keep_alive(self) -> None:
        """Lets this response extend the idle time when that is due, also from the background."""
        self.sealed.keep_alive()

    @property
    def id(self) -> str | None:
        """The session's id, 16 hexadecimal digits, `None` while there is none. It is no secret."""
        return self.sealed.id

    def __getitem__(self, name: str) -> Any:
        return self._loaded()[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self._changing()[name] = value

    def __delitem__(self, name: str) -> None:
        del self._changing()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._loaded())

    def __len__(self) -> int:
        return len(self._loaded())

    def __repr__(self) -> str:
        return f"SessionMapping({self.sealed!r})"

    def _loaded(self) -> Value:
        if self._value is None:
            self._value = self.sealed.get()
        return self._value

    def _changing(self) -> Value:
        if self.sealed.is_closed:
            raise Closed
        return self._loaded()


def settle(sealed: Session, value: Value) -> None:
    """Takes a value that a handler may have changed. An empty one ends the session.

    Raises `SessionError` when it cannot be kept.
    """
    if value or not sealed.get():
        sealed.replace(value)
    elif sealed.jar.settings.subject is None:
        # Nobody knows whose it was.
        sealed.purge()
    else:
        sealed.discard()
