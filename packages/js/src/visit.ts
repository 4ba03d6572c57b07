import { NO_CLOCK } from "./any-sealer.js";
import { hex, random } from "./bytes.js";
import { close } from "./close.js";
import { freeze, writeBody, writeSession } from "./codec.js";
import { writeEnvelope } from "./envelope.js";
import { fail } from "./error.js";
import { type Incoming, nextRevision } from "./incoming.js";
import { meet } from "./intent.js";
import type { Jar } from "./jar.js";
import { open } from "./open.js";
import type { Origin } from "./origin.js";
import type { Fetch } from "./request.js";
import { type Closing, NOTHING } from "./response.js";
import { fit } from "./seal.js";
import { type Session, type Standing, sessionOf } from "./session.js";
import { type Soon, then } from "./soon.js";
import { Ended, State } from "./state.js";

/** One request of a visitor, from the cookie that came to the lines that go. For adapters. */
export class Visit<T extends object> {
  readonly jar: Jar<T>;
  readonly fetch: Fetch;
  readonly state = new State<T>();
  readonly #cookies: readonly string[];
  #incoming: Soon<Incoming<T>> | undefined;
  #touched = false;
  #session: Session<T> | undefined;

  constructor(jar: Jar<T>, cookies: readonly string[], fetch: Fetch) {
    this.jar = jar;
    this.#cookies = cookies;
    this.fetch = fetch;
  }

  /**
   * The session for a handler. If Node's crypto is available, it is opened when it is first used.
   */
  session(): Soon<Session<T>> {
    const session = (this.#session ??= sessionOf(this));
    const opened = this.jar.sealer.ring.isSync ? undefined : this.#open();
    return then(opened, () => session);
  }

  /** Returns what the request brought, and records that the response depends on it. */
  used(): Incoming<T> {
    if (!this.#touched) {
      this.#touched = true;
      this.state.closed &&
        this.jar.log("error", "first read after the response's head was out, which says nothing to caches: read the session before answering");
    }
    const incoming = this.#open();
    // `session` has waited for it.
    return incoming as Incoming<T>;
  }

  #open(): Soon<Incoming<T>> {
    return (this.#incoming ??= then(open(this.jar, this.#cookies, this.fetch), (incoming) => (this.#incoming = incoming)));
  }

  get value(): T {
    return this.state.value ?? this.used().value;
  }

  /** Every change of the session passes through here. */
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

  /** Accepts a changed value, if it can be sealed and fits. */
  #commit(before: T, speltBefore: string, draft: T): void {
    const { state, jar } = this;
    const { received } = this.used();
    const spelt = writeSession(draft);
    const { empty } = jar.options;
    const stranger = empty && Object.keys(draft).find((name) => !Object.hasOwn(empty, name));
    stranger !== undefined && fail("unencodable", `the session: "${stranger}" is no member of \`empty\``);
    if (spelt === speltBefore) {
      return;
    }
    jar.sealer.checkedKey(received?.openedAt ?? jar.now() ?? fail("clock", NO_CLOCK));
    if (this.value !== before) {
      // The session was purged while the function ran, and the purge wins.
      return;
    }
    const value = freeze(JSON.parse(spelt) as T);
    const renews = jar.subject(before) !== jar.subject(value);
    const intent = meet(meet(state.intent, "write"), renews ? "renew" : "write");
    const continued = intent === "write" ? received : undefined;
    // If nothing says whose the session is, this may be another person's login.
    const keepUnknown = state.keepUnknown && !!jar.options.subject && !!continued;
    const envelope = { schema: jar.schema, id: "0".repeat(16), revision: continued ? nextRevision(continued) : 0 };
    const payload = writeEnvelope(envelope, writeBody(value, keepUnknown ? continued!.unknown : []));
    fit(jar, payload.length, jar.options.expiry?.(value));
    if (!continued) {
      state.newId ??= newId();
    }
    state.intent = intent;
    renews && state.end(Ended.SubjectChanged);
    state.keepUnknown = keepUnknown;
    state.value = value;
  }

  /** Adds an intent, unless the response's head has been sent. */
  ask(intent: "keep" | "renew" | "purge", change: (state: State<T>) => void): void {
    this.used();
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

  end(reason: Ended): void {
    const { received } = this.used();
    const isSomebodys = received && this.jar.subject(received.value) !== undefined;
    this.ask("purge", (state) => {
      state.value = this.jar.empty;
      state.newId = undefined;
      state.keepUnknown = false;
      state.end(isSomebodys ? Ended.Purged : reason);
    });
  }

  /** Sets the value whatever it was, even an empty one. */
  replace(value: T): void {
    this.renew();
    this.state.value = freeze(JSON.parse(writeSession(value)) as T);
  }

  get id(): string | undefined {
    const { received } = this.used();
    const { intent, newId } = this.state;
    return intent === "purge" ? undefined : intent === "renew" ? newId : (received?.envelope.id ?? newId);
  }

  /** Opens the incoming cookie again, with the present ring and time. */
  recheck(): Soon<Standing> {
    const { jar, state } = this;
    return then(this.#open(), ({ received }): Soon<Standing> => {
      if (!received) {
        return { kind: "anonymous" };
      }
      if (state.endsWhatCame || state.logsOut(jar.subject(received.value))) {
        return { kind: "ended", refusal: "logged_out" };
      }
      return then(open(jar, this.#cookies, this.fetch), ({ origin, received: again }): Standing =>
        again?.envelope.id === received.envelope.id && origin.kind === "opened"
          ? { kind: "valid", expiresAt: origin.expiresAt }
          : { kind: "ended", refusal: origin.kind === "refused" ? origin.refusal : "ambiguous" },
      );
    });
  }

  get origin(): Origin {
    return this.used().origin;
  }

  /**
   * Returns what the response has to carry, given the application's headers. Later changes are
   * refused.
   */
  close(headers: Iterable<readonly [name: string, value: string]>): Soon<Closing> {
    const { state } = this;
    const wasClosed = state.closed;
    state.closed = true;
    const incoming = this.#incoming;
    return wasClosed || !this.#touched || !incoming ? NOTHING : close(this.jar, incoming as Incoming<T>, state, this.fetch, headers);
  }

  /**
   * Returns what a response would have to carry, if more changes may follow in the same request.
   */
  write(): Soon<Closing> {
    return close(this.jar, this.used(), this.state, { ...this.fetch, isNavigation: false }, []);
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
