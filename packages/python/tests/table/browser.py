"""What does a browser keep, and what does it send? RFC 6265bis, sections 5.6 to 5.8."""

from __future__ import annotations

from dataclasses import dataclass

from table.world import World

HOST = "shop.example.org"


@dataclass
class Held:
    name: str
    value: str
    attributes: dict[str, str]
    ends: int | None

    @property
    def key(self) -> tuple[str, str | None, str, bool]:
        """What tells cookies apart."""
        of = self.attributes
        return self.name, of.get("domain"), of.get("path", "/"), "partitioned" in of


class Browser:
    """Keeps the cookies of one visitor, who only ever visits `https://shop.example.org`."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.cookies: list[Held] = []
        self.copies: dict[str, str] = {}

    def header(self, path: str = "/") -> str:
        """The `Cookie` header for a path: longer paths first, then older cookies."""
        sent = [it for it in self.cookies if is_below(path, it.attributes.get("path", "/"))]
        sent = [it for it in sent if it.ends is None or self.world.now < it.ends]
        sent.sort(key=lambda it: -len(it.attributes.get("path", "/")))
        return "; ".join(f"{it.name}={it.value}" for it in sent)

    def take(self, line: str) -> None:
        """Takes a `Set-Cookie` line, from the app or from anybody else who can send one."""
        pair, *rest = line.split("; ")
        name, _, value = pair.partition("=")
        attributes = {}
        for it in rest:
            attribute, _, said = it.partition("=")
            attributes[attribute.lower()] = said
        age = attributes.get("max-age")
        held = Held(name, value, attributes, None if age is None else self.world.now + int(age))
        if len(line) > 4096 or not is_allowed(held):
            return
        keys = [it.key for it in self.cookies]
        if held.key in keys:
            # It keeps its place, which is by the time it was first set.
            self.cookies[keys.index(held.key)] = held
        else:
            self.cookies.append(held)
        self.cookies = [it for it in self.cookies if it.ends is None or self.world.now < it.ends]


def is_allowed(held: Held) -> bool:
    """Section 4.1.3: what the prefixes of names, `SameSite=None` and `Partitioned` ask for."""
    of, name = held.attributes, held.name
    needs_secure = name.startswith(("__Secure-", "__Host-", "__Http-")) or "partitioned" in of
    needs_secure |= of.get("samesite") == "None"
    is_bare = "domain" not in of and of.get("path") == "/"
    domain = of.get("domain", HOST)
    return (
        (domain == HOST or HOST.endswith("." + domain))
        and ("secure" in of or not needs_secure)
        and (is_bare or not name.startswith("__Host-"))
        and ("httponly" in of or not name.startswith(("__Http-", "__Host-Http-")))
    )


def is_below(path: str, of: str) -> bool:
    """Section 5.1.4."""
    rest = path.removeprefix(of)
    is_prefix = path.startswith(of)
    return is_prefix and (not rest or of.endswith("/") or rest.startswith("/"))
