// Is a document refused that lacks a field, contradicts itself or is no ring, with place and
// reason? And which ring takes the place of which?
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { inspect } from "node:util";
import { KeyRing, LiveRing, Sealer, SealjarError } from "../dist/index.js";
import { CRYPTOS, document, keyOf, read, spell } from "./support/rings.js";

const SECRETS = [3, 4, 5].map((seed) => Buffer.from(Array.from({ length: 32 }, (_, at) => (at * at * 7 + seed * 31) & 255)));
const KEYS = SECRETS.map((secret) => keyOf(secret));

const usual = () => {
  const ring = document(KEYS.slice(0, 2), { ring_id: "A".repeat(22), next_key: { lifetime: 86400, early: false }, apps: ["shop"] });
  ring.revocations.subjects.push(["AAAAAAAAAAA", "shop", 7]);
  ring.revocations.sessions.push(["AAAAAAAAAAA", 7]);
  return ring;
};

/** All paths to a value in a document. */
function* paths(value, path = []) {
  if (path.length) yield path;
  if (value && typeof value === "object") {
    for (const name of Object.keys(value)) yield* paths(value[name], [...path, Array.isArray(value) ? +name : name]);
  }
}
const spellPath = (path) => path.reduce((text, it) => (typeof it === "number" ? `${text}[${it}]` : text ? `${text}.${it}` : it), "");
const parentOf = (ring, path) => path.slice(0, -1).reduce((it, name) => it[name], ring);

async function refusal(ring, ...more) {
  try {
    await read(ring, ...more);
  } catch (error) {
    assert.ok(error instanceof SealjarError, error.stack);
    for (const { secret } of KEYS) assert.ok(!error.message.includes(secret.slice(14, 24)), error.message);
    return error;
  }
  return assert.fail("it was taken");
}

test("the usual document is a ring", async () => {
  for (const crypto of Object.values(CRYPTOS)) {
    const ring = await read(usual(), crypto);
    assert.deepEqual([ring.name, ring.epoch, ring.id, ring.keyIds], ["web", 1, "A".repeat(22), KEYS.slice(0, 2).map((it) => it.id)]);
  }
});

test("a missing field is named wherever it is missing", async () => {
  const optional = ["ring_id", "next_key", "apps"];
  for (const path of paths(usual())) {
    if (typeof path.at(-1) === "number" || optional.includes(path.at(-1))) continue;
    const ring = usual();
    delete parentOf(ring, path)[path.at(-1)];
    const { kind, message } = await refusal(ring);
    assert.deepEqual([kind, message], ["ring_document", `${spellPath(path)}: is missing`]);
  }
});

test("a value of another kind is named wherever it is", async () => {
  const kindOf = (it) => (it === null ? "null" : Array.isArray(it) ? "list" : typeof it);
  let count = 0;
  for (const path of paths(usual())) {
    const name = path.at(-1);
    const right = [kindOf(parentOf(usual(), path)[name])];
    if (["seals_from", "seals_until", "opens_until"].includes(name)) right.push("null", "string");
    if (name === "floor") right.push("null", "number");
    for (const wrong of [null, true, 7, "x", [], {}]) {
      if (right.includes(kindOf(wrong))) continue;
      const ring = usual();
      parentOf(ring, path)[name] = wrong;
      const { message } = await refusal(ring);
      assert.ok(message.startsWith(`${spellPath(path)}: `), `${message}, ${JSON.stringify(wrong)}`);
      count++;
    }
  }
  assert.ok(count > 200, `${count}`);
});

test("numbers are whole, not negative, and written plainly", async () => {
  for (const number of ["1.0", "1e3", "-1", "-0", "0.5", "4294967296", "99999999999999999999"]) {
    const text = JSON.stringify(usual()).replace('"skew":30', `"skew":${number}`);
    assert.match((await refusal(Buffer.from(text))).message, /^timing\.skew: must be/);
  }
});

