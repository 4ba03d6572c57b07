import type { Cipher } from "./aead/crypto.js";
import { type Bytes, concat, encode, lp16, random, utf8 } from "./bytes.js";
import { type Seconds, add } from "./clock.js";
import type { Context } from "./context.js";
import { SealerCounters } from "./counters.js";
import { type RefusalKind, SealjarError, fail } from "./error.js";
import { VERSIONS } from "./key.js";
import type { LiveRing } from "./live.js";
import { type Times, judge, plaintext, read } from "./plaintext.js";
import type { RingKey } from "./ring-key.js";
import type { KeyRing } from "./ring.js";
import { type Soon, then } from "./soon.js";
import { MAX_TEXT, header, parts, phase, sealedLength } from "./token.js";

/** A token that opened, before it is counted. */
export interface Unsealed extends Times {
  readonly payload: Bytes;
  readonly keyId: string;
  readonly ring: KeyRing;
}

/** Seals and opens in one context of any purpose, under a ring that may be replaced meanwhile. */
export class AnySealer {
  readonly counters = new SealerCounters();
  readonly #live: LiveRing;
  readonly #context: Context;
  readonly #aadTail: Bytes;
  readonly #bucket: number;
  #ring: KeyRing | undefined;
  #ciphers = new Map<RingKey, Soon<Cipher | undefined>>();

  constructor(live: LiveRing, context: Context, bucket = 1) {
    const { app, purpose, cookieName = "", binding = "" } = context;
    const prefixed = [app, purpose, cookieName, binding].map((part) => {
      const bytes = typeof part === "string" ? utf8(part) : part;
      bytes.length > 65535 && fail("config", `a part of the context is ${bytes.length} bytes long, the limit is 65535`);
      return lp16(bytes);
    });
    this.#aadTail = concat(...prefixed.slice(2));
    this.#live = live;
    this.#context = context;
    this.#bucket = bucket;
  }

  /** The ring in use. Its ciphers are derived once for each ring and key. */
  get ring(): KeyRing {
    const ring = this.#live.current;
    if (ring !== this.#ring) {
      this.#ring = ring;
      this.#ciphers = new Map();
      this.counters.meet(ring);
    }
    return ring;
  }

  /**
   * Opens a token's text. It counts refusals. The caller judges the payload and counts what opens.
   */
  open(text: string, now: Seconds): Soon<Unsealed | RefusalKind> {
    const { ring } = this;
    const token = parts(text);
    if (typeof token === "string") {
      return this.counters.ofNoKey.refuse(token);
    }
    const { keyId, version } = token;
    const key = ring.key(keyId);
    if (!key || VERSIONS[key.suite] !== version) {
      key || this.#live.noteUnknown(keyId);
      return this.counters.ofNoKey.refuse("unknown_key");
    }
    const counts = this.counters.of(keyId);
    const spent = phase(key, now);
    if (spent) {
      return counts.refuse(spent);
    }
    return then(this.#cipher(key), (cipher) =>
      cipher
        ? then(cipher.open(token.nonce, concat(token.header, this.#aadTail), token.sealed), (plain) => {
            const inside = plain ? read(plain) : "forged";
            if (typeof inside === "string") {
              return counts.refuse(inside);
            }
            const refusal = judge(inside, key, ring, now);
            return refusal ? counts.refuse(refusal) : { ...inside, keyId, ring };
          })
        : counts.refuse("unknown_key"),
    );
  }

  /** Seals. The key's lifetime may cut the expiry. `nonce` is random, except in tests. */
  seal(payload: Uint8Array, wanted: Times, nonce = random(24)): Soon<{ text: string; expiresAt: Seconds }> {
    const size = this.sealedLength(payload.length);
    if (size > MAX_TEXT) {
      const message = `the token would be ${size} characters long, the limit is ${MAX_TEXT}`;
      throw new SealjarError("too_large", message, { size, limit: MAX_TEXT });
    }
    const key = this.checkedKey(wanted.sealedAt);
    const expiresAt = Math.min(wanted.expiresAt, add(wanted.sealedAt, key.lifetime));
    const outside = header(VERSIONS[key.suite]!, key.id, nonce);
    return then(this.#cipher(key), (cipher) =>
      then(
        cipher!.seal(nonce, concat(outside, this.#aadTail), plaintext({ ...wanted, expiresAt }, payload, this.#bucket)),
        (sealed) => {
          this.counters.of(key.id).sealed++;
          return { text: encode(concat(outside, sealed)), expiresAt };
        },
      ),
    );
  }

  /** The key that seals now. Throws if there is none. */
  checkedKey(now: Seconds): RingKey {
    const key = this.ring.sealingKey(now);
    return key?.key?.isUsable
      ? key
      : fail("no_sealing_key", key ? `this runtime cannot seal with ${key.suite}, the suite of key ${key.id}` : NO_KEY);
  }

  sealedLength(payload: number): number {
    return sealedLength(payload, this.#bucket);
  }

  #cipher(key: RingKey): Soon<Cipher | undefined> {
    let cipher = this.#ciphers.get(key);
    if (!cipher) {
      cipher = key.key?.cipher(this.#context.app, this.#context.purpose);
      this.#ciphers.set(key, cipher);
    }
    return cipher;
  }
}

export const NO_CLOCK = "the clock shows a time that no token can hold";
const NO_KEY = "the ring has no key to seal with now";
