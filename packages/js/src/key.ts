import type { Cipher, Crypto } from "./aead/crypto.js";
import { type Bytes, concat, decode, encode, lp16, utf8 } from "./bytes.js";
import { type Soon, then } from "./soon.js";

/** The version that tokens of each suite begin with. */
export const VERSIONS: Partial<Record<string, number>> = { "xaes-256-gcm": 1, "xchacha20-poly1305": 2 };

/**
 * A master secret and what is derived from it. There is no way to the bytes: `inspect`,
 * `JSON.stringify` and errors show the id alone.
 */
export class Key {
  readonly id: string;
  readonly version: number;
  readonly #prk: Bytes;
  readonly #crypto: Crypto;

  private constructor(crypto: Crypto, version: number, prk: Bytes, id: string) {
    this.#crypto = crypto;
    this.#prk = prk;
    this.version = version;
    this.id = id;
  }

  static of(crypto: Crypto, version: number, secret: Bytes): Soon<Key> {
    return then(crypto.hmac(utf8("sealjar/v1"), secret), (prk) =>
      then(expand(crypto, prk, utf8("kid\0"), [version]), (id) => new Key(crypto, version, prk, encode(id.subarray(0, 16)))),
    );
  }

  /**
   * Derives the cipher for one application and purpose. `undefined`: this runtime does not have the
   * suite.
   */
  cipher(app: string, purpose: string): Soon<Cipher | undefined> {
    const [crypto, version] = [this.#crypto, this.version];
    return then(expand(crypto, this.#prk, utf8("key\0"), [version], lp16(utf8(app)), lp16(utf8(purpose))), (key) =>
      crypto.ciphers[version]?.(key),
    );
  }

  /** Whether this runtime can seal and open with it. */
  get isUsable(): boolean {
    return !!this.#crypto.ciphers[this.version];
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return `Key(${this.id})`;
  }
}

/** The first block of HKDF-Expand, which is all that anything here needs. */
function expand(crypto: Crypto, prk: Bytes, ...info: readonly ArrayLike<number>[]): Soon<Bytes> {
  return crypto.hmac(prk, concat(...info, [1]));
}

/**
 * Reads `sealjar-key-1_` and the base64url of 32 secret and 4 check bytes. Returns what is wrong as
 * text.
 */
export function readSecret(crypto: Crypto, text: string): Soon<Bytes | string> {
  const bytes = decode(text.slice(14));
  if (!text.startsWith("sealjar-key-1_") || bytes?.length !== 36) {
    return 'must be "sealjar-key-1_" and 48 characters of canonical base64url';
  }
  const secret = bytes.slice(0, 32);
  return then(crypto.sha256(concat(utf8("sealjar-key-1"), secret)), (check) =>
    check.subarray(0, 4).every((byte, at) => byte === bytes[32 + at])
      ? secret
      : "the check bytes do not match the secret: it was cut or mistyped",
  );
}

/** The beginnings of the ids, as keys of version 1, of the secrets in sealjar's repository. */
const PUBLISHED =
  "6_4yZD7W AYAabkBC H1hPYXaF JFZQt5Ea Rityjufw SRcPKuKE UlBy4sFZ ZULSwDxO ZYWMFUR7 Zkdq172P cDD3-gZ3 gW3aVtCl hUPY1bwz s4D0rywN";

/**
 * Whether a secret is public. A random source does not produce 32 equal or consecutive bytes;
 * people type them.
 */
export function isPublished(crypto: Crypto, secret: Bytes): Soon<boolean> {
  const steps = (step: (at: number) => number): boolean =>
    secret.every((byte, at) => !at || ((byte - secret[at - 1]!) & 255) === (step(at) & 255));
  const seed = secret[0]! ^ 0xa5;
  const isPattern = secret.every((byte, at) => byte === (((0xa5 + 37 * at) & 255) ^ seed));
  return isPattern || steps(() => secret[1]! - secret[0]!)
    ? true
    : then(Key.of(crypto, 1, secret), ({ id }) => PUBLISHED.includes(id.slice(0, 8)));
}
