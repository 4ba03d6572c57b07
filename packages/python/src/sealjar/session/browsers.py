"""Which cookies do browsers take, and give back? The others would be lost without a word."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sealjar.session.cookie import MAX_CANDIDATES
from sealjar.session.cookie.attributes import Place, SameSite
from sealjar.session.errors import ConfigError

DEFAULT_COOKIE_NAME = "__Host-Http-session"
"""The name of a jar's cookie unless the jar says otherwise."""


def checked_name(chosen: str | None, insecure_http: bool) -> str:
    """Returns the cookie's name, if it is one."""
    name = chosen
    if name is None:
        name = "session" if insecure_http else DEFAULT_COOKIE_NAME
    # RFC 6265, section 4.1.1: a name is a token of RFC 9110, section 5.6.2.
    if not 1 <= len(name) <= 256 or _TOKEN.fullmatch(name) is None:
        reason = "must be 1 to 256 letters, digits and !#$%&'*+-.^_`|~"
        raise ConfigError("cookie_name", repr(name), reason)
    # Another jar's `session` has parts named `session.1` and a mark named `session.out`.
    if re.search(r"\.(out|[1-8])\Z", name):
        reason = "must not end in .out or in a dot and a digit: a session in several cookies does"
        raise ConfigError("cookie_name", repr(name), reason)
    return name


def check(
    name: str, place: Place, same_site: SameSite, partitioned: bool, insecure_http: bool
) -> None:
    """Raises `ConfigError` for attributes with which browsers drop the cookie."""
    _check_path(place.path)
    if place.domain is not None:
        _check_domain(place.domain)
    if same_site not in ("Lax", "None", "Strict"):
        raise ConfigError("same_site", repr(same_site), "is none that browsers know")
    if insecure_http and has_prefix(name, "__Host-", "__Http-", "__Secure-"):
        reason = "browsers take this prefix over https only: choose a name without it"
        raise ConfigError("cookie_name", repr(name), reason)
    # `__Host-Http-` is one of them.
    if has_prefix(name, "__Host-"):
        if place.domain is not None:
            reason = f"browsers refuse a domain for {name}: name the cookie __Secure-session"
            raise ConfigError("domain", repr(place.domain), reason)
        if place.path != "/":
            reason = f"browsers take only / for {name}: name the cookie __Secure-session"
            raise ConfigError("path", repr(place.path), reason)
    if insecure_http and (same_site == "None" or partitioned):
        reason = "browsers take SameSite=None and Partitioned with Secure only"
        raise ConfigError("allow_insecure_http", "True", reason)
    if partitioned and same_site != "None":
        reason = "is for a page inside another site's, where browsers send SameSite=None only"
        raise ConfigError("partitioned", "True", reason)


def check_former(name: str, place: Place, former: Sequence[Place]) -> None:
    """Checks what the cookie's attributes were. What is no longer taken may once have been."""
    for it in former:
        if _PLAIN_PATH.fullmatch(it.path) is None:
            reason = "the path must begin with / and hold neither ; nor control characters"
        elif it.domain is not None and re.fullmatch("[A-Za-z0-9.-]+", it.domain) is None:
            reason = "the domain must be a host name"
        elif it.same(place):
            reason = "the cookie is kept there now: name the domain and path that it had before"
        elif len(former) > MAX_CANDIDATES:
            reason = "four pairs are the most: a browser's fifth cookie of the name is not read"
        elif has_prefix(name, "__Host-"):
            reason = "with this name the cookie has never had a domain, or a path but /"
        else:
            continue
        raise ConfigError("also_expire", f"{it.domain!r}, {it.path!r}", reason)


def check_clear_site_data(directives: str | None) -> None:
    """Refuses directives that would delete the mark of a logout, or that no browser knows."""
    if directives is None:
        return
    if not {it.strip() for it in directives.split(",")} <= _CLEARS:
        reason = f"must be one or more of {' '.join(sorted(_CLEARS))}, joined by commas"
        raise ConfigError("clear_site_data", repr(directives), reason)


def has_prefix(name: str, *prefixes: str) -> bool:
    """Returns whether browsers take a name for one with a prefix."""
    return name.lower().startswith(tuple(it.lower() for it in prefixes))


def _check_path(path: str) -> None:
    """A browser compares the path with that of the address, as it is written there."""
    if not path.startswith("/"):
        reason = "must begin with /"
    elif _PATH.fullmatch(path) is None:
        reason = "must be a path of letters, digits and /-._~!$&'()*+,=:@, as in the address"
    elif len(path) > 1 and path.endswith("/"):
        reason = "must not end in /: browsers would leave the cookie out at the path without it"
    elif any(it in (".", "..") for it in path.split("/")):
        reason = "must not have a segment . or ..: no address has one, browsers resolve them"
    elif len(path) > 1024:
        reason = "must be at most 1024 bytes: browsers pass over a longer one"
    else:
        return
    raise ConfigError("path", repr(path), reason)


def _check_domain(domain: str) -> None:
    """A host name (RFC 1123, section 2.1), of which the cookie's hosts are the ends."""
    labels = domain.split(".")
    if domain.startswith("."):
        reason = "must be a host name and begins with a dot: hosts below get the cookie without it"
    elif len(domain) > 253 or any(_LABEL.fullmatch(it) is None for it in labels):
        reason = "must be a host name, such as example.org"
    # No top-level domain is a number, and browsers take a name that ends in one for an address.
    elif re.fullmatch("[0-9]+|0[xX][0-9a-fA-F]*", labels[-1]):
        reason = "must be a host name: an address has no hosts below it"
    else:
        return
    raise ConfigError("domain", repr(domain), reason)


_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+\-.^_`|~]+")
_PATH = re.compile(r"[A-Za-z0-9/\-._~!$&'()*+,=:@]+")
_PLAIN_PATH = re.compile(r"/[ -:<-~]*")
_LABEL = re.compile("[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_CLEARS = frozenset(
    {
        '"cache"',
        '"clientHints"',
        '"executionContexts"',
        '"prefetchCache"',
        '"prerenderCache"',
        '"storage"',
    }
)
