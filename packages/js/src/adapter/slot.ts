import { SealjarError } from "../error.js";
import type { Jar } from "../jar.js";
import type { Visit } from "../visit.js";

// How do several jars around one handler work together?

/** Two jars with one cookie name would replace each other's cookies. */
export function sameName<T extends object>(visits: readonly Visit<object>[], jar: Jar<T>): SealjarError | undefined {
  return visits.some((it) => it.jar.cookieName === jar.cookieName)
    ? new SealjarError("config", `two jars around this handler have the cookie ${jar.cookieName}: give one a cookieName of its own`)
    : undefined;
}
