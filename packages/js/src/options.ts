import { MAX_LINE } from "./cookie/chunk.js";
import { MAX_CANDIDATES } from "./cookie/scan.js";
import type { Place } from "./cookie/write.js";
import { LATEST, type Seconds } from "./clock.js";
import { fail } from "./error.js";

/**
 * How long a session lives without use: so many seconds, to a time, or as long as the browser's
 * window.
 *
 * @example
 * const expiry = (session: Account): Expiry => (session.remember ? undefined : { after: 3600 });
 */
export type Expiry = { readonly after: number } | { readonly at: Date } | "browser" | undefined;

/**
 * Where log lines go. No line has a cookie, a value of a session or a secret.
 *
 * @example
 * const log: Log = (level, message, fields) => pino[level](fields, message);
 */
export type Log = (level: "debug" | "info" | "warn" | "error", message: string, fields: Readonly<Record<string, unknown>>) => void;

/**
 * How a jar works. All but `app` may be left out. Times are whole seconds.
 *
 * @example
 * interface Account { user?: { id: number }; visits?: number }
 *
 * const jar = new Jar<Account>(ring, {
 *   app: "shop-prod",
 *   subject: (session) => session.user && String(session.user.id),
 * });
 */
export interface JarOptions<T extends object> {
  /**
   * The application and its environment, such as `shop-prod`. One ring may serve many applications.
   */
  readonly app: string;
  /**
   * The session of a visitor who has none, with every member that this build knows. Members of
   * newer builds are kept and not shown then, and are dropped when another person logs in. Default:
   * `{}`, and every member that comes is known.
   */
  readonly empty?: T;
  /**
   * Whose session it is, such as an account's id; `undefined` while nobody is logged in. Without it
   * nobody can be logged out everywhere, and a login is not seen: call `renew` then.
   */
  readonly subject?: (value: Readonly<T>) => string | null | undefined;
  /** How long this session lives, within the limits of the jar. Default: the jar's settings. */
  readonly expiry?: (value: Readonly<T>) => Expiry;
  /**
   * The version of the session's shape, 0 to 65535. Raise it when old sessions cannot be read as
   * they are. Default 0.
   */
  readonly schema?: number;
  /** Reads a session of another schema. `undefined` refuses it. */
  readonly migrate?: (from: number, value: unknown) => T | undefined;
  /** Default `__Host-Http-session`, which browsers accept only over https and let no script set. */
  readonly cookieName?: string;
  /** The path below which the cookie is sent. Default `/`. */
  readonly path?: string;
  /** The domain whose hosts get the cookie. Default: the host that set it, and no other. */
  readonly domain?: string;
  /** On which cross-site requests browsers send it. Default `lax`. */
  readonly sameSite?: "lax" | "none" | "strict";
  /** Keeps a separate cookie for each site that embeds this one. It needs `sameSite: "none"`. */
  readonly partitioned?: boolean;
  /** Whether the cookie survives when the browser closes. Default `true`. */
  readonly persistent?: boolean;
  /** Lets every request that uses the session extend it, not only those that load a page. */
  readonly keepAlive?: boolean;
  /**
   * Ends a session after this long without use. Default 24 hours. The ring's keys may allow less.
   */
  readonly idleTimeout?: number;
  /**
   * Ends a session this long after its login. Default 7 days, or the idle timeout if that is
   * longer.
   */
  readonly lifetime?: number;
  /**
   * After how long to seal a session again that is only read. Default: a quarter of the idle
   * timeout.
   */
  readonly refreshAfter?: number;
  /**
   * Throws, instead of warning, if the ring allows less than `idleTimeout` or `lifetime` asks for.
   */
  readonly exactTimeouts?: boolean;
  /**
   * Limits the size of all cookies of a session, in bytes. Default 4096, which is one cookie; at
   * most 12288, in several.
   */
  readonly maxSize?: number;
  /**
   * Pads sessions to a multiple of this many bytes, so that a cookie's length reveals less. Default
   * 1.
   */
  readonly padding?: number;
  /**
   * Drops `Secure` and names the cookie `session`, for plain http off localhost. Anyone on the
   * network path can steal it.
   */
  readonly allowInsecureHttp?: boolean;
  /**
   * Up to four places where the cookie was in an earlier deployment. Each write and purge expires
   * them.
   */
  readonly alsoExpire?: readonly Place[];
  /** Sent as `Clear-Site-Data` when somebody logs out, such as `"storage"` with its quotes. */
  readonly clearSiteData?: string;
  /** Sends `no-store` instead of `private` on responses to somebody who is logged in. */
  readonly noStoreWhenLoggedIn?: boolean;
  /**
   * Binds sessions to something that the application knows, such as a tenant. Never use a client's
   * address.
   */
  readonly binding?: string;
  /** Default: `console.warn` and `console.error` for warnings and errors, nothing for the rest. */
  readonly log?: Log;
  /** Tells the time in milliseconds, for tests of expiry. Default `Date.now`. */
  readonly clock?: () => number;
}

/**
 * The name of a jar's cookie unless the jar says otherwise.
 *
 * @example
 * const hasSession = cookies.has(DEFAULT_COOKIE_NAME);
 */
export const DEFAULT_COOKIE_NAME = "__Host-Http-session";

/** Options that can work together. */
export interface Settings {
  readonly name: string;
  readonly place: Place;
  readonly former: readonly Place[];
  readonly sameSite: "lax" | "none" | "strict";
  readonly secure: boolean;
  readonly partitioned: boolean;
  /** Whether the cookie comes with every request of a browser that has it. */
  readonly comesAlways: boolean;
  readonly idle: Seconds;
  readonly lifetime: Seconds;
  readonly refreshAfter: Seconds;
  readonly maxSize: number;
  readonly padding: number;
}

