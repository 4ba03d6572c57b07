// Is anybody logged out of one site on axum, Next and Django behind Traefik, while keys rotate,
// replicas die, the site is rolled out anew, and a person is revoked?
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { throughABrowser } from "./browser.js";
import { Crowd, assertNoLoss } from "./crowd.js";
import { DISTRIBUTION, Site } from "./site.js";
import { Visitor } from "./visitor.js";

const IS_LONG = process.env.SEALJAR_POLYGLOT === "long";
const [PEOPLE, ROTATIONS] = IS_LONG ? [24, 20] : [8, 4];
const FRAMEWORKS = ["axum", "next", "django"];
let site;
before(async () => (site = await Site.start()));
after(() => site?.stop());

test("nobody is logged out and no write is lost", { timeout: 600_000 }, async (t) => {
  const counts = { deaths: 0, rollOuts: 0, rotations: 0 };
  const noticed = await visited(PEOPLE, async () => {
    await Promise.all([rotate(counts), disturb(counts), throughABrowser(site)]);
  });
  t.diagnostic(JSON.stringify({ ...noticed, replicas: noticed.replicas.size, ...counts }));
  assertNoLoss(noticed);
  // Those of the beginning, and those that took their places.
  assert.ok(noticed.replicas.size > 9 && noticed.writes > 100);
});

async function rotate(counts) {
  for (; counts.rotations < ROTATIONS; counts.rotations++) await site.rotations(1);
}

/**
 * Kills the keeper and a replica of each framework, and replaces all replicas, as long as keys
 * rotate.
 */
async function disturb(counts) {
  do {
    for (const framework of FRAMEWORKS) {
      await site.die(site.of(framework)[0]);
      counts.deaths++;
    }
    await site.killKeeper();
    // The two of a framework one after the other.
    await Promise.all(FRAMEWORKS.map((framework) => site.rollOut(framework)));
    counts.rollOuts++;
  } while (counts.rotations < ROTATIONS);
}

/** What visitors notice meanwhile. */
async function visited(people, meanwhile) {
  const crowd = new Crowd(site.port, ["ada", "alan"], people);
  try {
    await meanwhile();
  } finally {
    crowd.close();
  }
  return crowd.leave();
}

test("a person who is revoked is a stranger on every replica, and the others are not", { timeout: 120_000 }, async () => {
  const noticed = await visited(4, async () => {
    const grace = new Visitor(site.port, "grace", 0);
    await grace.logIn();
    assert.equal((await grace.look()).user, "grace");
    // Revocations count whole seconds, and spare what begins in theirs.
    await sleep(1100);
    site.sealjar("revoke", "--subject", "grace", "--app", "shop", "--yes");
    await sleep(DISTRIBUTION + 1000);
    const before = new Map(grace.cookies);
    for (const framework of [...FRAMEWORKS, ...FRAMEWORKS]) {
      grace.cookies = new Map(before);
      assert.equal((await grace.look(framework)).user, "", framework);
    }
    for (const framework of FRAMEWORKS) {
      grace.cookies = new Map(before);
      await grace.logIn(framework);
      for (const other of FRAMEWORKS) assert.equal((await grace.look(other)).user, "grace", `${framework}, ${other}`);
    }
  });
  assertNoLoss(noticed);
});

/** What visitors notice of a site with one replica that is not as it should be. */
async function noticedWith(framework, more, rotations) {
  const broken = await site.replace(site.of(framework)[0], more);
  try {
    await site.rotations(rotations);
    return await visited(4, () => sleep(3000));
  } finally {
    await site.replace(broken);
  }
}

for (const framework of IS_LONG ? FRAMEWORKS : ["django"]) {
  test(`the control: a replica on ${framework} that never reads the ring again logs people out`, { timeout: 120_000 }, async () => {
    // It holds the standby, and after two rotations others seal with a key that it does not know.
    const noticed = await noticedWith(framework, { ring: site.frozenRing() }, 2);
    assert.throws(() => assertNoLoss(noticed), /logouts/);
    assert.ok(noticed.logouts > 0);
  });
}

test("the control: a replica whose sessions are postcard logs people out", { timeout: 120_000 }, async () => {
  const noticed = await noticedWith("axum", { program: "axum-ssr-postcard" }, 0);
  assert.throws(() => assertNoLoss(noticed), /logouts/);
  assert.ok(noticed.logouts > 0);
});
