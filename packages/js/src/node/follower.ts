import { type Seconds, date } from "../clock.js";
import { SealjarError } from "../error.js";
import type { LiveRing } from "../live.js";
import type { Log } from "../options.js";
import type { KeyRing } from "../ring.js";
import { refusedAt } from "./error.js";
import { Schedule, type Reason } from "./schedule.js";

/**
 * Whether this replica may serve, and how its ring is.
 *
 * @example
 * const { ready, reason, overdue }: Readiness = watcher.readiness();
 */
export interface Readiness {
  /**
   * Whether it can seal. It stays ready when the source is lost: the ring that it holds keeps
   * working.
   */
  readonly ready: boolean;
  /** Why it is not ready. */
  readonly reason: string | undefined;
  /** Why the last look at the source gave no usable ring, and since when looks have failed. */
  readonly failure: { readonly since: Date | undefined; readonly error: SealjarError } | undefined;
  /** A problem of a source that still gives a ring. */
  readonly concern: string | undefined;
  /** When the last look ended. If this is long ago, the watcher no longer runs. */
  readonly lastLook: Date | undefined;
  /** The last second by which the ring should have been rotated, if that has passed. */
  readonly overdue: Date | undefined;
}

/**
 * Decides for a `Watcher`: when to look, which ring to use, what to report. It has no clock of its
 * own.
 */
export class Follower {
  readonly schedule: Schedule;
  readonly ring: LiveRing;
  readonly #place: string;
  readonly #log: Log;
  #failure: Readiness["failure"];
  #looked: Seconds | undefined;
  #overdue = false;
  concern: string | undefined;

  constructor(place: string, ring: LiveRing, now: number, pollEvery: number, log: Log) {
    this.#place = place;
    this.ring = ring;
    this.schedule = new Schedule(now, pollEvery);
    this.#log = log;
  }

  /** A token named a key that the ring did not hold. The ring may have come since. */
  noteUnknown(keyId: string, now: number): void {
    this.ring.current.key(keyId) || this.schedule.unknown(now);
  }

  /**
   * Takes what a look brought: a newer ring is put in use, and for anything worse the last good
   * ring stays. `time` is `undefined` where the clock shows one that cannot be held.
   */
  take(reason: Reason, fetched: KeyRing | SealjarError, now: number, time: Seconds | undefined): void {
    const before = this.#failure;
    const from = this.ring.current.epoch;
    let error = fetched instanceof SealjarError ? fetched : undefined;
    if (!(fetched instanceof SealjarError)) {
      try {
        this.ring.replaceAt(fetched, time);
      } catch (refused) {
        error = refusedAt(this.#place, refused);
      }
    }
    const to = this.ring.current.epoch;
    this.schedule.looked(error ? "failure" : to > from ? "newer ring" : "nothing", now);
    this.#failure = error && { error, since: before ? before.since : time === undefined ? undefined : date(time) };
    this.#looked = time;
    // A lasting failure is logged when it begins, changes and ends, not at each look.
    if (error && error.message !== before?.error.message) {
      this.#log("error", `${error.message}; the last good ring stays in use`, { reason });
    } else if (to !== from) {
      this.#log("info", "a newer key ring is in use", { reason, from, to });
    } else if (before && !error) {
      this.#log("info", "the key ring can be had again", { reason });
    }
    const { overdue } = this.readiness(time);
    if (overdue && !this.#overdue) {
      this.#log("warn", "the key ring has not been rotated in time; is its keeper running?", { expectedBy: overdue });
    }
    this.#overdue = !!overdue;
  }

  readiness(time: Seconds | undefined): Readiness {
    const { current } = this.ring;
    const key = time === undefined ? undefined : current.sealingKey(time);
    const expectedBy = current.rotationExpectedBy;
    const ready = !!key?.key?.isUsable;
    return {
      ready,
      reason: ready
        ? undefined
        : time === undefined
          ? "the clock shows a time that no token can hold: set the clock of this machine"
          : key
            ? `the key to seal with now, ${key.id}, is of an unknown suite: upgrade this application before the ring`
            : "the ring has no key to seal with now: check the clock of this machine, then the times of the ring's keys",
      failure: this.#failure,
      concern: this.concern,
      lastLook: this.#looked === undefined ? undefined : date(this.#looked),
      overdue: time !== undefined && expectedBy && date(time) > expectedBy ? expectedBy : undefined,
    };
  }
}
