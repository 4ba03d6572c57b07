// When is the source looked at next, and why? Times are milliseconds on a clock that only goes
// forwards.

/** Why the source is looked at. */
export type Reason = "change" | "poll" | "retry" | "unknown key";

/** What a look brought, as far as the schedule depends on it. */
export type Brought = "failure" | "newer ring" | "nothing";

/** A file that is being written is left alone for a moment. */
const SETTLE = 200;
/** A document that was seen half written is whole soon after. */
const FIRST_RETRY = 1_000;
/** Anybody can send unknown key ids, so they cause one look in this time at most. */
const UNKNOWN_PAUSE = 2_000;

export class Schedule {
  readonly #pollEvery: number;
  #looked: number;
  #retry: number | undefined;
  #change: number | undefined;
  #unknown: number | undefined;
  /** No unknown key is a reason to look before this. */
  #unknownFrom: number;
  /** How long the next look for an unknown key shuts out those after it. */
  #unknownPause = UNKNOWN_PAUSE;

  constructor(now: number, pollEvery: number) {
    this.#pollEvery = Math.max(pollEvery, 10);
    this.#looked = now;
    this.#unknownFrom = now;
  }

  next(): { due: number; reason: Reason } {
    const retries = this.#retry !== undefined && this.#retry < this.#pollEvery;
    const reasons: [number | undefined, Reason][] = [
      [this.#looked + (retries ? this.#retry! : this.#pollEvery), retries ? "retry" : "poll"],
      [this.#change, "change"],
      [this.#unknown, "unknown key"],
    ];
    const [due, reason] = reasons.reduce((first, it) => (it[0] !== undefined && it[0] < first[0]! ? it : first));
    return { due: due!, reason };
  }

  change(now: number): void {
    this.#change ??= now + SETTLE;
  }

  unknown(now: number): void {
    this.#unknown ??= Math.max(now, this.#unknownFrom);
  }

  /** One look answers for everything that was heard before it. */
  looked(brought: Brought, now: number): void {
    this.#looked = now;
    this.#change = undefined;
    this.#retry = brought === "failure" ? Math.min((this.#retry ?? FIRST_RETRY / 2) * 2, this.#pollEvery) : undefined;
    if (this.#unknown !== undefined) {
      this.#unknown = undefined;
      this.#unknownFrom = now + this.#unknownPause;
      this.#unknownPause = Math.min(this.#unknownPause * 2, Math.max(this.#pollEvery, UNKNOWN_PAUSE));
    }
    if (brought === "newer ring") {
      this.#unknownFrom = Math.min(this.#unknownFrom, now + UNKNOWN_PAUSE);
      this.#unknownPause = UNKNOWN_PAUSE;
    }
  }
}
