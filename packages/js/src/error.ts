/**
 * The word for each reason to refuse a cookie, as logs and counts name it. SPEC.md, sections 1 to
 * 3, says what each means. Never show it to the visitor: from outside all refusals must look the
 * same.
 *
 * @example
 * if (session.origin.kind === "refused") console.info(session.origin.refusal); // such as "expired"
 */
export type RefusalKind =
  | "ambiguous"
  | "bad_time"
  | "clock"
  | "expired"
  | "forged"
  | "logged_out"
  | "malformed"
  | "malformed_inner"
  | "newer_schema"
  | "old_schema"
  | "outside_key_window"
  | "revoked_all"
  | "revoked_key"
  | "revoked_session"
  | "revoked_subject"
  | "spent_key"
  | "too_old"
  | "torn_chunks"
  | "undecodable"
  | "unknown_key"
  | "unknown_version";

/**
 * The word for each error that is not about a cookie.
 *
 * A ring: `ring_ahead`, `ring_another`, `ring_conflict`, `ring_document`, `ring_foreign`,
 * `ring_older`, `ring_syntax`, `ring_too_large`, `unsupported_format`. Where it comes from:
 * `source`. A jar that cannot work: `config`. A change that is not taken: `closed`, `nested`,
 * `no_sealing_key`, `too_large`, `unencodable`. An adapter: `not_mounted`.
 *
 * @example
 * try { session.update((s) => { s.note = note }) } catch (error) {
 *   if (error instanceof SealjarError && error.kind === "too_large") return tooLong();
 *   throw error;
 * }
 */
export type ErrorKind =
  | "closed"
  | "config"
  | "nested"
  | "no_sealing_key"
  | "not_mounted"
  | "ring_ahead"
  | "ring_another"
  | "ring_conflict"
  | "ring_document"
  | "ring_foreign"
  | "ring_older"
  | "ring_syntax"
  | "ring_too_large"
  | "source"
  | "too_large"
  | "unencodable"
  | "unsupported_format";

/**
 * Every error of this package. No message repeats a secret, a cookie or a value of a session.
 *
 * @example
 * process.on("uncaughtException", (error) => {
 *   if (error instanceof SealjarError) console.error(error.kind, error.message);
 * });
 */
export class SealjarError extends Error {
  /** What went wrong, in one word. */
  readonly kind: ErrorKind | RefusalKind;
  /**
   * With `too_large`: the size that the session would have, and the limit that it breaks, in bytes.
   */
  declare readonly size?: number;
  declare readonly limit?: number;

  /** @internal */
  constructor(kind: ErrorKind | RefusalKind, message: string, more?: { size: number; limit: number }) {
    super(message);
    this.kind = kind;
    Object.assign(this, more);
  }

  /**
   * The HTTP status that says it, where a handler passes it on: 503 while nothing can be sealed,
   * otherwise 500. Express answers with it.
   */
  get status(): 500 | 503 {
    return this.kind === "no_sealing_key" || this.kind === "clock" ? 503 : 500;
  }

  override get name(): string {
    return "SealjarError";
  }
}

/** @internal */
export function fail(kind: ErrorKind | RefusalKind, message: string): never {
  throw new SealjarError(kind, message);
}
