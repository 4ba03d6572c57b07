import type { Bytes } from "../bytes.js";

// XAES-256-GCM of C2SP: a nonce of 24 bytes derives a key from its first half.

/** L << 1, with the last byte xor 87 if the top bit of L was set: once for each key. */
export function k1(l: Uint8Array): Bytes {
  const doubled = new Uint8Array(16);
  for (let at = 0; at < 16; at++) {
    doubled[at] = (l[at]! << 1) | ((l[at + 1] ?? 0) >> 7);
  }
  doubled[15]! ^= (l[0]! >> 7) * 0x87;
  return doubled;
}

/** The two blocks whose encryption is the key for a nonce. */
export function blocks(k1: Uint8Array, nonce: Uint8Array): Bytes {
  const both = new Uint8Array(32);
  for (const start of [0, 16]) {
    both.set(k1, start);
    both[start + 1]! ^= start ? 2 : 1;
    both[start + 2]! ^= 0x58;
    for (let at = 0; at < 12; at++) {
      both[start + 4 + at]! ^= nonce[at]!;
    }
  }
  return both;
}
