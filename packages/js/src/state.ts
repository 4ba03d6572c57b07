import type { Id } from "./cookie/mark.js";
import type { Intent } from "./intent.js";
import { meet } from "./intent.js";

/** What the handlers of a request have asked for so far. */
export class State<T> {
  intent: Intent = "keep";
  /** The value, once it is another than the one that came. */
  value: T | undefined;
  /** The id of the session that begins with this response. */
  newId: Id | undefined;
  /** Whether the members that this build does not know still belong to the value. */
  keepUnknown = true;
  /** Whether the session that came has ended by a logout, whatever began after it. */
  purged = false;
  /** Whether the session that came was nobody's and has ended, whatever began after it. */
  discarded = false;
  /** Whether somebody has logged in or out, or another in their place. */
  subjectChanged = false;
  keepAlive = false;
  closed = false;
  updating = false;

  ask(intent: Intent): void {
    this.intent = meet(this.intent, intent);
  }
}
