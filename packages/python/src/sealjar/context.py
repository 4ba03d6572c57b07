"""What is a token for?"""

from __future__ import annotations

from dataclasses import dataclass

from sealjar.aead import lp16
from sealjar.errors import ContextError

SESSION_JSON = "session-json"
"""The purpose of a session's cookie, as all languages share it."""


@dataclass(frozen=True)
class Context:
    """Says what a token is for. A token opens only in the context it was sealed in.

    `app` names the application with its environment, such as `shop-prod`, `purpose` what the token
    is for, such as `password-reset`: each pair has its own key. `cookie_name` ties tokens to the
    cookie they travel in. `binding` ties them to something the application fixes, such as a tenant;
    never to a client's address or a forwarded header.
    """

    app: str
    purpose: str
    cookie_name: str = ""
    binding: bytes = b""

    def check(self) -> None:
        """Raises `ContextError` for a part of more than 65 535 bytes."""
        for part, length in (
            ("app", len(self.app.encode())),
            ("purpose", len(self.purpose.encode())),
            ("cookie_name", len(self.cookie_name.encode())),
            ("binding", len(self.binding)),
        ):
            if length > 65_535:
                raise ContextError(f"{part} is {length} bytes long, the limit is 65535")

    def check_purpose(self) -> None:
        """Raises `ContextError` for a purpose whose tokens the library itself makes."""
        if self.purpose in _RESERVED:
            raise ContextError(
                f'the purpose "{self.purpose}" belongs to the library, choose another'
            )

    @property
    def aad_tail(self) -> bytes:
        """The part of the additional data that follows the token's header."""
        return lp16(self.cookie_name.encode()) + lp16(self.binding)


_RESERVED = frozenset({"session", "session/2", SESSION_JSON, "flash", "csrf", "ring-store"})