test("what contradicts itself is refused with the place", async () => {
  const change = (alter) => {
    const ring = usual();
    alter(ring);
    return ring;
  };
  for (const [ring, message] of [
    [change((it) => (it.ring = "Web")), "ring: must be 1 to 24 of a-z, 0-9 and -"],
    [change((it) => (it.ring = "")), "ring: must be 1 to 24"],
    [change((it) => (it.keys = [])), "keys: holds 0 keys"],
    [change((it) => (it.keys = Array(65).fill(it.keys[0]))), "keys: holds 65 entries, at most 64"],
    [change((it) => (it.keys[1] = it.keys[0])), "keys[1].id: is also the id of keys[0]"],
    [change((it) => (it.epoch = 4295053696)), "epoch: must be at most 4295053695"],
    [change((it) => (it.keys[0].lifetime = 0)), "keys[0].lifetime: must be at least 1 second"],
    [change((it) => Object.assign(it.keys[0], { seals_from: spell(9), seals_until: spell(8) })), "keys[0].seals_until: is"],
    [change((it) => Object.assign(it.keys[0], { opens_until: spell(8) })), "keys[0].opens_until: is without"],
    [change((it) => (it.keys[1].revoked = true)), "keys[1].secret: must be null"],
    [change((it) => (it.keys[1].secret = null)), "keys[1].secret: is null, and the key is not revoked"],
    [change((it) => (it.keys[0].secret = it.keys[1].secret)), "keys[0].id: is not the id of this secret"],
    [change((it) => (it.keys[0].suite = "xchacha20-poly1305")), "keys[0].id: is not the id"],
    [change((it) => (it.keys[0].secret = it.keys[0].secret.replace(/_./, (a) => (a === "_A" ? "_B" : "_A")))), "keys[0].secret: the check bytes"],
    [change((it) => (it.keys[0].secret = "secret")), 'keys[0].secret: must be "sealjar-key-1_"'],
    [change((it) => (it.revocations.subjects = Array(8193).fill(it.revocations.subjects[0]))), "revocations.subjects: holds 8193"],
    [change((it) => (it.revocations.subjects[0] = [])), "revocations.subjects[0]: must be a list of 3"],
    [change((it) => (it.apps = Array(65).fill("a"))), "apps: holds 65"],
    [change((it) => (it.issued_at = "2026-02-30T00:00:00Z")), "issued_at: must be"],
    [change((it) => (it.issued_at = "2024-12-31T23:59:59Z")), "issued_at: must be"],
    [change((it) => (it.issued_at = "2026-11-22T05:00:00.000Z")), "issued_at: must be"],
  ]) {
    const found = await refusal(ring);
    assert.ok(found.message.startsWith(message), `${found.message} is not ${message}`);
  }
  const many = change((it) => {
    const id = (at) => Buffer.from(String(at).padStart(8)).toString("base64url");
    it.revocations.subjects = Array.from({ length: 4097 }, (_, at) => [id(at), "shop", 1]);
    it.revocations.sessions = Array.from({ length: 4096 }, (_, at) => [id(at), 1]);
  });
  assert.match((await refusal(many)).message, /^revocations: holds 8193 entries/);
});

test("what must not be ignored is refused as unsupported, and the rest is ignored", async () => {
  for (const ring of [{ ...usual(), format: "sealjar-ring/2" }, { ...usual(), critical: ["quorum"] }, { ...usual(), critical: ["A secret?"] }]) {
    const { kind, message } = await refusal(ring);
    assert.equal(kind, "unsupported_format");
    assert.ok(!message.includes("secret"), message);
  }
  await read({ ...usual(), critical: ["revocations"], unknown: { deeper: [1.5, -2, null] } });
  // A key of an unknown suite is kept with its dates and opens nothing.
  const ring = usual();
  ring.keys[1] = { ...ring.keys[1], suite: "another", secret: "whatever it is" };
  assert.equal((await read(ring)).keyIds.length, 2);
});

