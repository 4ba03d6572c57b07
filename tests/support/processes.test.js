// Does anything go on that a killed test has started?
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { until } from "./processes.js";

// A program that starts another, as servers with workers do.
const STARTS = `
  import { Program } from ${JSON.stringify(new URL("processes.js", import.meta.url).href)};
  import { setTimeout as sleep } from "node:timers/promises";
  const it = new Program("sh", ["-c", "sleep 600 & echo $!; sleep 600"]);
  while (!it.said.includes("\\n")) await sleep(20);
  console.log(it.child.pid, it.said);
  await sleep(600_000);
`;

/** Whether a process runs. One that has ended and was not reaped has no command line. */
function runs(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8") !== "";
  } catch {
    return false;
  }
}

/** Starts a shell which starts `node`, and kills one of the two. */
async function killed(which) {
  const script = ["--input-type=module", "-e", STARTS];
  const shell = spawn("sh", ["-c", 'node "$@" & echo $!; wait', "sh", ...script], { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  shell.stdout.setEncoding("utf8").on("data", (text) => (said += text));
  await until(() => said, () => said.trim().split(/\s+/).length === 3);
  const [node, ...started] = said.trim().split(/\s+/).map(Number);
  assert.ok(started.every(runs), said);
  process.kill(which === "itself" ? node : shell.pid, "SIGKILL");
  await once(shell, "exit");
  await until(() => `${started.filter(runs)} go on`, () => !started.some(runs));
}

test("what a test has started ends when it is killed", { timeout: 120_000 }, () => killed("itself"));
test("what a test has started ends when its runner is killed", { timeout: 120_000 }, () => killed("its runner"));
