import type { Arrival, Received } from "./arrival.js";
import { type Effect, judge } from "./cache.js";
import { type Seconds, stored } from "./clock.js";
import { mark, reseal, sealChanged } from "./departure.js";
import type { Jar } from "./jar.js";
import type { Fetch } from "./request.js";
import { type Soon, then } from "./soon.js";
import type { State } from "./state.js";

/** What a response has to carry, besides what the application puts there. */
export interface Closing {
  /** Fields to append, in order. */
  readonly append: readonly (readonly [name: string, value: string])[];
  /** Fields to set, in place of any other of the name. */
  readonly set: readonly (readonly [name: string, value: string])[];
}

export const NOTHING: Closing = { append: [], set: [] };

/** Ends a request: says what the response has to carry. */
export function close<T extends object>(
  jar: Jar<T>,
  arrival: Arrival<T>,
  state: State<T>,
  fetch: Fetch,
  headers: Iterable<readonly [string, string]>,
): Soon<Closing> {
  const { settings, options, lines } = jar;
  const { origin, received, parts } = arrival;
  if (state.fate === "purge" && origin.kind === "absent" && !origin.withheld && !parts.length && settings.comesAlways) {
    // The browser has no cookie of the session: there is nothing to expire.
    state.fate = "keep";
    state.purged = false;
  }
  const value = state.value ?? arrival.value;
  const expiry = options.expiry?.(value);
  const now = jar.now();
  if ((state.fate === "write" || state.fate === "renew") && typeof expiry === "object" && "at" in expiry) {
    if (now !== undefined && now >= endOf(expiry.at)) {
      state.fate = "purge";
      state.purged = true;
    }
  }
  const mayExtend = fetch.isNavigation || state.keepAlive || (!!options.keepAlive && !fetch.isSpeculative);
  const due = received && state.fate === "keep" && mayExtend ? dueReseal(jar, received, value) : undefined;
  const clears = state.fate === "keep" && mayExtend && arrival.isLoggedOut;
  let effect: Effect = "write";
  if (state.fate === "keep") {
    effect = clears ? "reseal" : (due ?? "read");
  } else if (state.fate === "purge" && !state.purged) {
    effect = "discard";
  }
  const verdict = judge(headers, effect);
  if (verdict.overridden) {
    jar.log("warn", "the response sets a session cookie and lets shared caches keep it: it says no-store now");
  }
  const stays = options.noStoreWhenLoggedIn && jar.subject(value) !== undefined;
  const set = verdict.set.map(([name, policy]) => [name, stays && name === "cache-control" ? "no-store" : policy] as const);

  let written: Soon<string[]> = [];
  if (state.fate === "purge") {
    written = lines.remove(parts);
  } else if (state.fate !== "keep") {
    written = sealChanged(jar, arrival, state, value, expiry, now);
  } else if (clears && !verdict.withheld) {
    written = lines.remove(parts);
  } else if (due && !verdict.withheld) {
    written = reseal(jar, received!, expiry);
  }
  const logsOut = state.purged || (received && jar.leavesSubject(state, received));
  return then(written, (written) => ({
    set,
    append: [
      ...[...written, ...mark(jar, arrival, state)].map((line) => ["set-cookie", line] as const),
      ...(verdict.variesByCookie ? [] : [["vary", "Cookie"] as const]),
      ...(logsOut && options.clearSiteData ? [["clear-site-data", options.clearSiteData] as const] : []),
    ],
  }));
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

/** The first second in which a session with this end is over. */
export function endOf(at: Date): Seconds {
  return stored(at.getTime() / 1000) ?? 0;
}
