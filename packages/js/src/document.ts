import type { Crypto } from "./aead/crypto.js";
import { type Bytes, encode, fromUtf8, hex, utf8 } from "./bytes.js";
import { Cursor } from "./cursor.js";
import type { RingDraft } from "./draft.js";
import { fail } from "./error.js";
import { NoJson, parse } from "./json.js";
import { Key, VERSIONS, isPublished, readSecret } from "./key.js";
import { Revocations } from "./revocation.js";
import type { RingKey } from "./ring-key.js";
import { type Soon, each, then } from "./soon.js";

/** Reads a ring document, to be checked: SPEC.md, section 4. No error repeats a value of it. */
export function readDraft(document: string | Uint8Array, crypto: Crypto, allowPublished: boolean): Soon<RingDraft> {
  const bytes = typeof document === "string" ? utf8(document) : document;
  bytes.length > 500_000 && fail("ring_too_large", `the document is ${bytes.length} bytes long, the limit is 500000`);
  const root = new Cursor("", readJson(bytes));
  root.field("format").text() === "sealjar-ring/1" ||
    fail("unsupported_format", 'this version reads the format "sealjar-ring/1" only');
  const critical = root.field("critical").list(30).map((it) => it.text());
  for (const name of critical) {
    FIELDS.includes(` ${name} `) ||
      fail("unsupported_format", `the critical field ${/^[a-z_]{1,24}$/.test(name) ? `"${name}" ` : ""}is not known to this version`);
  }
  const keys = root.field("keys").list(64);
  return then(each(keys, (key) => readKey(key, crypto, allowPublished)), (keys) => {
    const timing = root.field("timing");
    const nextKey = root.optional("next_key");
    const pepper = root.field("revocations").field("pepper").bytes(32);
    const id = root.optional("ring_id")?.bytes(16);
    return then(id ?? crypto.hmac(pepper, utf8("sealjar/v1 ring")), (ringId) => ({
      critical,
      name: root.field("ring").text(),
      idInDocument: id && encode(id),
      id: encode(ringId.subarray(0, 16)),
      epoch: root.field("epoch").integer(),
      issuedAt: root.field("issued_at").time(),
      timing: {
        rotateEvery: timing.field("rotate_every").seconds(),
        distribution: timing.field("distribution").seconds(),
        skew: timing.field("skew").seconds(),
      },
      nextKey: nextKey && { lifetime: nextKey.field("lifetime").seconds(), early: nextKey.field("early").bool() },
      apps: [...new Set(root.optional("apps")?.list(64).map((it) => it.name()))].sort(),
      keys,
      isSync: crypto.isSync,
      revocations: readRevocations(root.field("revocations"), pepper, crypto),
    }));
  });
}

function readJson(bytes: Uint8Array): unknown {
  const text = fromUtf8(bytes) ?? fail("ring_syntax", "not a ring document: it is not UTF-8");
  try {
    // A number of ours is whole, and written without a sign, a fraction or an exponent.
    return parse(text, 128, (spelling) => (/^\d+$/.test(spelling) && +spelling < 2 ** 64 ? +spelling : undefined)).value;
  } catch (error) {
    if (error instanceof NoJson) {
      const before = text.slice(0, error.at).split("\n");
      fail("ring_syntax", `not a ring document: ${error.reason}, line ${before.length} column ${before.at(-1)!.length + 1}`);
    }
    throw error;
  }
}

function readKey(key: Cursor, crypto: Crypto, allowPublished: boolean): Soon<RingKey> {
  const id = encode(key.field("id").bytes(16));
  const suite = key.field("suite").text();
  const secret = key.field("secret");
  const revoked = key.field("revoked").bool();
  const version = VERSIONS[suite];
  const times = (): Omit<RingKey, "key" | "unknownSecret"> => ({
    id,
    suite,
    revoked,
    lifetime: key.field("lifetime").seconds(),
    stagedEpoch: key.field("staged_epoch").integer(),
    stagedAt: key.field("staged_at").time(),
    sealsFrom: key.field("seals_from").or(Cursor.time),
    sealsUntil: key.field("seals_until").or(Cursor.time),
    opensUntil: key.field("opens_until").or(Cursor.time),
  });
  if (revoked !== (secret.value === null)) {
    secret.refuse(revoked ? "must be null, because the key is revoked" : "is null, and the key is not revoked");
  }
  if (revoked || !version) {
    return { ...times(), key: undefined, unknownSecret: revoked ? undefined : secret.text() };
  }
  return then(readSecret(crypto, secret.text()), (read) => {
    const master = typeof read === "string" ? secret.refuse(read) : read;
    return then(Key.of(crypto, version, master), (key) => {
      key.id === id || new Cursor(`${secret.path.slice(0, -6)}id`, 0).refuse("is not the id of this secret and suite");
      return then(allowPublished ? false : isPublished(crypto, master), (known) => {
        known &&
          secret.refuse(
            "is no secret: it is in the tests or examples of sealjar, or follows a pattern, and anyone who knows it " +
              "can forge sessions. Make a ring of your own with `sealjar init`",
          );
        return { ...times(), key, unknownSecret: undefined };
      });
    });
  });
}

function readRevocations(cursor: Cursor, pepper: Bytes, crypto: Crypto): Revocations {
  const revocations = new Revocations(
    crypto,
    pepper,
    cursor.field("horizon").seconds(),
    cursor.field("floor").or(Cursor.seconds),
  );
  for (const entry of cursor.field("subjects").list(8192)) {
    const [hash, app, bornBefore] = entry.tuple(3);
    revocations.addSubject(app!.name(), encode(hash!.bytes(8)), bornBefore!.seconds());
  }
  for (const entry of cursor.field("sessions").list(8192)) {
    const [id, revokedAt] = entry.tuple(2);
    revocations.addSession(hex(id!.bytes(8)), revokedAt!.seconds());
  }
  return revocations;
}

/** Every field that this version understands, whatever object it is in. */
const FIELDS =
  " format critical ring ring_id epoch issued_at timing rotate_every distribution skew next_key early apps keys id suite secret " +
  "lifetime staged_epoch staged_at seals_from seals_until opens_until revoked revocations pepper horizon floor subjects sessions ";
