// What do the handlers of one request ask for, and what does all of it together come to?

/** What is to happen to the session's cookie. */
export type Intent = "keep" | "write" | "renew" | "purge";

/** Adds an intent to what was asked before. The one table in which intents meet. */
export function meet(before: Intent, intent: Intent): Intent {
  if (intent === "keep") {
    return before;
  }
  if (before === "purge") {
    // A new value after the end begins a new session, and there is nothing left to renew.
    return intent === "write" ? "renew" : "purge";
  }
  return before === "renew" && intent === "write" ? "renew" : intent;
}
