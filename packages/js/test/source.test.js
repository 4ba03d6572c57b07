// Does a replica always use the newest ring, and keep the last good one whatever is delivered?
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, statSync, symlinkSync, truncateSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Jar, LiveRing, SealjarError } from "../dist/index.js";
import { makeRing, developmentDirectory } from "../dist/node/development.js";
import { FileSource, Watcher } from "../dist/node/index.js";
import { Schedule } from "../dist/node/schedule.js";
import { readFetch } from "../dist/request.js";
import { CRYPTOS, document, keyOf, read } from "./support/rings.js";

const root = mkdtempSync(join(tmpdir(), "sealjar-"));
after(() => rmSync(root, { recursive: true, force: true }));

const KEYS = [1, 2, 3].map((seed) => keyOf(Buffer.from(Array.from({ length: 32 }, (_, at) => (at * at * 13 + seed * 17) & 255))));
const at = (epoch, more) => JSON.stringify(document(KEYS.slice(0, 2), { epoch, ring_id: "A".repeat(22), ...more }));

let made = 0;
/** A directory with a ring in it, as a keeper delivers one: written beside, then renamed. */
function place(text = at(1)) {
  const directory = join(root, String(made++));
  mkdirSync(directory);
  const path = join(directory, "session-ring");
  const deliver = (text, mode = 0o640) => {
    writeFileSync(`${path}.new`, text, { mode });
    chmodSync(`${path}.new`, mode);
    renameSync(`${path}.new`, path);
  };
  deliver(text);
  return { directory, path, deliver };
}

async function start(path, options) {
  const lines = [];
  const log = (level, message) => lines.push(`${level} ${message}`);
  const source = new FileSource(path, log);
  const watcher = await Watcher.start(source, { log, ...options });
  return { watcher, lines, epoch: () => watcher.ring.current.epoch };
}

async function until(condition, limit = 5000) {
  for (const end = Date.now() + limit; !condition(); await sleep(20)) {
    if (Date.now() > end) return false;
  }
  return true;
}

test("what is no ring at the start is refused with path, reason and what to do", async () => {
  const { path, deliver } = place();
  const refusal = async (source = new FileSource(path)) => {
    const error = await source.fetch().then(() => assert.fail("it was taken"), (error) => error);
    assert.ok(error instanceof SealjarError);
    assert.ok(error.message.startsWith(`${source.path}: `), error.message);
    assert.match(error.message, /\nhint: ./);
    return error.message;
  };
  for (const [text, message] of [
    ["", /the key ring is empty/],
    ["{", /not a ring document: .*line 1 column 2/],
    [`\ufeff${at(1)}`, /byte order mark/],
    [Buffer.from(at(1), "utf16le"), /UTF-16/],
    [Buffer.from(at(1)).toString("base64"), /it is base64/],
    [KEYS[0].secret, /the secret of one key/],
    [Buffer.alloc(900), /nothing but zero bytes/],
    [at(9e9), /epoch: must be at most/],
    [at(4e9), /more than a day ahead of this machine's clock\nhint: set this machine's clock/],
    [at(1, { format: "sealjar-ring/2" }), /hint: upgrade this application before the ring/],
    [" ".repeat(500_001), /500001 bytes/],
  ]) {
    deliver(text);
    const found = await refusal();
    assert.match(found, message);
    assert.ok(!found.includes(KEYS[0].secret.slice(14, 24)));
  }
  deliver(at(1), 0o666);
  assert.match(await refusal(), /other users may write to the key ring, its mode is 0666\nhint: .*chmod 0640/);
  deliver(at(1), 0o660);
  assert.match(await refusal(), /mode is 0660/);
  unlinkSync(path);
  assert.match(await refusal(), /there is no such file\nhint: deliver the ring to this path/);
  mkdirSync(path);
  assert.match(await refusal(), /not a regular file/);
  rmSync(path, { recursive: true });
  execFileSync("mkfifo", [path]);
  assert.match(await refusal(), /not a regular file/, "a pipe is not waited for");
  const hostile = new FileSource(join(root, "a\rb\n\u001b[2J"));
  const shown = await hostile.fetch().catch((error) => error.message);
  assert.ok(!/[\r\u001b]/.test(shown), JSON.stringify(shown));
  await assert.rejects(Watcher.start(new FileSource(path)), SealjarError);
});

test("a file of a terabyte is read no further than a ring may be long", async () => {
  const { path } = place();
  truncateSync(path, 2 ** 40);
  await assert.rejects(new FileSource(path).fetch(), /500001 bytes|not a ring document/);
});

test("a file that others may read is warned of once", async () => {
  const { path, deliver } = place();
  deliver(at(1), 0o644);
  const lines = [];
  const source = new FileSource(path, (level, message) => lines.push(`${level} ${message}`));
  await source.fetch();
  await source.fetch();
  assert.equal(lines.length, 1);
  assert.match(lines[0], /^warn the key ring is open to more users/);
});

