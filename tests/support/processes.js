// How does a program run until it is killed, and what does it say?
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

const running = new Set();
// Programs start others, in a group of their own that no Ctrl-C reaches. A process that hears when
// this one ends, however it ends, kills the groups that it was told of last.
const guard = spawn("sh", ["-c", 'while read -r line; do groups=$line; done; [ -z "$groups" ] || kill -s KILL -- $groups'], {
  detached: true,
  stdio: ["pipe", "ignore", "ignore"],
});
guard.stdin.on("error", (error) => assert.fail(`nobody guards what runs: ${error}`));
guard.unref();
guard.stdin.unref();
// The test runner above this process may be killed as well.
const parent = process.ppid;
setInterval(() => process.ppid === parent || process.exit(1), 500).unref();

function tellGuard() {
  guard.stdin.write(`${[...running].map((it) => -it.child.pid).join(" ")}\n`);
}

/** A program that runs, with all that it has started. */
export class Program {
  said = "";

  constructor(command, args, options = {}) {
    const env = { ...clean(), ...options.env };
    this.name = options.name ?? command;
    this.child = spawn(command, args, { cwd: options.cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    assert.ok(this.child.pid, `${command} was not found`);
    running.add(this);
    tellGuard();
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => (this.said = (this.said + text).slice(-20_000)));
    }
    this.ended = once(this.child, "exit").then(() => {
      // What it has started may go on without it.
      this.signal("SIGKILL");
      running.delete(this);
      tellGuard();
    });
  }

  /** A signal for it and for what it has started. */
  signal(signal) {
    try {
      process.kill(-this.child.pid, signal);
    } catch (error) {
      assert.equal(error.code, "ESRCH");
    }
  }

  async kill() {
    this.signal("SIGKILL");
    await this.ended;
  }

  /** Asks it to stop, and insists where it does not. */
  async stop() {
    this.signal("SIGTERM");
    await Promise.race([this.ended, sleep(10_000)]);
    await this.kill();
  }
}

/** Runs a program to its end, and returns what it has printed. */
export function run(command, args, options = {}) {
  const env = { ...clean(), ...options.env };
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: options.cwd, env, encoding: "utf8" });
  assert.equal(status, 0, `${command} ${args.join(" ")}: ${error ?? ""}${stdout}${stderr}`);
  return stdout;
}

/** Waits until something is there. */
export async function until(what, look, seconds = 60) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const found = await look();
    if (found) return found;
    assert.ok(Date.now() < end, `within ${seconds} s: ${what()}`);
    await sleep(50);
  }
}

export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** The environment without what would say otherwise than the arguments do. */
function clean() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(SEALJAR_|NODE_TEST|NODE_ENV$)/.test(name)));
}
