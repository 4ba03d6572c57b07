// What is where visitors come? A ring and its keeper, replicas on three frameworks, and the real
// Traefik before them.
import { copyFileSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Program, freePort, run, until } from "../support/processes.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
// Where `just polyglot` puts them.
const SEALJAR = join(root, "target", "polyglot", "sealjar");
const TRAEFIK = join(root, "target", "tools", "bin", "traefik");

/** Within so many milliseconds a published ring is on every replica. */
export const DISTRIBUTION = 3000;

/** How a replica of each framework is started, and below which path Traefik has it. */
const FRAMEWORKS = {
  axum: {
    prefix: "/axum",
    start: (name, port, env, program = "axum-ssr-json") =>
      new Program(join(root, "target", "polyglot", program), ["--listen", `127.0.0.1:${port}`, "--replica", name], { name, env }),
  },
  next: {
    prefix: "",
    start: (name, port, env) =>
      new Program("node", ["node_modules/next/dist/bin/next", "start", "--hostname", "127.0.0.1", "--port", `${port}`], {
        name,
        cwd: join(root, "examples", "next"),
        env: { ...env, NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1" },
      }),
  },
  django: {
    prefix: "/django",
    start: (name, port, env) =>
      new Program(join(root, "target", "python", "bin", "gunicorn"), ["--bind", `127.0.0.1:${port}`, "--workers", "2", "shop:application"], {
        name,
        cwd: join(root, "examples", "django"),
        env: { ...env, PYTHONDONTWRITEBYTECODE: "1" },
      }),
  },
};

export class Site {
  directory = mkdtempSync(join(tmpdir(), "sealjar-polyglot-"));
  ring = join(this.directory, "session-ring.json");
  /** The replicas that Traefik has, by their names. */
  replicas = new Map();
  #starts = 0;

  /** Begins a ring that rotates every six seconds, and starts two replicas on each framework. */
  static async start() {
    const site = new Site();
    const policy = `--rotate-every 6s --distribution ${DISTRIBUTION / 1000}s --skew 1s --token-lifetime 170s`.split(" ");
    site.sealjar("init", "--app", "shop", ...policy);
    site.#startKeeper();
    const started = Object.keys(FRAMEWORKS).flatMap((framework) => [site.add(framework), site.add(framework)]);
    await Promise.all(started);
    await site.#startTraefik();
    return site;
  }

  #startKeeper() {
    this.keeper = new Program(SEALJAR, ["--store", `file:${this.ring}`, "run", "--no-listen"]);
  }

  /** Kills the keeper, and starts another. */
  async killKeeper() {
    await this.keeper.kill();
    this.#startKeeper();
  }

  /** A command of the program `sealjar`. */
  sealjar(...args) {
    return run(SEALJAR, ["--store", `file:${this.ring}`, ...args]);
  }

  /** The key that replicas seal with now, as far as the document says. */
  get sealingKey() {
    const now = new Date().toISOString();
    const { keys } = JSON.parse(readFileSync(this.ring, "utf8"));
    const sealing = keys.filter((it) => !it.revoked && it.seals_from && it.seals_from <= now);
    return sealing.sort((a, b) => (a.seals_from < b.seals_from ? -1 : 1)).at(-1)?.id;
  }

  /** Waits for so many rotations. */
  async rotations(count) {
    for (let seen = this.sealingKey; count > 0; count--) {
      seen = await until(() => this.keeper.said, () => this.sealingKey !== seen && this.sealingKey);
    }
  }

  /** Starts a replica, and has Traefik send visitors to it. */
  async add(framework, { ring = this.ring, program } = {}) {
    const name = `${framework}-${++this.#starts}`;
    const port = await freePort();
    const { prefix, start } = FRAMEWORKS[framework];
    const replica = start(name, port, { SEALJAR_RING: ring, REPLICA: name }, program);
    await until(() => `${name}: ${replica.said}`, () => answers(port));
    Object.assign(replica, { framework, prefix, port });
    this.replicas.set(name, replica);
    this.#route();
    return replica;
  }

  /** A copy of the ring that no keeper writes to. */
  frozenRing() {
    const copy = join(this.directory, `frozen-${++this.#starts}.json`);
    copyFileSync(this.ring, copy);
    return copy;
  }

  /** The replicas of a framework. */
  of(framework) {
    return [...this.replicas.values()].filter((it) => it.framework === framework);
  }

  /** Kills one and starts another. Traefik hears of the death after half a second. */
  async die(replica) {
    await replica.kill();
    await sleep(500);
    this.replicas.delete(replica.name);
    this.#route();
    return this.add(replica.framework);
  }

  /**
   * Replaces a replica as an orchestrator does: starts the new one, removes the old one from the
   * proxy, and stops it.
   */
  async replace(replica, more) {
    const added = await this.add(replica.framework, more);
    this.replicas.delete(replica.name);
    this.#route();
    await sleep(500);
    await replica.stop();
    return added;
  }

  /** Replaces the replicas of a framework, one after the other. */
  async rollOut(framework) {
    for (const replica of this.of(framework)) await this.replace(replica);
  }

  async stop() {
    await Promise.all([this.traefik, this.keeper, ...this.replicas.values()].map((it) => it?.kill()));
    rmSync(this.directory, { recursive: true, force: true });
  }

  async #startTraefik() {
    this.port = await freePort();
    this.traefik = new Program(TRAEFIK, [
      `--entryPoints.web.address=127.0.0.1:${this.port}`,
      // A certificate that it makes for itself: only over https do browsers take the cookie's name.
      "--entryPoints.web.http.tls=true",
      `--providers.file.filename=${join(this.directory, "traefik.yml")}`,
      "--providers.providersThrottleDuration=50ms",
      "--serversTransport.forwardingTimeouts.dialTimeout=1s",
      "--log.level=ERROR",
      "--global.checkNewVersion=false",
      "--global.sendAnonymousUsage=false",
    ]);
    await sleep(1000);
  }

  /** Puts Traefik's file in place as a whole. JSON is YAML too. */
  #route() {
    const [routers, services, middlewares] = [{}, {}, { again: { retry: { attempts: 3, initialInterval: "50ms" } } }];
    for (const { framework, prefix, port } of this.replicas.values()) {
      services[framework] ??= { loadBalancer: { servers: [] } };
      services[framework].loadBalancer.servers.push({ url: `http://127.0.0.1:${port}` });
      middlewares[framework] = { stripPrefix: { prefixes: [prefix || "/nowhere"] } };
      routers[framework] = { rule: `PathPrefix(\`${prefix}/\`)`, service: framework, middlewares: [framework, "again"] };
    }
    const file = join(this.directory, "traefik.yml");
    writeFileSync(`${file}.new`, JSON.stringify({ http: { routers, services, middlewares } }));
    renameSync(`${file}.new`, file);
  }
}

function answers(port) {
  return new Promise((resolve) => {
    const asked = request({ host: "127.0.0.1", port, path: "/", agent: false, timeout: 5000 }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    asked.on("error", () => resolve(false)).on("timeout", () => asked.destroy()).end();
  });
}
