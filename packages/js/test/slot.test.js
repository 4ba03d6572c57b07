// What do jars do around one handler that have one cookie, and what does a framework without our
// middleware say?
import assert from "node:assert/strict";
import { test } from "node:test";
import express from "express";
import { Hono } from "hono";
import { sessions } from "../dist/express.js";
import { withSession } from "../dist/fetch.js";
import { sessions as honoSessions } from "../dist/hono.js";
import { Jar, LiveRing } from "../dist/index.js";
import { serve } from "./support/on-express.js";
import { document, keyOf, read } from "./support/rings.js";

const ring = new LiveRing(await read(document([keyOf(Buffer.from(Array.from({ length: 32 }, (_, at) => (at * at * 3 + 9) & 255)))])));
const jarOf = (options = {}) => new Jar(ring, { app: "test", log: () => {}, ...options });
const MESSAGE = /two jars around this handler have the cookie __Host-Http-session: give one a cookieName of its own/;
const request = () => new Request("https://shop.example.org/");

test("two jars with one cookie are refused by name, and neither reads or sets it", async () => {
  const handler = withSession(jarOf(), (it) => withSession(jarOf({ binding: "other" }), () => new Response("page"))(it));
  const response = await handler(request());
  assert.deepEqual([response.status, response.headers.getSetCookie()], [500, []]);
  await assert.rejects(
    (async () => {
      const inner = withSession(jarOf({ binding: "other" }), () => new Response("page"));
      let thrown;
      await withSession(jarOf(), (it) => inner(it).catch((error) => ((thrown = error), new Response())))(request());
      throw thrown;
    })(),
    MESSAGE,
  );

  let said;
  const app = express().use(sessions(jarOf()), sessions(jarOf(), { property: "other" }));
  app.use((error, req, res, next) => {
    void next;
    said = error.message;
    res.status(error.status).end();
  });
  const { answer, done } = serve(app, { method: "GET", path: "/", headers: [] }, Promise.resolve());
  assert.equal((await answer).status, 500);
  await done;
  assert.match(said, MESSAGE);

  const hono = new Hono().use(honoSessions(jarOf()), honoSessions(jarOf()));
  hono.onError((error, c) => c.text(error.message, error.status));
  const answered = await hono.fetch(request());
  assert.equal(answered.status, 500);
  assert.match(await answered.text(), MESSAGE);
});

test("what a handler throws that is not ours stays the application's", async () => {
  const ours = new Error("no database");
  await assert.rejects(withSession(jarOf(), () => { throw ours; })(request()), (error) => error === ours);
});

test("an answer that cannot be changed, such as a redirect, carries the session too", async () => {
  const handler = withSession(jarOf(), (_, session) => {
    session.update((it) => void (it.n = 1));
    return Response.redirect("https://shop.example.org/next");
  });
  const response = await handler(request());
  assert.deepEqual([response.status, response.headers.get("location"), response.headers.getSetCookie().length], [302, "https://shop.example.org/next", 1]);
});

test("writeHead with headers of its own, early hints and a stream carry the session", async () => {
  const write = (req) => req.session.update((it) => void (it.n = 1));
  for (const answerWith of [
    (res) => res.writeHead(201, { "Cache-Control": "public", "Set-Cookie": ["a=1", "b=2"] }).end("x"),
    (res) => res.writeHead(201, "Made", [["Cache-Control", "public"], ["Set-Cookie", "a=1"], ["Set-Cookie", "b=2"]]).end("x"),
    (res) => res.writeHead(201, ["Cache-Control", "public", "Set-Cookie", "a=1", "Set-Cookie", "b=2"]).end("x"),
    (res) => {
      res.writeEarlyHints({ link: "</style.css>; rel=preload" });
      res.statusCode = 201;
      res.setHeader("Set-Cookie", ["a=1", "b=2"]);
      res.write("x");
      res.end();
    },
  ]) {
    const app = express().use(sessions(jarOf()));
    app.use((req, res) => {
      write(req);
      answerWith(res);
    });
    const { answer, done } = serve(app, { method: "GET", path: "/", headers: [] }, Promise.resolve());
    const { status, headers, body } = await answer;
    await done;
    const values = (name) => headers.filter(([it]) => it === name).map(([, value]) => value.split("=")[0]);
    assert.deepEqual([status, body, values("set-cookie"), values("cache-control")], [201, "x", ["a", "b", "__Host-Http-session"], ["no-store"]]);
  }
});
