import type { Received } from "./arrival.js";
import { type Seconds, add } from "./clock.js";
import { freeze, readBody } from "./codec.js";
import type { Id } from "./cookie/mark.js";
import type { RefusalKind } from "./errors.js";
import { readFrame } from "./frame.js";
import type { Jar } from "./jar.js";
import type { Written } from "./json.js";
import type { Unsealed } from "./sealer.js";
import { type Soon, then } from "./soon.js";

/** Opens one token's text, and counts it once. */
export function openOne<T extends object>(jar: Jar<T>, text: string, loggedOut: readonly Id[], now: Seconds): Soon<Received<T> | RefusalKind> {
  return then(jar.sealer.open(text, now), (unsealed) => {
    if (typeof unsealed === "string") {
      return unsealed;
    }
    const counts = jar.sealer.tally.of(unsealed.keyId);
    return then(believe(jar, unsealed, loggedOut, now, text.length), (received) => {
      if (typeof received === "string") {
        return counts.refuse(received);
      }
      counts.opened++;
      return received;
    });
  });
}

/** Reads the value, if the session is one of this jar and still goes on. */
function believe<T extends object>(
  jar: Jar<T>,
  unsealed: Unsealed,
  loggedOut: readonly Id[],
  now: Seconds,
  size: number,
): Soon<Received<T> | RefusalKind> {
  const read = readFrame(unsealed.payload);
  if (!read) {
    return "undecodable";
  }
  const { frame, body } = read;
  const { options, settings } = jar;
  const content = readBody(body);
  let value: T | undefined;
  let unknown: Written[] = [];
  if (frame.schema === jar.schema) {
    if (!content) {
      return "undecodable";
    }
    const knows = options.empty;
    unknown = knows ? content.members.filter(([name]) => !Object.hasOwn(knows, name)) : [];
    unknown.forEach(([name]) => delete content.value[name]);
    value = { ...jar.empty, ...content.value };
  } else {
    value = content && options.migrate?.(frame.schema, content.value);
    if (!value) {
      return frame.schema < jar.schema ? "old_schema" : "newer_schema";
    }
  }
  const { revocations } = unsealed.ring;
  // No session outlives what the ring remembers of revocations.
  if (now >= add(unsealed.born, Math.min(settings.lifetime, revocations.horizon))) {
    return "too_old";
  }
  if (revocations.hasSession(frame.id)) {
    return "revoked_session";
  }
  const lists = revocations.listsSubjects(options.app);
  if (lists && !options.subject) {
    jar.warnOnce("the ring revokes people, and nothing says whose a session is: give the jar a subject");
  }
  const session = freeze(value);
  return then(lists ? revocations.bornBefore(options.app, jar.subject(session)) : undefined, (bornBefore) => {
    if (unsealed.born < (bornBefore ?? 0)) {
      return "revoked_subject";
    }
    return loggedOut.includes(frame.id) ? "logged_out" : { value: session, unknown, frame, unsealed, openedAt: now, size };
  });
}
