import { NO_CLOCK } from "./any-sealer.js";
import { type Seconds, add, stored } from "./clock.js";
import { writeBody } from "./codec.js";
import { type Layout, fit as fitCookies } from "./cookie/chunk.js";
import { writeEnvelope } from "./envelope.js";
import { fail } from "./error.js";
import { type Incoming, type Received, nextRevision } from "./incoming.js";
import type { Jar } from "./jar.js";
import type { Expiry } from "./options.js";
import { type Soon, then } from "./soon.js";
import { Ended, type State } from "./state.js";

// How is a session sealed, and for how long?

/** Computes over how many cookies a session is spread, before anything is promised. */
export function fit<T extends object>(jar: Jar<T>, payload: number, expiry: Expiry): Layout {
  // Sized for the longest `Max-Age` that can be written, so that whether a session fits does not
  // depend on its age.
  const maxAge = isPersistent(jar, expiry) ? jar.idle(expiry) : undefined;
  const { name, maxSize } = jar.settings;
  return fitCookies(name, jar.sealer.sealedLength(payload), jar.lines.length(maxAge), maxSize);
}

/**
 * Seals the received bytes again, unchanged, with new times. If that fails, the cookie stays as it
 * is.
 */
export function sealAgain<T extends object>(jar: Jar<T>, received: Received<T>, expiry: Expiry): Soon<string[]> {
  const { unsealed, openedAt } = received;
  try {
    return then(seal(jar, unsealed.payload, unsealed.born, openedAt, expiry), ({ text, layout, maxAge }) =>
      jar.lines.set(text, layout, maxAge),
    );
  } catch (error) {
    jar.warnOnce("a session was not sealed again and keeps its former cookie", { error: String(error) });
    return [];
  }
}

/**
 * Seals a changed session. Throws if that fails: the response must not be sent as if the change had
 * been kept.
 */
export function sealChanged<T extends object>(
  jar: Jar<T>,
  { received, parts }: Incoming<T>,
  state: State<T>,
  value: T,
  expiry: Expiry,
  clock: Seconds | undefined,
): Soon<string[]> {
  const now = clock ?? fail("clock", NO_CLOCK);
  const continued = state.intent === "write" ? received : undefined;
  const envelope = {
    schema: jar.schema,
    id: continued?.envelope.id ?? state.newId!,
    revision: continued ? nextRevision(continued) : 0,
  };
  const payload = writeEnvelope(envelope, writeBody(value, continued && state.keepUnknown ? continued.unknown : []));
  const keepsBirth = received && state.ended === Ended.No;
  return then(keepsBirth ? received.unsealed.born : firstBirth(jar, jar.subject(value), now), (born) =>
    then(seal(jar, payload, born, now, expiry), ({ text, layout, maxAge }) => jar.lines.replace(text, layout, maxAge, parts)),
  );
}

/**
 * When a session that begins now was born: a login after a revocation must not be refused because
 * of it.
 */
function firstBirth<T extends object>(jar: Jar<T>, subject: string | undefined, now: Seconds): Soon<Seconds> {
  const { revocations, skew } = jar.sealer.ring;
  return then(revocations.bornBefore(jar.options.app, subject), (listed) =>
    Math.min(Math.max(now, revocations.floor ?? 0, listed ?? 0), add(now, skew)),
  );
}

/** Every session that is sent passes through here. */
function seal<T extends object>(
  jar: Jar<T>,
  payload: Uint8Array,
  born: Seconds,
  clock: Seconds,
  expiry: Expiry,
): Soon<{ text: string; layout: Layout; maxAge: number | undefined }> {
  const where = fit(jar, payload.length, expiry);
  const { revocations, skew } = jar.sealer.ring;
  const lifetime = Math.min(jar.settings.lifetime, revocations.horizon);
  // Sealed by a clock that is too far behind, the session would be refused as born too late.
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

/** The first second after the end of a session. */
export function endOf(at: Date): Seconds {
  return stored(at.getTime() / 1000) ?? 0;
}
