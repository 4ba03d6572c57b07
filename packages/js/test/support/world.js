// The world of a row of tests/exchanges.json: a clock that the test sets, a ring in which
// everything happens at once, jars, and a forger with the keys.
import { createHmac, randomBytes } from "node:crypto";
import { encode, utf8 } from "../../dist/bytes.js";
import { concat, lp16 } from "../../dist/bytes.js";
import { writeEnvelope } from "../../dist/envelope.js";
import { Jar, LiveRing } from "../../dist/index.js";
import { AnySealer } from "../../dist/any-sealer.js";
import { plaintext } from "../../dist/plaintext.js";
import { header } from "../../dist/token.js";
import { T0, document, keyOf, read, spell } from "./rings.js";

export const DAY = 86_400;
export const START = 100 * DAY;
export const APP = "shop-test";
export const NAME = "__Host-Http-session";
const PEPPER = randomBytes(32);

const TYPES = {
  account: { schema: 1, empty: { name: "", visits: 0, note: "" }, subject: (it) => it.name || undefined },
  grown: { schema: 1, empty: { name: "", visits: 0, note: "", theme: "" }, subject: (it) => it.name || undefined },
  basket: { empty: { items: 0 } },
};

/** A random key that has sealed all along and has no end. */
const sealingKey = () => keyOf(randomBytes(32));

const subjectHash = (subject) => {
  const part = (text) => Buffer.concat([Buffer.from([0, text.length]), Buffer.from(text)]);
  const hashed = Buffer.concat([Buffer.from("sealjar/v1 subject\0"), part(APP), part(subject)]);
  return createHmac("sha256", PEPPER).update(hashed).digest().subarray(0, 8).toString("base64url");
};

const ringOf = (keys, more) => {
  const ring = document(keys, { issued_at: spell(START), ...more });
  // Of the keys that seal the one since latest does, and here that is the first.
  ring.keys[0].seals_from = spell(1);
  ring.revocations.pepper = encode(PEPPER);
  return ring;
};

export class World {
  static async make(crypto) {
    const world = new World();
    world.crypto = crypto;
    world.seconds = START;
    world.isBroken = false;
    world.held = undefined;
    const [good, revoked, spent, retired, stranger] = Array.from({ length: 5 }, sealingKey);
    world.forgers = {};
    for (const [name, key] of Object.entries({ good, revoked, spent, retired, stranger })) {
      world.forgers[name] = { key, ring: await read(ringOf([key]), crypto) };
    }
    world.document = ringOf([
      good,
      { ...revoked, revoked: true, secret: null },
      { ...spent, seals_until: spell(START - DAY), opens_until: spell(START) },
      { ...retired, seals_until: spell(START - 100) },
    ]);
    world.document.revocations.floor = START - 8 * DAY;
    world.document.revocations.subjects.push([subjectHash("eve"), APP, START]);
    world.document.revocations.sessions.push([Buffer.from("revoked!").toString("base64url"), START]);
    world.ring = new LiveRing(await read(world.document, crypto));
    world.behind = new LiveRing(await read(world.document, crypto));
    return world;
  }

  /** Begins the jar of a replica, with the options of a row. */
  jar(mount) {
    const options = {};
    for (const [name, value] of Object.entries(mount.options ?? {})) {
      const camel = name.replace(/_(.)/g, (_, it) => it.toUpperCase());
      options[camel] = name === "also_expire" ? value.map(([domain, path]) => ({ domain: domain ?? undefined, path })) : value;
    }
    const clock = () => (this.isBroken ? NaN : (this.seconds + T0) * 1000);
    return new Jar(mount.ring ? this.behind : this.ring, { app: APP, clock, log: () => {}, ...TYPES[mount.session], ...options });
  }

  /** The `Cookie` header of a visitor who has a session. */
  cookieOf(name, options = {}) {
    const jar = this.jar({ session: "account", options: { max_size: 12_288, ...options } });
    return jar.cookieFor({ name, visits: 1, note: "" });
  }

