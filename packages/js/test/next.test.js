// Do sessions work in a real Next application: in server components, actions, route handlers and
// the proxy?
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Program, freePort, until } from "../../../tests/support/processes.js";
import { makeRing } from "../dist/node/development.js";
import { parseLine } from "./support/browser.js";
import { CRYPTOS } from "./support/rings.js";

const here = fileURLToPath(new URL("..", import.meta.url));
const application = join(here, "test", "next");
const next = join(here, "node_modules", "next", "dist", "bin", "next");
const ring = mkdtempSync(join(tmpdir(), "sealjar-next-"));
const NAME = "__Host-Http-session";
const servers = [];
const env = { ...process.env, NEXT_TELEMETRY_DISABLED: "1", NODE_ENV: "production" };
delete env.SEALJAR_RING;
let port = 0;

/** Builds an application, where no ring is, and starts it with one. */
async function start(directory) {
  execFileSync(process.execPath, [next, "build"], { cwd: directory, env, stdio: ["ignore", "ignore", "inherit"] });
  const port = await freePort();
  const server = new Program(process.execPath, [next, "start", "--port", String(port)], {
    cwd: directory,
    env: { ...env, SEALJAR_RING: join(ring, "ring.json"), REFRESH_AFTER: "2" },
  });
  servers.push(server);
  await until(() => server.said, () => fetch(`http://127.0.0.1:${port}/`).catch(() => undefined));
  return port;
}

before(async () => {
  for (const name of ["dist", "package.json"]) {
    cpSync(join(here, name), join(application, "node_modules", "sealjar", name), { recursive: true });
  }
  makeRing(ring, join(ring, "ring.json"), CRYPTOS.node);
  port = await start(application);
});

after(async () => {
  await Promise.all(servers.map((it) => it.kill()));
  rmSync(ring, { recursive: true, force: true });
});

/** A browser with the cookies that it was given. */
class Visitor {
  cookies = new Map();
  lines = [];

  async ask(method, path, more = {}) {
    const cookie = [...this.cookies].map((pair) => pair.join("=")).join("; ");
    // Not `fetch`, which says of every request that a script makes it.
    const form = more.body ? new Response(more.body) : undefined;
    const headers = {
      ...(cookie ? { cookie } : {}),
      ...(form ? { "content-type": form.headers.get("content-type"), origin: `http://127.0.0.1:${port}` } : {}),
      ...more.headers,
    };
    const response = await new Promise((resolve, reject) => {
      const asked = request({ host: "127.0.0.1", port, method, path, headers, agent: false }, resolve).on("error", reject);
      if (form) form.arrayBuffer().then((body) => asked.end(Buffer.from(body)), reject);
      else asked.end();
    });
    this.lines = response.headers["set-cookie"] ?? [];
    for (const line of this.lines) {
      const it = parseLine(line);
      assert.ok(line.length <= 4096 && it.httponly && it.secure && it.path === "/" && it.samesite?.toLowerCase() === "lax", line);
      if (it["max-age"] === "0") this.cookies.delete(it.name);
      else this.cookies.set(it.name, it.value);
    }
    const text = (await response.toArray()).join("");
    return { status: response.statusCode, headers: new Headers({ "cache-control": response.headers["cache-control"] ?? "" }), text, said: /\[([^\]]*)\]/.exec(text.replaceAll("<!-- -->", ""))?.[1] };
  }

  /** Sends a form of the page, as a browser does that runs no script. */
  async send(id) {
    const { text } = await this.ask("GET", "/");
    const form = new RegExp(`<form[^>]*id="${id}".*?</form>`, "s").exec(text)[0];
    const body = new FormData();
    for (const [input] of form.matchAll(/<input[^>]*>/g)) {
      const value = (name) => new RegExp(`${name}="([^"]*)"`).exec(input)?.[1] ?? "";
      body.append(value("name"), value("value"));
    }
    return this.ask("POST", "/", { body });
  }
}