/** Refuses options that cannot work, before the first visitor comes. */
export function check<T extends object>(options: JarOptions<T>): Settings {
  const impossible = (option: string, reason: string): never =>
    fail("config", `${option} = ${JSON.stringify(options[option as "app"])}: ${reason}`);
  const need = (condition: unknown, option: string, reason: string): void => {
    condition || impossible(option, reason);
  };
  const { domain, path = "/", sameSite = "lax", partitioned = false, allowInsecureHttp = false, alsoExpire = [] } = options;
  const { app, schema = 0, maxSize = MAX_LINE, padding = 1, clearSiteData } = options;
  need(typeof app === "string" && app, "app", "name the application and its environment, such as shop-prod");
  need(Number.isInteger(schema) && schema >= 0 && schema < 65536, "schema", "must be a whole number, 0 to 65535");
  need(Number.isInteger(padding) && padding > 0 && padding < 65536, "padding", "must be 1 to 65535 bytes");
  need(maxSize <= 12_288, "maxSize", "must be at most 12288: servers and proxies refuse longer headers");

  const name = options.cookieName ?? (allowInsecureHttp ? "session" : DEFAULT_COOKIE_NAME);
  need(/^[\w!#$%&'*+.^`|~-]{1,256}$/.test(name), "cookieName", "must be 1 to 256 letters, digits and !#$%&'*+-.^_`|~");
  need(!/\.([1-8]|out)$/.test(name), "cookieName", "must not end in .out or .1 to .8: a session uses these itself");
  need(!allowInsecureHttp || !/^__(Host|Http|Secure)-/i.test(name), "cookieName", "browsers take this prefix over https only");
  const isHost = /^__Host-/i.test(name);
  const secureName = `: name the cookie __Secure-session`;
  need(!isHost || domain === undefined, "domain", `browsers refuse a domain for ${name}${secureName}`);
  need(!isHost || path === "/", "path", `browsers take only / for ${name}${secureName}`);
  need(/^\/[\w/.~!$&'()*+,=:@-]*$/.test(path), "path", "must begin with / and be spelt as in an address");
  need(path === "/" || !/\/$|\/\.\.?(\/|$)/.test(path), "path", "must not end in /, nor have a segment . or ..");
  need(path.length <= 1024, "path", "must be at most 1024 bytes: browsers pass over a longer one");
  need(domain === undefined || isHostName(domain), "domain", "must be a host name, such as example.org");
  need(!allowInsecureHttp || (sameSite !== "none" && !partitioned), "allowInsecureHttp", "browsers take SameSite=None and Partitioned with Secure only");
  need(["lax", "none", "strict"].includes(sameSite), "sameSite", "must be lax, none or strict");
  need(!partitioned || sameSite === "none", "partitioned", 'needs sameSite: "none"');
  const samePlace = (a: Place): string => `${a.path} ${(a.domain ?? "").replace(/^\./, "").toLowerCase()}`;
  need(alsoExpire.length <= MAX_CANDIDATES, "alsoExpire", "at most four: a browser's fifth cookie of the name is not read either");
  for (const former of alsoExpire) {
    need(/^\/[ -:<-~]*$/.test(former.path) && /^[\w.-]*$/.test(former.domain ?? ""), "alsoExpire", "each needs a path that begins with /, and a host name as domain");
    need(!isHost && samePlace(former) !== samePlace({ path, domain }), "alsoExpire", "the cookie is kept there now, or never was");
  }
  need(clearSiteData?.split(",").every((it) => CLEARABLE.test(it)) ?? true, "clearSiteData", 'must be one or more of "cache", "clientHints", "executionContexts", "prefetchCache", "prerenderCache", "storage" with their quotes');

  const seconds = (option: "idleTimeout" | "lifetime" | "refreshAfter", otherwise: number): number => {
    const count = Math.min(Math.floor(options[option] ?? otherwise), LATEST);
    need(count >= 1, option, "must be at least 1 second");
    return count;
  };
  const lifetime = seconds("lifetime", Math.max(WEEK, options.idleTimeout || 0));
  const idle = seconds("idleTimeout", Math.min(DAY, lifetime));
  need(idle <= lifetime, "idleTimeout", `is longer than the lifetime of ${lifetime} s`);
  const refreshAfter = seconds("refreshAfter", Math.max(Math.floor(idle / 4), 1));
  need(options.refreshAfter === undefined || refreshAfter < idle, "refreshAfter", `must be less than the idle timeout of ${idle} s`);
  return {
    name,
    place: { domain, path },
    former: alsoExpire,
    sameSite,
    secure: !allowInsecureHttp,
    partitioned,
    comesAlways: [path, ...alsoExpire.map((it) => it.path)].every((it) => it === "/"),
    idle,
    lifetime,
    refreshAfter,
    maxSize,
    padding,
  };
}

/**
 * Browsers read a name whose last part is a number as an IP address, and an address has no hosts
 * below it.
 */
function isHostName(name: string): boolean {
  return name.length <= 253 && /^([a-z\d]([a-z\d-]{0,61}[a-z\d])?\.)*(?!\d+$|0x[\da-f]*$)[a-z\d]([a-z\d-]{0,61}[a-z\d])?$/i.test(name);
}

const CLEARABLE = /^\s*"(cache|clientHints|executionContexts|prefetchCache|prerenderCache|storage)"\s*$/;
const DAY = 86_400;
const WEEK = 7 * DAY;

export const defaultLog: Log = (level, message, fields) => {
  if (level === "warn" || level === "error") {
    console[level](`sealjar: ${message}`, ...(Object.keys(fields).length ? [fields] : []));
  }
};

