// Does this package agree with the second implementation that made the vectors of the Rust crates?
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { concat, decode, encode, hex } from "../dist/bytes.js";
import { LiveRing } from "../dist/live.js";
import { AnySealer } from "../dist/any-sealer.js";
import { CRYPTOS, T0, document, keyOf, read } from "./support/rings.js";

const vectors = JSON.parse(readFileSync(new URL("../../../crates/sealjar/vectors/token_v1.json", import.meta.url), "utf8"));
const unhex = (text) => new Uint8Array(Buffer.from(text, "hex"));

function ringOf(it, overrides, crypto) {
  const secret = Buffer.from(it.secret.slice(14), "base64url").subarray(0, 32);
  const key = { ...keyOf(secret, it.suite), ...overrides };
  assert.equal(it.key_id ?? key.id, key.id);
  const ring = document([key], { ring: "vectors" });
  ring.revocations.floor = it.floor ?? null;
  return read(ring, crypto);
}

function sealerOf(it, ring, bucket) {
  const context = { app: it.app, purpose: it.purpose, cookieName: it.cookie_name, binding: unhex(it.binding) };
  return new AnySealer(new LiveRing(ring), context, bucket);
}

/** What the ring's key says otherwise in this case. */
const overrides = (it) => it.ring_key ?? (typeof it.key === "object" ? it.key : {});

for (const [name, crypto] of Object.entries(CRYPTOS)) {
  const isThere = (it) => name === "node" || it.suite === "xaes-256-gcm";

  test(`${name}: every valid token is sealed to the byte and opened`, async () => {
    assert.equal(vectors.valid.length, 23);
    for (const it of vectors.valid.filter(isThere)) {
      const why = `case ${it.id} (${it.why})`;
      const sealer = sealerOf(it, await ringOf(it, {}, crypto), it.bucket);
      const times = { born: it.born - T0, sealedAt: it.sealed_at - T0, expiresAt: it.expires_at - T0 };
      const sealed = await sealer.seal(unhex(it.payload), times, unhex(it.nonce));
      assert.equal(sealed.text, it.token, why);
      assert.equal(hex(decode(sealed.text)), it.raw, why);
      assert.equal(sealed.expiresAt, times.expiresAt, why);

      const opener = sealerOf(it, await ringOf(it, overrides(it), crypto));
      const opened = await opener.open(it.token, it.open_at - T0);
      assert.equal(typeof opened, "object", `${why}: ${opened}`);
      assert.equal(hex(opened.payload), it.payload, why);
      assert.deepEqual([opened.born, opened.sealedAt, opened.expiresAt], [times.born, times.sealedAt, times.expiresAt], why);
      assert.equal(opened.keyId, it.key_id, why);
    }
  });

  test(`${name}: every invalid token is refused with its kind`, async () => {
    assert.equal(vectors.invalid.length, 43);
    for (const it of vectors.invalid) {
      const sealer = sealerOf(it, await ringOf(it, overrides(it), crypto));
      const found = await sealer.open(it.token, it.open_at - T0);
      // Where there is no ChaCha20, its keys open nothing; what is told before a key is
      // asked stays.
      const told = ["malformed", "unknown_version", "revoked_key", "spent_key"].includes(it.kind);
      assert.equal(found, isThere(it) || told ? it.kind : "unknown_key", it.why);
    }
  });
}

test("one bit that is flipped anywhere is refused, by both", async () => {
  const it = vectors.valid.find((it) => it.suite === "xaes-256-gcm" && it.payload.length > 20);
  for (const crypto of Object.values(CRYPTOS)) {
    const sealer = sealerOf(it, await ringOf(it, {}, crypto));
    const raw = decode(it.token);
    for (let at = 0; at < raw.length; at++) {
      const edited = concat(raw);
      edited[at] ^= 1 << at % 8;
      const found = await sealer.open(encode(edited), it.open_at - T0);
      assert.equal(found, at === 0 ? "unknown_version" : at < 17 ? "unknown_key" : "forged", `byte ${at}`);
    }
  }
});

test("base64url has one spelling for each value", () => {
  for (let length = 0; length < 70; length++) {
    const bytes = crypto.getRandomValues(new Uint8Array(length));
    const text = encode(bytes);
    assert.equal(text, Buffer.from(bytes).toString("base64url"));
    assert.deepEqual(decode(text), bytes);
  }
  for (const wrong of ["A", "AB", "AAB", "AA==", "AA ", " AA", "A+AA", "A/AA", "AAAA\n", "é", "AAAAA", "A\u0100AA"]) {
    assert.equal(decode(wrong), undefined, wrong);
  }
});
