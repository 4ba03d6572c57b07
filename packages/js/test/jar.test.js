// Which options can work, which values can be kept, and what is told to whom?
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { inspect } from "node:util";
import { hex, utf8 } from "../dist/bytes.js";
import { readBody, write } from "../dist/codec.js";
import { fit, join, split } from "../dist/cookie/chunk.js";
import { scan } from "../dist/cookie/scan.js";
import { readEnvelope, writeEnvelope } from "../dist/envelope.js";
import { Jar, LiveRing, SealjarError } from "../dist/index.js";
import { readFetch } from "../dist/request.js";
import { CRYPTOS, T0, document, keyOf, read } from "./support/rings.js";

const KEY = keyOf(Buffer.from(Array.from({ length: 32 }, (_, at) => (at * at * 11 + 5) & 255)));
const ringOf = async (more, crypto) => {
  const it = document([KEY]);
  Object.assign(it.revocations, more);
  return new LiveRing(await read(it, crypto));
};
const ring = await ringOf();
const PLAIN = readFetch("GET", () => undefined);
const vectors = (name) => JSON.parse(readFileSync(new URL(`../../../crates/sealjar-session/vectors/${name}`, import.meta.url), "utf8"));

test("options that cannot work are refused by name", () => {
  for (const [options, message] of [
    [{ app: "" }, /^app = "": name the application/],
    [{}, /^app = undefined/],
    [{ cookieName: "a b" }, /^cookieName/],
    [{ cookieName: "s.1" }, /^cookieName = "s.1": must not end/],
    [{ cookieName: "s.out" }, /^cookieName/],
    [{ path: "/shop" }, /^path = "\/shop": browsers take only \/ for __Host-Http-session: name the cookie __Secure-session/],
    [{ domain: "example.org" }, /^domain/],
    [{ cookieName: "__Secure-s", domain: ".example.org" }, /^domain/],
    [{ cookieName: "__Secure-s", domain: "127.0.0.1" }, /^domain/],
    [{ cookieName: "__Secure-s", domain: "a..b" }, /^domain/],
    [{ cookieName: "s", path: "shop" }, /^path/],
    [{ cookieName: "s", path: "/a/../b" }, /^path/],
    [{ cookieName: "s", path: "/a/" }, /^path/],
    [{ cookieName: "s", path: "/a b" }, /^path/],
    [{ cookieName: "s", path: `/${"a".repeat(1024)}` }, /^path/],
    [{ allowInsecureHttp: true, cookieName: "__Host-s" }, /^cookieName/],
    [{ allowInsecureHttp: true, sameSite: "none" }, /^allowInsecureHttp/],
    [{ sameSite: "Lax" }, /^sameSite/],
    [{ partitioned: true }, /^partitioned/],
    [{ idleTimeout: 0 }, /^idleTimeout = 0: must be at least 1 second/],
    [{ idleTimeout: NaN }, /^idleTimeout/],
    [{ lifetime: 0.5 }, /^lifetime/],
    [{ idleTimeout: 100, lifetime: 99 }, /^idleTimeout = 100: is longer than the lifetime of 99 s/],
    [{ idleTimeout: 100, refreshAfter: 100 }, /^refreshAfter/],
    [{ maxSize: 12289 }, /^maxSize/],
    [{ maxSize: 100 }, /^maxSize = 100: an empty session already takes \d+ bytes/],
    [{ padding: 0 }, /^padding/],
    [{ schema: 65536 }, /^schema/],
    [{ alsoExpire: [{ path: "/old" }] }, /^alsoExpire/],
    [{ cookieName: "s", alsoExpire: [{ path: "/" }] }, /^alsoExpire/],
    [{ cookieName: "s", alsoExpire: Array(5).fill({ path: "/old" }) }, /^alsoExpire/],
    [{ cookieName: "s", alsoExpire: [{ path: "/;" }] }, /^alsoExpire/],
    [{ clearSiteData: '"cookies"' }, /^clearSiteData/],
    [{ clearSiteData: "storage" }, /^clearSiteData/],
    [{ binding: "x".repeat(65536) }, /65536 bytes/],
    [{ empty: { at: new Date() } }, /^empty.at: would come back as another value/],
    [{ idleTimeout: 86401, exactTimeouts: true }, /^idleTimeout = 86401 s: .* allows 86400 s/],
    [{ lifetime: 604801, exactTimeouts: true }, /^lifetime = 604801 s/],
  ]) {
    const whole = options.app === "" || !Object.keys(options).length ? options : { app: "test", ...options };
    assert.throws(() => new Jar(ring, whole), (error) => {
      assert.ok(error instanceof SealjarError, `${inspect(options)}: ${error}`);
      assert.match(error.message, message);
      return true;
    }, inspect(options));
  }
  for (const options of [
    { cookieName: "__Secure-s", domain: "example.org", path: "/shop", alsoExpire: [{ path: "/" }] },
    { sameSite: "none", partitioned: true },
    { clearSiteData: '"cache", "storage"' },
    { maxSize: 12288, padding: 64, schema: 7, idleTimeout: 60, lifetime: 60, refreshAfter: 59 },
  ]) {
    assert.ok(new Jar(ring, { app: "test", ...options }));
  }
});

