import { LATEST, type Seconds } from "./clock.js";
import { fail } from "./error.js";
import type { Revocations } from "./revocation.js";
import type { RingKey } from "./ring-key.js";

/** What a ring document says, before it is checked. */
export interface RingDraft {
  readonly critical: readonly string[];
  readonly name: string;
  readonly idInDocument: string | undefined;
  readonly id: string;
  readonly epoch: number;
  readonly issuedAt: Seconds;
  readonly timing: { readonly rotateEvery: number; readonly distribution: number; readonly skew: number };
  readonly nextKey: { readonly lifetime: number; readonly early: boolean } | undefined;
  readonly apps: readonly string[];
  readonly keys: readonly RingKey[];
  readonly revocations: Revocations;
  /** Whether keys are computed at once, by Node's crypto. */
  readonly isSync: boolean;
}

/** Checks what a ring must satisfy. Throws a `SealjarError` with the place and the reason. */
export function checkDraft(draft: RingDraft): void {
  const refuse = (place: string, reason: string): never => fail("ring_document", `${place}: ${reason}`);
  const { keys } = draft;
  /^[a-z0-9-]{1,24}$/.test(draft.name) || refuse("ring", "must be 1 to 24 of a-z, 0-9 and -");
  keys.length || refuse("keys", "holds 0 keys, 1 to 64 are allowed");
  draft.epoch <= LATEST + DAY || refuse("epoch", `must be at most ${LATEST + DAY}`);
  keys.forEach((key, at) => {
    key.lifetime || refuse(`keys[${at}].lifetime`, "must be at least 1 second");
    for (const [field, earlier, later] of [
      ["seals_until", key.sealsFrom, key.sealsUntil],
      ["opens_until", key.sealsUntil, key.opensUntil],
    ] as const) {
      later === undefined ||
        (earlier !== undefined && earlier <= later) ||
        refuse(`keys[${at}].${field}`, "is without the time before it, or earlier than that");
    }
    const twin = keys.findIndex((it) => it.id === key.id);
    twin === at || refuse(`keys[${at}].id`, `is also the id of keys[${twin}]`);
  });
  const { entries } = draft.revocations;
  entries <= 8192 || refuse("revocations", `holds ${entries} entries, at most 8192 are allowed: raise the floor instead`);
}

/** How far an epoch may be ahead of the clock, in seconds. */
export const DAY = 86_400;
