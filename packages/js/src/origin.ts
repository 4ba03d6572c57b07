import type { RefusalKind } from "./error.js";

/**
 * Where a session comes from.
 *
 * @example
 * const origin: Origin = session.origin;
 * if (origin.kind === "opened" && origin.stale) console.info("sealed by an older key");
 */
export type Origin =
  /**
   * No cookie of the name came. `withheld`: a browser had to leave it out, because of `SameSite`.
   */
  | { readonly kind: "absent"; readonly withheld: boolean }
  /**
   * A cookie came and opened. `stale`: a newer key seals now. `size`: of the sealed text, in bytes.
   */
  | {
      readonly kind: "opened";
      readonly born: Date;
      readonly sealedAt: Date;
      readonly expiresAt: Date;
      readonly keyId: string;
      readonly stale: boolean;
      readonly size: number;
    }
  /** A cookie came and was refused. It was left in place. */
  | { readonly kind: "refused"; readonly refusal: RefusalKind };