test("a ring that allows less than was asked for is told of, and a default is not", () => {
  const told = (options) => {
    const lines = [];
    new Jar(ring, { app: "test", log: (level, message) => lines.push(`${level} ${message}`), ...options });
    return lines;
  };
  assert.deepEqual(told({}), []);
  assert.match(told({ idleTimeout: 90000, lifetime: 600000 })[0], /^warn sessions end earlier than asked: the ring allows 86400 s/);
  assert.match(told({ lifetime: 9e6 })[0], /^warn .* allows 604800 s/);
});

test("what JSON cannot carry is refused when it is written, with its place", () => {
  class Point {}
  const cycle = {};
  cycle.again = cycle;
  const deep = (levels) => (levels ? { a: deep(levels - 1) } : {});
  for (const [value, message] of [
    [{ a: NaN }, "the session.a: numbers"],
    [{ a: Infinity }, "the session.a: numbers"],
    [{ a: [1, 2 ** 53] }, "the session.a[1]: numbers"],
    [{ a: -(2 ** 53) }, "the session.a: numbers"],
    [{ a: 1e300 }, "the session.a: numbers"],
    [{ a: 1n }, "the session.a: JSON has no bigint"],
    [{ a: () => 1 }, "the session.a: JSON has no function"],
    [{ a: Symbol.iterator }, "the session.a: JSON has no symbol"],
    [{ a: [undefined] }, "the session.a[0]: JSON has no undefined"],
    [{ a: new Date() }, "the session.a: would come back"],
    [{ a: new Map() }, "the session.a: would come back"],
    [{ a: new Set() }, "the session.a: would come back"],
    [{ a: new Uint8Array(2) }, "the session.a: would come back"],
    [{ a: new Point() }, "the session.a: would come back"],
    [{ a: { toJSON: () => 1 } }, "the session.a: would come back"],
    [{ a: "\ud800" }, "the session.a: half of a surrogate pair"],
    [{ "\udc00": 1 }, "the session: half of a surrogate pair"],
    [deep(32), "is nested deeper than 32"],
    [cycle, "is nested deeper than 32"],
  ]) {
    assert.throws(() => write(value), (error) => error.kind === "unencodable" && error.message.includes(message), message);
  }
  for (const value of [{}, { a: null, b: [true, false, [], {}], c: "é\u2028\n\"", d: -1.5, e: 2 ** 53 - 1, f: 1e-7 }, deep(31), JSON.parse('{"__proto__":{"x":1}}')]) {
    const text = write(value);
    assert.deepEqual(readBody(utf8(text)).value, value);
    assert.equal(write(readBody(utf8(text)).value), text);
  }
  // A member that is set to undefined is none, as after `delete`.
  assert.equal(write({ a: undefined, b: 1 }), '{"b":1}');
});

