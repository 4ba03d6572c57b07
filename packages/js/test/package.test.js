// Does the package work as people get it: packed, installed in an empty directory, with the
// README's programs as they are? And how large is it?
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { Program, freePort, until } from "../../../tests/support/processes.js";

const here = fileURLToPath(new URL("..", import.meta.url));
const root = mkdtempSync(join(tmpdir(), "sealjar-pack-"));
const project = join(root, "project");
after(() => rmSync(root, { recursive: true, force: true }));

const programs = [...readFileSync(join(here, "README.md"), "utf8").matchAll(/^```js\n(.*?)^```$/gms)]
  .map(([, text]) => text)
  // Those of Next and SvelteKit have tests of their own.
  .filter((text) => text.includes("import ") && !/^\/\/ (session|proxy|app\/page|src\/hooks\.server)\.js$/m.test(text));

before(() => {
  const npm = (cwd, ...all) => execFileSync("npm", all, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  npm(here, "pack", "--ignore-scripts", "--pack-destination", root);
  const [packed] = readdirSync(root).filter((name) => name.endsWith(".tgz"));
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), '{ "private": true, "type": "module" }\n');
  npm(project, "install", "--offline", "--ignore-scripts", "--no-audit", "--no-fund", join(root, packed));
  // What the programs need besides is not installed over the network once more.
  mkdirSync(join(project, "node_modules", "@hono"));
  for (const name of ["express", "fastify", "h3", "hono", "@hono/node-server"]) {
    symlinkSync(join(here, "node_modules", name), join(project, "node_modules", name));
  }
});

test("the package has its code, its types and nothing of the tests", () => {
  const files = readdirSync(join(project, "node_modules", "sealjar"), { recursive: true }).map(String);
  for (const name of ["dist/index.js", "dist/index.d.ts", "dist/express.js", "dist/node/index.d.ts", "README.md"]) {
    assert.ok(files.includes(name), name);
  }
  assert.deepEqual(files.filter((name) => /test|src|tsconfig|package-lock/.test(name)), []);
  const { dependencies } = JSON.parse(readFileSync(join(project, "node_modules", "sealjar", "package.json"), "utf8"));
  assert.equal(dependencies, undefined);
});

/** Visits a program twice with one cookie. */
async function visits(text, port) {
  writeFileSync(join(project, `app-${port}.js`), text);
  const server = new Program(process.execPath, [`app-${port}.js`], {
    cwd: project,
    env: { NODE_ENV: "development", PORT: String(port), SEALJAR_RING: "" },
  });
  try {
    const ask = (cookie) => fetch(`http://127.0.0.1:${port}/`, { headers: { cookie } });
    const first = await until(() => server.said, () => ask("").catch(() => undefined));
    assert.equal(await first.text(), "visit 1");
    const [cookie] = first.headers.getSetCookie()[0].split(";");
    assert.equal(await (await ask(cookie)).text(), "visit 2");
  } finally {
    await server.kill();
  }
}

test("the README's programs run as they are", async () => {
  let workers = 0;
  for (const text of programs) {
    if (text.includes("export default")) {
      workers++;
      writeFileSync(join(project, "worker.js"), text);
      const worker = (await import(pathToFileURL(join(project, "worker.js")))).default;
      const env = { SESSION_RING: readFileSync(join(project, ".sealjar", "session-ring.json"), "utf8") };
      const first = await worker.fetch(new Request("https://example.org/"), env);
      assert.equal(await first.text(), "visit 1");
      const [cookie] = first.headers.getSetCookie()[0].split(";");
      assert.equal(await (await worker.fetch(new Request("https://example.org/", { headers: { cookie } }), env)).text(), "visit 2");
    } else {
      await visits(text, await freePort());
    }
  }
  assert.ok(workers && programs.length >= 3, `${programs.length} programs, ${workers} workers`);
});

test("the README's two replicas count on while the key changes", { skip: !process.env.SEALJAR_PROGRAM && "no program sealjar" }, async () => {
  const [, shown] = /^```sh\n(mkdir ring\n.*?)^```$/ms.exec(readFileSync(join(here, "README.md"), "utf8"));
  const [first, second] = [await freePort(), await freePort()];
  const text = shown.replaceAll("3001", first).replaceAll("3002", second);
  writeFileSync(join(project, "app.mjs"), programs[0]);
  const script = `trap 'kill $(jobs -p)' EXIT\nset -e\n${text}`;
  const said = execFileSync("bash", ["-c", script], {
    cwd: project,
    encoding: "utf8",
    env: {
      ...process.env,
      NO_COLOR: "1",
      PATH: `${dirname(process.env.SEALJAR_PROGRAM)}:${process.env.PATH}`,
      SEALJAR_LISTEN: "127.0.0.1:0",
    },
  });
  assert.match(said, /visit 1visit 2[^]*visit 3/);
  const sealing = (from) => / key (\S+) seals from/.exec(from)[1];
  assert.match(said, new RegExp(`${sealing(said)} +opening`), said);
});

/** What a bundler makes of some imports. */
async function size(entry) {
  const { outputFiles } = await build({
    stdin: { contents: entry, resolveDir: here },
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    write: false,
  });
  return { text: outputFiles[0].text, bytes: gzipSync(outputFiles[0].contents, { level: 9 }).length };
}

test("what bundles for the edge finds no module of Node's in the core, and it stays small", async () => {
  const limits = {
    // To seal and open; with a ring's document read in all its strictness; with sessions.
    'export { Sealer } from "./dist/index.js"': 3_000,
    'export { KeyRing, LiveRing, Sealer } from "./dist/index.js"': 8_600,
    'export * from "./dist/index.js"; export * from "./dist/fetch.js"': 17_900,
  };
  for (const [entry, limit] of Object.entries(limits)) {
    const { text, bytes } = await size(entry);
    assert.ok(bytes <= limit, `${entry}: ${bytes} bytes gzipped, the limit is ${limit}`);
    assert.doesNotMatch(text, /(import|require)[ (]*["'](node:|fs|crypto)/, entry);
  }
});
