import { type Middleware, toResponse } from "h3";
import { type HandlerOptions, begin, finish, savedNot } from "./adapter/exchange.js";
import type { Jar } from "./jar.js";

/**
 * How the middleware works.
 *
 * @example
 * app.use("/basket/**", sessions(baskets, { property: "basket" }));
 */
export interface H3Options extends HandlerOptions {
  /** The member of `event.context` that holds the session. Default `session`. */
  readonly property?: string;
}

/**
 * Middleware for h3 2, and with it Nitro 3: `event.context.session` is the visitor's session, and
 * what it changed is written into the response, also into that of an error.
 *
 * @example
 * app.use(sessions(jar));
 * app.get("/", (event) => {
 *   const { session } = event.context;
 *   session.update((s) => { s.visits = (s.visits ?? 0) + 1 });
 *   return `visit ${session.visits}`;
 * });
 */
export function sessions<T extends object>(jar: Jar<T>, options: H3Options = {}): Middleware {
  const { property = "session" } = options;
  return async (event, next) => {
    const { visit, isOutermost } = begin(jar, event.req, options);
    event.context[property] = await visit.session();
    if (!isOutermost) {
      return next();
    }
    // `onResponse` is for what leaves the application, and sees the session too.
    const { onResponse: _, ...config } = event.app?.config ?? {};
    try {
      const answer = Promise.resolve(next()).catch(savedNot);
      return await finish(visit, await toResponse(answer, event, config));
    } finally {
      visit.abandon();
    }
  };
}
