import { SealjarError } from "../error.js";
import { eachCookie } from "./scan.js";

// A token that is too long for one cookie travels in several:
//
//   name    = <n> ~ <gen> . <part 0>
//   name.1  = <gen> . <part 1>     ...      name.(n-1)
//
// n: number of parts, 2 to 9;  gen: characters [40..44] of the token

/** The greatest length of one `Set-Cookie` line. Browsers drop longer ones in silence. */
export const MAX_LINE = 4096;
const MAX_PARTS = 9;
const HEAD_MARK = 7;
const PART_MARK = 5;

/** Returns the token's text that begins in `value`: `value` itself, or its parts joined. */
export function join(value: string, headers: readonly string[], jar: string): string | "torn_chunks" | "malformed" {
  if (!/^\d+~/.test(value)) {
    return value;
  }
  const head = /^([2-9])~(.{4})\.(.*)$/s.exec(value);
  if (!head) {
    return "torn_chunks";
  }
  const [, count, generation, first] = head as unknown as [string, string, string, string];
  const parts: (string | undefined)[] = Array(+count).fill(undefined);
  parts[0] = first;
  let torn = false;
  eachCookie(headers, (name, value) => {
    const place = /^\.[1-8]$/.test(name.slice(jar.length)) && name.startsWith(jar) ? +name.slice(-1) : MAX_PARTS;
    if (place < parts.length && value.startsWith(`${generation}.`)) {
      const part = value.slice(PART_MARK);
      // Two parts for one place: nobody can tell which is the session's.
      torn ||= parts[place] !== undefined && parts[place] !== part;
      parts[place] = part;
    }
  });
  const text = parts.join("");
  if (torn || parts.includes(undefined) || text.slice(40, 44) !== generation) {
    return "torn_chunks";
  }
  return text.length > 12_288 ? "malformed" : text;
}

/** Over how many cookies a token is spread, and how much of it each carries. */
export interface Layout {
  readonly parts: number;
  readonly first: number;
  readonly others: number;
}

/**
 * Finds the least number of cookies that carry a token of so many characters. Throws with the exact
 * size where it does not fit.
 */
export function fit(jar: string, token: number, attributes: number, maxSize: number): Layout {
  const pair = jar.length + 1 + token;
  const tooLarge = (size: number, limit: number): never => {
    throw new SealjarError("too_large", `the session would take ${size} bytes, the limit is ${limit}`, { size, limit });
  };
  if (pair > maxSize) {
    tooLarge(pair, maxSize);
  }
  if (pair + attributes <= MAX_LINE) {
    return { parts: 1, first: token, others: 0 };
  }
  if (maxSize <= MAX_LINE) {
    tooLarge(pair + attributes, MAX_LINE);
  }
  const room = (overhead: number): number => Math.max(MAX_LINE - overhead - attributes, 0);
  const first = room(jar.length + 1 + HEAD_MARK);
  const others = room(jar.length + 3 + PART_MARK);
  // All pairs joined by "; ", as the browser sends them back.
  const total = (parts: number): number => pair + HEAD_MARK + (parts - 1) * (2 + jar.length + 3 + PART_MARK);
  const parts = 1 + Math.ceil(Math.max(token - first, 0) / Math.max(others, 1));
  const nineFull = total(MAX_PARTS) - token + first + (MAX_PARTS - 1) * others;
  const needed = Math.max(parts, 2);
  return needed <= MAX_PARTS && total(needed) <= maxSize
    ? { parts: needed, first, others }
    : tooLarge(total(parts), Math.min(maxSize, nineFull));
}

/** Spreads a token: pairs of what follows the jar's name, and the value. */
export function split(text: string, layout: Layout): [suffix: string, value: string][] {
  if (layout.parts === 1) {
    return [["", text]];
  }
  const generation = text.slice(40, 44);
  return Array.from({ length: layout.parts }, (_, part) => {
    const start = part && layout.first + (part - 1) * layout.others;
    const piece = text.slice(start, layout.first + part * layout.others);
    return part ? [`.${part}`, `${generation}.${piece}`] : ["", `${layout.parts}~${generation}.${piece}`];
  });
}
