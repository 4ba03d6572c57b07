import { type Id, readMark } from "./mark.js";

// Which cookies does a request carry under one exact name? Nothing is decoded: not the name, not
// the value, not quotes. A lenient parser takes `%5f%5fHost-Http-session` for
// `__Host-Http-session`, and then the prefix protects nothing. Header values are text of one
// character for each byte.

/** Passes on the name and the value of each cookie. */
export function eachCookie(headers: readonly string[], visit: (name: string, value: string) => void): void {
  for (const piece of headers.flatMap((header) => header.split(";"))) {
    const equals = piece.indexOf("=");
    if (equals >= 0) {
      visit(piece.slice(0, equals).replace(/^[ \t]+/, ""), piece.slice(equals + 1).replace(/[ \t]+$/, ""));
    }
  }
}

/** What a request carries of one jar's cookies. */
export interface Found {
  /** The distinct values of the cookie, at most one more than are ever opened. */
  readonly values: readonly string[];
  /** k for each cookie `name.k` that came, 1 to 8. */
  readonly parts: ReadonlySet<number>;
  /** The sessions that this browser has logged out of, the newest first. */
  readonly loggedOut: readonly Id[];
}

export function scan(headers: readonly string[], jar: string): Found {
  const values = new Set<string>();
  const parts = new Set<number>();
  const loggedOut: Id[] = [];
  eachCookie(headers, (name, value) => {
    const suffix = name.startsWith(jar) ? name.slice(jar.length) : undefined;
    if (suffix === "") {
      values.size > MAX_CANDIDATES || values.add(value);
    } else if (suffix === ".out") {
      loggedOut.push(...readMark(value));
    } else if (suffix && /^\.[1-8]$/.test(suffix)) {
      parts.add(+suffix[1]!);
    }
  });
  return { values: [...values], parts, loggedOut: loggedOut.slice(0, 16) };
}

/** How many distinct values of one cookie are opened at most. */
export const MAX_CANDIDATES = 4;
