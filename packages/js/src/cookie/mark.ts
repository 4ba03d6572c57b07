/** A session's id: 16 hexadecimal digits. It names the session in logs and revocations, and is no secret. */
export type Id = string;

// Which sessions has this browser logged out of? The cookie `<name>.out` says it. An answer that
// was under way when its visitor logged out may still set the session's cookie, and is refused by
// the mark then.

/** Reads the ids in a mark's value, none when it is no mark. */
export function readMark(value: string): Id[] {
  return /^[0-9a-f]{16}(\.[0-9a-f]{16}){0,3}$/i.test(value) ? value.toLowerCase().split(".") : [];
}

/** Writes a mark's value: each id once, at most four. */
export function writeMark(ids: readonly Id[]): string {
  return [...new Set(ids)].slice(0, 4).join(".");
}