  async change(how) {
    switch (how) {
      case "add_newer_key":
        return this.revise(({ keys }) => keys.push({ ...ringOf([sealingKey()]).keys[0], seals_from: spell(START) }));
      case "end_sealing":
        return this.revise(({ keys }) => keys.forEach((key) => (key.seals_until ??= spell(START - 1))));
      case "longer_keys":
        return this.revise(({ keys }) => void (keys[0].lifetime = 3 * DAY));
      case "revoke_ada":
        return this.revise((it) => it.revocations.subjects.push([subjectHash("ada"), APP, START + 1]));
      case "break_clock":
        this.isBroken = true;
        return;
      default:
        throw new Error(`no world changes by ${how}`);
    }
  }

  /** Puts the next epoch of the ring in place. */
  async revise(change) {
    this.document.epoch++;
    change(this.document);
    this.ring.replaceAt(await read(this.document, this.crypto), undefined);
  }

  /** Logs a person out everywhere, from now on. */
  revoke(subject) {
    return this.revise((it) => it.revocations.subjects.push([subjectHash(subject), APP, this.seconds]));
  }

  /** The token of a session with nothing wrong, until something is made so. */
  async forge(what = {}, forger = "good", body) {
    const it = { schema: 1, id: Buffer.from("a forger").toString("hex"), revision: 0, born: START, sealed_at: START, expires_at: START + DAY, name: "ada", visits: 1, ...what };
    const payload = writeEnvelope(it, body ?? utf8(JSON.stringify({ name: it.name, visits: it.visits, note: "" })));
    const times = { born: it.born, sealedAt: it.sealed_at, expiresAt: it.expires_at };
    const { key, ring } = this.forgers[forger];
    if (it.without_mark) {
      const nonce = randomBytes(24);
      const outside = header(1, key.id, nonce);
      const plain = plaintext(times, payload, 1).subarray(0, -1);
      const cipher = await ring.key(key.id).key.cipher(APP, "session-json");
      const aad = concat(outside, lp16(utf8(NAME)), lp16(new Uint8Array()));
      return encode(concat(outside, await cipher.seal(new Uint8Array(nonce), aad, plain)));
    }
    const sealer = new AnySealer(new LiveRing(ring), { app: APP, purpose: "session-json", cookieName: NAME });
    return (await sealer.seal(payload, times)).text;
  }

  /** A `Cookie` header that is refused for this reason. */
  async refusedAs(kind) {
    const token = await {
      ambiguous: async () => `${await this.forge()}; ${NAME}=${await this.forge({ id: Buffer.from("another!").toString("hex") })}`,
      bad_time: () => this.forge({ sealed_at: START + 31 }),
      clock: () => this.forge(),
      expired: () => this.forge({ sealed_at: START - DAY, expires_at: START, born: START - DAY }),
      forged: async () => (await this.forge()).replace(/^(.{60})(.)/, (_, a, b) => a + (b === "A" ? "B" : "A")),
      logged_out: async () => `${await this.forge()}; ${NAME}.out=${Buffer.from("a forger").toString("hex")}`,
      malformed: () => "garbage",
      malformed_inner: () => this.forge({ without_mark: true }),
      newer_schema: () => this.forge({ schema: 2 }),
      old_schema: () => this.forge({ schema: 0 }),
      outside_key_window: () => this.forge({}, "retired"),
      revoked_all: () => this.forge({ born: START - 9 * DAY }),
      revoked_key: () => this.forge({}, "revoked"),
      revoked_session: () => this.forge({ id: Buffer.from("revoked!").toString("hex"), born: START - DAY }),
      revoked_subject: () => this.forge({ name: "eve", born: START - DAY }),
      spent_key: () => this.forge({}, "spent"),
      too_old: () => this.forge({ born: START - 7 * DAY }),
      torn_chunks: () => `3~abcd.x; ${NAME}.1=efgh.y`,
      undecodable: () => this.forge({}, "good", utf8('{"name":"ada","name":"eve"}')),
      unknown_key: () => this.forge({}, "stranger"),
      unknown_version: async () => `_${(await this.forge()).slice(1)}`,
    }[kind]();
    return `${NAME}=${token}`;
  }
}
