"""What does a response get, and in which headers?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass
class Closing:
    """What a response has to carry, beside what the application puts there."""

    set_cookies: list[str] = field(default_factory=list)
    """Append each as `Set-Cookie`."""
    cache_control: str | None = None
    """Set `Cache-Control` to this, in place of any other."""
    other_policies: list[tuple[str, str]] = field(default_factory=list)
    """Set each of these headers to the value beside it, in place of any other."""
    vary: str | None = None
    """Append this as `Vary`."""
    clear_site_data: str | None = None
    """Append this as `Clear-Site-Data`."""

    def applied_to(self, headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """Returns a response's headers with what it has to carry."""
        replaced = {name.lower() for name, _ in self.other_policies}
        if self.cache_control is not None:
            replaced.add("cache-control")
        kept = [it for it in headers if it[0].lower() not in replaced]
        if self.cache_control is not None:
            kept.append(("Cache-Control", self.cache_control))
        kept += self.other_policies
        if self.vary is not None:
            kept.append(("Vary", self.vary))
        if self.clear_site_data is not None:
            kept.append(("Clear-Site-Data", self.clear_site_data))
        return kept + [("Set-Cookie", line) for line in self.set_cookies]

    def __repr__(self) -> str:
        return f"Closing({len(self.set_cookies)} cookies, cache_control={self.cache_control!r})"