test("a text that is no ring is refused with line and column, and repeats nothing", async () => {
  const text = JSON.stringify(usual(), null, 1);
  for (const wrong of ["", "null", "{", `${text} x`, `${text}${text}`, text.replace(/"/g, "'"), `\ufeff${text}`, text.replace("{", '{"ring":"web",'), "\0".repeat(9)]) {
    const { kind, message } = await refusal(Buffer.from(wrong));
    assert.match(`${kind} ${message}`, /^(ring_syntax not a ring document: .*, line \d+ column \d+|ring_document the document: must be an object)$/, wrong);
  }
  assert.match((await refusal(Buffer.from(text.replace("web", "w\\ud800b")))).message, /surrogate/);
  assert.match((await refusal(Uint8Array.of(0xff, 0xfe))).message, /UTF-8/);
  assert.equal((await refusal(Buffer.alloc(500_001, 32))).kind, "ring_too_large");
});

test("a secret that everybody knows makes no ring outside of tests", async () => {
  const source = readFileSync(new URL("../../../crates/sealjar/src/published.rs", import.meta.url), "utf8");
  const listed = [...source.matchAll(/^ {4}"([\w-]{22})",$/gm)].map((it) => it[1]);
  const ours = readFileSync(new URL("../src/key.ts", import.meta.url), "utf8").match(/PUBLISHED =\s+"([^"]+)"/)[1].split(" ");
  assert.deepEqual(ours, listed.map((id) => id.slice(0, 8)), "the Rust crate lists others");

  const vectors = JSON.parse(readFileSync(new URL("../../../crates/sealjar/vectors/token_v1.json", import.meta.url), "utf8"));
  const { secret } = vectors.valid[0];
  const known = Buffer.from(secret.slice(14), "base64url").subarray(0, 32);
  const pattern = (seed) => Buffer.from(Array.from({ length: 32 }, (_, at) => ((0xa5 + 37 * at) & 255) ^ seed));
  for (const bytes of [known, Buffer.alloc(32), Buffer.alloc(32, 171), Buffer.from([...Array(32).keys()]), pattern(0), pattern(91)]) {
    for (const crypto of Object.values(CRYPTOS)) {
      assert.match((await refusal(document([keyOf(bytes)]), crypto, false)).message, /^keys\[0\]\.secret: is no secret/);
    }
    await assert.rejects(KeyRing.fromJson(JSON.stringify(document([keyOf(bytes)]))), /is no secret/);
  }
  await KeyRing.fromJson(JSON.stringify(usual()));
});

test("the key that seals is the one with the greatest time, then the one with the greatest id", async () => {
  const seals = async (...keys) => {
    const ring = await read(document(KEYS.map((key, at) => ({ ...key, ...keys[at] }))));
    return (now) => KEYS.findIndex((it) => it.id === ring.sealingKey(now)?.id);
  };
  const greatest = [...KEYS].sort((a, b) => Buffer.compare(Buffer.from(b.id, "base64url"), Buffer.from(a.id, "base64url")))[0];
  assert.equal((await seals({}, {}, {}))(5), KEYS.indexOf(greatest));
  const turns = await seals({ seals_from: spell(10), seals_until: spell(25) }, { seals_from: spell(20), seals_until: spell(29), opens_until: spell(29) }, { seals_from: null });
  assert.deepEqual([9, 10, 19, 20, 25, 28, 29].map(turns), [-1, 0, 0, 1, 1, 1, -1]);
  const revoked = await seals({ seals_from: spell(10) }, { seals_from: spell(20), revoked: true, secret: null }, { seals_from: null });
  assert.equal(revoked(50), 0);
});

test("epochs only rise, of one ring, not ahead of the clock, and without conflict", async () => {
  const ring = (epoch, more = {}) => read(document([KEYS[0]], { epoch, ring_id: "A".repeat(22), ...more }));
  const now = 100 * 86400;
  const replace = async (before, after, ...time) => {
    const live = new LiveRing(await before);
    try {
      live.replaceAt(await after, time.length ? time[0] : now);
      return live.current.epoch;
    } catch (error) {
      assert.equal(live.current, await before);
      return error.kind;
    }
  };
  const once = (it) => Promise.resolve(it);
  const five = await ring(5);
  assert.equal(await replace(once(five), ring(6)), 6);
  assert.equal(await replace(once(five), ring(5)), 5);
  assert.equal(await replace(once(five), ring(4)), "ring_older");
  assert.equal(await replace(once(five), ring(5, { issued_at: spell(1) })), "ring_conflict");
  assert.equal(await replace(once(five), ring(6, { ring: "other" })), "ring_foreign");
  const other = document([KEYS[1]], { epoch: 6, ring_id: "B".repeat(21) + "A" });
  assert.equal(await replace(once(five), read(other)), "ring_another");
  // A keeper of before ids forgets the id; a key in common tells the ring then.
  const forgotten = document([KEYS[0]], { epoch: 6 });
  assert.equal(await replace(once(five), read(forgotten)), 6);
  assert.equal(await replace(once(five), ring(now + 86401)), "ring_ahead");
  assert.equal(await replace(once(five), ring(now + 86400)), now + 86400);
  assert.equal(await replace(once(five), ring(now + 86401), undefined), now + 86401);
  // What was taken under a wrong clock gives way.
  const ahead = await ring(now + 90000);
  assert.equal(await replace(once(ahead), ring(7)), 7);
});

test("what holds keys shows none of them", async () => {
  const ring = await read(usual());
  const live = new LiveRing(ring);
  const sealer = new Sealer(live, { app: "shop", purpose: "link" });
  await sealer.seal("x", 60);
  for (const it of [ring, live, sealer, ring.sealingKey(0), ring.revocations]) {
    const shown = [inspect(it, { depth: 20, showHidden: true }), JSON.stringify(it), String(it)].join();
    for (const [at, { secret }] of KEYS.entries()) {
      for (const needle of [secret.slice(14, 30), SECRETS[at].toString("hex").slice(0, 12), [...SECRETS[at].subarray(0, 4)].join(", ")]) {
        assert.ok(!shown.includes(needle), shown);
      }
    }
  }
  // The negative control: what is searched for would be found.
  assert.ok(JSON.stringify(usual()).includes(KEYS[0].secret.slice(14, 30)));
});

test("a sealer of the application's own seals for no purpose of the library's", async () => {
  const live = new LiveRing(await read(usual()));
  for (const purpose of ["session", "session/2", "session-json", "flash", "csrf", "ring-store"]) {
    assert.throws(() => new Sealer(live, { app: "shop", purpose }), { kind: "config" });
  }
  assert.throws(() => new Sealer(live, { app: "x".repeat(65536), purpose: "link" }), { kind: "config" });
  const links = new Sealer(live, { app: "shop", purpose: "link" });
  const link = await links.seal("user 42", 60);
  assert.equal(new TextDecoder().decode((await links.open(link)).payload), "user 42");
  await assert.rejects(new Sealer(live, { app: "shop", purpose: "other" }).open(link), { kind: "forged" });
  await assert.rejects(links.open("garbage"), { kind: "malformed" });
  await assert.rejects(links.seal(new Uint8Array(9147), 60), { kind: "too_large", limit: 12288 });
  await links.seal(new Uint8Array(9146), 60);
  const [used] = links.uses().keys.filter((it) => it.sealed);
  assert.deepEqual([used.sealed, used.opened, links.uses().refused], [2, 1, { malformed: 1 }]);
});