const SCRIPT = { headers: { "sec-fetch-mode": "cors" } };

test("a route handler changes a session, and server components read it", async () => {
  const ada = new Visitor();
  assert.equal((await ada.ask("GET", "/")).said, "nobody, 0 visits, absent");
  assert.deepEqual(ada.lines, []);
  assert.equal((await ada.ask("POST", "/api")).said, "nobody, 1 visits, absent");
  assert.equal((await ada.ask("POST", "/api")).said, "nobody, 2 visits, opened");
  const page = await ada.ask("GET", "/");
  assert.equal(page.said, "nobody, 2 visits, opened");
  assert.match(page.headers.get("cache-control"), /private|no-store/);
  assert.equal((await ada.ask("GET", "/api", SCRIPT)).said, "nobody, 2 visits, opened");
  assert.deepEqual(ada.lines, []);
});

test("an action changes a session, and the page that answers it shows what it changed", async () => {
  const ada = new Visitor();
  assert.equal((await ada.send("visit")).said, "nobody, 1 visits, absent");
  assert.equal((await ada.send("visit")).said, "nobody, 2 visits, opened");
  const planted = ada.cookies.get(NAME);
  assert.equal((await ada.send("logIn")).said, "ada, 2 visits, opened");
  assert.notEqual(ada.cookies.get(NAME), planted);
  const copy = new Map(ada.cookies);
  assert.equal((await ada.send("logOut")).said, "nobody, 0 visits, opened");
  assert.deepEqual([...ada.cookies.keys()], [`${NAME}.out`]);
  assert.equal((await ada.ask("GET", "/")).said, "nobody, 0 visits, absent");
  // A slower answer of before brings the cookie back.
  ada.cookies.set(NAME, copy.get(NAME));
  assert.equal((await ada.ask("GET", "/", SCRIPT)).said, "nobody, 0 visits, logged_out");
  assert.ok(ada.cookies.has(NAME));
  await ada.ask("GET", "/");
  assert.ok(!ada.cookies.has(NAME), "a page that is loaded expires it");
});

test("a session that grew and shrank in one request leaves no part behind", async () => {
  const ada = new Visitor();
  assert.equal((await ada.send("visitAndGrow")).said, "nobody, 1 visits, absent");
  assert.deepEqual([...ada.cookies.keys()], [NAME]);
  await ada.ask("POST", "/api?note=7000");
  assert.deepEqual([...ada.cookies.keys()], [NAME, `${NAME}.1`, `${NAME}.2`]);
  assert.equal((await ada.ask("GET", "/")).said, "nobody, 2 visits, opened");
  assert.equal((await ada.ask("POST", "/api?note=10000")).text, "too_large 12288");
  assert.equal((await ada.send("visitAndGrow")).said, "nobody, 3 visits, opened");
  assert.deepEqual([...ada.cookies.keys()], [NAME]);
  // As much as fits into one line, with what Next adds to it.
  for (let note = 2900; note < 3000; note += 7) {
    const bob = new Visitor();
    assert.equal((await bob.ask("POST", `/api?note=${note}`)).status, 200);
    assert.equal((await bob.ask("GET", "/api", SCRIPT)).said, "nobody, 1 visits, opened");
  }
});

test("the proxy seals a session again that is only read, on navigations", async () => {
  const ada = new Visitor();
  await ada.ask("POST", "/api");
  const first = ada.cookies.get(NAME);
  await ada.ask("GET", "/");
  assert.deepEqual(ada.lines, []);
  await sleep(2500);
  await ada.ask("GET", "/", SCRIPT);
  await ada.ask("GET", "/", { headers: { purpose: "prefetch" } });
  assert.equal(ada.cookies.get(NAME), first);
  const { headers, said } = await ada.ask("GET", "/");
  assert.equal(ada.lines.length, 1);
  assert.notEqual(ada.cookies.get(NAME), first);
  assert.match(headers.get("cache-control"), /no-store/);
  assert.equal(said, "nobody, 1 visits, opened");
});

