import { SealjarError } from "../error.js";
import type { Jar } from "../jar.js";
import { readFetch } from "../request.js";
import type { Closing } from "../response.js";
import type { Visit } from "../visit.js";
import { sameName } from "./slot.js";

// Begins a request for an adapter, and closes its session for the `Response`.

/**
 * How a handler's session works.
 *
 * @example
 * export default { fetch: withSession(jar, handler, { keepAlive: true }) };
 */
export interface HandlerOptions {
  /** Lets every request that uses the session extend it. */
  readonly keepAlive?: boolean;
}

/** The jars around a request, the outermost first. */
const slots = new WeakMap<Request, Visit<object>[]>();

/**
 * Begins a request, or finds that an outer layer with the same jar has begun it. Throws for two
 * jars with one cookie.
 */
export function begin<T extends object>(
  jar: Jar<T>,
  request: Request,
  options: HandlerOptions = {},
): { visit: Visit<T>; isOutermost: boolean } {
  const visits = slots.get(request) ?? [];
  const outer = visits.find((it) => it.jar === (jar as unknown)) as Visit<T> | undefined;
  const twin = outer ? undefined : sameName(visits, jar);
  if (twin) {
    throw twin;
  }
  const visit = outer ?? visitOf(jar, request);
  outer || slots.set(request, [...visits, visit as unknown as Visit<object>]);
  visit.state.keepAlive ||= !!options.keepAlive && !visit.fetch.isSpeculative;
  return { visit, isOutermost: !outer };
}

/**
 * `Headers` joins several `Cookie` lines by `; ` in Node, Deno and Bun. Where they are joined by `,
 * `, a cookie in a later line is not found: splitting there would trust a part of a value.
 */
function visitOf<T extends object>(jar: Jar<T>, request: Request): Visit<T> {
  const { headers } = request;
  const cookie = headers.get("cookie");
  const visit = jar.visit(cookie === null ? [] : [cookie], readFetch(request.method, (name) => headers.get(name)));
  request.signal?.addEventListener("abort", () => visit.abandon(), { once: true });
  return visit;
}

/**
 * Answers for an error of ours that a handler passes on, and reveals nothing about it. Throws any
 * other.
 */
export function savedNot(error: unknown): Response {
  if (!(error instanceof SealjarError)) {
    throw error;
  }
  return new Response("the session could not be saved", { status: error.status });
}

/**
 * Writes the session into a response. If it cannot be sealed, the response must not look as if it
 * had been kept.
 */
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
  // Some responses, such as a redirect, have headers that cannot be changed.
  const { status, statusText, headers } = response;
  const changed = new Response(response.body, { status, statusText, headers });
  closing.set.forEach(([name, value]) => changed.headers.set(name, value));
  closing.append.forEach(([name, value]) => changed.headers.append(name, value));
  return changed;
}
