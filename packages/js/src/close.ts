import { type Effect, judge } from "./cache.js";
import { add } from "./clock.js";
import type { Incoming, Received } from "./incoming.js";
import type { Jar } from "./jar.js";
import type { Fetch } from "./request.js";
import type { Closing } from "./response.js";
import { endOf, sealAgain, sealChanged } from "./seal.js";
import { hasEnded } from "./second-look.js";
import { type Soon, then } from "./soon.js";
import { Ended, type State } from "./state.js";

// What does a response have to carry, after what its handlers did with the session?

/** Ends a request: says what the response has to carry. */
export function close<T extends object>(
  jar: Jar<T>,
  incoming: Incoming<T>,
  state: State<T>,
  fetch: Fetch,
  headers: Iterable<readonly [string, string]>,
): Soon<Closing> {
  const { settings, options, lines } = jar;
  const { origin, received, parts } = incoming;
  if (state.intent === "purge" && origin.kind === "absent" && !origin.withheld && !parts.length && settings.comesAlways) {
    // The browser has no cookie of the session: there is nothing to expire.
    state.intent = "keep";
    state.ended = Ended.No;
  }
  const value = state.value ?? incoming.value;
  const expiry = options.expiry?.(value);
  const now = jar.now();
  const isWritten = (): boolean => state.intent === "write" || state.intent === "renew";
  if (isWritten() && typeof expiry === "object" && "at" in expiry && now !== undefined && now >= endOf(expiry.at)) {
    state.intent = "purge";
    state.end(Ended.Purged);
  }
  const mayExtend = fetch.isNavigation || state.keepAlive || (!!options.keepAlive && !fetch.isSpeculative);
  const wanted = received && state.intent === "keep" && mayExtend ? dueReseal(jar, received, value) : undefined;
  // Most requests seal nothing, and need no second look.
  return then((wanted || isWritten()) && hasEnded(jar, incoming, state), (ended) => {
    if (ended) {
      state.intent = "keep";
    }
    const due = ended ? undefined : wanted;
    const clears = state.intent === "keep" && mayExtend && incoming.isLoggedOut;
    let effect: Effect = "write";
    if (state.intent === "keep") {
      effect = clears ? "reseal" : (due ?? "read");
    } else if (state.intent === "purge" && state.ended !== Ended.Purged) {
      effect = "discard";
    }
    const verdict = judge(headers, effect);
    if (verdict.overridden) {
      jar.log("warn", "the response sets a session cookie and lets shared caches keep it: it says no-store now");
    }
    const stays = options.noStoreWhenLoggedIn && jar.subject(value) !== undefined;
    const set = verdict.set.map(([name, policy]) => [name, stays && name === "cache-control" ? "no-store" : policy] as const);

    let written: Soon<string[]> = [];
    if (isWritten()) {
      written = sealChanged(jar, incoming, state, value, expiry, now);
    } else if (state.intent === "purge" || (clears && !verdict.withheld)) {
      written = lines.remove(parts);
    } else if (due && !verdict.withheld) {
      written = sealAgain(jar, received!, expiry);
    }
    const logsOut = state.logsOut(received && jar.subject(received.value));
    return then(written, (written) => ({
      set,
      append: [
        ...[...written, ...markLoggedOut(jar, incoming, state)].map((line) => ["set-cookie", line] as const),
        ...(verdict.variesByCookie ? [] : [["vary", "Cookie"] as const]),
        ...(logsOut && options.clearSiteData ? [["clear-site-data", options.clearSiteData] as const] : []),
      ],
    }));
  });
}

/** Whether a session that was only read is to be sealed again. */
function dueReseal<T extends object>(jar: Jar<T>, { unsealed, openedAt }: Received<T>, value: T): Effect | undefined {
  const expiry = jar.options.expiry?.(value);
  if (typeof expiry === "object" && "at" in expiry && unsealed.expiresAt >= endOf(expiry.at)) {
    // It would not live a second longer.
    return undefined;
  }
  const allowed = jar.sealer.ring.sealingKey(openedAt)?.lifetime ?? Infinity;
  const idle = Math.min(jar.idle(expiry), allowed);
  const { refreshAfter } = jar.settings;
  const after = idle < jar.settings.idle ? Math.min(refreshAfter, Math.max(Math.floor(idle / 4), 1)) : refreshAfter;
  const age = openedAt - unsealed.sealedAt;
  return age < after ? undefined : age > Math.floor(idle / 2) ? "urgent reseal" : "reseal";
}

/** Marks the sessions that have ended as logged out, beside those that were before. */
function markLoggedOut<T extends object>(jar: Jar<T>, incoming: Incoming<T>, state: State<T>): string[] {
  const { received, loggedOut } = incoming;
  const ended = state.ended === Ended.Purged ? incoming.opened : received && state.logsOut(jar.subject(received.value)) ? [received.envelope.id] : [];
  // No answer that is still under way can seal one of them for longer.
  const maxAge = add(jar.settings.lifetime, jar.sealer.ring.skew);
  return ended.length ? [jar.lines.mark([...ended, ...loggedOut], maxAge)] : [];
}
