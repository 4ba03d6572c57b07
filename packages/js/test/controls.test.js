// Does the table notice an adapter that does wrong? Each of these breaks one thing, and some row
// must say so.
import assert from "node:assert/strict";
import { test } from "node:test";
import { onFetch } from "./support/on-fetch.js";
import { CRYPTOS } from "./support/rings.js";
import { play, table } from "./support/table.js";

/** An adapter whose answers are changed on their way. */
const answering = (change) => ({
  ...onFetch,
  call: (...all) => {
    const under = onFetch.call(...all);
    const answer = under.answer.then((it) => ({ ...it, headers: change(it.headers) }));
    answer.catch(() => {});
    return { ...under, answer };
  },
});
/** An adapter that changes what a request brings. */
const asking = (change) => ({
  ...onFetch,
  call: (mounts, handler, request) => onFetch.call(mounts, handler, { ...request, headers: change(request.headers) }),
});
const isCookie = ([name]) => name === "set-cookie";
const edit = (pattern, text) => answering((headers) => headers.map(([name, value]) => [name, name === "set-cookie" ? value.replace(pattern, text) : value]));

const BROKEN = {
  "drops Vary": answering((headers) => headers.filter(([name]) => name !== "vary")),
  "lets caches keep a cookie": answering((headers) => headers.filter(([name, value]) => name !== "cache-control" || value !== "no-store")),
  "drops Set-Cookie": answering((headers) => headers.filter((it) => !isCookie(it))),
  "keeps the last Set-Cookie alone": answering((headers) => [...headers.filter((it) => !isCookie(it)), ...headers.filter(isCookie).slice(-1)]),
  "drops the mark of a logout": answering((headers) => headers.filter((it) => !isCookie(it) || !it[1].includes(".out="))),
  "clears what does not open": answering((headers) =>
    headers.some(isCookie) || !headers.some(([name]) => name === "vary") ? headers : [...headers, ["set-cookie", "__Host-Http-session=; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=0"]],
  ),
  "forgets HttpOnly": edit("; HttpOnly", ""),
  "forgets Secure": edit("; Secure", ""),
  "forgets SameSite": edit(/; SameSite=\w+/, ""),
  "makes every cookie one of the window": edit(/; Max-Age=[1-9]\d*/, ""),
  "forgets the path": edit("Path=/app", "Path=/"),
  "forgets the domain": edit(/; Domain=[^;]*/, ""),
  "forgets Partitioned": edit("; Partitioned", ""),
  "reads the first Cookie line alone": asking((headers) => headers.filter(([name], at) => name !== "cookie" || headers.findIndex((it) => it[0] === name) === at)),
  "decodes cookies": asking((headers) => headers.map(([name, value]) => [name, name === "cookie" ? value.replace(/%[0-9a-f]{2}/gi, (it) => String.fromCharCode(parseInt(it.slice(1), 16))) : value])),
  "cuts long cookies": asking((headers) => headers.map(([name, value]) => [name, name === "cookie" ? value.slice(0, 4096) : value])),
  "hides why a request is made": asking((headers) => headers.filter(([name]) => !/^(sec-|purpose|x-moz)/.test(name))),
};

for (const [what, adapter] of Object.entries(BROKEN)) {
  test(`an adapter that ${what} is noticed`, async () => {
    for (const row of table.rows) {
      if ((await play(row, adapter, CRYPTOS.node)).length) return;
    }
    assert.fail("no row says so");
  });
}

test("the table does not notice the adapter as it is", async () => {
  for (const row of table.rows.filter((it) => it.group === "intents")) {
    assert.deepEqual(await play(row, onFetch, CRYPTOS.node), []);
  }
});
