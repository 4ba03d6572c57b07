import type { Bytes } from "./bytes.js";
import { type Seconds, add } from "./clock.js";
import type { RefusalKind } from "./error.js";
import type { KeyRing } from "./ring.js";
import type { RingKey } from "./ring-key.js";

/** The three times of a token. */
export interface Times {
  readonly born: Seconds;
  readonly sealedAt: Seconds;
  readonly expiresAt: Seconds;
}

export const PLAINTEXT_MIN = 13;
const MARK = 0x80;

/** Stage 7: the times and the payload of what authenticates. */
export function read(plain: Bytes): (Times & { payload: Bytes }) | "malformed_inner" {
  let mark = plain.length - 1;
  while (mark > 0 && !plain[mark]) {
    mark--;
  }
  if (plain[mark] !== MARK || mark < 12) {
    return "malformed_inner";
  }
  const view = new DataView(plain.buffer, plain.byteOffset);
  const [born, sealedAt, expiresAt] = [view.getUint32(0), view.getUint32(4), view.getUint32(8)];
  return { born, sealedAt, expiresAt, payload: plain.subarray(12, mark) };
}

/** The stages 8 to 11: whether the times are believed. */
export function judge({ born, sealedAt, expiresAt }: Times, key: RingKey, ring: KeyRing, now: Seconds): RefusalKind | undefined {
  const { skew, revocations } = ring;
  if (expiresAt < sealedAt || born > add(sealedAt, skew) || expiresAt - sealedAt > key.lifetime || sealedAt > add(now, skew)) {
    return "bad_time";
  }
  if (now >= expiresAt) {
    return "expired";
  }
  if (key.sealsUntil !== undefined && sealedAt > add(key.sealsUntil, skew)) {
    return "outside_key_window";
  }
  return born < (revocations.floor ?? 0) ? "revoked_all" : undefined;
}

/** The plaintext, padded to a multiple of `bucket` bytes. */
export function plaintext(times: Times, payload: Uint8Array, bucket: number): Bytes {
  const bytes = new Uint8Array(plaintextLength(payload.length, bucket));
  const view = new DataView(bytes.buffer);
  [times.born, times.sealedAt, times.expiresAt].forEach((time, at) => view.setUint32(4 * at, time));
  bytes.set(payload, 12);
  bytes[12 + payload.length] = MARK;
  return bytes;
}

export function plaintextLength(payload: number, bucket: number): number {
  return Math.ceil((PLAINTEXT_MIN + payload) / bucket) * bucket;
}
