import type { RefusalKind } from "./error.js";
import type { Received } from "./incoming.js";

/**
 * Finds the session among the cookies of one name. Exactly one wins, never the first: a second
 * cookie, which others may have set, must not lock the visitor out.
 */
export function selectSession<T>(candidates: readonly (Received<T> | RefusalKind)[]): Received<T> | RefusalKind {
  let best: Received<T> | undefined;
  for (const candidate of candidates) {
    if (typeof candidate === "object") {
      if (best && best.envelope.id !== candidate.envelope.id) {
        return "ambiguous";
      }
      const isNewer =
        best &&
        (candidate.envelope.revision - best.envelope.revision || candidate.unsealed.sealedAt - best.unsealed.sealedAt) > 0;
      best = !best || isNewer ? candidate : best;
    }
  }
  return best ?? candidates[0]!;
}
