// What does a browser keep, and what does it send? RFC 6265bis, sections 5.6 to 5.8, on a clock set
// by hand.
const HOST = "shop.example.org";

/** Reads a `Set-Cookie` line. */
export function parseLine(line) {
  const [pair, ...attributes] = line.split(";").map((it) => it.trim());
  const equals = pair.indexOf("=");
  const found = { name: pair.slice(0, equals), value: pair.slice(equals + 1), count: attributes.length };
  for (const attribute of attributes) {
    const at = attribute.indexOf("=");
    const [name, value] = at < 0 ? [attribute, true] : [attribute.slice(0, at), attribute.slice(at + 1)];
    found[name.toLowerCase()] = value;
  }
  return found;
}

export class Browser {
  #world;
  #cookies = [];
  #copies = new Map();

  constructor(world) {
    this.#world = world;
  }

  /** The `Cookie` header for a path: longer paths first, then older cookies. */
  header(path) {
    const isBelow = (of) => path === of || (path.startsWith(of) && (of.endsWith("/") || path[of.length] === "/"));
    const sent = this.#cookies.filter((it) => this.#lives(it) && isBelow(it.path));
    return sent
      .sort((a, b) => b.path.length - a.path.length)
      .map((it) => `${it.name}=${it.value}`)
      .join("; ");
  }

  take(line) {
    const it = parseLine(line);
    const cookie = {
      name: it.name,
      value: it.value,
      domain: it.domain,
      path: it.path ?? "/",
      partitioned: !!it.partitioned,
      ends: it["max-age"] === undefined ? Infinity : this.#world.seconds + +it["max-age"],
    };
    const begins = (...prefixes) => prefixes.some((prefix) => it.name.startsWith(prefix));
    const needsSecure = begins("__Secure-", "__Host-", "__Http-") || it.partitioned || it.samesite === "None";
    const ofThisSite = !it.domain || HOST === it.domain || HOST.endsWith(`.${it.domain}`);
    const isBare = !it.domain && it.path === "/";
    if (line.length > 4096 || !ofThisSite || (needsSecure && !it.secure) || (begins("__Host-") && !isBare) || (begins("__Http-", "__Host-Http-") && !it.httponly)) {
      return;
    }
    const key = (it) => JSON.stringify([it.name, it.domain, it.path, it.partitioned]);
    const at = this.#cookies.findIndex((other) => key(other) === key(cookie));
    if (at < 0) this.#cookies.push(cookie);
    else this.#cookies[at] = cookie;
    this.#cookies = this.#cookies.filter((it) => this.#lives(it));
  }

  keepCopy(name) {
    this.#copies.set(name, this.header("/"));
  }

  copy(name) {
    if (!this.#copies.has(name)) throw new Error(`no copy ${name} was kept`);
    return this.#copies.get(name);
  }

  #lives(cookie) {
    return this.#world.seconds < cookie.ends;
  }
}
