/**
 * A session's id: 16 hexadecimal digits. It names the session in logs and revocations, and is no
 * secret.
 */
export type Id = string;

// Which sessions has this browser logged out of? The cookie `<name>.out` lists them. A response
// that was in flight at the logout may set the session's cookie again. The mark makes the replica
// refuse that cookie.

/** Reads the ids in a mark's value, none if it is malformed. */
export function readMark(value: string): Id[] {
  return /^[0-9a-f]{16}(\.[0-9a-f]{16}){0,3}$/i.test(value) ? value.toLowerCase().split(".") : [];
}

/** Writes a mark's value: each id once, at most four. */
export function writeMark(ids: readonly Id[]): string {
  return [...new Set(ids)].slice(0, 4).join(".");
}
