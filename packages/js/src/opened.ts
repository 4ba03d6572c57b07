/**
 * A token that opened.
 *
 * @example
 * const { payload, sealedAt }: Opened = await links.open(link);
 */
export interface Opened {
  /** What was sealed. */
  readonly payload: Uint8Array;
  /** When it was sealed, and the first moment at which it no longer opens. */
  readonly sealedAt: Date;
  readonly expiresAt: Date;
  /** The key it was sealed under. */
  readonly keyId: string;
}
