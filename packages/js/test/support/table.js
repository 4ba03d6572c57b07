// Does an adapter do what the rows of tests/exchanges.json say? Says where not.
import { isDeepStrictEqual } from "node:util";
import { readFileSync } from "node:fs";
import { Browser, parseLine } from "./browser.js";
import { asksForBasket, asksForSession, perform } from "./handlers.js";
import { NAME, World } from "./world.js";

export const table = JSON.parse(readFileSync(new URL("../../../../tests/exchanges.json", import.meta.url), "utf8"));

const USUAL = [{ session: "account" }];
const HOST = { path: "/", domain: undefined, same_site: "Lax", secure: true, partitioned: false };

/** Puts a `Cookie` header together. */
async function spell(pieces, world, browser, path, made) {
  const spellOne = async (piece) => {
    if (typeof piece === "string") return piece;
    if (piece.browser) return browser.header(path);
    if ("cookie_of" in piece) return world.cookieOf(piece.cookie_of);
    if ("refused_as" in piece) return world.refusedAs(piece.refused_as);
    if ("copy" in piece) return browser.copy(piece.copy);
    if ("pair" in piece) return (piece.of ? browser.copy(piece.of) : browser.header(path)).split("; ")[piece.pair];
    if ("forgery" in piece) {
      // A twin is equal to the byte.
      const key = JSON.stringify(piece.forgery);
      if (!made.has(key)) made.set(key, await world.forge(piece.forgery));
      return made.get(key);
    }
    const options = piece.cookie_name ? { cookie_name: piece.cookie_name } : {};
    const jar = world.jar({ session: "account", options: { app: piece.app ?? "shop-test", ...options } });
    const header = await jar.cookieFor({ name: piece.token_of, visits: 1, note: "" });
    return header.slice(header.indexOf("=") + 1).slice(0, piece.length);
  };
  let line = "";
  for (const piece of pieces) line += await spellOne(piece);
  return line;
}

/** What one `Set-Cookie` line says. */
function effectOf(line, foreign) {
  const it = parseLine(line);
  if (foreign.includes(it.name)) return [it.name, { foreign: it.value }];
  const attributes = {
    path: it.path,
    domain: it.domain,
    same_site: it.samesite,
    secure: !!it.secure,
    partitioned: !!it.partitioned,
  };
  const removes = it["max-age"] === "0";
  const known = ["path", "domain", "samesite", "secure", "httponly", "partitioned", "max-age", "expires"].filter((name) => name in it).length;
  const wrong =
    line.length > 4096
      ? "longer than browsers take"
      : it.count !== known || !it.httponly
        ? "an attribute is missing, unknown or there twice"
        : removes !== (it.value === "") || removes !== (it.expires === "Thu, 01 Jan 1970 00:00:00 GMT")
          ? "a line that half removes"
          : undefined;
  return [it.name, wrong ?? (removes ? "removed" : { set: "max-age" in it ? +it["max-age"] : null }), attributes];
}

const OTHERS = ["surrogate-control", "edge-control", "x-accel-expires", "expires"];

