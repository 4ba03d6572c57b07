import { AnySealer } from "./any-sealer.js";
import { type Seconds, now, stored } from "./clock.js";
import { freeze, writeSession } from "./codec.js";
import { Lines } from "./cookie/write.js";
import type { Uses } from "./counters.js";
import { type RefusalKind, fail } from "./error.js";
import type { LiveRing } from "./live.js";
import { type JarOptions, type Settings, check, defaultLog } from "./options.js";
import type { Fetch } from "./request.js";
import { Visit } from "./visit.js";

/**
 * Opens and closes the sessions of one cookie. Build it once; the adapters do the rest.
 *
 * @example
 * const jar = new Jar<{ visits?: number }>(ring, { app: "hello-prod" });
 */
export class Jar<T extends object = Record<string, unknown>> {
  /** @internal */
  readonly options: JarOptions<T>;
  /** @internal */
  readonly settings: Settings;
  /** @internal */
  readonly sealer: AnySealer;
  /** @internal */
  readonly lines: Lines;
  /** @internal */
  readonly schema: number;
  /** @internal */
  readonly empty: T;
  readonly #log;
  readonly #told = new Map<string, Seconds | undefined>();

  /**
   * Throws a `SealjarError` for options that cannot work.
   *
   * @example
   * const jar = new Jar<Account>(ring, { app: "shop-prod", subject: (session) => session.user });
   */
  constructor(ring: LiveRing, options: JarOptions<T>) {
    this.options = options;
    this.settings = check(options);
    this.schema = options.schema ?? 0;
    const { name, idle, lifetime, maxSize, padding } = this.settings;
    const spelt = writeSession(options.empty ?? {}, "empty");
    this.empty = freeze(JSON.parse(spelt) as T);
    this.#log = options.log ?? defaultLog;
    this.lines = new Lines(this.settings);
    const context = { app: options.app, purpose: "session-json", cookieName: name, binding: options.binding ?? "" };
    this.sealer = new AnySealer(ring, context, padding);
    const smallest = name.length + 1 + this.sealer.sealedLength(15 + spelt.length);
    if (maxSize < smallest || this.lines.length(idle) + smallest > 4096) {
      fail("config", `maxSize = ${maxSize}: an empty session already takes ${smallest} bytes and its attributes`);
    }
    const { current } = ring;
    this.#compare("idleTimeout", idle, current.sealingKey(this.now() ?? 0)?.lifetime ?? current.longest, "the lifetime of its keys");
    this.#compare("lifetime", lifetime, current.revocations.horizon, "how long it remembers revocations");
  }

  /** The exact name of the cookie. */
  get cookieName(): string {
    return this.settings.name;
  }

  /**
   * What was done with each key of the ring by this jar.
   *
   * @example
   * metrics.set("session_cookies_refused", jar.uses().refused.expired ?? 0);
   */
  uses(): Uses {
    return this.sealer.counters.uses();
  }

  /**
   * Returns the `Cookie` header of a visitor who has this session, so that a test needs no login.
   *
   * @example const response = await app.request("/", { headers: { cookie: await jar.cookieFor({
   * user: "ada" }) } });
   */
  async cookieFor(value: T): Promise<string> {
    const visit = this.visit([], { isNavigation: true, isSpeculative: false, withholds: () => false });
    visit.replace(value);
    const { append } = await visit.close([]);
    return append
      .filter(([name]) => name === "set-cookie")
      .map(([, line]) => line.split(";")[0])
      .join("; ");
  }

  /** @internal Begins a request. `cookies` are its `Cookie` headers, a character for each byte. */
  visit(cookies: readonly string[], fetch: Fetch): Visit<T> {
    return new Visit(this, cookies, fetch);
  }

  /** @internal */
  now(): Seconds | undefined {
    return this.options.clock ? stored(this.options.clock() / 1000) : now();
  }

  /** @internal */
  subject(value: T): string | undefined {
    return this.options.subject?.(value) ?? undefined;
  }

  /**
   * @internal Logs a refusal at its full level once a second for each kind, so that visitors cannot
   * fill the log.
   */
  logRefusal(refusal: RefusalKind, now: Seconds | undefined, message = "a session cookie was refused"): void {
    const isNew = !this.#told.has(refusal) || this.#told.get(refusal) !== now;
    this.#told.set(refusal, now);
    this.log(isNew ? "info" : "debug", message, { refusal });
  }

  /** @internal */
  log(level: Parameters<typeof defaultLog>[0], message: string, fields: object = {}): void {
    this.#log(level, message, { cookie: this.settings.name, ...fields });
  }

  /** @internal */
  warnOnce(message: string, fields?: object): void {
    if (!this.#told.has(message)) {
      this.#told.set(message, 0);
      this.log("warn", message, fields);
    }
  }

  /** @internal How long a session lives without use. */
  idle(expiry: ReturnType<NonNullable<JarOptions<T>["expiry"]>>): number {
    const { idle } = this.settings;
    return typeof expiry === "object" && "after" in expiry ? Math.min(Math.max(Math.floor(expiry.after), 1), idle) : idle;
  }

  #compare(option: "idleTimeout" | "lifetime", asked: number, allowed: number, why: string): void {
    if (asked > allowed) {
      const message = `sessions end earlier than asked: the ring allows ${allowed} s, ${why}`;
      this.options.exactTimeouts && fail("config", `${option} = ${asked} s: ${message}`);
      // If only a default is cut, the application loses nothing that it asked for.
      (this.options[option] ?? this.options.idleTimeout) && this.warnOnce(message, { option, asked });
    }
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return `Jar(${this.settings.name} of ${this.options.app})`;
  }
}