test("a page that is prerendered carries no cookie that a cache may keep", async () => {
  const ada = new Visitor();
  await ada.ask("POST", "/api");
  await sleep(2500);
  const { status, headers } = await ada.ask("GET", "/no-such-page");
  assert.equal(status, 404);
  assert.ok(!ada.lines.length || /no-store/.test(headers.get("cache-control")), String(headers.get("cache-control")));
});

test("whatever cookie comes, nothing is thrown at the visitor and nothing is cleared", async () => {
  const good = new Visitor();
  await good.ask("POST", "/api");
  const token = good.cookies.get(NAME);
  for (const [value, refusal] of [
    ["", "malformed"],
    ["garbage", "malformed"],
    [`${token.slice(0, 70)}${token[70] === "A" ? "B" : "A"}${token.slice(71)}`, "forged"],
    [`_${token.slice(1)}`, "unknown_version"],
    [`${token.slice(0, 4)}AAAAAAAA${token.slice(12)}`, "unknown_key"],
    ["3~abcd.x", "torn_chunks"],
    ["%ff%00", "malformed"],
    ["A".repeat(12_289), "malformed"],
  ]) {
    const eve = new Visitor();
    eve.cookies.set(NAME, value);
    for (const path of ["/", "/api"]) {
      const { status, said } = await eve.ask("GET", path);
      assert.deepEqual([status, said, eve.lines], [200, `nobody, 0 visits, ${refusal}`, []], value.slice(0, 80));
    }
  }
});

test("a server component that changes a session hears from Next that it cannot", async () => {
  const ada = new Visitor();
  const { status, text } = await ada.ask("GET", "/component");
  assert.equal(status, 200);
  assert.match(text, /Cookies can only be modified in a Server Action or Route Handler/);
  assert.deepEqual(ada.lines, []);
});

test("a route handler logs out", async () => {
  const ada = new Visitor();
  await ada.ask("POST", "/api");
  assert.equal((await ada.ask("DELETE", "/api")).status, 200);
  assert.deepEqual([...ada.cookies.keys()], [`${NAME}.out`]);
});

test("the README's application runs as it is", async () => {
  const readme = join(application, "readme");
  rmSync(readme, { recursive: true, force: true });
  const put = (name, text) => {
    mkdirSync(dirname(join(readme, name)), { recursive: true });
    writeFileSync(join(readme, name), text);
  };
  const blocks = [...readFileSync(join(here, "README.md"), "utf8").matchAll(/^```js\n\/\/ ((?:session|proxy|app\/page)\.js)\n(.*?)^```$/gms)];
  assert.equal(blocks.length, 3);
  for (const [, name, text] of blocks) put(name, text);
  // What `create-next-app` brings.
  put("app/layout.js", readFileSync(join(application, "app", "layout.js"), "utf8"));
  put("next.config.js", `export default { turbopack: { root: ${JSON.stringify(here.slice(0, -1))} } };\n`);
  put("package.json", '{ "private": true, "type": "module" }\n');
  const before = port;
  try {
    port = await start(readme);
    const ada = new Visitor();
    const { text } = await ada.ask("GET", "/");
    assert.match(text, /visit <!-- -->0/);
    const form = /<form.*?<\/form>/s.exec(text)[0];
    const body = new FormData();
    for (const [input] of form.matchAll(/<input[^>]*>/g)) {
      body.append(/name="([^"]*)"/.exec(input)[1], /value="([^"]*)"/.exec(input)?.[1] ?? "");
    }
    assert.match((await ada.ask("POST", "/", { body })).text, /visit <!-- -->1/);
    assert.match((await ada.ask("GET", "/")).text, /visit <!-- -->1/);
  } finally {
    port = before;
    rmSync(readme, { recursive: true, force: true });
  }
});
