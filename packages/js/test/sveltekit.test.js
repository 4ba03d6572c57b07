// Do sessions work in a real SvelteKit application: in `load`, actions, endpoints and their errors?
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Program, freePort, until } from "../../../tests/support/processes.js";
import { makeRing } from "../dist/node/development.js";
import { parseLine } from "./support/browser.js";
import { CRYPTOS } from "./support/rings.js";

const here = fileURLToPath(new URL("..", import.meta.url));
const application = join(here, "test", "sveltekit");
const ring = mkdtempSync(join(tmpdir(), "sealjar-sveltekit-"));
const NAME = "__Host-Http-session";
let [server, origin] = [];

before(async () => {
  const env = { ...process.env, NODE_ENV: "production" };
  delete env.SEALJAR_RING;
  const run = (program, args) => execFileSync(program, args, { cwd: application, env, stdio: ["ignore", "ignore", "inherit"] });
  // NODE_ENV would leave out what builds it.
  existsSync(join(application, "node_modules", "vite")) || run("npm", ["ci", "--include=dev", "--no-audit", "--no-fund"]);
  for (const name of ["dist", "package.json"]) {
    cpSync(join(here, name), join(application, "node_modules", "sealjar", name), { recursive: true });
  }
  // Where no ring is.
  run(process.execPath, ["node_modules/vite/bin/vite.js", "build"]);
  makeRing(ring, join(ring, "ring.json"), CRYPTOS.node);
  const port = await freePort();
  origin = `http://localhost:${port}`;
  server = new Program(process.execPath, ["build"], {
    cwd: application,
    env: { ...env, SEALJAR_RING: join(ring, "ring.json"), HOST: "127.0.0.1", PORT: String(port), ORIGIN: origin },
  });
  await until(() => server.said, () => fetch(`http://127.0.0.1:${port}/`).catch(() => undefined));
});

after(async () => {
  await server?.kill();
  rmSync(ring, { recursive: true, force: true });
});

/** A browser with the cookies that it was given. */
class Visitor {
  cookies = new Map();
  lines = [];

  async ask(method, path, { body, mode = "navigate" } = {}) {
    const headers = {
      cookie: [...this.cookies].map((pair) => pair.join("=")).join("; "),
      accept: "text/html",
      host: new URL(origin).host,
      "sec-fetch-mode": mode,
      origin,
      ...(body !== undefined && { "content-type": "application/x-www-form-urlencoded" }),
    };
    // Not `fetch`, which says of every request that a script makes it.
    const response = await new Promise((resolve, reject) => {
      const options = { host: "127.0.0.1", port: new URL(origin).port, method, path, headers, agent: false };
      request(options, resolve).on("error", reject).end(body);
    });
    this.lines = response.headers["set-cookie"] ?? [];
    for (const line of this.lines) {
      const it = parseLine(line);
      if (it["max-age"] === "0") this.cookies.delete(it.name);
      else this.cookies.set(it.name, it.value);
    }
    const text = (await response.toArray()).join("");
    return { status: response.statusCode, headers: response.headers, text, said: /\[([^\]]*)\]/.exec(text.replaceAll(/<!--.*?-->/g, ""))?.[1] };
  }

  async send(action) {
    return this.ask("POST", `/?/${action}`, { body: "" });
  }
}

test("an action changes a session, and load reads it", async () => {
  const ada = new Visitor();
  const first = await ada.ask("GET", "/");
  assert.deepEqual([first.said, ada.lines], ["nobody, 0 visits, absent", []]);
  assert.match(first.headers["cache-control"], /private|no-store/);
  assert.match(first.headers.vary, /cookie/i);
  // The page that answers an action shows what it changed.
  assert.equal((await ada.send("visit")).said, "nobody, 1 visits, absent");
  assert.equal((await ada.send("visit")).said, "nobody, 2 visits, opened");
  assert.equal((await ada.ask("GET", "/")).said, "nobody, 2 visits, opened");
  assert.deepEqual(ada.lines, []);
});

test("a login takes a new id, and a logout expires the cookie", async () => {
  const ada = new Visitor();
  await ada.send("visit");
  const planted = ada.cookies.get(NAME);
  assert.equal((await ada.send("logIn")).said, "ada, 1 visits, opened");
  assert.notEqual(ada.cookies.get(NAME), planted);
  const copy = ada.cookies.get(NAME);
  assert.equal((await ada.send("logOut")).said, "nobody, 0 visits, opened");
  assert.deepEqual([...ada.cookies.keys()], [`${NAME}.out`]);
  // A slower answer of before brings the cookie back.
  ada.cookies.set(NAME, copy);
  assert.equal((await ada.ask("GET", "/")).said, "nobody, 0 visits, logged_out");
});

test("an endpoint's redirect carries the session, and a change that is too large is answered", async () => {
  const ada = new Visitor();
  const { status, headers } = await ada.ask("POST", "/api?note=10", { body: "" });
  assert.deepEqual([status, headers.location, [...ada.cookies.keys()]], [303, "/", [NAME]]);
  const before = ada.cookies.get(NAME);
  assert.equal((await ada.ask("POST", "/api?note=5000", { body: "" })).status, 500);
  assert.equal(ada.cookies.get(NAME), before);
});

test("what is only read is sealed again on navigations, and not on requests of scripts", async () => {
  const ada = new Visitor();
  await ada.send("visit");
  const first = ada.cookies.get(NAME);
  await sleep(2500);
  await ada.ask("GET", "/__data.json", { mode: "cors" });
  assert.equal(ada.cookies.get(NAME), first);
  assert.equal((await ada.ask("GET", "/")).said, "nobody, 1 visits, opened");
  assert.notEqual(ada.cookies.get(NAME), first);
});

test("a cookie that does not open is no error, and stays", async () => {
  for (const [value, refusal] of [["garbage", "malformed"], ["%ff%00", "malformed"], ["3~abcd.x", "torn_chunks"], ["A".repeat(12_289), "malformed"]]) {
    const eve = new Visitor();
    eve.cookies.set(NAME, value);
    const { status, said } = await eve.ask("GET", "/");
    assert.deepEqual([status, said, eve.lines], [200, `nobody, 0 visits, ${refusal}`, []]);
  }
});

test("the README shows this hook", () => {
  const text = readFileSync(join(here, "README.md"), "utf8");
  const shown = /^```js\n\/\/ src\/hooks.server.js\n(.*?)^```$/ms.exec(text)[1];
  const runs = readFileSync(join(application, "src", "hooks.server.js"), "utf8");
  const withoutOptions = (it) => it.replace(/new Jar\(ring, \{.*?\}\)/s, "new Jar(ring)");
  assert.equal(withoutOptions(shown), withoutOptions(runs));
});
