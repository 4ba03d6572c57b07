// Do programs that seal by themselves lose nobody when they take their secrets from the ring, and
// whom do they lose as their manuals show it?
import assert from "node:assert/strict";
import { test } from "node:test";
import { rotated } from "./fleet.js";
import { BETTER_AUTH, TARGETS } from "./targets.js";

const IS_LONG = process.env.SEALJAR_SAMPLE === "long";
const SEED = Number(process.env.SEALJAR_SEED ?? Date.now());
const timeout = 300_000;

/** All of them, or those that the seed draws. */
function sample() {
  const names = process.env.SEALJAR_TARGETS?.split(",") ?? Object.keys(TARGETS);
  if (IS_LONG) return names;
  const drawn = names.filter((name) => !TARGETS[name].inRoot);
  // Each seed begins elsewhere, so that three runs of CI see nearly all.
  const begin = SEED % drawn.length;
  return [0, 3].map((step) => drawn[(begin + step) % drawn.length]);
}

for (const name of new Set(sample())) {
  const target = TARGETS[name];
  test(`rolling rotations log nobody out of ${name} (SEALJAR_SEED=${SEED})`, { timeout }, async (t) => {
    const noticed = await rotated(name, target);
    t.diagnostic(JSON.stringify(noticed));
    assert.deepEqual([noticed.logouts, noticed.lostWrites], [0, 0], JSON.stringify(noticed));
    assert.ok(noticed.logins >= 9 && noticed.looks > 200, JSON.stringify(noticed));
  });
  test(`the control: the way of its manual logs people out of ${name}`, { timeout }, async (t) => {
    const noticed = await rotated(name, { ...target, rotations: 1 }, target.manual);
    t.diagnostic(JSON.stringify(noticed));
    assert.ok(noticed.logouts > 0, JSON.stringify(noticed));
  });
}

if (IS_LONG) {
  test("better-auth logs people out whatever follows its first secret", { timeout }, async (t) => {
    const noticed = await rotated("better-auth", BETTER_AUTH, BETTER_AUTH.read);
    t.diagnostic(JSON.stringify(noticed));
    assert.ok(noticed.logouts > 0, "it opens with every secret now: make it a target");
  });
}
