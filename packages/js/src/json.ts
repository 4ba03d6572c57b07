// JSON as SPEC.md wants it: no member twice, no half surrogate pair, nothing after the value,
// bounded depth. `JSON.parse` does not say any of that.

/** What a number is taken for, by its spelling. */
export type ReadNumber = (spelling: string) => unknown;

/** A member of the outermost object as it was written: `"name":value`. */
export type Written = readonly [name: string, text: string];

const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SCALAR = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const SPACE = /[ \t\n\r]*/y;

/** Where a text stops being what it should be. */
export class NoJson extends Error {
  constructor(
    readonly at: number,
    readonly reason: string,
  ) {
    super(reason);
  }
}

/** Reads one JSON value. Throws `NoJson`. */
export function parse(text: string, depth: number, number: ReadNumber): { value: unknown; members: Written[] } {
  let at = 0;
  const members: Written[] = [];

  const refuse = (reason: string): never => {
    throw new NoJson(at, reason);
  };
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    at += found?.length ?? 0;
    return found;
  };
  const comes = (character: string): boolean => {
    take(SPACE);
    const found = text[at] === character;
    at += +found;
    return found;
  };
  const string = (): string => {
    const spelling = take(STRING) ?? refuse("a string was expected");
    const value = spelling.includes("\\") ? (JSON.parse(spelling) as string) : spelling.slice(1, -1);
    return isWellFormed(value) ? value : refuse("half of a surrogate pair is no character");
  };
  const list = (end: string, item: () => void): void => {
    if (!comes(end)) {
      do {
        take(SPACE);
        item();
      } while (comes(","));
      comes(end) || refuse(`, or ${end} was expected`);
    }
  };
  const value = (level: number): unknown => {
    take(SPACE);
    const first = text[at];
    if (first === '"') {
      return string();
    }
    if (first === "{" || first === "[") {
      at++;
      level < depth || refuse("it is nested too deep");
      if (first === "[") {
        const items: unknown[] = [];
        list("]", () => items.push(value(level + 1)));
        return items;
      }
      const object: Record<string, unknown> = {};
      list("}", () => {
        const start = at;
        const name = string();
        comes(":") || refuse(": was expected");
        Object.hasOwn(object, name) && refuse("a member is there twice");
        const member = value(level + 1);
        if (name === "__proto__") {
          // An assignment would make a prototype of it.
          Object.defineProperty(object, name, { value: member, configurable: true, enumerable: true, writable: true });
        } else {
          object[name] = member;
        }
        level || members.push([name, text.slice(start, at)]);
      });
      return object;
    }
    const spelling = take(SCALAR) || refuse("a value was expected");
    return spelling === "null" ? null : /^[tf]/.test(spelling) ? spelling === "true" : number(spelling);
  };

  const whole = value(0);
  take(SPACE);
  at === text.length || refuse("something comes after the value");
  return { value: whole, members };
}

/** Whether a text has no half of a surrogate pair. */
export function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}
