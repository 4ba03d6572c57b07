import { type Bytes, concat } from "../bytes.js";

// XChaCha20-Poly1305: a nonce of 24 bytes derives a key from its first 16 (HChaCha20), and the
// other 8 are the nonce of ChaCha20-Poly1305.

/** The key for a nonce. */
export function hchacha20(key: Uint8Array, nonce: Uint8Array): Bytes {
  const [words, nonces] = [new DataView(key.buffer, key.byteOffset), new DataView(nonce.buffer, nonce.byteOffset)];
  const state = new Uint32Array([0x61707865, 0x3320646e, 0x79622d32, 0x6b206574]);
  const x = new Uint32Array(16);
  x.set(state);
  for (let at = 0; at < 8; at++) {
    x[4 + at] = words.getUint32(4 * at, true);
  }
  for (let at = 0; at < 4; at++) {
    x[12 + at] = nonces.getUint32(4 * at, true);
  }
  const half = (a: number, b: number, d: number, by: number): void => {
    x[a]! += x[b]!;
    const mixed = x[d]! ^ x[a]!;
    x[d] = (mixed << by) | (mixed >>> (32 - by));
  };
  const quarter = (a: number, b: number, c: number, d: number): void => {
    half(a, b, d, 16);
    half(c, d, b, 12);
    half(a, b, d, 8);
    half(c, d, b, 7);
  };
  for (let round = 0; round < 10; round++) {
    for (let at = 0; at < 4; at++) {
      quarter(at, at + 4, at + 8, at + 12);
    }
    for (let at = 0; at < 4; at++) {
      quarter(at, 4 + ((at + 1) & 3), 8 + ((at + 2) & 3), 12 + ((at + 3) & 3));
    }
  }
  const derived = new DataView(new ArrayBuffer(32));
  for (let at = 0; at < 4; at++) {
    derived.setUint32(4 * at, x[at]!, true);
    derived.setUint32(16 + 4 * at, x[12 + at]!, true);
  }
  return new Uint8Array(derived.buffer);
}

/** What is left of the nonce. */
export function rest(nonce: Uint8Array): Bytes {
  return concat([0, 0, 0, 0], nonce.subarray(16));
}
