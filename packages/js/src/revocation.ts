import type { Crypto } from "./aead/crypto.js";
import { type Bytes, concat, encode, lp16, utf8 } from "./bytes.js";
import type { Seconds } from "./clock.js";
import { type Soon, then } from "./soon.js";

/**
 * What the ring revokes: everything before a time, people, single sessions. Every comparison is
 * with `born`: to seal a session again must not bring it back.
 */
export class Revocations {
  /** How long an entry is kept, in seconds. No session lives longer. */
  readonly horizon: number;
  /** Tokens born before this time are refused. */
  readonly floor: Seconds | undefined;
  readonly #crypto: Crypto;
  readonly #pepper: Bytes;
  readonly #subjects = new Map<string, Map<string, Seconds>>();
  readonly #sessions = new Map<string, Seconds>();

  constructor(crypto: Crypto, pepper: Bytes, horizon: number, floor: Seconds | undefined) {
    this.#crypto = crypto;
    this.#pepper = pepper;
    this.horizon = horizon;
    this.floor = floor;
  }

  addSubject(app: string, hash: string, bornBefore: Seconds): void {
    const listed = this.#subjects.get(app) ?? new Map<string, Seconds>();
    this.#subjects.set(app, listed.set(hash, Math.max(bornBefore, listed.get(hash) ?? 0)));
  }

  addSession(id: string, revokedAt: Seconds): void {
    this.#sessions.set(id, Math.max(revokedAt, this.#sessions.get(id) ?? 0));
  }

  get entries(): number {
    return [...this.#subjects.values()].reduce((sum, it) => sum + it.size, this.#sessions.size);
  }

  /** Whether `app` has an entry for a subject. */
  listsSubjects(app: string): boolean {
    return this.#subjects.has(app);
  }

  /** By the session's id in hexadecimal digits. */
  hasSession(id: string): boolean {
    return this.#sessions.has(id);
  }

  /**
   * The subject's sessions that were born before this are refused. `undefined`: it is not listed.
   */
  bornBefore(app: string, subject: string | undefined): Soon<Seconds | undefined> {
    const listed = this.#subjects.get(app);
    const name = utf8(subject ?? "");
    if (subject === undefined || !listed || name.length > 65535) {
      return undefined;
    }
    const hashed = concat(utf8("sealjar/v1 subject\0"), lp16(utf8(app)), lp16(name));
    return then(this.#crypto.hmac(this.#pepper, hashed), (hash) => listed.get(encode(hash.subarray(0, 8))));
  }

  /** All entries, in one order. It includes the pepper: only use it to compare. */
  get content(): unknown {
    const subjects = [...this.#subjects].map(([app, listed]) => [app, [...listed].sort()]);
    return [encode(this.#pepper), this.horizon, this.floor, subjects.sort(), [...this.#sessions].sort()];
  }
}
