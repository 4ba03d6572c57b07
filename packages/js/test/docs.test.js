// Does every export say what it is, with an example? And does nothing else leave?
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
const read = (path) => readFileSync(new URL(path, new URL("../dist/", import.meta.url)), "utf8");

/** The exports of a module's declarations, each with the comment before it. */
function exportsOf(path) {
  const text = read(path);
  const found = [];
  for (const [, names, from] of text.matchAll(/^export (?:type )?\{ ([^}]*) \} from "\.\/([^"]*)\.js";/gm)) {
    const folder = path.includes("/") ? path.slice(0, path.lastIndexOf("/") + 1) : "";
    const all = exportsOf(`${folder}${from}.d.ts`);
    for (const name of names.split(", ").map((it) => it.replace("type ", ""))) {
      found.push(all.find((it) => it.name === name) ?? assert.fail(`${name} of ${from}`));
    }
  }
  const declared = /(\/\*\*(?:(?!\*\/)[\s\S])*\*\/\s*)?^export (?:declare )?(?:abstract )?(?:class|const|function|interface|type) (\w+)/gm;
  for (const [, comment = "", name] of text.matchAll(declared)) found.push({ name, comment });
  return found;
}

test("every export is documented, with an example", () => {
  let count = 0;
  for (const target of Object.values(manifest.exports)) {
    if (typeof target === "string") continue;
    for (const { name, comment } of exportsOf(target.types.replace("./dist/", ""))) {
      assert.match(comment, /@example/, `${name} of ${target.types}`);
      count++;
    }
  }
  assert.ok(count > 35, `${count}`);
});

test("what is internal is in no declaration that an application sees", () => {
  for (const target of Object.values(manifest.exports)) {
    if (typeof target === "string") continue;
    for (const { name } of exportsOf(target.types.replace("./dist/", ""))) {
      assert.ok(!["enter", "finish", "savedNot", "AnySealer", "Visit", "State"].includes(name), name);
    }
  }
  assert.doesNotMatch(read("jar.d.ts"), /sealer|lines|settings/);
});
