import type { Seconds } from "./clock.js";
import type { Key } from "./key.js";

/** A key and its times. */
export interface RingKey {
  readonly id: string;
  readonly suite: string;
  readonly revoked: boolean;
  /** The longest that a token under it lives, in seconds. */
  readonly lifetime: number;
  readonly stagedEpoch: number;
  readonly stagedAt: Seconds;
  /** From when it seals. `undefined`: it is a standby. */
  readonly sealsFrom: Seconds | undefined;
  /** The last second in which it seals. */
  readonly sealsUntil: Seconds | undefined;
  /** The first second in which it no longer opens. */
  readonly opensUntil: Seconds | undefined;
  /** `undefined`: it is revoked, or of a suite that nobody here knows. */
  readonly key: Key | undefined;
  readonly unknownSecret: string | undefined;
}

export function isSpent(key: RingKey, now: Seconds): boolean {
  return key.opensUntil !== undefined && now >= key.opensUntil;
}
