// How does a program run until it is killed, and what does it say?
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

const running = new Set();
process.on("exit", () => running.forEach((it) => it.signal("SIGKILL")));

/** A program that runs, with all that it has started. */
export class Program {
  said = "";

  constructor(command, args, options = {}) {
    const env = { ...clean(), ...options.env };
    this.name = options.name ?? command;
    this.child = spawn(command, args, { cwd: options.cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    running.add(this);
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => (this.said = (this.said + text).slice(-20_000)));
    }
    this.ended = once(this.child, "exit").then(() => running.delete(this));
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
