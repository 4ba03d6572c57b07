import type { Arrival, Received } from "./arrival.js";
import { type Seconds, add } from "./clock.js";
import { utf8 } from "./bytes.js";
import { writeMembers } from "./codec.js";
import { type Layout, fit } from "./cookie/chunk.js";
import { fail } from "./errors.js";
import { writeFrame } from "./frame.js";
import { endOf } from "./closing.js";
import type { Jar } from "./jar.js";
import type { Written } from "./json.js";
import type { Expiry } from "./options.js";
import { NO_CLOCK } from "./sealer.js";
import { type Soon, then } from "./soon.js";
import type { State } from "./state.js";

/** Writes the body: the application's members, and those that this build does not know. */
export function writeBody(value: object, unknown: readonly Written[]): Uint8Array {
  return utf8(`{${[...writeMembers(value), ...unknown.map(([, text]) => text)].join()}}`);
}

/** Finds out in how many cookies a session goes, before anything is promised. */
export function layout<T extends object>(jar: Jar<T>, payload: number, expiry: Expiry): Layout {
  // Sized for the longest `Max-Age` that can be written, so that whether a session fits does not depend on its age.
  const maxAge = isPersistent(jar, expiry) ? jar.idle(expiry) : undefined;
  const { name, maxSize } = jar.settings;
  return fit(name, jar.sealer.sealedLength(payload), jar.lines.length(maxAge), maxSize);
}

/** Seals the received bytes again, unchanged, with new times. What cannot be sealed again goes on as it is. */
export function reseal<T extends object>(jar: Jar<T>, received: Received<T>, expiry: Expiry): Soon<string[]> {
  const { unsealed, openedAt } = received;
  try {
    return then(seal(jar, unsealed.payload, unsealed.born, openedAt, expiry), ({ text, layout, maxAge }) =>
      jar.lines.set(text, layout, maxAge),
    );
  } catch (error) {
    jar.warnOnce("a session was not sealed again and goes on as it is", { error: String(error) });
    return [];
  }
}

/** Seals what was changed. Throws where it cannot be: the response must not go out as if it had been kept. */
export function sealChanged<T extends object>(
  jar: Jar<T>,
  { received, parts }: Arrival<T>,
  state: State<T>,
  value: T,
  expiry: Expiry,
  clock: Seconds | undefined,
): Soon<string[]> {
  const now = clock ?? fail("clock", NO_CLOCK);
  const goingOn = state.fate === "write" ? received : undefined;
  const frame = {
    schema: jar.schema,
    id: goingOn?.frame.id ?? state.newId!,
    revision: goingOn ? nextRevision(goingOn) : 0,
  };
  const payload = writeFrame(frame, writeBody(value, goingOn && state.keepUnknown ? goingOn.unknown : []));
  const keepsBirth = received && !state.purged && !state.discarded && !state.subjectChanged;
  return then(keepsBirth ? received.unsealed.born : firstBirth(jar, jar.subject(value), now), (born) =>
    then(seal(jar, payload, born, now, expiry), ({ text, layout, maxAge }) => jar.lines.replace(text, layout, maxAge, parts)),
  );
}

/** Marks the sessions that have ended as logged out, beside those that were before. */
export function mark<T extends object>(jar: Jar<T>, arrival: Arrival<T>, state: State<T>): string[] {
  const { received, loggedOut } = arrival;
  const ended = state.purged ? arrival.opened : received && jar.leavesSubject(state, received) ? [received.frame.id] : [];
  // No answer that is still under way can seal one of them for longer.
  const maxAge = add(jar.settings.lifetime, jar.sealer.ring.skew);
  return ended.length ? [jar.lines.mark([...ended, ...loggedOut], maxAge)] : [];
}

export function nextRevision<T>({ frame }: Received<T>): number {
  return Math.min(frame.revision + 1, 0xffff_ffff);
}

/** When a session that begins now was born: a login after a revocation is not refused for it. */
function firstBirth<T extends object>(jar: Jar<T>, subject: string | undefined, now: Seconds): Soon<Seconds> {
  const { revocations, skew } = jar.sealer.ring;
  return then(revocations.bornBefore(jar.options.app, subject), (listed) =>
    Math.min(Math.max(now, revocations.floor ?? 0, listed ?? 0), add(now, skew)),
  );
}

/** The one way a session leaves. */
function seal<T extends object>(
  jar: Jar<T>,
  payload: Uint8Array,
  born: Seconds,
  clock: Seconds,
  expiry: Expiry,
): Soon<{ text: string; layout: Layout; maxAge: number | undefined }> {
  const where = layout(jar, payload.length, expiry);
  const { revocations, skew } = jar.sealer.ring;
  const lifetime = Math.min(jar.settings.lifetime, revocations.horizon);
  // By a clock that is too far behind, the session would be refused as born too late.
  const sealedAt = Math.max(clock, born - skew);
  let wanted = Math.min(add(sealedAt, jar.idle(expiry)), add(born, lifetime));
  let asked = 0;
  if (typeof expiry === "object") {
    if ("at" in expiry) {
      wanted = Math.min(wanted, Math.max(endOf(expiry.at), sealedAt));
    }
    asked = "at" in expiry ? endOf(expiry.at) - sealedAt : expiry.after;
  }
  asked > jar.settings.idle &&
    jar.warnOnce("a session asked for more than the jar's idleTimeout and ends earlier when it is not used", { asked });
  return then(jar.sealer.seal(payload, { born, sealedAt, expiresAt: wanted }), ({ text, expiresAt }) => {
    expiresAt < wanted && jar.warnOnce("the ring's key allows less than the idleTimeout, sessions end earlier", { allowed: expiresAt - sealedAt });
    return { text, layout: where, maxAge: isPersistent(jar, expiry) ? expiresAt - sealedAt : undefined };
  });
}

function isPersistent<T extends object>(jar: Jar<T>, expiry: Expiry): boolean {
  return typeof expiry === "object" || (expiry !== "browser" && jar.options.persistent !== false);
}
