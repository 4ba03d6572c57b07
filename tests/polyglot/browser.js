// Does a real browser, which runs the scripts of Next, stay logged in through a rotation and on all
// frameworks?
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { chromium } from "playwright-core";
import { DISTRIBUTION } from "./site.js";

const PLACES = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/google-chrome"];

/** Logs in with a click, fills a basket while the key changes, looks everywhere, and logs out. */
export async function throughABrowser(site) {
  const executablePath = PLACES.find((it) => it && existsSync(it)) ?? assert.fail("no Chromium: apt-get install chromium");
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
  try {
    const page = await browser.newPage({ ignoreHTTPSErrors: true });
    const errors = [];
    page.on("pageerror", (error) => errors.push(String(error)));
    const at = `https://localhost:${site.port}`;
    const shows = async (user, items) => {
      await page.waitForSelector(`aside[data-user="${user}"][data-items="${items}"]`, { state: "attached", timeout: 30_000 });
    };
    const sealedBy = async () => /key (\S+)\./.exec((await page.textContent("aside")).replaceAll("<!-- -->", ""))[1];

    await page.goto(at);
    await shows("", 0);
    // A soft navigation, and an action that a script sends.
    await page.click("text=Log in");
    await page.fill("input[name=password]", "lovelace");
    await page.click("main button");
    await shows("ada", 0);
    await page.click('[aria-label="One Tea more"]');
    await shows("ada", 1);
    const before = await sealedBy();
    await site.rotations(1);
    await sleep(DISTRIBUTION);
    await page.click('[aria-label="One Tea more"]');
    await shows("ada", 2);
    await page.reload();
    await shows("ada", 2);
    assert.notEqual(await sealedBy(), before);
    for (const prefix of ["/axum/", "/django/"]) {
      await page.goto(at + prefix);
      await shows("ada", 2);
    }
    // Added by axum, taken out by Django.
    await page.goto(`${at}/axum/`);
    await page.click('[aria-label="One Tea more"]');
    await shows("ada", 3);
    await page.goto(`${at}/django/`);
    await page.click('[aria-label="One Tea less"]');
    await shows("ada", 2);
    const cookies = await page.context().cookies(at);
    const session = cookies.find((it) => it.name === "__Host-Http-session");
    assert.ok(session?.secure && session.httpOnly && session.sameSite === "Lax", JSON.stringify(cookies.map((it) => it.name)));
    assert.equal(await page.evaluate("document.cookie.includes('session')"), false);
    await page.goto(at);
    await page.click("text=Log out");
    await shows("", 0);
    await page.goto(`${at}/axum/`);
    await shows("", 0);
    assert.deepEqual(errors, []);
  } finally {
    await browser.close();
  }
}
