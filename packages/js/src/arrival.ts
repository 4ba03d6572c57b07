import { type Id } from "./cookie/mark.js";
import { join } from "./cookie/chunk.js";
import { MAX_CANDIDATES, scan } from "./cookie/scan.js";
import { type Seconds, date } from "./clock.js";
import type { RefusalKind } from "./errors.js";
import type { Frame } from "./frame.js";
import type { Written } from "./json.js";
import type { Jar } from "./jar.js";
import { openOne } from "./unsealed.js";
import type { Fetch } from "./request.js";
import type { Unsealed } from "./sealer.js";
import { type Soon, each, then } from "./soon.js";

/**
 * Where a session comes from.
 *
 * @example
 * const origin: Origin = session.origin;
 * if (origin.kind === "opened" && origin.stale) console.info("sealed by an older key");
 */
export type Origin =
  /** No cookie of the name came. `withheld`: a browser had to leave it out, because of `SameSite`. */
  | { readonly kind: "absent"; readonly withheld: boolean }
  /** A cookie came and opened. `stale`: a newer key seals now. `size`: of the sealed text, in bytes. */
  | {
      readonly kind: "opened";
      readonly born: Date;
      readonly sealedAt: Date;
      readonly expiresAt: Date;
      readonly keyId: string;
      readonly stale: boolean;
      readonly size: number;
    }
  /** A cookie came and was not taken for a session. It was left where it is. */
  | { readonly kind: "refused"; readonly refusal: RefusalKind };

/** A session that came and opened. */
export interface Received<T> {
  readonly value: T;
  readonly unknown: readonly Written[];
  readonly frame: Frame;
  readonly unsealed: Unsealed;
  readonly openedAt: Seconds;
  readonly size: number;
}

/** What a request brought, once it was asked for. */
export interface Arrival<T> {
  readonly origin: Origin;
  readonly received: Received<T> | undefined;
  readonly value: T;
  /** k for each cookie `name.k` that came, readable or not. */
  readonly parts: readonly number[];
  /** The sessions that opened: several where nobody can tell which is the session. */
  readonly opened: readonly Id[];
  /** Whether the visitor has logged out of whatever came. */
  readonly isLoggedOut: boolean;
  readonly loggedOut: readonly Id[];
}

/** Reads the request's cookies: the session that opens, or why none does. */
export function receive<T extends object>(jar: Jar<T>, headers: readonly string[], fetch: Fetch): Soon<Arrival<T>> {
  const { settings, sealer } = jar;
  const found = scan(headers, settings.name);
  const now = jar.now();
  const whole = (outcome: Received<T> | RefusalKind | undefined, all: readonly (Received<T> | RefusalKind)[]): Arrival<T> => {
    const received = typeof outcome === "object" ? outcome : undefined;
    if (typeof outcome === "string") {
      jar.tell(outcome, now);
    }
    return {
      origin: received
        ? originOf(received)
        : typeof outcome === "string"
          ? { kind: "refused", refusal: outcome }
          : { kind: "absent", withheld: fetch.withholds(settings.sameSite) },
      received,
      value: received?.value ?? jar.empty,
      parts: [...found.parts].sort(),
      opened: all.flatMap((it) => (typeof it === "object" ? [it.frame.id] : [])),
      isLoggedOut: all.length > 0 && all.every((it) => it === "logged_out"),
      loggedOut: found.loggedOut,
    };
  };
  if (!found.values.length) {
    return whole(undefined, []);
  }
  if (now === undefined) {
    return whole(sealer.tally.ofNoKey.refuse("clock"), []);
  }
  if (found.values.length > MAX_CANDIDATES) {
    return whole(sealer.tally.ofNoKey.refuse("ambiguous"), []);
  }
  const candidates = each(found.values, (value): Soon<Received<T> | RefusalKind> => {
    const text = join(value, headers, settings.name);
    return text === "torn_chunks" || text === "malformed"
      ? sealer.tally.ofNoKey.refuse(text)
      : openOne(jar, text, found.loggedOut, now);
  });
  return then(candidates, (all) => {
    const chosen = choose(all);
    return whole(chosen === "ambiguous" ? sealer.tally.ofNoKey.refuse(chosen) : chosen, all);
  });
}

/**
 * Finds the session among the cookies of one name. Exactly one wins, never the first: a second cookie, which
 * others may have set, must not lock the visitor out.
 */
function choose<T>(candidates: readonly (Received<T> | RefusalKind)[]): Received<T> | RefusalKind {
  let best: Received<T> | undefined;
  for (const candidate of candidates) {
    if (typeof candidate === "object") {
      if (best && best.frame.id !== candidate.frame.id) {
        return "ambiguous";
      }
      const isNewer =
        best &&
        (candidate.frame.revision - best.frame.revision || candidate.unsealed.sealedAt - best.unsealed.sealedAt) > 0;
      best = !best || isNewer ? candidate : best;
    }
  }
  return best ?? candidates[0]!;
}

function originOf<T>({ unsealed, openedAt, size }: Received<T>): Origin {
  const { born, sealedAt, expiresAt, keyId, ring } = unsealed;
  return {
    kind: "opened",
    born: date(born),
    sealedAt: date(sealedAt),
    expiresAt: date(expiresAt),
    keyId,
    stale: ring.sealingKey(openedAt)?.id !== keyId,
    size,
  };
}
