// Attack or accident: a session ends while one of its requests is under way, and the response seals
// it again.
import assert from "node:assert/strict";
import { test } from "node:test";
import { readFetch } from "../dist/request.js";
import { CRYPTOS, read } from "./support/rings.js";
import { DAY, NAME, START, World } from "./support/world.js";

const PLAIN = readFetch("GET", () => undefined);

/** What a handler does, and whether that begins another session. */
const DEEDS = {
  "reads": [(session) => session.get(), false],
  "writes": [(session) => session.update((it) => void it.visits++), false],
  "renews": [(session) => session.renew(), false],
  "writes and renews": [(session) => (session.update((it) => void it.visits++), session.renew()), false],
  "logs another person in": [(session) => session.update((it) => void (it.name = "bob")), true],
  "purges and writes": [(session) => (session.purge(), session.update((it) => void it.visits++)), true],
};

/** What happens before the response is sent, and for what the cookie is refused then. */
const EVENTS = {
  "nothing": [() => {}, undefined],
  "another subject": [(world) => world.revoke("carol"), undefined],
  "another key seals": [(world) => world.change("add_newer_key"), undefined],
  "the clock is set back": [(world) => void (world.seconds -= 3_600), undefined],
  "subject": [(world) => world.revoke("ada"), "revoked_subject"],
  "session": [(world, id) => world.revise((it) => it.revocations.sessions.push([Buffer.from(id, "hex").toString("base64url"), world.seconds])), "revoked_session"],
  "floor": [(world) => world.revise((it) => void (it.revocations.floor = world.seconds)), "revoked_all"],
  "key": [(world) => replaceKey(world, ({ keys }) => Object.assign(keys[0], { revoked: true, secret: null })), "revoked_key"],
  "key gone": [(world) => replaceKey(world, ({ keys }) => keys.shift()), "unknown_key"],
  "time": [(world) => void (world.seconds += DAY / 2), "expired"],
};

async function replaceKey(world, change) {
  await world.change("add_newer_key");
  await world.revise(change);
}

const opened = async (jar, cookie) => {
  const visit = jar.visit([cookie], PLAIN);
  return [visit, await visit.session()];
};
const sets = ({ append }) => append.some(([name, line]) => name === "set-cookie" && line.startsWith(`${NAME}=`) && !line.includes("Max-Age=0"));
const cookieOf = ({ append }) => append.find(([name]) => name === "set-cookie")[1].split(";")[0];

for (const [how, crypto] of Object.entries(CRYPTOS)) {
  test(`a session that ends during its request is not sealed again, with ${how}`, async () => {
    for (const [event, [happen, refused]] of Object.entries(EVENTS)) {
      for (const [deed, [act, begins]] of Object.entries(DEEDS)) {
        const what = `${deed}, ${event}`;
        const world = await World.make(crypto);
        const jar = world.jar({ session: "account" });
        const cookie = await world.cookieOf("ada");
        world.seconds += DAY / 2;
        const [visit, session] = await opened(jar, cookie);
        const { sessionId } = session;
        act(session);
        await happen(world, sessionId);
        const closing = await visit.close([]);
        // A handler was promised a write while the session was valid, and nobody revoked it.
        const keepsPromise = event === "time" && deed !== "reads";
        const seals = !refused || begins || keepsPromise;
        assert.equal(sets(closing), seals, what);
        if (!seals) {
          assert.deepEqual([closing.set, closing.append], [[["cache-control", "private"]], [["vary", "Cookie"]]], what);
        }
        if (event !== "the clock is set back") {
          // The cookie stays where it is, and the next request is refused as any replica would.
          const [, next] = await opened(jar, seals ? cookieOf(closing) : cookie);
          assert.equal(next.origin.refusal, seals ? undefined : refused, what);
        }
      }
    }
  });
}

test("a slow response carries no forged session over to the next key", async () => {
  // Attack: with a leaked key somebody has forged a session, and keeps requests under way while an
  // operator revokes the key.
  const world = await World.make(CRYPTOS.node);
  const jar = world.jar({ session: "account" });
  world.seconds += DAY / 2;
  const cookie = `${NAME}=${await world.forge()}`;
  const visits = [];
  for (const deed of ["reads", "writes", "renews"]) {
    const [visit, session] = await opened(jar, cookie);
    DEEDS[deed][0](session);
    visits.push([deed, visit]);
  }
  await EVENTS.key[0](world);
  for (const [deed, visit] of visits) {
    assert.equal(sets(await visit.close([])), false, deed);
  }
  // The control: what a response without a second look would have sealed is a session like any
  // other.
  const key = world.document.keys.at(-1);
  world.forgers.next = { key, ring: await read({ ...world.document, keys: [key] }) };
  const carriedOver = `${NAME}=${await world.forge({ sealed_at: world.seconds, expires_at: world.seconds + DAY }, "next")}`;
  assert.equal((await opened(jar, carriedOver))[1].origin.kind, "opened");
});

test("a session that gets too old during its request is not sealed again", async () => {
  for (const [seconds, isSealed] of [[59, true], [60, false]]) {
    const world = await World.make(CRYPTOS.node);
    world.seconds = START + 7 * DAY - 60;
    const sealed_at = START + 7 * DAY - DAY / 2;
    const cookie = `${NAME}=${await world.forge({ sealed_at, expires_at: sealed_at + DAY })}`;
    const [visit, session] = await opened(world.jar({ session: "account" }), cookie);
    DEEDS.writes[0](session);
    world.seconds += seconds;
    assert.equal(sets(await visit.close([])), isSealed, seconds);
  }
});

test("without a clock a write fails as before", async () => {
  const world = await World.make(CRYPTOS.node);
  const [visit, session] = await opened(world.jar({ session: "account" }), await world.cookieOf("ada"));
  DEEDS.writes[0](session);
  world.isBroken = true;
  assert.throws(() => visit.close([]), { kind: "clock" });
});

test("that a session ended during its request is told aloud once a second", async () => {
  const world = await World.make(CRYPTOS.node);
  const lines = [];
  const jar = world.jar({ session: "account", options: { log: (...line) => lines.push(line) } });
  const cookie = await world.cookieOf("ada");
  const visits = [];
  for (let at = 0; at < 2; at++) {
    const [visit, session] = await opened(jar, cookie);
    DEEDS.writes[0](session);
    visits.push(visit);
  }
  world.seconds++;
  await world.revoke("ada");
  for (const visit of visits) await visit.close([]);
  const message = "a session ended during its request and was not sealed again";
  const fields = { cookie: NAME, refusal: "revoked_subject" };
  assert.deepEqual(lines, [["info", message, fields], ["debug", message, fields]]);
});
