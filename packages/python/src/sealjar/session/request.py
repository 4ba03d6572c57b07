"""What does a jar need of a request? Its `Cookie` headers, and why it is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from sealjar.session.cookie.attributes import SameSite


@dataclass(frozen=True)
class FetchMetadata:
    """What a request says about why it is made, in the headers of W3C Fetch Metadata and its like.

    `read` it from the request's headers. The default is what a client that says nothing is taken
    for: it loads a page, for somebody who sees it.
    """

    is_subresource: bool = False
    is_speculative: bool = False
    """Whether the visitor may never see the answer: it is fetched ahead, or its head alone is."""
    site: Literal["own", "cross by link", "cross otherwise"] = "own"

    @classmethod
    def read(cls, method: str, header: Callable[[str], str | None]) -> FetchMetadata:
        """Reads what a request says. `header` returns the value of the header with a name."""
        is_speculative = (
            method == "HEAD"
            or bool((header("sec-purpose") or "").strip())
            or any(
                (header(name) or "").strip().lower() == "prefetch" for name in ("purpose", "x-moz")
            )
        )
        navigates = header("sec-fetch-mode") in (None, "navigate")
        site: Literal["own", "cross by link", "cross otherwise"] = "own"
        if header("sec-fetch-site") == "cross-site":
            by_link = (
                navigates
                and method in ("GET", "HEAD", "OPTIONS", "TRACE")
                and header("sec-fetch-dest") in (None, "document")
            )
            site = "cross by link" if by_link else "cross otherwise"
        return cls(not navigates, is_speculative, site)

    @property
    def is_navigation(self) -> bool:
        """Whether the request loads a page for somebody."""
        return not self.is_subresource and not self.is_speculative

    def withholds(self, same_site: SameSite) -> bool:
        """Returns whether a browser had to leave out a cookie with this `SameSite`."""
        if same_site == "None":
            return False
        return self.site == "cross otherwise" or (
            same_site == "Strict" and self.site == "cross by link"
        )
