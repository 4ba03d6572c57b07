// May a cache keep this response, and may it give it to somebody else?

/** What a handler did with the session, as far as caches are concerned. */
export type Effect = "read" | "discard" | "reseal" | "urgent reseal" | "write";

/** What to do about the response's policies. */
export interface Verdict {
  /** Fields that have to say something else than they say. */
  readonly set: [name: string, value: string][];
  /** Whether sealing again has to wait for another response. */
  readonly withheld: boolean;
  /** Whether the application has let shared caches keep what they may not. */
  readonly overridden: boolean;
  readonly variesByCookie: boolean;
}

/** What a `Cache-Control` allows a shared cache. Of several lines the strictest counts. */
const SHARED = 1;
/** To keep it, if it asks before each use: it then serves the cookie that it has kept. */
const REVALIDATED = 2;
const KEPT_OUT = 3;

/** Reads all headers of a response, and decides what becomes of those that caches go by. */
export function judge(headers: Iterable<readonly [name: string, value: string]>, effect: Effect): Verdict {
  let [sharing, targeted, variesByCookie] = [0, false, false];
  const open: [string, string][] = [];
  for (const [name, value] of headers) {
    const field = name.toLowerCase();
    const directives = split(value);
    const has = (...names: string[]): boolean => directives.some((it) => names.includes(it));
    if (field === "vary") {
      variesByCookie ||= value.split(",").some((it) => ["*", "cookie"].includes(it.trim().toLowerCase()));
    } else if (field === "cache-control") {
      const shares = directives.some((it) => /^(public|s-maxage)(=|$)/.test(it));
      sharing = Math.max(sharing, has("private", "no-store") ? KEPT_OUT : has("no-cache") && !shares ? REVALIDATED : SHARED);
    } else if (field === "expires" || field === "x-accel-expires") {
      if (value.trim() !== "0") {
        targeted ||= field !== "expires";
        open.push([name, "0"]);
      }
    } else if (field.endsWith("-cache-control") ? !has("private", "no-store") : /^(surrogate|edge)-control$/.test(field) && !has("no-store")) {
      targeted = true;
      open.push([name, "no-store"]);
    }
  }
  const shared = targeted || sharing === SHARED;
  const read: [string, string][] = sharing ? [] : [["cache-control", "private"]];
  const verdict = (set: [string, string][], withheld: boolean, overridden: boolean): Verdict => ({ set, withheld, overridden, variesByCookie });
  if (effect === "read" || (effect === "discard" && !sharing && !open.length)) {
    return verdict(read, false, false);
  }
  if (effect.endsWith("reseal") && (shared || (sharing === REVALIDATED && effect === "reseal"))) {
    return verdict(read, true, false);
  }
  return verdict(sharing === KEPT_OUT ? open : [["cache-control", "no-store"], ...open], false, shared);
}

/** Splits a list at the commas that are in no quoted string, in lower case. */
function split(value: string): string[] {
  return (value.match(/(?:"(?:[^"\\]|\\.)*(?:"|$)|[^",])+/gs) ?? []).map((it) => it.trim().toLowerCase());
}
