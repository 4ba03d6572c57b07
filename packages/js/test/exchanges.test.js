// Does every adapter do what tests/exchanges.json says, on both ways to compute keys?
import assert from "node:assert/strict";
import { test } from "node:test";
import { onExpress } from "./support/on-express.js";
import { onFetch } from "./support/on-fetch.js";
import { CRYPTOS } from "./support/rings.js";
import { play, table } from "./support/table.js";

const ADAPTERS = [
  [onFetch, CRYPTOS.node, []],
  // In Express whatever answers an error does so inside of all middleware.
  [onExpress, CRYPTOS.node, ["a panic that is caught outside is answered by who knows of no session"]],
];

for (const [adapter, crypto, without] of ADAPTERS) {
  for (const group of new Set(table.rows.map((row) => row.group))) {
    test(`${adapter.name}: ${group}`, async () => {
      const failures = [];
      for (const row of table.rows.filter((row) => row.group === group && !without.includes(row.name))) {
        failures.push(...(await play(row, adapter, crypto)));
      }
      assert.equal(failures.length, 0, `\n${failures.join("\n")}\n`);
    });
  }
}
