import { type Bytes, fromUtf8, utf8 } from "./bytes.js";
import { fail } from "./error.js";
import { NoJson, type Written, isWellFormed, parse } from "./json.js";

// What an application keeps in a session: one JSON object, SPEC.md, JSON sessions.

const DEEPEST = 32;

/** Reads a body. `undefined`: it is none. */
export function readBody(body: Bytes): { value: Record<string, unknown>; members: Written[] } | undefined {
  const text = fromUtf8(body);
  if (!text?.startsWith("{") || !text.endsWith("}")) {
    return undefined;
  }
  try {
    return parse(text, DEEPEST, exact) as ReturnType<typeof readBody>;
  } catch (error) {
    if (error instanceof NoJson) {
      return undefined;
    }
    throw error;
  }
}

function exact(spelling: string): number {
  const number = +spelling;
  if (Math.abs(number) <= Number.MAX_SAFE_INTEGER) {
    return number;
  }
  throw new NoJson(0, "no double carries this number exactly");
}

/** Writes a session, which is an object. */
export function writeSession(value: unknown, place = "the session"): string {
  const spelt = write(value, place);
  return spelt.startsWith("{") ? spelt : fail("unencodable", `${place}: must be an object`);
}

/** Writes a value as JSON. Throws where it would come back as another. */
export function write(value: unknown, place = "the session", level = 1): string {
  const refuse = (reason: string): never => fail("unencodable", `${place}: ${reason}`);
  switch (typeof value) {
    case "boolean":
      return String(value);
    case "string":
      return isWellFormed(value) ? JSON.stringify(value) : refuse("half of a surrogate pair is no character");
    case "number":
      return Math.abs(value) <= Number.MAX_SAFE_INTEGER
        ? JSON.stringify(value)
        : refuse("numbers beyond 2^53 - 1 and NaN are not exact in JSON: keep text");
    case "object":
      break;
    default:
      refuse(`JSON has no ${typeof value}`);
  }
  if (value === null) {
    return "null";
  }
  level > DEEPEST && refuse("is nested deeper than 32");
  if (Array.isArray(value)) {
    return `[${Array.from(value, (item, at) => write(item, `${place}[${at}]`, level + 1)).join()}]`;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if ((prototype !== null && prototype !== Object.prototype) || "toJSON" in (value as object)) {
    refuse("would come back as another value: keep plain objects, arrays, texts, numbers, booleans and null");
  }
  return `{${writeMembers(value as object, place, level).join()}}`;
}

/** Writes each member of an object. One that is `undefined` is none. */
export function writeMembers(value: object, place = "the session", level = 1): string[] {
  return Object.entries(value)
    .filter(([, it]) => it !== undefined)
    .map(([name, it]) => `${write(name, place)}:${write(it, `${place}.${name}`, level + 1)}`);
}

/** Writes the body: the application's members, and those that this build does not know. */
export function writeBody(value: object, unknown: readonly Written[]): Uint8Array {
  return utf8(`{${[...writeMembers(value), ...unknown.map(([, text]) => text)].join()}}`);
}

/** So that nobody changes what `update` would not see. */
export function freeze<T>(value: T): T {
  if (value && typeof value === "object") {
    Object.values(value).forEach(freeze);
    Object.freeze(value);
  }
  return value;
}
