import type { Unsealed } from "./any-sealer.js";
import { type Seconds, date } from "./clock.js";
import type { Id } from "./cookie/mark.js";
import type { Envelope } from "./envelope.js";
import type { Written } from "./json.js";
import type { Origin } from "./origin.js";

// What did a request bring?

/** A session that came and opened. */
export interface Received<T> {
  readonly value: T;
  readonly unknown: readonly Written[];
  readonly envelope: Envelope;
  readonly unsealed: Unsealed;
  readonly openedAt: Seconds;
  readonly size: number;
}

/** What a request brought, once it was asked for. */
export interface Incoming<T> {
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

export function nextRevision<T>({ envelope }: Received<T>): number {
  return Math.min(envelope.revision + 1, 0xffff_ffff);
}

export function originOf<T>({ unsealed, openedAt, size }: Received<T>): Origin {
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
