import { type HandlerOptions, begin, finish } from "./adapter/exchange.js";
import { once } from "./adapter/once.js";
import type { Jar } from "./jar.js";

/**
 * How the hook works.
 *
 * @example
 * export const handle = sequence(sessions(openJar), sessions(openBaskets, { local: "basket" }));
 */
export interface SvelteKitOptions extends HandlerOptions {
  /** The member of `event.locals` that holds the session. Default `session`. */
  readonly local?: string;
}

/**
 * The hook, as SvelteKit's type `Handle`.
 *
 * @example
 * const handle: SessionHandle = sessions(openJar);
 */
export type SessionHandle = <Event extends { readonly request: Request; readonly locals: object }>(input: {
  event: Event;
  resolve(event: Event): Response | Promise<Response>;
}) => Promise<Response>;

/**
 * The hook `handle` for SvelteKit 2 and 3: `event.locals.session` is the visitor's session, for
 * `load`, actions and endpoints. `open` makes the jar when the first request comes, and not while
 * the application is built, where no ring is.
 *
 * @example
 * // src/hooks.server.js
 * export const handle = sessions(async () => {
 *   const { ring } = await Watcher.start(FileSource.find("session-ring"));
 *   return new Jar(ring, { app: "shop-prod", keepAlive: true });
 * });
 */
export function sessions<T extends object>(open: () => Jar<T> | Promise<Jar<T>>, options: SvelteKitOptions = {}): SessionHandle {
  const { local = "session" } = options;
  const jar = once(open);
  return async ({ event, resolve }) => {
    const { visit, isOutermost } = begin(await jar(), event.request, options);
    Object.assign(event.locals, { [local]: await visit.session() });
    if (!isOutermost) {
      return resolve(event);
    }
    try {
      // Kit answers for what a handler throws.
      return await finish(visit, await resolve(event));
    } finally {
      visit.abandon();
    }
  };
}