test("a newer ring is in use soon after it was put there, long before the poll", async () => {
  const { path, deliver } = place();
  const { watcher, lines, epoch } = await start(path, { pollEvery: 600_000 });
  for (const next of [2, 3, 4]) {
    deliver(at(next));
    assert.ok(await until(() => epoch() === next), `epoch ${epoch()}`);
  }
  assert.deepEqual(lines.filter((it) => it.startsWith("info")), Array(3).fill("info a newer key ring is in use"));
  watcher.stop();
  deliver(at(5));
  await sleep(500);
  assert.equal(epoch(), 4, "it was stopped");
});

test("a swap of links, as Kubernetes does it, is seen", async () => {
  const { directory, deliver } = place();
  for (const version of ["v1", "v2"]) {
    mkdirSync(join(directory, version));
    writeFileSync(join(directory, version, "ring"), at(version === "v1" ? 1 : 2), { mode: 0o640 });
  }
  symlinkSync("v1", join(directory, "..data"));
  symlinkSync("..data/ring", join(directory, "ring"));
  const { watcher, epoch } = await start(join(directory, "ring"), { pollEvery: 600_000 });
  symlinkSync("v2", join(directory, "..new"));
  renameSync(join(directory, "..new"), join(directory, "..data"));
  assert.ok(await until(() => epoch() === 2));
  watcher.stop();
  void deliver;
});

test("whatever is delivered that is worse, the last good ring stays, and is told of once", async () => {
  const { path, deliver } = place(at(5));
  const { watcher, lines, epoch } = await start(path, { pollEvery: 50 });
  const good = watcher.ring.current;
  for (const [text, message] of [
    [at(4), /epoch 4 is older than epoch 5 in use\nhint: deliver the newest epoch.*; the last good ring stays in use/s],
    [at(5, { issued_at: "2026-01-01T00:00:00Z" }), /epoch 5 is in use with other content/],
    [at(6, { ring: "other" }), /the ring "other" is not the ring "web" in use/],
    [JSON.stringify(document([KEYS[2]], { epoch: 6 })), /another ring of the name "web"/],
    [at(6).slice(0, 200), /not a ring document/],
    ["", /is empty/],
    [at(4.2e9), /more than a day ahead/],
  ]) {
    deliver(text);
    const news = () => lines.filter((it) => it.startsWith("error") && message.test(it));
    assert.ok(await until(() => news().length), `${message}: ${lines.at(-1)}`);
    await sleep(250);
    assert.equal(news().length, 1, "told at every look");
    assert.equal(watcher.ring.current, good);
    const { ready, failure } = watcher.readiness();
    assert.ok(ready && message.test(`${failure.error.message}; the last good ring stays in use`));
  }
  deliver(at(5));
  assert.ok(await until(() => lines.includes("info the key ring can be had again")));
  assert.equal(watcher.readiness().failure, undefined);
  deliver(at(6));
  assert.ok(await until(() => epoch() === 6));
  watcher.stop();
});

test("a directory that is removed and made again is followed", async () => {
  const { directory, path } = place();
  const { watcher, epoch } = await start(path, { pollEvery: 300 });
  rmSync(directory, { recursive: true });
  await sleep(700);
  assert.equal(epoch(), 1);
  mkdirSync(directory);
  writeFileSync(path, at(2), { mode: 0o640 });
  assert.ok(await until(() => epoch() === 2));
  watcher.stop();
});

test("a token under a key that the ring does not hold brings a look forward", async () => {
  // Delivered without a sound: into a directory that is not watched, by a link.
  const { path } = place();
  const elsewhere = place(at(1));
  unlinkSync(path);
  symlinkSync(elsewhere.path, path);
  const { watcher, epoch } = await start(path, { pollEvery: 600_000 });
  elsewhere.deliver(JSON.stringify(document(KEYS, { epoch: 2, ring_id: "A".repeat(22) })));
  await sleep(400);
  assert.equal(epoch(), 1, "nothing was heard");
  // A cookie under the third key, which seals nowhere yet that this replica knows of.
  const third = new LiveRing(await read(document([KEYS[2]])));
  const jar = new Jar(watcher.ring, { app: "test", log: () => {} });
  const cookie = await new Jar(third, { app: "test" }).cookieFor({ a: 1 });
  const { origin } = await jar.visit([cookie], readFetch("GET", () => undefined)).session();
  assert.equal(origin.refusal, "unknown_key");
  assert.ok(await until(() => epoch() === 2));
  watcher.stop();
});

