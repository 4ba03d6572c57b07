import type { MiddlewareHandler } from "hono";
import { type HandlerOptions, begin, finish } from "./adapter/exchange.js";
import type { Jar } from "./jar.js";
import type { Session } from "./session.js";

/**
 * How the middleware works.
 *
 * @example
 * app.use("/basket", sessions(baskets, { variable: "basket" }));
 */
export interface HonoOptions<Name extends string = "session"> extends HandlerOptions {
  /** The variable that holds the session. Default `session`. */
  readonly variable?: Name;
}

/**
 * Middleware for Hono: `c.var.session` is the visitor's session, and what it changed is written
 * into the response, also into that of an error.
 *
 * @example
 * const app = new Hono<{ Variables: { session: Session<{ visits?: number }> } }>();
 * app.use(sessions(jar));
 * app.get("/", (c) => {
 *   c.var.session.update((s) => { s.visits = (s.visits ?? 0) + 1 });
 *   return c.text(`visit ${c.var.session.visits}`);
 * });
 */
export function sessions<T extends object, Name extends string = "session">(
  jar: Jar<T>,
  options: HonoOptions<Name> = {},
): MiddlewareHandler<{ Variables: Record<Name, Session<T>> }> {
  const { variable = "session" as Name } = options;
  return async (context, next) => {
    const { visit, isOutermost } = begin(jar, context.req.raw, options);
    context.set(variable, await visit.session());
    try {
      await next();
      if (isOutermost) {
        const response = await finish(visit, context.res);
        // Otherwise Hono puts the fields of the one before over those of this one.
        context.res = undefined;
        context.res = response;
      }
    } finally {
      isOutermost && visit.abandon();
    }
  };
}
