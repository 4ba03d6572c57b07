// Do the program `sealjar` and this package open what the other has sealed, follow one ring through
// a rotation and revocations, and refuse alike? Runs where `SEALJAR_PROGRAM` names the program.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Jar, LiveRing, Sealer } from "../dist/index.js";
import { FileSource, Watcher } from "../dist/node/index.js";
import { readFetch } from "../dist/request.js";

const program = process.env.SEALJAR_PROGRAM;
const options = program ? {} : { skip: "SEALJAR_PROGRAM names no program" };
const directory = mkdtempSync(join(tmpdir(), "sealjar-rust-"));
after(() => rmSync(directory, { recursive: true, force: true }));

const file = join(directory, "ring.json");
const run = (input, ...all) => execFileSync(program, all, { input, encoding: "utf8" }).trim();
const keeper = (...all) => run("", ...all, "--store", `file:${file}`);
const context = { app: "shop-test", purpose: "reset", cookieName: "__Host-x", binding: "tenant" };
const names = ["--ring", file, "--app", context.app, "--purpose", context.purpose, "--cookie-name", context.cookieName, "--binding", Buffer.from("tenant").toString("hex")];
const PLAIN = readFetch("GET", () => undefined);

test("each opens what the other has sealed, and refuses it with one word elsewhere", options, async () => {
  keeper("init", "--ring", "web", "--app", context.app);
  const ring = new LiveRing(await new FileSource(file).fetch());
  const sealer = new Sealer(ring, context);
  for (const payload of ["", "user 42", "é".repeat(300), "x".repeat(4000)]) {
    const hex = Buffer.from(payload).toString("hex");
    const theirs = run(hex, "seal", ...names, "--ttl", "1h");
    assert.equal(Buffer.from((await sealer.open(theirs)).payload).toString(), payload);
    const ours = await sealer.seal(payload, 3600);
    assert.equal(run(ours, "open", ...names), hex);
    assert.equal(ours.length, theirs.length);

    const changed = ours.slice(0, 80) + (ours[80] === "A" ? "B" : "A") + ours.slice(81);
    for (const [token, at] of [[changed, []], [ours.slice(0, 93), []], [`_${ours.slice(1)}`, []], [ours, ["--now", String(Math.floor(Date.now() / 1000) + 3601)]]]) {
      const refused = spawnSync(program, ["open", ...names, ...at], { input: token, encoding: "utf8" });
      assert.notEqual(refused.status, 0);
      const kind = at.length ? "expired" : await sealer.open(token).catch((error) => error.kind);
      assert.ok(refused.stderr.includes(kind) || refused.stdout.includes(kind), `${kind}: ${refused.stderr}`);
    }
  }
});

test("a watcher follows the keeper through a rotation and the revocation of a person", options, async () => {
  const watcher = await Watcher.start(new FileSource(file), { pollEvery: 600_000, log: () => {} });
  const jar = new Jar(watcher.ring, { app: context.app, subject: (session) => session.user, log: () => {} });
  const cookies = [await jar.cookieFor({ user: "ada" }), await jar.cookieFor({ user: "bob" })];
  const seen = async () => Promise.all(cookies.map(async (cookie) => (await jar.visit([cookie], PLAIN).session()).origin.refusal ?? "opened"));
  const follows = async (epoch) => {
    for (let tries = 0; watcher.ring.current.epoch === epoch && tries < 200; tries++) await sleep(50);
    assert.notEqual(watcher.ring.current.epoch, epoch);
  };
  let { epoch } = watcher.ring.current;
  keeper("rotate", "--force", "--yes");
  await follows(epoch);
  assert.deepEqual(await seen(), ["opened", "opened"]);

  ({ epoch } = watcher.ring.current);
  // People who were logged in before this second.
  keeper("revoke", "--subject", "ada", "--app", context.app);
  await follows(epoch);
  assert.deepEqual(await seen(), ["revoked_subject", "opened"]);
  // Who logs in again is not refused for it.
  const again = await jar.cookieFor({ user: "ada" });
  assert.equal((await jar.visit([again], PLAIN).session()).origin.kind, "opened");

  ({ epoch } = watcher.ring.current);
  const { keyId } = (await jar.visit([cookies[1]], PLAIN).session()).origin;
  // An id may begin with a dash.
  run("", "revoke", "--yes", "--store", `file:${file}`, "--", keyId);
  await follows(epoch);
  assert.equal((await seen())[1], "revoked_key");
  watcher.stop();
});
