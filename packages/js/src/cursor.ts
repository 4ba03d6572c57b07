import { type Bytes, decode, encodedLength, utf8 } from "./bytes.js";
import { LATEST, type Seconds, parseTime } from "./clock.js";
import { fail } from "./error.js";

/** A value and its path, so that every refusal says where it is. */
export class Cursor {
  constructor(
    readonly path: string,
    readonly value: unknown,
  ) {}

  static readonly seconds = (cursor: Cursor): number => cursor.seconds();
  static readonly time = (cursor: Cursor): Seconds => cursor.time();

  refuse(reason: string): never {
    return fail("ring_document", `${this.path || "the document"}: ${reason}`);
  }

  field(name: string): Cursor {
    return this.optional(name) ?? new Cursor(this.#below(name), 0).refuse("is missing");
  }

  /** A field that older documents do not have. */
  optional(name: string): Cursor | undefined {
    const { value } = this;
    if (typeof value !== "object" || !value || Array.isArray(value)) {
      this.refuse("must be an object");
    }
    return Object.hasOwn(value, name) ? new Cursor(this.#below(name), (value as Record<string, unknown>)[name]) : undefined;
  }

  list(limit: number): Cursor[] {
    const { value } = this;
    Array.isArray(value) || this.refuse("must be a list");
    const { length } = value as unknown[];
    length <= limit ||
      this.refuse(`holds ${length} entries, at most ${limit} are allowed${limit > 64 ? ": raise the floor instead" : ""}`);
    return (value as unknown[]).map((it, at) => new Cursor(`${this.path}[${at}]`, it));
  }

  tuple(length: number): Cursor[] {
    const { value } = this;
    return Array.isArray(value) && value.length !== length ? this.refuse(`must be a list of ${length}`) : this.list(length);
  }

  text(): string {
    return typeof this.value === "string" ? this.value : this.refuse("must be a string");
  }

  /** The name of an application, which is hashed with its length in 16 bits. */
  name(): string {
    const { length } = utf8(this.text());
    return length > 65535 ? this.refuse(`is ${length} bytes long, the limit is 65535`) : this.text();
  }

  bool(): boolean {
    return typeof this.value === "boolean" ? this.value : this.refuse("must be true or false");
  }

  integer(): number {
    return typeof this.value === "number" ? this.value : this.refuse("must be a whole number, 0 or more");
  }

  seconds(): number {
    const count = this.integer();
    return count > LATEST ? this.refuse(`must be at most ${LATEST} seconds`) : count;
  }

  time(): Seconds {
    return parseTime(this.text()) ?? this.refuse("must be a YYYY-MM-DDTHH:MM:SSZ between 2025-01-01 and 2161-02-07");
  }

  or<T>(read: (cursor: Cursor) => T): T | undefined {
    return this.value === null ? undefined : read(this);
  }

  bytes(length: number): Bytes {
    const characters = encodedLength(length);
    const bytes = this.text().length === characters && decode(this.text());
    return bytes || this.refuse(`must be ${characters} characters of canonical base64url`);
  }

  #below(name: string): string {
    return this.path ? `${this.path}.${name}` : name;
  }
}
