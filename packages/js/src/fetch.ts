import { SealjarError } from "./errors.js";
import type { Closing } from "./closing.js";
import type { Jar } from "./jar.js";
import { sameName } from "./mount.js";
import { readFetch } from "./request.js";
import type { Session } from "./session.js";
import type { Visit } from "./visit.js";

/** How a handler's session works. */
export interface HandlerOptions {
  /** Lets every request that uses the session extend it. */
  readonly keepAlive?: boolean;
}

/** The jars around a request, from the outermost in. */
const mounted = new WeakMap<Request, Visit<object>[]>();

/**
 * Gives a `fetch` handler its visitor's session, and writes what it changed into the response. For Workers,
 * Deno, Bun, and whatever else takes a function from `Request` to `Response`.
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
    const { visit, isOutermost } = enter(jar, request, options);
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

/** Begins a request, or finds that the same jar has been around it already. Throws for two jars with one cookie. */
export function enter<T extends object>(
  jar: Jar<T>,
  request: Request,
  options: HandlerOptions = {},
): { visit: Visit<T>; isOutermost: boolean } {
  const visits = mounted.get(request) ?? [];
  const outer = visits.find((it) => it.jar === (jar as unknown)) as Visit<T> | undefined;
  const twin = outer ? undefined : sameName(visits, jar);
  if (twin) {
    throw twin;
  }
  const visit = outer ?? begin(jar, request);
  outer || mounted.set(request, [...visits, visit as unknown as Visit<object>]);
  visit.state.keepAlive ||= !!options.keepAlive && !visit.fetch.isSpeculative;
  return { visit, isOutermost: !outer };
}

/** Begins a request. Of several `Cookie` lines `Headers` makes one, joined by `; ` or by `, `. */
function begin<T extends object>(jar: Jar<T>, request: Request): Visit<T> {
  const { headers } = request;
  const cookie = headers.get("cookie");
  const visit = jar.visit(cookie === null ? [] : [cookie], readFetch(request.method, (name) => headers.get(name)));
  request.signal?.addEventListener("abort", () => visit.abandon(), { once: true });
  return visit;
}

/** Answers for an error of ours that a handler passes on, and says nothing of it. Throws any other. */
export function savedNot(error: unknown): Response {
  if (!(error instanceof SealjarError)) {
    throw error;
  }
  return new Response("the session could not be saved", { status: error.status });
}

/** Writes the session into a response. If it cannot be sealed, the response does not look as if it had been kept. */
export async function finish<T extends object>(visit: Visit<T>, response: Response): Promise<Response> {
  let closing: Closing;
  try {
    closing = await visit.close(response.headers);
  } catch (error) {
    if (!(error instanceof SealjarError)) {
      throw error;
    }
    visit.jar.log("error", "the session could not be sealed, the response is replaced by 500", { error: String(error) });
    return new Response(null, { status: 500 });
  }
  if (!closing.append.length && !closing.set.length) {
    return response;
  }
  // The headers of some responses, such as a redirect's, cannot be changed where they are.
  const { status, statusText, headers } = response;
  const changed = new Response(response.body, { status, statusText, headers });
  closing.set.forEach(([name, value]) => changed.headers.set(name, value));
  closing.append.forEach(([name, value]) => changed.headers.append(name, value));
  return changed;
}
