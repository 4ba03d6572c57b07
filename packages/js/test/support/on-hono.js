// The table through Hono, in the process and over sockets.
import { serve as serveNode } from "@hono/node-server";
import { createServer } from "node:http";
import { Hono } from "hono";
import { stream } from "hono/streaming";
import { sessions } from "../../dist/hono.js";
import { SealjarError } from "../../dist/index.js";
import { onFetch } from "./on-fetch.js";
import { serve } from "./on-express.js";

function appOf(mounts, handler) {
  const app = new Hono();
  for (const mount of [...mounts].reverse()) {
    if (mount.jar) {
      app.use(sessions(mount.jar, { variable: mount.session === "basket" ? "basket" : "session", keepAlive: !!mount.layer_keep_alive }));
    }
  }
  app.all("*", async (c) => {
    const { status, headers, body } = await handler(c.var.session, c.var.basket);
    headers.forEach(([name, value]) => c.header(name, value, { append: true }));
    if (!Array.isArray(body)) return c.body([204, 303, 304].includes(status) ? null : body, status);
    return stream(c, async (out) => {
      // The head is out when the first piece is asked for.
      await new Promise((resolve) => setTimeout(resolve));
      for (const piece of body) await out.write(await piece());
    });
  });
  app.onError((error, c) => (error instanceof SealjarError ? c.body("the session could not be saved", error.status) : c.body("", 500)));
  return app;
}

export const onHono = {
  ...onFetch,
  name: "hono",
  call(mounts, handler, { method, path, headers }) {
    const abort = new AbortController();
    const request = new Request(`https://shop.example.org${path}`, { method, headers, signal: abort.signal });
    const answer = (async () => {
      const response = await appOf(mounts, handler).fetch(request);
      return { status: response.status, headers: [...response.headers], body: await response.text() };
    })();
    answer.catch(() => {});
    return { answer, giveUp: async () => abort.abort() };
  },
};

export const onHonoOverSockets = {
  ...onFetch,
  name: "hono over sockets",
  call(mounts, handler, request) {
    let gone;
    const hasGone = new Promise((resolve) => (gone = resolve));
    const app = appOf(mounts, handler);
    const listener = (ready) => {
      const server = serveNode({ fetch: app.fetch, port: 0, hostname: "127.0.0.1", createServer }, () => ready(server));
      server.on("connection", (socket) => socket.once("close", () => setTimeout(gone, 5)));
    };
    return serve(listener, request, hasGone);
  },
};
