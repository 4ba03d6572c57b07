import { type HandlerOptions, begin, finish, savedNot } from "./adapter/exchange.js";
import type { Jar } from "./jar.js";
import type { Session } from "./session.js";

export type { HandlerOptions };

/**
 * Gives a `fetch` handler its visitor's session, and writes what it changed into the response. For
 * Workers, Deno, Bun, and whatever else takes a function from `Request` to `Response`.
 *
 * @example
 * export default {
 *   fetch: withSession(jar, async (request, session) => {
 *     session.update((s) => { s.visits = (s.visits ?? 0) + 1 });
 *     return new Response(`visit ${session.visits}`);
 *   }),
 * };
 */
export function withSession<T extends object, Rest extends unknown[]>(
  jar: Jar<T>,
  handler: (request: Request, session: Session<T>, ...rest: Rest) => Response | Promise<Response>,
  options: HandlerOptions = {},
): (request: Request, ...rest: Rest) => Promise<Response> {
  return async (request, ...rest) => {
    const { visit, isOutermost } = begin(jar, request, options);
    const handle = async (): Promise<Response> => handler(request, await visit.session(), ...rest);
    if (!isOutermost) {
      return handle();
    }
    try {
      return await finish(visit, await handle().catch(savedNot));
    } finally {
      visit.abandon();
    }
  };
}
