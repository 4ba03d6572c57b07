import { type Layout, split } from "./chunk.js";
import { type Id, writeMark } from "./mark.js";

/** Where a browser keeps a cookie. */
export interface Place {
  readonly domain?: string | undefined;
  readonly path: string;
}

/** What is on every line of a jar. */
export interface LineSettings {
  readonly name: string;
  readonly place: Place;
  readonly former: readonly Place[];
  readonly sameSite: "lax" | "none" | "strict";
  readonly secure: boolean;
  readonly partitioned: boolean;
}

/** Writes the `Set-Cookie` lines of one jar. */
export class Lines {
  /** What a framework adds to each line that sets a cookie, in characters. */
  reserve = 0;
  readonly #name: string;
  readonly #keep: string;
  readonly #remove: string;
  /** Remove what was set where the jar's cookie used to be. */
  readonly #removeFormer: readonly string[];

  constructor({ name, place, former, sameSite, secure, partitioned }: LineSettings) {
    const end = ({ domain, path }: Place, partitioned: boolean): string =>
      `; HttpOnly; SameSite=${sameSite[0]!.toUpperCase()}${sameSite.slice(1)}${partitioned ? "; Partitioned" : ""}` +
      `${secure ? "; Secure" : ""}; Path=${path}${domain ? `; Domain=${domain}` : ""}`;
    const remove = (place: Place, partitioned: boolean): string => `${end(place, partitioned)}${GONE}`;
    this.#name = name;
    this.#keep = end(place, partitioned);
    this.#remove = remove(place, partitioned);
    this.#removeFormer = [
      ...(partitioned ? [...former.map((it) => remove(it, true)), remove(place, false)] : []),
      ...former.map((it) => remove(it, false)),
    ];
  }

  /** The length of what follows `name=value`, for a `Max-Age` of at most so many seconds. */
  length(maxAge: number | undefined): number {
    return this.#end(maxAge).length + this.reserve;
  }

  /** Sets the session and expires nothing. */
  set(token: string, layout: Layout, maxAge: number | undefined): string[] {
    return split(token, layout).map(([suffix, value]) => `${this.#name}${suffix}=${value}${this.#end(maxAge)}`);
  }

  /** Sets the session in place of what came, and expires what it does not use any more. */
  replace(token: string, layout: Layout, maxAge: number | undefined, cameInParts: readonly number[]): string[] {
    // What was before first: to some browsers it is the same cookie.
    return [
      ...this.#gone(cameInParts, this.#removeFormer),
      ...this.set(token, layout, maxAge),
      ...cameInParts.filter((part) => part >= layout.parts).map((part) => `${this.#name}.${part}=${this.#remove}`),
    ];
  }

  /** Expires the session and all its parts that came, wherever they may be kept. */
  remove(cameInParts: readonly number[]): string[] {
    return this.#gone(cameInParts, [this.#remove, ...this.#removeFormer]);
  }

  /** Marks sessions as logged out, so that a slower answer does not bring one back. */
  mark(ids: readonly Id[], maxAge: number): string {
    return `${this.#name}.out=${writeMark(ids)}${this.#end(maxAge)}`;
  }

  #end(maxAge: number | undefined): string {
    return this.#keep + (maxAge === undefined ? "" : `; Max-Age=${maxAge}`);
  }

  #gone(cameInParts: readonly number[], ends: readonly string[]): string[] {
    return ends.flatMap((end) => ["", ...cameInParts.map((part) => `.${part}`)].map((suffix) => `${this.#name}${suffix}=${end}`));
  }
}

const GONE = "; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT";
