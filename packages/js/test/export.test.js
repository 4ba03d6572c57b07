// Do programs that seal by themselves lose nobody when they take their secrets from the ring? Three
// replicas of each, and rotations that reach one replica after the other. Runs where
// `SEALJAR_PROGRAM` names the program.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { setEnvDefaults } from "@auth/core";
import { decode, encode } from "@auth/core/jwt";
import secureSession from "@fastify/secure-session";
import fastify from "fastify";
import { sealData, unsealData } from "iron-session";
import Keygrip from "keygrip";

const program = process.env.SEALJAR_PROGRAM;
const options = program ? {} : { skip: "SEALJAR_PROGRAM names no program" };
const directory = mkdtempSync(join(tmpdir(), "sealjar-export-"));
after(() => rmSync(directory, { recursive: true, force: true }));

// Each makes a replica of what it reads, as its own code seals and opens. `withoutStandby` takes
// out what no manual tells to put in: what is left is the secret that seals, then the old ones.
const targets = {
  "auth.js": {
    // It takes four secrets from its environment.
    rotations: 2,
    read(text) {
      const config = { providers: [] };
      setEnvDefaults(Object.fromEntries(text.trim().split("\n").map((line) => line.split("="))), config);
      return config.secret;
    },
    withoutStandby: (secrets) => secrets.toSpliced(1, 1),
    replica: (secret) => ({
      seal: (who) => encode({ token: { who }, secret, salt: "session" }),
      open: (token) => decode({ token, secret, salt: "session" }).then((it) => it?.who, () => undefined),
    }),
  },
  "fastify-secure-session": {
    read: (text) => JSON.parse(text).map((it) => Buffer.from(it, "base64")),
    withoutStandby: (keys) => keys.toSpliced(1, 1),
    async replica(key) {
      const app = fastify();
      await app.register(secureSession, { key });
      await app.ready();
      return {
        seal: (who) => app.encodeSecureSession(app.createSecureSession({ who })),
        open: (cookie) => app.decodeSecureSession(cookie)?.get("who"),
      };
    },
  },
  "iron-session": {
    read: (text) => JSON.parse(text),
    withoutStandby({ seal, open }) {
      const standby = String(Math.max(...Object.keys(open).map(Number)));
      return { seal, open: Object.fromEntries(Object.entries(open).filter(([id]) => id !== standby)) };
    },
    replica({ seal, open }) {
      const password = Object.assign(Object.create(open), seal);
      return {
        seal: (who) => sealData({ who }, { password }),
        open: async (sealed) => (await unsealData(sealed, { password }).catch(() => ({}))).who,
      };
    },
  },
  // `cookie-session` and `express-session` sign with the first and accept all as it does.
  keygrip: {
    read: (text) => JSON.parse(text),
    withoutStandby: (keys) => keys.toSpliced(1, 1),
    replica(keys) {
      const grip = new Keygrip(keys, "sha256");
      return {
        seal: (who) => `${who}.${grip.sign(who)}`,
        open(cookie) {
          const [who, signature] = cookie.split(".");
          return grip.verify(who, signature) ? who : undefined;
        },
      };
    },
  },
};

async function countLoggedOut(name, change) {
  const { read, replica, rotations = 3 } = targets[name];
  const at = mkdtempSync(join(directory, "ring-"));
  const keeper = (...all) =>
    execFileSync(program, [...all, "--store", `file:${join(at, "ring.json")}`, "--export", `${name}:shop:secrets`]);
  keeper("init", "--distribution", "1s", "--skew", "0s", "--rotate-every", "1h");
  const start = async () => replica(change(read(readFileSync(join(at, "secrets"), "utf8"))));
  const replicas = await Promise.all([start(), start(), start()]);
  const visitors = [];
  let loggedOut = 0;
  const everybodyVisits = async () => {
    for (const [at, it] of replicas.entries()) {
      const who = `visitor${visitors.length}at${at}`;
      visitors.push([who, await it.seal(who)]);
    }
    for (const [who, cookie] of visitors) {
      for (const it of replicas) loggedOut += (await it.open(cookie)) === who ? 0 : 1;
    }
  };
  await everybodyVisits();
  for (let rotation = 0; rotation < rotations; rotation++) {
    // Until every replica is known to have the standby.
    await sleep(2000);
    keeper("rotate");
    for (const at of replicas.keys()) {
      replicas[at] = await start();
      await everybodyVisits();
    }
  }
  assert.equal(visitors.length, 3 + 9 * rotations);
  return loggedOut;
}

for (const [name, { withoutStandby }] of Object.entries(targets)) {
  test(`rolling rotations log nobody out of ${name}`, options, async () => {
    assert.equal(await countLoggedOut(name, (secrets) => secrets), 0);
  });
  test(`the control: without the standby they log people out of ${name}`, options, async () => {
    assert.ok((await countLoggedOut(name, withoutStandby)) > 0);
  });
}