test("a body that breaks a rule of JSON sessions is undecodable", () => {
  const nested = (levels) => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;
  for (const text of ["", "null", "[]", "1", '"x"', " {}", "{} ", "{}{}", "\ufeff{}", '{"a":1,"a":2}', '{"a":1,"\\u0061":2}', '{"a":{"b":1,"b":2}}', '{"a":"\\ud800"}', '{"\\udfff":1}', '{"a":9007199254740992}', '{"a":-9007199254740993}', '{"a":1e400}', '{"a":NaN}', '{"a":01}', '{"a":+1}', '{"a":.5}', '{"a":1.}', '{"a":1,}', "{'a':1}", '{"a":"\n"}', '{"a":"\\x"}', nested(33), '{"a"}']) {
    assert.equal(readBody(utf8(text)), undefined, text);
  }
  assert.equal(readBody(Uint8Array.of(0x7b, 0xff, 0x7d)), undefined);
  for (const text of ["{}", '{ "a" : 1 }', nested(32), '{"a":9007199254740991,"b":-0.0,"c":1E2,"d":0.1e-7}', '{"a":"\\ud83c\\udf6a","__proto__":1}']) {
    assert.ok(readBody(utf8(text)), text);
  }
  assert.deepEqual(readBody(utf8('{"a":1,"b":"\\u0061", "c" : [ 1 ]}')).members, [["a", '"a":1'], ["b", '"b":"\\u0061"'], ["c", '"c" : [ 1 ]']]);
});

test("every length of schema and revision survives, and what does not fit is not read", () => {
  for (const schema of [0, 127, 128, 16_383, 16_384, 65_535]) {
    for (const revision of [0, 127, 128, 2_097_152, 0xffff_ffff]) {
      const envelope = { schema, id: "0073657373696f6e", revision };
      const payload = writeEnvelope(envelope, utf8("{}"));
      const found = readEnvelope(payload);
      assert.deepEqual([found.envelope, hex(found.body)], [envelope, "7b7d"]);
      for (let cut = 0; cut < payload.length - 2; cut++) assert.equal(readEnvelope(payload.slice(0, cut)), undefined);
    }
  }
  const id = "6964696469646964";
  for (const wrong of [`808004${id}0000`, `00${id}808080801000`, `00${id}0001ff`, `00${id}00ffffffffffffffffff01`]) {
    assert.equal(readEnvelope(new Uint8Array(Buffer.from(wrong, "hex"))), undefined, wrong);
  }
});

test("the frames of the second implementation that have no layout are read and written", () => {
  const cases = vectors("session_v2.json").session_payload.filter((it) => !it.layout);
  assert.ok(cases.length > 0);
  for (const it of cases) {
    const envelope = { schema: it.schema, id: it.id, revision: it.revision };
    const found = readEnvelope(new Uint8Array(Buffer.from(it.payload, "hex")));
    assert.deepEqual([found.envelope, hex(found.body)], [envelope, it.body]);
    assert.equal(hex(writeEnvelope(envelope, new Uint8Array(Buffer.from(it.body, "hex")))), it.payload);
  }
});

test("the cookie headers of the second implementation give exactly their candidates", () => {
  const { name, cases } = vectors("session_v2.json").cookie_headers;
  assert.equal(cases.length, 21);
  let torn = 0;
  for (const it of cases) {
    const headers = it.headers.map((line) => Buffer.from(line, "hex").toString("latin1"));
    const found = scan(headers, name).values.map((value) => join(value, headers, name));
    if (it.torn) {
      torn++;
      assert.ok(found.includes("torn_chunks"), it.why);
    } else {
      assert.deepEqual([...found].sort(), it.candidates.map((text) => Buffer.from(text).toString("latin1")).sort(), it.why);
    }
  }
  assert.equal(torn, 4);
});

