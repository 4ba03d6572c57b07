"""What follows `name=value` in a line? Built once for each jar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

SameSite = Literal["Lax", "None", "Strict"]
"""On which cross-site requests a browser sends the cookie (RFC 6265bis, section 4.1.2.7)."""

_REMOVE = "; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT"


@dataclass(frozen=True)
class Place:
    """Where a browser keeps a cookie: two of one name are one cookie only if these are the same."""

    domain: str | None = None
    path: str = "/"

    def same(self, other: Place) -> bool:
        """Returns whether a browser takes them for one place (RFC 6265, section 5.2.3)."""
        return self.path == other.path and _bare(self.domain) == _bare(other.domain)


def _bare(domain: str | None) -> str | None:
    return None if domain is None else domain.removeprefix(".").lower()


class Attributes:
    """The constant ends of a jar's lines."""

    __slots__ = ("keep", "remove", "remove_former")

    def __init__(
        self,
        place: Place,
        former: Sequence[Place],
        same_site: SameSite,
        secure: bool,
        partitioned: bool,
    ) -> None:
        def end(place: Place, partitioned: bool) -> str:
            parts = ["", "HttpOnly", f"SameSite={same_site}"]
            parts += ["Partitioned"] if partitioned else []
            parts += ["Secure"] if secure else []
            parts.append(f"Path={place.path}")
            parts += [f"Domain={place.domain}"] if place.domain else []
            return "; ".join(parts)

        self.keep = end(place, partitioned)
        self.remove = end(place, partitioned) + _REMOVE
        elsewhere = [(it, True) for it in former if partitioned]
        # The present place, from before it was partitioned.
        elsewhere += [(place, False)] if partitioned else []
        elsewhere += [(it, False) for it in former]
        self.remove_former = [end(*it) + _REMOVE for it in elsewhere]

    def until(self, max_age: int | None) -> str:
        """Returns the end of a line that sets a cookie for so many seconds, or for the window."""
        return self.keep if max_age is None else f"{self.keep}; Max-Age={max_age}"
