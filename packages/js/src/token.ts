import { type Bytes, concat, decode, encode, encodedLength } from "./bytes.js";
import type { Seconds } from "./clock.js";
import type { RefusalKind } from "./error.js";
import { PLAINTEXT_MIN, plaintextLength } from "./plaintext.js";
import { type RingKey, isSpent } from "./ring-key.js";

export const MAX_TEXT = 12_288;
const HEADER = 41;
const TAG = 16;

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
  const raw = text.length < encodedLength(HEADER + PLAINTEXT_MIN + TAG) || text.length > MAX_TEXT ? undefined : decode(text);
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

export function header(version: number, keyId: string, nonce: Bytes): Bytes {
  return concat([version], decode(keyId)!, nonce);
}

/** The length in characters of a token with so many bytes of payload. */
export function sealedLength(payload: number, bucket: number): number {
  return encodedLength(HEADER + plaintextLength(payload, bucket) + TAG);
}
