/** What becomes of the session's cookie, after everything the handlers asked for. */
export type Fate = "keep" | "write" | "renew" | "purge";

/** Adds an intent to what was asked before. The one table in which intents meet. */
export function meet(before: Fate, intent: Fate): Fate {
  if (intent === "keep") {
    return before;
  }
  if (before === "purge") {
    // A new value after the end begins a new session, and there is nothing left to give a new id to.
    return intent === "write" ? "renew" : "purge";
  }
  return before === "renew" && intent === "write" ? "renew" : intent;
}
