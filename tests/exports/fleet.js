// Three replicas of a program with the secrets of a ring, under visitors, while the ring rotates
// and the replicas restart one after the other.
import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Program, freePort, run, until } from "../support/processes.js";
import { Noticed, Visitor } from "./visitor.js";

const repository = fileURLToPath(new URL("../..", import.meta.url));
const SEALJAR = process.env.SEALJAR_PROGRAM;
/** Programs that only Debian has run in here. */
export const ROOT = join(repository, "target", "exports", "root");
const PEOPLE = 9;
/** How often they look after each restart. */
const LOOKS = 8 * PEOPLE;

/**
 * Lets visitors use three replicas of a program during rolling rotations, and returns what they
 * noticed. `change` makes of the export what the replicas read.
 */
export async function rotated(name, target, change = (text) => text) {
  const fleet = new Fleet(name, target, change);
  try {
    return await fleet.run();
  } finally {
    await fleet.stop();
  }
}

class Fleet {
  #replicas = [];
  #ports = [];

  constructor(name, target, change) {
    Object.assign(this, { name, target, change });
    this.root = target.inRoot ? ROOT : "";
    // Below the root, if there is one: what runs there sees nothing else.
    this.directory = mkdtempSync(join(this.root || tmpdir(), this.root ? "tmp" : ".", "sealjar-exports-"));
    mkdirSync(join(this.directory, "shared"));
    if (this.root) {
      cpSync(new URL("programs", import.meta.url), join(this.root, "srv", "programs"), { recursive: true });
    }
    this.#sealjar("init", "--distribution", "1s", "--skew", "0s", "--rotate-every", "1h", "--token-lifetime", "1h");
  }

  async run() {
    const { rotations = 3 } = this.target;
    this.#ports = [await freePort(), await freePort(), await freePort()];
    for (const number of this.#ports.keys()) await this.#start(number);
    const noticed = new Noticed();
    let isOver = false;
    const visits = Array.from({ length: PEOPLE }, (_, number) =>
      new Visitor({ ports: this.#ports, target: this.target, noticed, number }).visit(() => isOver),
    );
    const visited = Promise.all(visits);
    // Where a rotation fails that is told, and not what visitors notice of it afterwards.
    visited.catch(() => undefined);
    const rotated = async () => {
      for (let rotation = 0; rotation < rotations; rotation++) {
        // Until every replica is known to have the standby.
        await sleep(2000);
        this.#sealjar("rotate");
        for (const number of this.#ports.keys()) {
          await this.#replicas[number].stop();
          await this.#start(number);
          // However slow it is, each state is met by some who look.
          const enough = noticed.looks + noticed.logouts + LOOKS;
          await until(() => JSON.stringify(noticed), () => noticed.looks + noticed.logouts >= enough);
        }
      }
    };
    try {
      await Promise.race([rotated(), visited]);
    } finally {
      isOver = true;
    }
    await visited;
    return noticed;
  }

  #sealjar(...args) {
    const store = ["--store", `file:${join(this.directory, "ring.json")}`];
    return run(SEALJAR, [...args, ...store, "--export", `${this.target.exported ?? this.name}:shop:secrets`]);
  }

  async #start(number) {
    const port = this.#ports[number];
    const text = this.change(readFileSync(join(this.directory, "secrets"), "utf8"));
    const secrets = join(this.directory, `secrets-${number}`);
    writeFileSync(secrets, text);
    const inside = (path) => path.slice(this.root.length);
    const [command, args] = this.target.start(port);
    const env = {
      ...this.target.env,
      ...(this.target.isEnvironment && Object.fromEntries(text.trim().split("\n").map((line) => line.split(/=(.*)/)))),
      PORT: `${port}`,
      SECRETS: inside(secrets),
      SHARED: inside(join(this.directory, "shared")),
      PYTHONDONTWRITEBYTECODE: "1",
    };
    const replica = this.root
      ? new Program("chroot", [this.root, command, ...args], { env: { ...env, PWD: "/" } })
      : new Program(command, args, { env });
    this.#replicas[number] = replica;
    await until(() => `${this.name}: ${replica.said}`, () => {
      assert.equal(replica.child.exitCode, null, `${this.name}: ${replica.said}`);
      return isOpen(port);
    });
  }

  async stop() {
    await Promise.all(this.#replicas.map((it) => it.kill()));
    rmSync(this.directory, { recursive: true, force: true });
  }
}

function isOpen(port) {
  return new Promise((resolve) => {
    const socket = createConnection(port, "127.0.0.1");
    socket.on("connect", () => resolve(true)).on("error", () => resolve(false));
    socket.on("connect", () => socket.destroy());
  });
}
