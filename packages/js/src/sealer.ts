import { AnySealer, NO_CLOCK } from "./any-sealer.js";
import { utf8 } from "./bytes.js";
import { add, date, now as clock } from "./clock.js";
import type { Context } from "./context.js";
import type { Uses } from "./counters.js";
import { fail } from "./error.js";
import type { LiveRing } from "./live.js";
import type { Opened } from "./opened.js";

/**
 * Seals and opens tokens of an application's own: links in e-mails, form tokens, invitations. For
 * sessions there is `Jar`.
 *
 * @example
 * const links = new Sealer(ring, { app: "shop-prod", purpose: "password-reset" });
 * const link = await links.seal("user 42", 3600);
 * const { payload } = await links.open(link);
 */
export class Sealer {
  readonly #sealer: AnySealer;

  /**
   * Throws a `SealjarError` for a purpose of the library's own, and for a part of more than 65 535
   * bytes.
   *
   * @example
   * const invitations = new Sealer(ring, { app: "shop-prod", purpose: "invitation" });
   */
  constructor(ring: LiveRing, context: Context) {
    RESERVED.includes(context.purpose) && fail("config", `the purpose "${context.purpose}" belongs to the library`);
    this.#sealer = new AnySealer(ring, context);
  }

  /**
   * Seals a payload so that it opens for so many seconds, at most as long as the ring's key allows.
   *
   * @example
   * const link = await links.seal("user 42", 3600);
   */
  async seal(payload: string | Uint8Array, seconds: number): Promise<string> {
    const now = clock() ?? fail("clock", NO_CLOCK);
    const times = { born: now, sealedAt: now, expiresAt: add(now, Math.floor(seconds)) };
    return (await this.#sealer.seal(typeof payload === "string" ? utf8(payload) : payload, times)).text;
  }

  /**
   * Opens a token. It rejects with a `SealjarError` whose `kind` is the reason. A token can be
   * replayed until it expires.
   *
   * @example
   * const user = new TextDecoder().decode((await links.open(link)).payload);
   */
  async open(text: string): Promise<Opened> {
    const opened = await this.#sealer.open(text, clock() ?? fail("clock", NO_CLOCK));
    if (typeof opened === "string") {
      return fail(opened, `the token is refused: ${opened}`);
    }
    const { payload, sealedAt, expiresAt, keyId } = opened;
    this.#sealer.counters.of(keyId).opened++;
    return { payload, sealedAt: date(sealedAt), expiresAt: date(expiresAt), keyId };
  }

  /** What was done with each key. */
  uses(): Uses {
    return this.#sealer.counters.uses();
  }
}

/** The purposes of the library's own. To seal for one of them by hand would forge a session. */
const RESERVED = ["session", "session/2", "session-json", "flash", "csrf", "ring-store"];
