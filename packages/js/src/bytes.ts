/** Bytes that WebCrypto takes too. */
export type Bytes = Uint8Array<ArrayBuffer>;

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const VALUES = new Uint8Array(256).fill(64);
for (let at = 0; at < 64; at++) {
  VALUES[ALPHABET.charCodeAt(at)] = at;
}

/** Writes base64url without padding. */
export function encode(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const [a, b, c] = [bytes[at]!, bytes[at + 1] ?? 0, bytes[at + 2] ?? 0];
    text += ALPHABET[a >> 2]! + ALPHABET[((a & 3) << 4) | (b >> 4)]! + ALPHABET[((b & 15) << 2) | (c >> 6)]! + ALPHABET[c & 63]!;
  }
  return text.slice(0, encodedLength(bytes.length));
}

/** The number of characters that so many bytes take. */
export function encodedLength(bytes: number): number {
  return Math.ceil((bytes * 4) / 3);
}

/** Reads base64url in its one canonical spelling: no padding, unused trailing bits zero. */
export function decode(text: string): Bytes | undefined {
  const bytes = new Uint8Array((text.length * 3) >> 2);
  let [bits, held, at] = [0, 0, 0];
  for (let place = 0; place < text.length; place++) {
    const value = VALUES[text.charCodeAt(place)] ?? 64;
    if (value > 63) {
      return undefined;
    }
    bits = ((bits << 6) | value) & 0xffff;
    held += 6;
    if (held > 7) {
      held -= 8;
      bytes[at++] = bits >> held;
    }
  }
  return held < 6 && !(bits & ((1 << held) - 1)) ? bytes : undefined;
}

export function hex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) {
    text += (byte < 16 ? "0" : "") + byte.toString(16);
  }
  return text;
}

export function concat(...parts: readonly ArrayLike<number>[]): Bytes {
  const whole = new Uint8Array(parts.reduce((sum, it) => sum + it.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export function utf8(text: string): Bytes {
  return new TextEncoder().encode(text);
}

/** Reads UTF-8, and keeps a byte order mark for others to refuse. `undefined`: it is none. */
export function fromUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** `u16(length) ‖ bytes` */
export function lp16(bytes: Uint8Array): Bytes {
  return concat([bytes.length >> 8, bytes.length & 255], bytes);
}

export function random(length: number): Bytes {
  return crypto.getRandomValues(new Uint8Array(length));
}
