// Does every adapter do what tests/exchanges.json says, on both ways to compute keys?
import assert from "node:assert/strict";
import { test } from "node:test";
import { onExpress } from "./support/on-express.js";
import { onH3 } from "./support/on-h3.js";
import { onHono, onHonoOverSockets } from "./support/on-hono.js";
import { onFetch } from "./support/on-fetch.js";
import { CRYPTOS } from "./support/rings.js";
import { play, table } from "./support/table.js";

/** In these frameworks whatever answers an error does so inside of all middleware. */
const INSIDE = ["a panic that is caught outside is answered by who knows of no session"];

const ADAPTERS = [
  [onFetch, CRYPTOS.node, []],
  [onExpress, CRYPTOS.node, INSIDE],
  [onHono, CRYPTOS.node, INSIDE],
  // The same code as above, over what serves it: some of the groups.
  [onHonoOverSockets, CRYPTOS.node, INSIDE, ["answers", "chunks", "too_late"]],
  [onH3, CRYPTOS.node, INSIDE],
];

const ALL = [...new Set(table.rows.map((row) => row.group))];

for (const [adapter, crypto, without, groups = ALL] of ADAPTERS) {
  for (const group of groups) {
    test(`${adapter.name}: ${group}`, async () => {
      const failures = [];
      for (const row of table.rows.filter((row) => row.group === group && !without.includes(row.name))) {
        failures.push(...(await play(row, adapter, crypto)));
      }
      assert.equal(failures.length, 0, `\n${failures.join("\n")}\n`);
    });
  }
}
