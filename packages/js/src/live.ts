import { now as clock, type Seconds } from "./clock.js";
import { fail } from "./error.js";
import type { KeyRing } from "./ring.js";

/**
 * One ring that many jars share, and that is replaced as a whole under running requests.
 *
 * @example
 * const ring = new LiveRing(await KeyRing.fromJson(document));
 * const jar = new Jar(ring, { app: "shop-prod" });
 * ring.replace(await KeyRing.fromJson(newer));
 */
export class LiveRing {
  #ring: KeyRing;
  #unknown: ((keyId: string) => void) | undefined;

  constructor(ring: KeyRing) {
    this.#ring = ring;
  }

  /** The ring in use. */
  get current(): KeyRing {
    return this.#ring;
  }

  /**
   * Puts a ring in place of the one in use. The same content again changes nothing. It throws a
   * `SealjarError` and keeps the ring in use if the other one is older, of another ring, ahead of
   * the clock by more than a day, or the same epoch with other content.
   *
   * @example
   * ring.replace(await KeyRing.fromJson(newer));
   */
  replace(ring: KeyRing): void {
    this.replaceAt(ring, clock());
  }

  /** @internal `undefined`: no clock tells the time, and then no epoch is ahead. */
  replaceAt(ring: KeyRing, now: Seconds | undefined): void {
    const current = this.#ring;
    if (ring.name !== current.name) {
      fail("ring_foreign", `the ring "${ring.name}" is not the ring "${current.name}" in use`);
    }
    if (!ring.isSameRing(current)) {
      fail(
        "ring_another",
        `this is another ring of the name "${ring.name}": its id is ${ring.id}, the id of the ring in use is ` +
          `${current.id}, and they have no key in common`,
      );
    }
    checkEpoch(ring, now);
    // A ring in use that is ahead itself was taken under a wrong clock.
    if (ring.epoch < current.epoch && !current.isAhead(now)) {
      fail("ring_older", `epoch ${ring.epoch} is older than epoch ${current.epoch} in use`);
    }
    if (ring.epoch === current.epoch) {
      ring.hasContentOf(current) || fail("ring_conflict", `epoch ${ring.epoch} is in use with other content`);
      return;
    }
    this.#ring = ring;
  }

  /** @internal A token named a key that the ring does not hold. */
  noteUnknown(keyId: string): void {
    this.#unknown?.(keyId);
  }

  /** @internal */
  onUnknown(listener: ((keyId: string) => void) | undefined): void {
    this.#unknown = listener;
  }
}

/** Refuses a ring whose epoch is further ahead of the clock than any clock is wrong by. */
export function checkEpoch(ring: KeyRing, now: Seconds | undefined): void {
  ring.isAhead(now) && fail("ring_ahead", `epoch ${ring.epoch} is more than a day ahead of this machine's clock`);
}
