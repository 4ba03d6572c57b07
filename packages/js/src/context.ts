/**
 * What a token is for. It opens only in the context in which it was sealed.
 *
 * @example
 * const context: Context = { app: "shop-prod", purpose: "password-reset" };
 */
export interface Context {
  /** The application and its environment, such as `shop-prod`. */
  readonly app: string;
  /** What the token is for, such as `password-reset`. */
  readonly purpose: string;
  /** The cookie that it is sent in. Default: none. */
  readonly cookieName?: string;
  /**
   * Something that the application knows, such as a tenant. Default: nothing. Never use a client's
   * address.
   */
  readonly binding?: string | Uint8Array;
}
