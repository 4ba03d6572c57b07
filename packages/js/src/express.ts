import type { IncomingMessage, OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { defaultCrypto } from "./aead/crypto.js";
import { SealjarError, fail } from "./error.js";
import type { Jar } from "./jar.js";
import { sameName } from "./adapter/slot.js";
import { readFetch } from "./request.js";
import type { Session } from "./session.js";
import type { Visit } from "./visit.js";

/**
 * A request with a session, which Express, Connect and Fastify hand on.
 *
 * @example
 * const name = (request: RequestWithSession<Account>) => request.session.user?.name;
 */
export interface RequestWithSession<T extends object> extends IncomingMessage {
  readonly session: Session<T>;
}

/**
 * How the middleware works.
 *
 * @example
 * app.use("/basket", sessions(baskets, { property: "basket" }));
 */
export interface MiddlewareOptions {
  /** The request's property. Default `session`. */
  readonly property?: string;
  /** Lets every request below it that uses the session extend it. */
  readonly keepAlive?: boolean;
}

/** The jars around a request, the outermost first. */
const slots = new WeakMap<IncomingMessage, Visit<object>[]>();

/**
 * Middleware for Express, Connect and whatever else hands on Node's request and response:
 * `req.session` is the visitor's session, opened when it is first used, and written when the
 * response's head goes out.
 *
 * @example
 * app.use(sessions(jar));
 * app.get("/", (req, res) => {
 *   req.session.update((s) => { s.visits = (s.visits ?? 0) + 1 });
 *   res.send(`visit ${req.session.visits}`);
 * });
 */
export function sessions<T extends object>(
  jar: Jar<T>,
  options: MiddlewareOptions = {},
): (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void {
  defaultCrypto().isSync || fail("config", "sealjar/express needs Node's own crypto: Node 20.16, 22.3 or later");
  const { property = "session" } = options;
  return (request, response, next) => {
    const visits = slots.get(request) ?? [];
    const outer = visits.find((it) => it.jar === (jar as unknown));
    const twin = outer ? undefined : sameName(visits, jar);
    if (twin) {
      next(twin);
      return;
    }
    const visit = (outer as Visit<T> | undefined) ?? begin(jar, request, response);
    outer || slots.set(request, [...visits, visit as unknown as Visit<object>]);
    visit.state.keepAlive ||= !!options.keepAlive && !visit.fetch.isSpeculative;
    Object.defineProperty(request, property, { value: visit.session(), configurable: true, enumerable: true });
    next();
  };
}

function begin<T extends object>(jar: Jar<T>, request: IncomingMessage, response: ServerResponse): Visit<T> {
  const { headers, method = "GET" } = request;
  const header = (name: string): string | undefined => {
    const value = headers[name];
    return Array.isArray(value) ? value[0] : value;
  };
  const visit = jar.visit(headers.cookie === undefined ? [] : [headers.cookie], readFetch(method, header));
  response.once("close", () => visit.abandon());
  onHead(response, () => {
    const closing = visit.close(spelt(response));
    if (!(closing instanceof Promise)) {
      closing.set.forEach(([name, value]) => response.setHeader(name, value));
      closing.append.forEach(([name, value]) => response.appendHeader(name, value));
    }
  }, (error) => jar.log("error", "the session could not be sealed, the response is replaced by 500", { error: String(error) }));
  return visit;
}

/** The response's headers as the application made them. */
function* spelt(response: ServerResponse): Generator<[string, string]> {
  for (const [name, value] of Object.entries(response.getHeaders())) {
    for (const line of Array.isArray(value) ? value : [value]) {
      yield [name, String(line)];
    }
  }
}

/**
 * Calls `work` once, before the head of a response is sent. If it throws, an empty 500 is sent
 * instead.
 */
function onHead(response: ServerResponse, work: () => void, failed: (error: unknown) => void): void {
  const { writeHead, write, end } = response;
  let [done, isLost] = [false, false];
  const leave = (): boolean => {
    if (!done && !response.headersSent) {
      done = true;
      try {
        work();
      } catch (error) {
        if (!(error instanceof SealjarError)) {
          throw error;
        }
        failed(error);
        isLost = true;
        response.getHeaderNames().forEach((name) => response.removeHeader(name));
        response.statusCode = 500;
        response.statusMessage = "Internal Server Error";
        response.setHeader("content-length", 0);
      }
    }
    return !isLost;
  };
  type Headers = OutgoingHttpHeaders | OutgoingHttpHeader[] | undefined;
  response.writeHead = function (status: number, ...more: [(string | Headers)?, Headers?]) {
    if (response.headersSent) {
      return writeHead.call(response, status, ...(more as []));
    }
    const [reason] = more;
    if (!isLost) {
      take(response, typeof reason === "string" ? more[1] : reason);
    }
    return leave() ? writeHead.call(response, status, ...((typeof reason === "string" ? [reason] : []) as [])) : writeHead.call(response, 500);
  } as typeof writeHead;
  response.write = function (...content: unknown[]): boolean {
    return leave() ? write.apply(response, content as Parameters<typeof write>) : true;
  } as typeof write;
  response.end = function (...content: unknown[]) {
    return end.apply(response, (leave() ? content : content.filter((it) => typeof it === "function")) as Parameters<typeof end>);
  } as typeof end;
}

/** Sets what was passed to `writeHead`, so that it is seen with the rest. */
function take(response: ServerResponse, headers: OutgoingHttpHeaders | OutgoingHttpHeader[] | undefined): void {
  if (Array.isArray(headers)) {
    const pairs = headers.length && Array.isArray(headers[0]) ? (headers as unknown as [string, string][]) : pairsOf(headers);
    new Set(pairs.map(([name]) => String(name).toLowerCase())).forEach((name) => response.removeHeader(name));
    pairs.forEach(([name, value]) => response.appendHeader(String(name), value));
  } else {
    Object.entries(headers ?? {}).forEach(([name, value]) => value === undefined || response.setHeader(name, value));
  }
}

function pairsOf(flat: OutgoingHttpHeader[]): [string, string][] {
  return Array.from({ length: flat.length / 2 }, (_, at) => [String(flat[2 * at]), flat[2 * at + 1] as string]);
}
