import type { Seconds } from "./clock.js";
import type { RefusalKind } from "./error.js";
import type { Incoming, Received } from "./incoming.js";
import type { Jar } from "./jar.js";
import { judgeSession } from "./open.js";
import { judge as judgeTimes } from "./plaintext.js";
import { type Soon, then } from "./soon.js";
import { Ended, type State } from "./state.js";
import { phase } from "./token.js";

// Has a session ended since it was opened? A request may take long, and what is sealed at its end
// outlives it.

/**
 * Whether the session that the response would seal has ended meanwhile. It is judged by the ring
 * and the clock of this moment, as if its cookie came only now.
 *
 * A write that its handler has been promised is dropped then. Nobody can tell that from a session
 * that ended just after the response. Only the end of its idle time does not break the promise:
 * other responses may have extended the session meanwhile.
 */
export function hasEnded<T extends object>(jar: Jar<T>, { received }: Incoming<T>, state: State<T>): Soon<boolean> {
  const clock = jar.now();
  // A session that begins with this request has a birth of its own. Without a clock nothing is
  // sealed either, and the handler hears of that.
  if (!received || clock === undefined || state.intent === "purge" || state.ended !== Ended.No) {
    return false;
  }
  // A clock that was set back during the request ends nothing.
  const now = Math.max(clock, received.openedAt);
  return then(judge(jar, received, now, state.intent !== "keep"), (refusal) => {
    refusal && jar.logRefusal(refusal, now, "a session ended during its request and was not sealed again");
    return !!refusal;
  });
}

/** The stages from 4 on, without anything being decrypted or counted. */
function judge<T extends object>(jar: Jar<T>, received: Received<T>, now: Seconds, isWritten: boolean): Soon<RefusalKind | undefined> {
  const { unsealed, envelope, value } = received;
  const { ring } = jar.sealer;
  const key = ring.key(unsealed.keyId);
  if (!key) {
    return "unknown_key";
  }
  const judgedAt = isWritten ? Math.min(now, unsealed.expiresAt - 1) : now;
  return phase(key, judgedAt) ?? judgeTimes(unsealed, key, ring, judgedAt) ?? judgeSession(jar, ring, unsealed.born, envelope.id, value, now);
}
