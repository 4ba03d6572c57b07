import type { RefusalKind } from "./error.js";
import { fail } from "./error.js";
import type { Origin } from "./origin.js";
import type { Soon } from "./soon.js";
import { Ended } from "./state.js";
import type { Visit } from "./visit.js";

/**
 * A value that nobody changes where it is.
 *
 * @example
 * const account: Frozen<Account> = session.get();
 */
export type Frozen<T> = T extends (...args: never) => unknown ? T : T extends object ? { readonly [K in keyof T]: Frozen<T[K]> } : T;

/**
 * Whether a session is still valid, as `recheck` finds it.
 *
 * @example
 * const standing: Standing = await session.recheck();
 * if (standing.kind === "ended") socket.close(4401, standing.refusal);
 */
export type Standing =
  | { readonly kind: "anonymous" }
  | { readonly kind: "ended"; readonly refusal: RefusalKind }
  | { readonly kind: "valid"; readonly expiresAt: Date };

/**
 * What a handler can do with a session, apart from reading its members.
 *
 * @example
 * function logOut({ purge }: SessionMethods<Account>) {
 *   purge();
 * }
 */
export interface SessionMethods<T extends object> {
  /**
   * Returns the session's present value, with members that have the same name as one of these
   * methods.
   */
  get(): Frozen<T>;
  /**
   * Changes the session: all of the change is taken, or none where it throws. The function works on
   * a copy and returns at once. It throws a `SealjarError`: `too_large` with the exact size,
   * `no_sealing_key`, `unencodable`, `nested`, or `closed` once the response's head is out.
   *
   * @example
   * session.update((s) => { s.visits = (s.visits ?? 0) + 1 });
   */
  update<R>(change: (draft: T) => R): R;
  /**
   * Gives the session a new id. A change of the subject does this by itself: call it when rights
   * change.
   */
  renew(): void;
  /** Ends the session: the cookie is expired, even one that did not open. A logout. */
  purge(): void;
  /**
   * Ends a session that belongs to nobody, such as a message for the next page, without what a
   * logout needs.
   */
  discard(): void;
  /** Lets this response extend the session, even if the request loads no page. */
  keepAlive(): void;
  /**
   * Checks whether the incoming session is still valid, in handlers that outlive their response.
   */
  recheck(): Soon<Standing>;
  /** Where the session comes from, and why a cookie was refused. */
  readonly origin: Origin;
  /**
   * The session's id, `undefined` while there is none. It names the session in logs and is no
   * secret.
   */
  readonly sessionId: string | undefined;
  /** How often the incoming session had been written. */
  readonly revision: number;
  /** Whether the visitor may never see this response: the browser fetches it ahead of time. */
  readonly isSpeculative: boolean;
}

/**
 * A visitor's session: its members can be read, and `update` changes them.
 *
 * @example
 * if (session.user === undefined) return login();
 * session.update((s) => { s.seen = Date.now() });
 */
export type Session<T extends object = Record<string, unknown>> = SessionMethods<T> & Omit<Frozen<T>, keyof SessionMethods<T>>;

/**
 * `save`: writes each change at once, if there is no response to wait for. The methods then return
 * promises.
 */
export function sessionOf<T extends object>(visit: Visit<T>, save?: () => Promise<void>): Session<T> {
  const door = save
    ? async <R>(change: () => R): Promise<R> => {
        const result = change();
        await save();
        return result;
      }
    : <R>(change: () => R): R => change();
  const methods = {
    // Not set afterwards, which makes every use of the object slow.
    __proto__: null,
    get: () => visit.value,
    update: (change: (draft: T) => unknown) => door(() => visit.update(change)),
    renew: () => door(() => visit.renew()),
    purge: () => door(() => visit.end(Ended.Purged)),
    discard: () => door(() => visit.end(Ended.Discarded)),
    keepAlive: () => visit.ask("keep", (state) => void (state.keepAlive = true)),
    recheck: () => visit.recheck(),
    get origin() {
      return visit.origin;
    },
    get sessionId() {
      return visit.id;
    },
    get revision() {
      return visit.used().received?.envelope.revision ?? 0;
    },
    get isSpeculative() {
      return visit.fetch.isSpeculative;
    },
    [INSPECT]: () => `Session(${visit.jar.cookieName})`,
  };
  const refuse = (_: unknown, name: string | symbol): never =>
    fail("config", `change the session with session.update((s) => { s.${String(name)} = ... })`);
  // Looking up what `await` and `inspect` ask every object does not use the session.
  const isMember = (name: string | symbol): boolean => typeof name === "string" && name !== "then";
  const value = (): Record<string | symbol, unknown> => visit.value as Record<string, unknown>;
  const proxy: unknown = new Proxy(methods, {
    get: (_, name) =>
      name in methods
        ? methods[name as keyof typeof methods]
        : name === "toJSON"
          ? value
          : isMember(name) && Object.hasOwn(value(), name)
            ? value()[name]
            : undefined,
    has: (_, name) => name in methods || (isMember(name) && Object.hasOwn(value(), name)),
    ownKeys: () => Reflect.ownKeys(value()),
    getOwnPropertyDescriptor: (_, name) =>
      isMember(name) && Object.hasOwn(value(), name)
        ? { value: value()[name], enumerable: true, configurable: true }
        : undefined,
    set: refuse,
    deleteProperty: refuse,
    defineProperty: refuse,
  });
  return proxy as Session<T>;
}

const INSPECT = Symbol.for("nodejs.util.inspect.custom");
