import type { Id } from "./cookie/mark.js";
import type { Intent } from "./intent.js";
import { meet } from "./intent.js";

/** Why the session that came ends. Later ones outweigh earlier ones. */
export const Ended = {
  No: 0,
  /** `update` changed its subject: somebody logged in or out, or one person replaced another. */
  SubjectChanged: 1,
  /** `discard` ended it, and it had no subject. */
  Discarded: 2,
  /** `purge` ended it, or its own expiry. */
  Purged: 3,
} as const;
export type Ended = (typeof Ended)[keyof typeof Ended];

/** What the handlers of a request have asked for so far. */
export class State<T> {
  intent: Intent = "keep";
  /** The value, once it is another than the one that came. */
  value: T | undefined;
  /** The id of the session that begins with this response. */
  newId: Id | undefined;
  /** Whether the members that this build does not know still belong to the value. */
  keepUnknown = true;
  /** Why the session that came ends, whatever begins after it. */
  ended: Ended = Ended.No;
  keepAlive = false;
  closed = false;
  updating = false;

  ask(intent: Intent): void {
    this.intent = meet(this.intent, intent);
  }

  /** Adds a reason why the session that came ends. */
  end(reason: Ended): void {
    this.ended = reason > this.ended ? reason : this.ended;
  }

  /** Whether the session that came is over, and not only renewed. */
  get endsWhatCame(): boolean {
    return this.ended >= Ended.Discarded;
  }

  /**
   * Whether the response logs a subject out of the session that came. No slower response may bring
   * that session back.
   */
  logsOut(came: string | undefined): boolean {
    return this.ended === Ended.Purged || (this.ended === Ended.SubjectChanged && came !== undefined);
  }
}
