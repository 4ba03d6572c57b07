import type { RefusalKind } from "./error.js";
import type { KeyRing } from "./ring.js";

/**
 * How often each reason to refuse was met.
 *
 * @example
 * const expired = jar.uses().refused.expired ?? 0;
 */
export type RefusalCounts = Partial<Record<RefusalKind, number>>;

/**
 * What a key was used for.
 *
 * @example
 * const idle = jar.uses().keys.filter((key) => !key.opened).map((key) => key.id);
 */
export interface KeyUses {
  /** The key's id. */
  readonly id: string;
  /** How many tokens were sealed under it. */
  readonly sealed: number;
  /** How many were opened. */
  readonly opened: number;
  /** How many were refused that it could have opened. */
  readonly refused: RefusalCounts;
}

/**
 * What was done with each key, and what was refused that is of no key of the ring.
 *
 * @example
 * // When the old key's `opened` rises nowhere, nobody uses it any more.
 * const { keys, refused } = jar.uses();
 */
export interface Uses {
  readonly keys: readonly KeyUses[];
  readonly refused: RefusalCounts;
}

export class KeyCounters {
  sealed = 0;
  opened = 0;
  readonly refused: RefusalCounts = {};

  refuse<K extends RefusalKind>(kind: K): K {
    this.refused[kind] = (this.refused[kind] ?? 0) + 1;
    return kind;
  }
}

/** KeyCounters for the keys of a ring, and for 64 that have left it. */
export class SealerCounters {
  readonly ofNoKey = new KeyCounters();
  readonly #keys = new Map<string, KeyCounters>();

  of(keyId: string): KeyCounters {
    return this.#keys.get(keyId) ?? this.ofNoKey;
  }

  meet(ring: KeyRing): void {
    const here = ring.keyIds.map((id) => [id, this.#keys.get(id) ?? new KeyCounters()] as const);
    here.forEach(([id]) => this.#keys.delete(id));
    [...this.#keys.keys()].slice(0, -64).forEach((id) => this.#keys.delete(id));
    here.forEach(([id, counts]) => this.#keys.set(id, counts));
  }

  uses(): Uses {
    const copy = ({ sealed, opened, refused }: KeyCounters): Omit<KeyUses, "id"> => ({ sealed, opened, refused: { ...refused } });
    return { keys: [...this.#keys].map(([id, it]) => ({ id, ...copy(it) })), refused: { ...this.ofNoKey.refused } };
  }
}
