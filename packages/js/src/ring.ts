import { type Crypto, defaultCrypto } from "./aead/crypto.js";
import { decode, hex } from "./bytes.js";
import { LATEST, type Seconds, add, date } from "./clock.js";
import { readDraft } from "./document.js";
import { DAY, type RingDraft, checkDraft } from "./draft.js";
import type { Revocations } from "./revocation.js";
import { type RingKey, isSpent } from "./ring-key.js";
import { type Soon, then } from "./soon.js";

/**
 * 1 to 64 keys, when each seals and opens, and what is revoked. `inspect` shows name and epoch,
 * never a key.
 *
 * @example
 * const ring = new LiveRing(await KeyRing.fromJson(document));
 */
export class KeyRing {
  readonly #content: RingDraft;
  readonly #byId: ReadonlyMap<string, RingKey>;
  readonly #sealing: readonly RingKey[];

  private constructor(content: RingDraft) {
    this.#content = content;
    this.#byId = new Map(content.keys.map((key) => [key.id, key]));
    // Hexadecimal has the order of the bytes, base64url has not.
    const order = (key: RingKey): string => String(key.sealsFrom).padStart(10, "0") + hex(decode(key.id)!);
    this.#sealing = content.keys
      .filter((key) => key.sealsFrom !== undefined)
      .sort((a, b) => (order(a) < order(b) ? 1 : -1));
  }

  /**
   * Reads a ring document. It rejects with a `SealjarError` that names the place and the reason,
   * such as `keys[0].secret: the check bytes do not match the secret`.
   *
   * @example
   * const ring = await KeyRing.fromJson(env.SESSION_RING); // a secret of a Worker
   */
  static async fromJson(document: string | Uint8Array): Promise<KeyRing> {
    return KeyRing.read(document, defaultCrypto(), false);
  }

  /** @internal `allowPublished`: accept secrets that are public, as tests do. */
  static read(document: string | Uint8Array, crypto: Crypto, allowPublished: boolean): Soon<KeyRing> {
    return then(readDraft(document, crypto, allowPublished), (draft) => {
      checkDraft(draft);
      return new KeyRing(draft);
    });
  }

  /** The ring's name. */
  get name(): string {
    return this.#content.name;
  }

  /** What tells it from other rings of its name. */
  get id(): string {
    return this.#content.id;
  }

  /** The epoch, which rises with every change. */
  get epoch(): number {
    return this.#content.epoch;
  }

  /** The ids of its keys, in the order of the document. */
  get keyIds(): string[] {
    return [...this.#byId.keys()];
  }

  /**
   * The last second in which the next rotation is in time. `undefined` when no key that is not
   * revoked has a time to seal from.
   */
  get rotationExpectedBy(): Date | undefined {
    const newest = this.#sealing.find((key) => !key.revoked)?.sealsFrom;
    const { rotateEvery, distribution, skew } = this.#content.timing;
    return newest === undefined ? undefined : date(add(newest, rotateEvery + distribution + 2 * skew));
  }

  /** @internal */
  get skew(): number {
    return this.#content.timing.skew;
  }

  /** @internal */
  get isSync(): boolean {
    return this.#content.isSync;
  }

  /** @internal */
  get revocations(): Revocations {
    return this.#content.revocations;
  }

  /** @internal */
  key(id: string): RingKey | undefined {
    return this.#byId.get(id);
  }

  /** @internal The longest lifetime of a key. */
  get longest(): number {
    return Math.max(...this.#content.keys.map((key) => key.lifetime));
  }

  /** @internal The key that seals now. */
  sealingKey(now: Seconds): RingKey | undefined {
    return this.#sealing.find(
      (key) => !key.revoked && !isSpent(key, now) && key.sealsFrom! <= now && now <= (key.sealsUntil ?? LATEST),
    );
  }

  /** @internal */
  isAhead(now: Seconds | undefined): boolean {
    return now !== undefined && this.epoch > now + DAY;
  }

  /** @internal Whether both are epochs of one ring. */
  isSameRing(other: KeyRing): boolean {
    return this.name === other.name && (this.id === other.id || other.keyIds.some((id) => this.#byId.has(id)));
  }

  /** @internal Compares what two documents say, not how they are written. */
  hasContentOf(other: KeyRing): boolean {
    return this.#spelt() === other.#spelt();
  }

  #spelt(): string {
    const { keys, revocations, ...rest } = this.#content;
    // An id commits to its secret.
    return JSON.stringify([rest, keys.map((it) => ({ ...it, key: !!it.key })), revocations.content]);
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return `KeyRing(${this.name}, epoch ${this.epoch})`;
  }
}
