// Rings whose keys everybody knows, which only tests may read.
import { defaultCrypto } from "../../dist/aead/crypto.js";
import { nodeCrypto } from "../../dist/aead/node.js";
import { webCrypto } from "../../dist/aead/web.js";
import { encode } from "../../dist/bytes.js";
import { KeyRing } from "../../dist/ring.js";
import * as node from "node:crypto";

/** Both ways in which keys are computed. */
export const CRYPTOS = { node: nodeCrypto(node), web: webCrypto() };

export const read = (document, crypto = defaultCrypto(), allowPublished = true) =>
  KeyRing.read(typeof document === "object" && !ArrayBuffer.isView(document) ? JSON.stringify(document) : document, crypto, allowPublished);

export const T0 = 1735689600;
export const spell = (stored) => new Date((stored + T0) * 1000).toISOString().replace(".000", "");

/** The text of a secret of 32 bytes, and its id, both computed without the code under test. */
export function keyOf(secret, suite = "xaes-256-gcm") {
  const check = node.createHash("sha256").update("sealjar-key-1").update(secret).digest().subarray(0, 4);
  const prk = node.createHmac("sha256", "sealjar/v1").update(secret).digest();
  const version = suite === "xaes-256-gcm" ? 1 : 2;
  const info = Buffer.concat([Buffer.from("kid\0"), Buffer.from([version, 1])]);
  const id = node.createHmac("sha256", prk).update(info).digest().subarray(0, 16);
  return {
    id: id.toString("base64url"),
    suite,
    secret: `sealjar-key-1_${Buffer.concat([secret, check]).toString("base64url")}`,
  };
}

/** A ring document in which everything is as usual. */
export function document(keys, more = {}) {
  return {
    format: "sealjar-ring/1",
    critical: [],
    ring: "web",
    epoch: 1,
    issued_at: spell(0),
    timing: { rotate_every: 604800, distribution: 300, skew: 30 },
    keys: keys.map((key) => ({
      lifetime: 86400,
      staged_epoch: 0,
      staged_at: spell(0),
      seals_from: spell(0),
      seals_until: null,
      opens_until: null,
      revoked: false,
      ...key,
    })),
    revocations: { pepper: encode(new Uint8Array(32)), horizon: 604800, floor: null, subjects: [], sessions: [] },
    ...more,
  };
}
