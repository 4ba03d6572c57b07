import { type ErrorKind, SealjarError } from "../error.js";

/** Escapes a path, so that no control character in it reaches a log or a terminal. */
export function shown(path: string): string {
  return path.replace(/[\p{Cc}\p{Cf}]/gu, (it) => `\\u{${it.codePointAt(0)!.toString(16)}}`);
}

/** What to do about a ring that is refused. */
const HINTS: Partial<Record<string, string>> = {
  ring_ahead: "set this machine's clock; if it is right, the ring was written under a clock that was ahead, or by somebody else",
  ring_another: "deliver the ring that this application started with; if this one is meant, start the application again",
  ring_conflict: "raise the epoch with every change of the ring",
  ring_foreign: "deliver the ring that this application started with",
  ring_older: "deliver the newest epoch, an older one is never taken",
  unsupported_format: "upgrade this application before the ring",
};

/** An error that names the place, the reason and what to do. */
export function refusedAt(place: string, error: unknown, hint?: string): SealjarError {
  const { message } = error as Error;
  const kind: ErrorKind = error instanceof SealjarError ? (error.kind as ErrorKind) : "source";
  return new SealjarError(kind, `${place}: ${message}\nhint: ${hint ?? HINTS[kind] ?? "deliver the ring again, nothing of this document was used"}`);
}

/**
 * Names what other tools have made of a ring document, if the text looks like that. The answer
 * repeats nothing of the text.
 */
export function instead(bytes: Uint8Array): string | undefined {
  const text = String.fromCharCode(...bytes.subarray(0, 64));
  const isBase64 = /^\s*e[w-z]/.test(text) && bytes.every((byte) => /[\w\s+/=-]/.test(String.fromCharCode(byte)));
  return text.startsWith("\xef\xbb\xbf")
    ? "it begins with a byte order mark: save it as UTF-8 without one"
    : /^(\xff\xfe|\xfe\xff|\{\0|\0\{)/.test(text)
      ? "it is UTF-16: save it as UTF-8 without a byte order mark"
      : bytes.every((byte) => !byte)
        ? "it is nothing but zero bytes: its disk has lost what was written"
        : /^\s*sealjar-key-/.test(text)
          ? "it is the secret of one key, and no ring"
          : isBase64
            ? "it is base64: decode it before it is put there"
            : undefined;
}
