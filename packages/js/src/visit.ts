import { type Arrival, type Origin, receive } from "./arrival.js";
import { hex, random } from "./bytes.js";
import { freeze, writeSession } from "./codec.js";
import { layout, nextRevision, writeBody } from "./departure.js";
import { fail } from "./errors.js";
import { meet } from "./fate.js";
import { writeFrame } from "./frame.js";
import { type Closing, NOTHING, close } from "./closing.js";
import type { Jar } from "./jar.js";
import type { Fetch } from "./request.js";
import { NO_CLOCK } from "./sealer.js";
import { type Session, type Standing, sessionOf } from "./session.js";
import { type Soon, then } from "./soon.js";
import { State } from "./state.js";

/** One request of a visitor, from the cookie that came to the lines that go. For adapters. */
export class Visit<T extends object> {
  readonly jar: Jar<T>;
  readonly fetch: Fetch;
  readonly state = new State<T>();
  readonly #cookies: readonly string[];
  #arrival: Soon<Arrival<T>> | undefined;
  #touched = false;
  #session: Session<T> | undefined;

  constructor(jar: Jar<T>, cookies: readonly string[], fetch: Fetch) {
    this.jar = jar;
    this.#cookies = cookies;
    this.fetch = fetch;
  }

  /** The session for a handler. Where the crypto of Node is, nothing is opened before it is first used. */
  session(): Soon<Session<T>> {
    const session = (this.#session ??= sessionOf(this));
    const opened = this.jar.sealer.ring.isSync ? undefined : this.#open();
    return then(opened, () => session);
  }

  /** What came, for whoever uses the session: from here on the response depends on it. */
  arrival(): Arrival<T> {
    if (!this.#touched) {
      this.#touched = true;
      this.state.closed &&
        this.jar.log("error", "first read after the response's head was out, which says nothing to caches: read the session before answering");
    }
    const arrival = this.#open();
    // `session` has waited for it.
    return arrival as Arrival<T>;
  }

  #open(): Soon<Arrival<T>> {
    return (this.#arrival ??= then(receive(this.jar, this.#cookies, this.fetch), (arrival) => (this.#arrival = arrival)));
  }

  get value(): T {
    return this.state.value ?? this.arrival().value;
  }

  /** The one door for change. */
  update<R>(change: (draft: T) => R): R {
    const { state } = this;
    state.updating && fail("nested", "update was called inside update");
    const before = this.value;
    state.closed && fail("closed", CLOSED);
    const spelt = writeSession(before);
    const draft = JSON.parse(spelt) as T;
    state.updating = true;
    let result: R;
    try {
      result = change(draft);
    } finally {
      state.updating = false;
    }
    if (typeof (result as { then?: unknown } | undefined)?.then === "function") {
      fail("unencodable", "update takes a function that returns at once: await first, then update");
    }
    this.#commit(before, spelt, draft);
    return result;
  }

  /** Takes a changed value, if it can be sealed and fits. */
  #commit(before: T, speltBefore: string, draft: T): void {
    const { state, jar } = this;
    const { received } = this.arrival();
    const spelt = writeSession(draft);
    const { empty } = jar.options;
    const stranger = empty && Object.keys(draft).find((name) => !Object.hasOwn(empty, name));
    stranger !== undefined && fail("unencodable", `the session: "${stranger}" is no member of \`empty\``);
    if (spelt === speltBefore) {
      return;
    }
    jar.sealer.checkedKey(received?.openedAt ?? jar.now() ?? fail("clock", NO_CLOCK));
    if (this.value !== before) {
      // A purge came while the function ran, and is the last word.
      return;
    }
    const value = freeze(JSON.parse(spelt) as T);
    const renews = jar.subject(before) !== jar.subject(value);
    const fate = meet(meet(state.fate, "write"), renews ? "renew" : "write");
    const goingOn = fate === "write" ? received : undefined;
    // Where nothing says whose the session is, this may be another person's login.
    const keepUnknown = state.keepUnknown && !!jar.options.subject && !!goingOn;
    const frame = { schema: jar.schema, id: "0".repeat(16), revision: goingOn ? nextRevision(goingOn) : 0 };
    const payload = writeFrame(frame, writeBody(value, keepUnknown ? goingOn!.unknown : []));
    layout(jar, payload.length, jar.options.expiry?.(value));
    if (!goingOn) {
      state.newId ??= newId();
    }
    state.fate = fate;
    state.subjectChanged ||= renews;
    state.keepUnknown = keepUnknown;
    state.value = value;
  }

  /** Adds an intent, unless the response's head is out. */
  ask(intent: "keep" | "renew" | "purge", change: (state: State<T>) => void): void {
    this.arrival();
    if (this.state.closed) {
      this.jar.log("error", "asked after the response's head was out, nothing was done", { intent });
      return;
    }
    this.state.ask(intent);
    change(this.state);
  }

  renew(): void {
    this.ask("renew", (state) => {
      state.keepUnknown = false;
      state.newId ??= newId();
    });
  }

  end(how: "purged" | "discarded"): void {
    const { received } = this.arrival();
    const isSomebodys = received && this.jar.subject(received.value) !== undefined;
    this.ask("purge", (state) => {
      state.value = this.jar.empty;
      state.newId = undefined;
      state.keepUnknown = false;
      state[isSomebodys ? "purged" : how] = true;
    });
  }

  /** Sets the value whatever it was, even an empty one. */
  replace(value: T): void {
    this.renew();
    this.state.value = freeze(JSON.parse(writeSession(value)) as T);
  }

  get id(): string | undefined {
    const { received } = this.arrival();
    const { fate, newId } = this.state;
    return fate === "purge" ? undefined : fate === "renew" ? newId : (received?.frame.id ?? newId);
  }

  /** Opens the cookie that came once more, by the ring and the time of now. */
  recheck(): Soon<Standing> {
    const { jar, state } = this;
    return then(this.#open(), ({ received }): Soon<Standing> => {
      if (!received) {
        return { kind: "anonymous" };
      }
      if (state.purged || state.discarded || state.fate === "purge" || jar.leavesSubject(state, received)) {
        return { kind: "ended", refusal: "logged_out" };
      }
      return then(receive(jar, this.#cookies, this.fetch), ({ origin, received: again }): Standing =>
        again?.frame.id === received.frame.id && origin.kind === "opened"
          ? { kind: "goes on", expiresAt: origin.expiresAt }
          : { kind: "ended", refusal: origin.kind === "refused" ? origin.refusal : "ambiguous" },
      );
    });
  }

  get origin(): Origin {
    return this.arrival().origin;
  }

  /** Says what the response has to carry, with its headers as the application made them. Later changes are refused. */
  close(headers: Iterable<readonly [name: string, value: string]>): Soon<Closing> {
    const { state } = this;
    const wasClosed = state.closed;
    state.closed = true;
    const arrival = this.#arrival;
    return wasClosed || !this.#touched || !arrival ? NOTHING : close(this.jar, arrival as Arrival<T>, state, this.fetch, headers);
  }

  /** Says what a response would have to carry, where others may follow in the same request. */
  write(): Soon<Closing> {
    return close(this.jar, this.arrival(), this.state, { ...this.fetch, isNavigation: false }, []);
  }

  /** Refuses later changes, because no response will carry them. */
  abandon(): void {
    this.state.closed = true;
  }
}

function newId(): string {
  return hex(random(8));
}

const CLOSED = "the response's head is out: change the session before answering";
