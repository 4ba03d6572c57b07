import type { Unsealed } from "./any-sealer.js";
import { selectSession } from "./candidates.js";
import { type Seconds, add } from "./clock.js";
import { freeze, readBody } from "./codec.js";
import { join } from "./cookie/chunk.js";
import type { Id } from "./cookie/mark.js";
import { MAX_CANDIDATES, scan } from "./cookie/scan.js";
import { readEnvelope } from "./envelope.js";
import type { RefusalKind } from "./error.js";
import { type Incoming, type Received, originOf } from "./incoming.js";
import type { Jar } from "./jar.js";
import type { Written } from "./json.js";
import type { Fetch } from "./request.js";
import type { KeyRing } from "./ring.js";
import { type Soon, each, then } from "./soon.js";

// How does a request become a session?

/** Reads the request's cookies: the session that opens, or why none does. */
export function open<T extends object>(jar: Jar<T>, headers: readonly string[], fetch: Fetch): Soon<Incoming<T>> {
  const { settings, sealer } = jar;
  const found = scan(headers, settings.name);
  const now = jar.now();
  const whole = (outcome: Received<T> | RefusalKind | undefined, all: readonly (Received<T> | RefusalKind)[]): Incoming<T> => {
    const received = typeof outcome === "object" ? outcome : undefined;
    if (typeof outcome === "string") {
      jar.logRefusal(outcome, now);
    }
    return {
      origin: received
        ? originOf(received)
        : typeof outcome === "string"
          ? { kind: "refused", refusal: outcome }
          : { kind: "absent", withheld: fetch.withholds(settings.sameSite) },
      received,
      value: received?.value ?? jar.empty,
      parts: [...found.parts].sort(),
      opened: all.flatMap((it) => (typeof it === "object" ? [it.envelope.id] : [])),
      isLoggedOut: all.length > 0 && all.every((it) => it === "logged_out"),
      loggedOut: found.loggedOut,
    };
  };
  if (!found.values.length) {
    return whole(undefined, []);
  }
  if (now === undefined) {
    return whole(sealer.counters.ofNoKey.refuse("clock"), []);
  }
  if (found.values.length > MAX_CANDIDATES) {
    return whole(sealer.counters.ofNoKey.refuse("ambiguous"), []);
  }
  const candidates = each(found.values, (value): Soon<Received<T> | RefusalKind> => {
    const text = join(value, headers, settings.name);
    return text === "torn_chunks" || text === "malformed"
      ? sealer.counters.ofNoKey.refuse(text)
      : openToken(jar, text, found.loggedOut, now);
  });
  return then(candidates, (all) => {
    const chosen = selectSession(all);
    return whole(chosen === "ambiguous" ? sealer.counters.ofNoKey.refuse(chosen) : chosen, all);
  });
}

/** Opens one token's text, and counts it once. */
function openToken<T extends object>(jar: Jar<T>, text: string, loggedOut: readonly Id[], now: Seconds): Soon<Received<T> | RefusalKind> {
  return then(jar.sealer.open(text, now), (unsealed) => {
    if (typeof unsealed === "string") {
      return unsealed;
    }
    const counts = jar.sealer.counters.of(unsealed.keyId);
    return then(readSession(jar, unsealed, loggedOut, now, text.length), (received) => {
      if (typeof received === "string") {
        return counts.refuse(received);
      }
      counts.opened++;
      return received;
    });
  });
}

/** Reads the value, if the session is one of this jar and still valid. */
function readSession<T extends object>(
  jar: Jar<T>,
  unsealed: Unsealed,
  loggedOut: readonly Id[],
  now: Seconds,
  size: number,
): Soon<Received<T> | RefusalKind> {
  const read = readEnvelope(unsealed.payload);
  if (!read) {
    return "undecodable";
  }
  const { envelope, body } = read;
  const { options } = jar;
  const content = readBody(body);
  let value: T | undefined;
  let unknown: Written[] = [];
  if (envelope.schema === jar.schema) {
    if (!content) {
      return "undecodable";
    }
    const knows = options.empty;
    unknown = knows ? content.members.filter(([name]) => !Object.hasOwn(knows, name)) : [];
    unknown.forEach(([name]) => delete content.value[name]);
    value = { ...jar.empty, ...content.value };
  } else {
    value = content && options.migrate?.(envelope.schema, content.value);
    if (!value) {
      return envelope.schema < jar.schema ? "old_schema" : "newer_schema";
    }
  }
  const session = freeze(value);
  return then(
    judgeSession(jar, unsealed.ring, unsealed.born, envelope.id, session, now),
    (refusal) =>
      refusal ?? (loggedOut.includes(envelope.id) ? "logged_out" : { value: session, unknown, envelope, unsealed, openedAt: now, size }),
  );
}

/** Why a session is over, if it is: SPEC.md, section 2, from `too_old` to `revoked_subject`. */
export function judgeSession<T extends object>(
  jar: Jar<T>,
  { revocations }: KeyRing,
  born: Seconds,
  id: Id,
  value: T,
  now: Seconds,
): Soon<RefusalKind | undefined> {
  const { options, settings } = jar;
  // No session outlives what the ring remembers of revocations.
  if (now >= add(born, Math.min(settings.lifetime, revocations.horizon))) {
    return "too_old";
  }
  if (revocations.hasSession(id)) {
    return "revoked_session";
  }
  const lists = revocations.listsSubjects(options.app);
  if (lists && !options.subject) {
    jar.warnOnce("the ring revokes people, and nothing says whose a session is: give the jar a subject");
  }
  return then(lists ? revocations.bornBefore(options.app, jar.subject(value)) : undefined, (bornBefore) =>
    born < (bornBefore ?? 0) ? "revoked_subject" : undefined,
  );
}
