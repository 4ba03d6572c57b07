// One table for each language, in Markdown: what others take, where sealjar takes 1.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { defaultCrypto } from "../../packages/js/dist/aead/crypto.js";
import { makeRing } from "../../packages/js/dist/node/development.js";

const here = fileURLToPath(new URL(".", import.meta.url));
const turns = process.argv[2] ?? "15";
/** What a shop remembers of somebody. */
const SESSION = JSON.stringify({
  user: { id: 40213, name: "Ada Lovelace", roles: ["buyer", "editor"] },
  basket: { jar: 2, wax: 1, tea: 3 },
  csrf: "c2l4dGVlbiBieXRlcyE",
  locale: "en-GB",
});

const directory = mkdtempSync(join(tmpdir(), "sealjar-bench-"));
try {
  makeRing(directory, join(directory, "ring.json"), defaultCrypto());
  const ring = readFileSync(join(directory, "ring.json"), "utf8");
  const ask = (program, file) => {
    const said = execFileSync(program, [join(here, file), ring, SESSION, turns], { encoding: "utf8" });
    return JSON.parse(said.trim().split("\n").at(-1));
  };
  const python = join(here, "../../target/python/bin/python");
  const { model } = cpus()[0];
  const version = execFileSync(python, ["--version"], { encoding: "utf8" }).trim();
  console.log(`A session of ${SESSION.length} bytes of JSON, medians of ${turns} turns, on ${model}.`);
  print(`Node ${process.versions.node}`, ask(process.execPath, "bench.js"));
  print(version, ask(python, "bench.py"));
} finally {
  rmSync(directory, { recursive: true, force: true });
}

function print(language, rows) {
  const [ours] = rows;
  const times = (value, unit) => (value / unit).toFixed(value / unit < 10 ? 1 : 0);
  const second = (micros) => Math.round(1e6 / micros).toLocaleString("en").replaceAll(",", " ");
  console.log(`\n| ${language} | open | seal | characters | opens a second | seals a second |`);
  console.log("|---|---|---|---|---|---|");
  for (const { name, open, seal, length } of rows) {
    const cells = [name, times(open, ours.open), times(seal, ours.seal), length, second(open), second(seal)];
    console.log(`| ${cells.join(" | ")} |`);
  }
}