test("unknown keys cause one look in two seconds, and fewer while they bring nothing", () => {
  const looks = (schedule, end) => {
    const times = [];
    for (let now = 0; now < end; now += 100) {
      schedule.unknown(now);
      if (schedule.next().due <= now) {
        times.push(now);
        schedule.looked("nothing", now);
      }
    }
    return times;
  };
  assert.deepEqual(looks(new Schedule(0, 10_000), 60_000), [0, 2000, 6000, 14000, 24000, 34000, 44000, 54000]);
  const schedule = new Schedule(0, 10_000);
  looks(schedule, 30_000);
  schedule.looked("newer ring", 30_000);
  schedule.unknown(30_100);
  assert.deepEqual(schedule.next(), { due: 32_000, reason: "unknown key" });
});

test("a failed look is repeated after 1 second, 2, 4 up to the poll, and a change after it has settled", () => {
  const schedule = new Schedule(0, 10_000);
  assert.deepEqual(schedule.next(), { due: 10_000, reason: "poll" });
  const dues = [];
  for (let now = 10_000, time = 0; time < 6; time++) {
    schedule.looked("failure", now);
    const { due, reason } = schedule.next();
    dues.push([due - now, reason]);
    now = due;
  }
  assert.deepEqual(dues, [[1000, "retry"], [2000, "retry"], [4000, "retry"], [8000, "retry"], [10000, "poll"], [10000, "poll"]]);
  schedule.looked("nothing", 100_000);
  schedule.change(100_050);
  schedule.change(100_150);
  assert.deepEqual(schedule.next(), { due: 100_250, reason: "change" });
});

test("readiness tells why not, and of a rotation that is overdue", async () => {
  const ended = document(KEYS.slice(0, 1));
  Object.assign(ended.keys[0], { seals_until: "2025-02-01T00:00:00Z", opens_until: "2125-02-01T00:00:00Z" });
  const { path } = place(JSON.stringify(ended));
  const { watcher, lines } = await start(path, { pollEvery: 50 });
  const { ready, reason, overdue } = watcher.readiness();
  assert.equal(ready, false);
  assert.match(reason, /no key to seal with now/);
  assert.equal(overdue.toISOString(), "2025-01-08T00:06:00.000Z");
  assert.ok(await until(() => lines.some((it) => it.startsWith("warn the key ring has not been rotated in time"))));
  assert.ok(await until(() => watcher.readiness().lastLook));
  watcher.stop();
});

test("a ring is found where rings are delivered, and made for development alone", async () => {
  const { env } = process;
  const before = { ...env };
  const here = process.cwd();
  const directory = join(root, "project");
  mkdirSync(join(directory, "packages", "app"), { recursive: true });
  writeFileSync(join(directory, "package-lock.json"), "{}");
  try {
    process.chdir(join(directory, "packages", "app"));
    delete env.SEALJAR_RING;
    for (const mode of [undefined, "production", ""]) {
      if (mode === undefined) delete env.NODE_ENV;
      else env.NODE_ENV = mode;
      assert.throws(() => FileSource.find("session-ring", () => {}), /looked at \$SEALJAR_RING, \/run\/secrets\/session-ring\nhint: mount/);
      assert.ok(!existsSync(join(directory, ".sealjar")));
    }
    env.NODE_ENV = "development";
    const lines = [];
    const source = FileSource.find("session-ring", (level, message) => lines.push(`${level} ${message}`));
    assert.match(lines[0], /^warn made a key ring for development/);
    assert.equal(source.path, join(directory, ".sealjar", "session-ring.json"));
    const ring = await source.fetch();
    assert.deepEqual([ring.name, ring.keyIds.length, !!ring.sealingKey(1e8)], ["development", 2, true]);
    assert.deepEqual(readdirSync(join(directory, ".sealjar")).sort(), [".gitignore", "session-ring.json"]);
    assert.equal(readFileSync(join(directory, ".sealjar", ".gitignore"), "utf8").includes("\n*\n"), true);
    assert.deepEqual([statSync(source.path).mode & 0o777, statSync(join(directory, ".sealjar")).mode & 0o777], [0o600, 0o700]);
    assert.deepEqual((await FileSource.find("session-ring", () => {}).fetch()).keyIds, ring.keyIds, "it is made once");
    // Of several that start at once the first one's stays.
    makeRing(join(directory, ".sealjar"), source.path, CRYPTOS.node);
    assert.deepEqual((await source.fetch()).keyIds, ring.keyIds);
    env.SEALJAR_RING = "/somewhere/else";
    assert.equal(FileSource.find().path, "/somewhere/else");
  } finally {
    process.chdir(here);
    Object.assign(env, before);
    for (const name of ["NODE_ENV", "SEALJAR_RING"]) if (!(name in before)) delete env[name];
  }
  assert.equal(developmentDirectory(join(directory, "packages")), join(directory, ".sealjar"));
});