/** Plays a row, and returns what is not as it says. */
export async function play(row, adapter, crypto) {
  const world = await World.make(crypto);
  const browser = new Browser(world);
  const made = new Map();
  if (row.holding) {
    const header = await spell(row.holding, world, browser, "/", made);
    header.split("; ").filter(Boolean).forEach((pair) => browser.take(`${pair}; Path=/; Secure; HttpOnly`));
  }
  (row.taken ?? []).forEach((line) => browser.take(line));
  const failures = [];
  const ids = [];
  const answers = [];
  const late = [];
  const shared = new Map();

  const begin = async (step) => {
    if (step.world) await world.change(step.world);
    world.seconds += step.after ?? 0;
    const path = step.path ?? "/";
    const lines = [];
    for (const line of step.sends ?? [[{ browser: true }]]) lines.push(await spell(line, world, browser, path, made));
    const headers = [...(step.headers ?? []), ...lines.filter(Boolean).map((line) => ["cookie", line])];
    const mounts = (step.site ?? row.site ?? USUAL).map((mount) => {
      if (mount.catches_panics) return mount;
      if (mount.share && !shared.has(mount.share)) shared.set(mount.share, world.jar(mount));
      return { ...mount, jar: mount.share ? shared.get(mount.share) : world.jar(mount) };
    });
    if (row.site?.some((it) => it.share)) shared.clear();
    let release;
    let started;
    const waits = step.answered_after !== undefined || step.given_up;
    const gate = waits ? new Promise((resolve) => (release = resolve)) : undefined;
    const hasStarted = new Promise((resolve) => (started = resolve));
    const { expect } = step;
    const looks = "origin" in expect || "id" in expect || "revision" in expect;
    let seen;
    const request = { method: step.method ?? "GET", path, headers };
    const handler = async (session, basket) => {
      const look = () => {
        const { origin } = session;
        const kind = origin.kind === "refused" ? origin.refusal : origin.kind === "absent" && origin.withheld ? "absent, withheld" : origin.kind;
        seen = { origin: kind, id: session.sessionId, revision: session.revision };
      };
      let body;
      try {
        body = perform(step, { session, basket, world });
      } finally {
        if (looks) look();
        started();
        await gate;
      }
      return { status: step.answer?.status ?? 200, headers: step.answer?.headers ?? [], body };
    };
    handler.wants = { session: asksForSession(step), basket: asksForBasket(step) };
    const answering = adapter.call(mounts, handler, request);
    if (waits) await hasStarted;
    return { step, mounts, answering, release, seen: () => seen };
  };

  const end = async ({ step, mounts, answering, release, seen }, at) => {
    release?.();
    const answer = await answering.answer;
    if (step.method === "HEAD") answer.body = "";
    answer.headers.filter(([name]) => name === "set-cookie").forEach(([, line]) => browser.take(line));
    if (step.copied_as) browser.keepCopy(step.copied_as);
    const { expect } = step;
    const values = (name) => answer.headers.filter(([it]) => it === name).map(([, value]) => value);
    const letter = (id) => {
      if (id === undefined) return null;
      if (!ids.includes(id)) ids.push(id);
      return String.fromCharCode(65 + ids.indexOf(id));
    };
    let [opened, refused] = [0, 0];
    for (const { jar } of mounts.filter((it, at) => it.jar && mounts.findIndex((other) => other.jar === it.jar) === at)) {
      const uses = jar.uses();
      const total = (counts) => Object.values(counts).reduce((sum, it) => sum + it, 0);
      opened += uses.keys.reduce((sum, it) => sum + it.opened, 0);
      refused += total(uses.refused) + uses.keys.reduce((sum, it) => sum + total(it.refused), 0);
    }
    const found = {
      status: answer.status,
      lines: values("set-cookie").map((line) => effectOf(line, row.foreign ?? [])),
      cache_control: values("cache-control"),
      vary: values("vary"),
      clear_site_data: values("clear-site-data"),
      other_policies: answer.headers.filter(([name]) => name.endsWith("-cache-control") || OTHERS.includes(name)),
      body: answer.body,
      origin: seen()?.origin,
      id: seen() && letter(seen().id),
      revision: seen()?.revision,
      uses: [opened, refused],
    };
    const wanted = { clear_site_data: [], other_policies: [], ...expect };
    wanted.lines = wanted.lines.map(([name, effect, other]) =>
      effect.foreign === undefined ? [name, effect, { ...HOST, ...(other ?? row.attributes) }] : [name, effect],
    );
    for (const [what, value] of Object.entries(wanted)) {
      const same = isDeepStrictEqual(adapter.normalize?.(what, found[what]) ?? found[what], adapter.normalize?.(what, value) ?? value);
      if (!same) {
        failures.push(`${row.group}: ${row.name}\n  ${adapter.name}, step ${at}, ${what}\n    expected ${JSON.stringify(value)}\n    found    ${JSON.stringify(found[what])}`);
      }
    }
    answers.push(JSON.stringify([answer.status, answer.headers.filter(([name]) => !["date"].includes(name)), answer.body]));
    await answering.done;
  };

  for (const [at, step] of row.steps.entries()) {
    const pending = await begin(step);
    if (step.answered_after !== undefined) late.push([at + step.answered_after, pending, at]);
    else if (step.given_up) await pending.answering.giveUp();
    else await end(pending, at);
    for (const [, due, began] of late.filter(([when]) => when <= at)) await end(due, began);
    late.splice(0, late.length, ...late.filter(([when]) => when > at));
  }
  if (row.alike && new Set(answers).size !== 1) {
    failures.push(`${row.group}: ${row.name}\n  ${adapter.name}: the answers differ: ${[...new Set(answers)].join("\n")}`);
  }
  return failures;
}

export { NAME };