test("a token of any length comes back from its cookies, each short enough and all within the limit", () => {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  for (let length = 94; length < 12_200; length += 97) {
    const text = Array.from({ length }, (_, at) => alphabet[(at * 7 + (at >> 3)) % 64]).join("");
    for (const attributes of [60, 400]) {
      const layout = fit("session", length, attributes, 12_288);
      const cookies = split(text, layout).map(([suffix, value]) => `session${suffix}=${value}`);
      assert.equal(cookies.length, layout.parts);
      assert.ok(cookies.every((it) => it.length + attributes <= 4096));
      assert.ok(cookies.join("; ").length <= 12_288);
      const header = [cookies.join("; ")];
      assert.equal(join(scan(header, "session").values[0], header, "session"), text);
    }
  }
  assert.throws(() => fit("session", 12_250, 60, 12_288), { kind: "too_large", limit: 12_288 });
  assert.throws(() => fit("session", 4096, 60, 4096), { kind: "too_large", size: 4104, limit: 4096 });
});

test("a refusal is told aloud once a second for each kind, and no line has a cookie in it", async () => {
  let seconds = T0 + 10;
  const lines = [];
  const jar = new Jar(ring, { app: "test", clock: () => seconds * 1000, log: (...line) => lines.push(line) });
  const garbage = `${jar.cookieName}=garbage-that-nobody-should-see`;
  for (seconds of [T0 + 10, T0 + 10, T0 + 11, T0 + 11]) {
    assert.deepEqual((await jar.visit([garbage], PLAIN).session()).origin, { kind: "refused", refusal: "malformed" });
  }
  assert.deepEqual(lines.map(([level]) => level), ["info", "debug", "info", "debug"]);
  assert.ok(!inspect(lines).includes("nobody-should-see"));
});

test("a session is read and changed by its members, and only by update", async () => {
  const jar = new Jar(ring, { app: "test", subject: (it) => it.user });
  const session = await jar.visit([await jar.cookieFor({ user: "ada", list: [1] })], PLAIN).session();
  assert.deepEqual([session.user, session.nobody, "user" in session, Object.keys(session)], ["ada", undefined, true, ["user", "list"]]);
  assert.deepEqual({ ...session }, { user: "ada", list: [1] });
  assert.equal(JSON.stringify({ session }), '{"session":{"user":"ada","list":[1]}}');
  assert.equal(await session, session, "a promise of it is no other");
  assert.throws(() => (session.user = "eve"), /change the session with session\.update\(\(s\) => \{ s\.user = \.\.\. \}\)/);
  assert.throws(() => delete session.user, SealjarError);
  assert.throws(() => session.list.push(2), TypeError);
  assert.throws(() => session.update(async () => {}), { kind: "unencodable" });
  assert.deepEqual(session.get(), { user: "ada", list: [1] });
  for (const shown of [inspect(session), inspect(session, { showProxy: true, depth: 9 }), String(inspect(jar))]) {
    assert.ok(!shown.includes("ada"), shown);
  }
});

test("members that a build does not know are hidden, kept byte for byte, and dropped with the person", async () => {
  const now = { app: "test", subject: (it) => it.user || undefined };
  const newer = new Jar(ring, now);
  const older = new Jar(ring, { ...now, empty: { user: "", count: 0 } });
  const silent = new Jar(ring, { app: "test", empty: { user: "", count: 0 } });
  const cookie = await newer.cookieFor({ user: "ada", rights: ["admin"], count: 1 });
  const after = async (jar, work) => {
    const visit = jar.visit([cookie], PLAIN);
    work(await visit.session());
    const { append } = await visit.close([]);
    const back = newer.visit([append.find(([, line]) => !line.includes(".out="))[1].split(";")[0]], PLAIN);
    return (await back.session()).get();
  };
  const session = await older.visit([cookie], PLAIN).session();
  assert.deepEqual(session.get(), { user: "ada", count: 1 });
  assert.deepEqual(await after(older, (s) => s.update((it) => void it.count++)), { user: "ada", count: 2, rights: ["admin"] });
  assert.deepEqual(await after(older, (s) => s.update((it) => void (it.user = "bob"))), { user: "bob", count: 1 });
  assert.deepEqual(await after(older, (s) => s.renew()), { user: "ada", count: 1 });
  assert.deepEqual(await after(older, (s) => (s.purge(), s.update((it) => void it.count++))), { user: "", count: 1 });
  assert.deepEqual(await after(silent, (s) => s.update((it) => void it.count++)), { user: "ada", count: 2 });
  // What is not named is not written.
  assert.throws(() => session.update((it) => void (it.right = [])), { kind: "unencodable", message: /"right" is no member of `empty`/ });
});

