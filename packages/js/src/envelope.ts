import { type Bytes, concat, hex } from "./bytes.js";

// What comes before the application's bytes in a session?
// `varint(schema) ‖ id ‖ varint(revision) ‖ 00`, and after it the body.

/** The part of a session payload that is ours. */
export interface Envelope {
  readonly schema: number;
  /** 16 hexadecimal digits. */
  readonly id: string;
  readonly revision: number;
}

/** Splits a payload into envelope and body. */
export function readEnvelope(payload: Bytes): { envelope: Envelope; body: Bytes } | undefined {
  let at = 0;
  const varint = (bytes: number, greatestLast: number): number => {
    let number = 0;
    for (let place = 0; place < bytes; place++) {
      const byte = payload[at++] ?? 255;
      number += (byte & 127) * 2 ** (7 * place);
      if (byte < 128) {
        return place === bytes - 1 && byte > greatestLast ? NaN : number;
      }
    }
    return NaN;
  };
  const schema = varint(3, 3);
  const id = hex(payload.subarray(at, (at += 8)));
  const revision = varint(5, 15);
  const layout = varint(10, 1);
  return id.length === 16 && schema + revision + layout >= 0 && !layout
    ? { envelope: { schema, id, revision }, body: payload.subarray(at) }
    : undefined;
}

export function writeEnvelope({ schema, id, revision }: Envelope, body: Uint8Array): Bytes {
  return concat(varint(schema), id.match(/../g)!.map((byte) => parseInt(byte, 16)), varint(revision), [0], body);
}

function varint(number: number): number[] {
  return number < 128 ? [number] : [(number & 127) | 128, ...varint(Math.floor(number / 128))];
}
