// Does this package agree with the second implementation about JSON sessions?
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { decode, hex } from "../dist/bytes.js";
import { write } from "../dist/codec.js";
import { Jar, LiveRing } from "../dist/index.js";
import { readFetch } from "../dist/request.js";
import { AnySealer } from "../dist/any-sealer.js";
import { CRYPTOS, T0, document, read } from "./support/rings.js";

const vectors = JSON.parse(readFileSync(new URL("../../../crates/sealjar-session/vectors/session_json_v1.json", import.meta.url), "utf8"));
const PLAIN = readFetch("GET", () => undefined);
const KEY = { id: vectors.key_id, suite: vectors.suite, secret: vectors.secret };
const clock = () => vectors.open_at * 1000;

const jarOn = async (crypto, options = {}) => new Jar(new LiveRing(await read(document([KEY]), crypto)), { app: vectors.app, clock, log: () => {}, ...options });
const sessionOf = (jar, token) => jar.visit([`${vectors.cookie_name}=${token}`], PLAIN).session();

for (const [name, crypto] of Object.entries(CRYPTOS)) {
  test(`${name}: every session opens, and comes back as it was`, async () => {
    assert.equal(vectors.opens.length, 21);
    for (const it of vectors.opens) {
      const session = await sessionOf(await jarOn(crypto, { schema: it.schema }), it.token);
      assert.equal(session.origin.kind, "opened", `${it.why}: ${session.origin.refusal}`);
      assert.deepEqual(session.get(), it.session, it.why);
      assert.deepEqual([session.sessionId, session.revision], [it.id, it.revision], it.why);
    }
  });

  test(`${name}: every other is refused with its kind`, async () => {
    assert.ok(vectors.refused.length >= 99);
    for (const it of vectors.refused) {
      // Some are of another time.
      const at = it.open_at ?? vectors.open_at;
      const session = await sessionOf(await jarOn(crypto, { schema: it.reads_schema ?? 0, clock: () => at * 1000 }), it.token);
      assert.equal(session.origin.refusal, it.kind, it.why);
    }
  });
}

test("what a build does not know is kept byte for byte, and dropped by a renewal", async () => {
  assert.equal(vectors.kept.length, 6);
  for (const it of vectors.kept) {
    const wanted = JSON.parse(it.writes);
    const empty = Object.fromEntries(it.knows.map((name) => [name, null]));
    const jar = await jarOn(CRYPTOS.node, { empty, subject: () => null, clock: () => vectors.sealed_at * 1000 });
    const sealer = new AnySealer(new LiveRing(await read(document([KEY]))), { app: vectors.app, purpose: vectors.purpose, cookieName: vectors.cookie_name });
    const payload = new Uint8Array(Buffer.concat([Buffer.from("001122334455667788", "hex"), Buffer.from("0000", "hex"), Buffer.from(it.body)]));
    const times = { born: vectors.born - T0, sealedAt: vectors.sealed_at - T0, expiresAt: vectors.expires_at - T0 };
    const cookie = `${vectors.cookie_name}=${(await sealer.seal(payload, times)).text}`;
    const bodyAfter = async (work) => {
      const visit = jar.visit([cookie], PLAIN);
      const session = await visit.session();
      assert.equal(session.origin.kind, "opened", it.why);
      work(session);
      const { append } = await visit.close([]);
      const token = append[0][1].split(";")[0].slice(vectors.cookie_name.length + 1);
      const opened = await sealer.open(token, vectors.sealed_at - T0);
      return Buffer.from(opened.payload).subarray(11).toString();
    };
    const put = (session) =>
      session.update((draft) => {
        Object.keys(draft).forEach((name) => delete draft[name]);
        Object.assign(draft, wanted);
      });
    if (Object.keys(wanted).some((name) => !it.knows.includes(name))) {
      // Here nothing is written that is not named in `empty`.
      await assert.rejects(bodyAfter(put), { kind: "unencodable" });
      continue;
    }
    const changes = JSON.stringify(wanted) !== JSON.stringify((await sessionOf(jar, cookie.slice(vectors.cookie_name.length + 1))).get());
    if (changes) assert.equal(await bodyAfter(put), it.written, it.why);
    assert.equal(await bodyAfter((session) => (put(session), session.renew())), it.after_renew, it.why);
  }
});

test("what cannot be written is refused", async () => {
  const jar = await jarOn(CRYPTOS.node);
  for (const { why, value } of vectors.unwritable) {
    if (typeof value === "object" && !Array.isArray(value)) {
      assert.throws(() => write(value), { kind: "unencodable" }, why);
    }
    await assert.rejects(jar.cookieFor(value), { kind: "unencodable" }, why);
  }
});

test("the purpose key is the one that the vectors name", async () => {
  const { createHmac } = await import("node:crypto");
  const lp16 = (text) => Buffer.concat([Buffer.from([0, text.length]), Buffer.from(text)]);
  const secret = decode(vectors.secret.slice(14)).subarray(0, 32);
  const prk = createHmac("sha256", "sealjar/v1").update(secret).digest();
  const info = Buffer.concat([Buffer.from("key\0\x01"), lp16(vectors.app), lp16("session-json"), Buffer.from([1])]);
  assert.equal(hex(createHmac("sha256", prk).update(info).digest()), vectors.purpose_key);
});