test("another schema is migrated or refused", async () => {
  const old = new Jar(ring, { app: "test", schema: 1 });
  const cookie = await old.cookieFor({ name: "ada" });
  const origin = async (options) => {
    const session = await new Jar(ring, { app: "test", ...options }).visit([cookie], PLAIN).session();
    return session.origin.kind === "opened" ? session.get() : session.origin.refusal;
  };
  assert.equal(await origin({ schema: 2 }), "old_schema");
  assert.equal(await origin({ schema: 0 }), "newer_schema");
  assert.deepEqual(await origin({ schema: 2, migrate: (from, it) => (from === 1 ? { nick: it.name } : undefined) }), { nick: "ada" });
});

test("a session lives as long as it says, within what the jar allows", async () => {
  let seconds = T0 + 100;
  const at = new Date((T0 + 160) * 1000);
  const ages = async (expiry) => {
    const jar = new Jar(ring, { app: "test", idleTimeout: 1000, clock: () => seconds * 1000, log: () => {}, expiry: () => expiry });
    const visit = jar.visit([], PLAIN);
    (await visit.session()).update((it) => void (it.a = 1));
    return (await visit.close([])).append.filter(([name]) => name === "set-cookie").map(([, line]) => /Max-Age=(\d+)/.exec(line)?.[1]);
  };
  assert.deepEqual(await ages(undefined), ["1000"]);
  assert.deepEqual(await ages({ after: 10 }), ["10"]);
  assert.deepEqual(await ages({ after: 5000 }), ["1000"]);
  assert.deepEqual(await ages({ at }), ["60"]);
  assert.deepEqual(await ages("browser"), [undefined]);
  seconds = T0 + 160;
  assert.deepEqual(await ages({ at }), ["0"], "an end that has passed is a purge");
});

test("people and sessions that the ring revokes are refused, on both ways to compute keys", async () => {
  for (const crypto of Object.values(CRYPTOS)) {
    const good = await ringOf({}, crypto);
    const options = { app: "test", subject: (it) => it.user, clock: () => (T0 + 100) * 1000 };
    const cookie = await new Jar(good, options).cookieFor({ user: "ada" });
    const jar = new Jar(good, options);
    const { sessionId } = await jar.visit([cookie], PLAIN).session();
    // HMAC-SHA-256 with a pepper of zeros, "sealjar/v1 subject" 00 lp16("test") lp16("ada").
    const { createHmac } = await import("node:crypto");
    const hash = createHmac("sha256", Buffer.alloc(32)).update("sealjar/v1 subject\0\0\x04test\0\x03ada").digest().subarray(0, 8).toString("base64url");
    const refusal = async (revocations) => {
      const { origin } = await new Jar(await ringOf(revocations, crypto), options).visit([cookie], PLAIN).session();
      return origin.refusal ?? origin.kind;
    };
    assert.equal(await refusal({}), "opened");
    assert.equal(await refusal({ subjects: [[hash, "test", 101]] }), "revoked_subject");
    assert.equal(await refusal({ subjects: [[hash, "test", 100]] }), "opened");
    assert.equal(await refusal({ subjects: [[hash, "other", 101]] }), "opened");
    assert.equal(await refusal({ sessions: [[Buffer.from(sessionId, "hex").toString("base64url"), 1]] }), "revoked_session");
    assert.equal(await refusal({ floor: 101 }), "revoked_all");
  }
});

