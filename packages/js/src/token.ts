import { type Bytes, concat, decode, encode, encodedLength } from "./bytes.js";
import { type Seconds, add } from "./clock.js";
import type { RefusalKind } from "./errors.js";
import type { KeyRing } from "./ring.js";
import { type RingKey, isSpent } from "./ring-key.js";

/** The three times of a token. */
export interface Times {
  readonly born: Seconds;
  readonly sealedAt: Seconds;
  readonly expiresAt: Seconds;
}

export const MAX_TEXT = 12_288;
const HEADER = 41;
const TAG = 16;
const INNER_MIN = 13;
const MARK = 0x80;

/** What a token says outside of its seal. */
export interface Parts {
  readonly version: number;
  readonly keyId: string;
  readonly header: Bytes;
  readonly nonce: Bytes;
  /** Ciphertext and tag. */
  readonly sealed: Bytes;
}

/** The stages 1 to 3 of SPEC.md, section 1. */
export function parts(text: string): Parts | RefusalKind {
  const raw = text.length < encodedLength(HEADER + INNER_MIN + TAG) || text.length > MAX_TEXT ? undefined : decode(text);
  if (!raw) {
    return "malformed";
  }
  const version = raw[0]!;
  if (version !== 1 && version !== 2) {
    return "unknown_version";
  }
  const [header, sealed] = [raw.slice(0, HEADER), raw.slice(HEADER)];
  return { version, keyId: encode(raw.subarray(1, 17)), header, nonce: header.slice(17), sealed };
}

/** Stage 5. */
export function phase(key: RingKey, now: Seconds): RefusalKind | undefined {
  return key.revoked ? "revoked_key" : isSpent(key, now) ? "spent_key" : undefined;
}

/** The stages 7 to 11: whether what authenticates is believed. */
export function judge(inner: Bytes, key: RingKey, ring: KeyRing, now: Seconds): (Times & { payload: Bytes }) | RefusalKind {
  let mark = inner.length - 1;
  while (mark > 0 && !inner[mark]) {
    mark--;
  }
  if (inner[mark] !== MARK || mark < 12) {
    return "malformed_inner";
  }
  const view = new DataView(inner.buffer, inner.byteOffset);
  const [born, sealedAt, expiresAt] = [view.getUint32(0), view.getUint32(4), view.getUint32(8)];
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
  return born < (revocations.floor ?? 0) ? "revoked_all" : { born, sealedAt, expiresAt, payload: inner.subarray(12, mark) };
}

export function header(version: number, keyId: string, nonce: Bytes): Bytes {
  return concat([version], decode(keyId)!, nonce);
}

/** The inner plaintext, padded to a multiple of `bucket` bytes. */
export function inner(times: Times, payload: Uint8Array, bucket: number): Bytes {
  const bytes = new Uint8Array(innerLength(payload.length, bucket));
  const view = new DataView(bytes.buffer);
  [times.born, times.sealedAt, times.expiresAt].forEach((time, at) => view.setUint32(4 * at, time));
  bytes.set(payload, 12);
  bytes[12 + payload.length] = MARK;
  return bytes;
}

/** The length in characters of a token with so many bytes of payload. */
export function sealedLength(payload: number, bucket: number): number {
  return encodedLength(HEADER + innerLength(payload, bucket) + TAG);
}

function innerLength(payload: number, bucket: number): number {
  return Math.ceil((INNER_MIN + payload) / bucket) * bucket;
}
