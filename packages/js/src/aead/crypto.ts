import type { Bytes } from "../bytes.js";
import type { Soon } from "../soon.js";
import { nodeCrypto } from "./node.js";
import { webCrypto } from "./web.js";

/** Seals and opens under one key. `sealed` is ciphertext and tag. */
export interface Cipher {
  seal(nonce: Bytes, aad: Bytes, plain: Bytes): Soon<Bytes>;
  /** `undefined`: it does not authenticate. */
  open(nonce: Bytes, aad: Bytes, sealed: Bytes): Soon<Bytes | undefined>;
}

/** What keys are made of. Two do it: Node's own crypto, and WebCrypto where only that is. */
export interface Crypto {
  /** Whether it answers at once. */
  readonly isSync: boolean;
  hmac(key: Bytes, data: Bytes): Soon<Bytes>;
  sha256(data: Bytes): Soon<Bytes>;
  /** By version: 1 is XAES-256-GCM, 2 XChaCha20-Poly1305. */
  ciphers: Partial<Record<number, (key: Bytes) => Soon<Cipher>>>;
}

let found: Crypto | undefined;

/**
 * Returns what there is. Not `import "node:crypto"`: what bundles for the edge would look for it.
 */
export function defaultCrypto(): Crypto {
  const node = (globalThis.process as NodeJS.Process | undefined)?.getBuiltinModule?.("node:crypto");
  return (found ??= node ? nodeCrypto(node) : webCrypto());
}
