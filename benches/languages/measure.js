// How long does each take, when all of them take turns? A machine that is busy for a while is busy
// for all of them.
import assert from "node:assert/strict";

/** How long a turn is, in microseconds of CPU time. */
const TURN = 30_000;

/** Measures `seal` and `open` of each, in microseconds of CPU time: medians over the turns. */
export async function measure(contenders, session, cpu, turns) {
  const found = {};
  for (const [name, { seal, open }] of Object.entries(contenders)) {
    const text = await seal();
    // Some add members of their own, such as the time.
    const opened = await open(text);
    for (const [member, value] of Object.entries(session)) assert.deepEqual(opened[member], value, name);
    found[name] = { seal: [], open: [], text, length: text.length };
  }
  // The first turn is for the compiler.
  for (let turn = 0; turn <= turns; turn++) {
    for (const [name, { seal, open }] of Object.entries(contenders)) {
      for (const [what, work] of Object.entries({ seal, open: () => open(found[name].text) })) {
        const took = await one(work, cpu);
        if (turn) found[name][what].push(took);
      }
    }
  }
  return Object.entries(found).map(([name, { seal, open, length }]) => ({ name, seal: median(seal), open: median(open), length }));
}

/** One turn: twice as often, until it is long enough. */
async function one(work, cpu) {
  for (let times = 1; ; times *= 2) {
    const begun = cpu();
    for (let time = 0; time < times; time++) await work();
    const took = cpu() - begun;
    if (took >= TURN) return took / times;
  }
}

function median(numbers) {
  return numbers.sort((a, b) => a - b)[numbers.length >> 1];
}