test("two parts for one place tear a session, and equal twins of a part do not", () => {
  const generation = "WXYZ";
  const text = `${"a".repeat(40)}${generation}${"b".repeat(60)}`;
  const [first, second] = [text.slice(0, 50), text.slice(50)];
  const joined = (...others) => {
    const header = [`s=2~${generation}.${first}; s.1=${generation}.${second}${others.map((it) => `; s.1=${it}`).join("")}`];
    return join(scan(header, "s").values[0], header, "s");
  };
  assert.equal(joined(), text);
  assert.equal(joined(`${generation}.${second}`), text);
  assert.equal(joined("ABCD.other"), text, "of another generation");
  assert.equal(joined(`${generation}.other`), "torn_chunks");
});

/**
 * A session of Ada's that a handler has just written, and the birth and sealing time in its cookie.
 */
async function written(jar, cookies, work) {
  const visit = jar.visit(cookies, PLAIN);
  work(await visit.session());
  const { append } = await visit.close([]);
  const cookie = append[0][1].split(";")[0];
  const { origin } = await jar.visit([cookie], PLAIN).session();
  return { cookie, origin };
}

test("a login after a revocation is born when that ends, but no later than clocks may differ", async () => {
  const { createHmac } = await import("node:crypto");
  const hash = createHmac("sha256", Buffer.alloc(32)).update("sealjar/v1 subject\0\0\x04test\0\x03ada").digest().subarray(0, 8).toString("base64url");
  const born = async (revocations, clock = 1000) => {
    const jar = new Jar(await ringOf(revocations), { app: "test", subject: (it) => it.user, clock: () => (T0 + clock) * 1000, log: () => {} });
    const { origin } = await written(jar, [], (session) => session.update((it) => void (it.user = "ada")));
    return origin.kind === "opened" ? origin.born.getTime() / 1000 - T0 : origin.refusal;
  };
  assert.equal(await born({}), 1000);
  assert.equal(await born({ subjects: [[hash, "test", 1020]] }), 1020);
  assert.equal(await born({ floor: 1025, subjects: [[hash, "test", 1020]] }), 1025);
  assert.equal(await born({ floor: 900 }), 1000);
  assert.equal(await born({ floor: 5000 }), "revoked_all", "it is 1030 then");
});

test("a replica whose clock is behind seals a session so that it still opens", async () => {
  let clock = 1000;
  const jar = new Jar(ring, { app: "test", subject: (it) => it.user, clock: () => (T0 + clock) * 1000, log: () => {} });
  const { cookie } = await written(jar, [], (session) => session.update((it) => void (it.user = "ada")));
  // 30 s are allowed between two clocks, and a birth 30 s ahead of the one that saw it.
  clock = 970;
  const { cookie: again, origin } = await written(jar, [cookie], (session) => session.update((it) => void (it.n = 1)));
  assert.equal(origin.kind, "opened", origin.refusal);
  assert.equal(origin.sealedAt.getTime() / 1000 - T0, 970);
  assert.equal((await jar.visit([again], PLAIN).session()).user, "ada");
  const behind = new Jar(await ringOf({ floor: 1020 }), { app: "test", clock: () => (T0 + 1000) * 1000, log: () => {} });
  const { cookie: ahead } = await written(behind, [], (session) => session.update((it) => void (it.n = 1)));
  const slow = new Jar(await ringOf({ floor: 1020 }), { app: "test", clock: () => (T0 + 985) * 1000, log: () => {} });
  const { origin: sealed } = await written(slow, [ahead], (session) => session.update((it) => void (it.n = 2)));
  assert.equal(sealed.kind, "opened", sealed.refusal);
  assert.equal(sealed.sealedAt.getTime() / 1000 - T0, 990, "not 985: born at 1020 it would be refused");
});

test("no session outlives what the ring remembers of revocations", async () => {
  let clock = 1000;
  const options = { app: "test", clock: () => (T0 + clock) * 1000, log: () => {} };
  const cookie = await new Jar(ring, options).cookieFor({ a: 1 });
  const short = new Jar(await ringOf({ horizon: 500 }), options);
  for (const [at, kind] of [[1499, "opened"], [1500, "too_old"]]) {
    clock = at;
    const { origin } = await short.visit([cookie], PLAIN).session();
    assert.equal(origin.refusal ?? origin.kind, kind);
  }
});
