import { cookies, headers } from "next/headers.js";
import { type NextRequest, NextResponse } from "next/server.js";
import { once } from "./adapter/once.js";
import { fail } from "./error.js";
import type { Jar } from "./jar.js";
import { readFetch } from "./request.js";
import { type Frozen, type SessionMethods, sessionOf } from "./session.js";
import type { Visit } from "./visit.js";

/** A change answers later here: the cookie is sealed and set before the promise is fulfilled. */
type Saved<T extends object> = {
  readonly [Name in "update" | "renew" | "purge" | "discard"]: (
    ...all: Parameters<SessionMethods<T>[Name]>
  ) => Promise<ReturnType<SessionMethods<T>[Name]>>;
};

/**
 * A visitor's session in Next. Server components read it. Actions and route handlers change it, and
 * wait for what they asked: `await session.update(...)`.
 *
 * @example
 * async function logOut(session: NextSession<Account>) {
 *   await session.purge();
 * }
 */
export type NextSession<T extends object> = {
  /** Changes the session and sets its cookie. All of the change is taken, or none. */
  update<R>(change: (draft: T) => R): Promise<R>;
} & Omit<Saved<T>, "update"> &
  Omit<SessionMethods<T>, keyof Saved<T> | "keepAlive"> &
  Omit<Frozen<T>, keyof SessionMethods<T>>;

/**
 * The sessions of a Next application.
 *
 * @example
 * const { getSession, sealAgain }: NextSessions<Account> = nextSessions(openJar);
 */
export interface NextSessions<T extends object> {
  /**
   * Returns the visitor's session, one for each request. It makes a page dynamic.
   *
   * @example
   * const session = await getSession();
   * return <p>{session.user ? `Hello ${session.user.name}` : "Hello"}</p>;
   */
  getSession(): Promise<NextSession<T>>;
  /**
   * Seals a session again that is only read, which no server component can: it sets no cookies. For
   * `proxy.ts`, and for `middleware.ts` of Next 15 with `runtime: "nodejs"`.
   *
   * @example
   * export { sealAgain as proxy } from "./session";
   * export const config = { matcher: "/((?!_next/).*)" };
   */
  sealAgain(request: NextRequest): Promise<NextResponse>;
}

/** Next writes `Expires` beside `Max-Age`. */
const EXPIRES = "; Expires=Thu, 01 Jan 1970 00:00:00 GMT".length;

/**
 * Makes what a Next application needs. `open` makes the jar when the first request comes, and not
 * while the application is built, where no ring is.
 *
 * @example
 * // session.ts
 * export const { getSession, sealAgain } = nextSessions(async () => {
 *   const { ring } = await Watcher.start(FileSource.find("session-ring"));
 *   return new Jar<Account>(ring, { app: "shop-prod", keepAlive: true });
 * });
 */
export function nextSessions<T extends object>(open: () => Jar<T> | Promise<Jar<T>>): NextSessions<T> {
  /** By the request's headers, of which each request has its own. */
  const sessions = new WeakMap<object, NextSession<T>>();
  const jar = once(async () => {
    const jar = await open();
    const { former, partitioned } = jar.settings;
    if (former.length || partitioned) {
      fail("config", "Next sets one cookie of a name: leave alsoExpire and partitioned out");
    }
    jar.lines.reserve = EXPIRES;
    return jar;
  });

  return {
    async getSession() {
      const came = await headers();
      let session = sessions.get(came);
      if (!session) {
        const visit = begin(await jar(), "GET", came);
        const sent = new Set<string>();
        session = sessionOf(visit, () => save(visit, sent)) as unknown as NextSession<T>;
        await visit.session();
        sessions.set(came, session);
      }
      return session;
    },

    async sealAgain(request) {
      const visit = begin(await jar(), request.method, request.headers);
      await visit.session();
      visit.used();
      const response = NextResponse.next();
      const closing = await visit.close([]);
      // The page's own cache headers are not known here. Without a cookie they are the page's
      // choice.
      if (closing.append.some(([name]) => name === "set-cookie")) {
        closing.set.forEach(([name, value]) => response.headers.set(name, value));
        closing.append.forEach(([name, value]) => response.headers.append(name, value));
      }
      return response;
    },
  };
}

function begin<T extends object>(jar: Jar<T>, method: string, headers: Headers): Visit<T> {
  const cookie = headers.get("cookie");
  return jar.visit(cookie === null ? [] : [cookie], readFetch(method, (name) => headers.get(name)));
}

/** Sets a session's cookies. Next throws where cookies cannot be set. */
async function save<T extends object>(visit: Visit<T>, sent: Set<string>): Promise<void> {
  const { append } = await visit.write();
  const store = await cookies();
  const lines = append.filter(([name]) => name === "set-cookie").map(([, line]) => parse(line));
  // Parts that were set earlier in this request and are no longer used.
  const gone = [...sent].filter((name) => !lines.some((it) => it.name === name));
  const { place, secure, sameSite } = visit.jar.settings;
  for (const name of gone) {
    store.set({ name, value: "", ...attributesOf(sameSite, secure, place.path, place.domain), maxAge: 0 });
    sent.delete(name);
  }
  for (const line of lines) {
    store.set(line);
    line.maxAge === 0 || sent.add(line.name);
  }
}

/** Reads one of our own lines. */
function parse(line: string): { name: string; value: string; maxAge?: number } {
  const [pair, ...attributes] = line.split("; ");
  const equals = pair!.indexOf("=");
  const found = new Map(attributes.map((it) => [it.split("=")[0]!, it.split("=")[1] ?? ""]));
  const [age, domain] = [found.get("Max-Age"), found.get("Domain")];
  return {
    name: pair!.slice(0, equals),
    value: pair!.slice(equals + 1),
    ...attributesOf(found.get("SameSite")!.toLowerCase() as "lax", found.has("Secure"), found.get("Path")!, domain),
    ...(age === undefined ? {} : { maxAge: +age }),
  };
}

function attributesOf(sameSite: "lax" | "none" | "strict", secure: boolean, path: string, domain: string | undefined) {
  return { httpOnly: true, secure, sameSite, path, ...(domain === undefined ? {} : { domain }) };
}
