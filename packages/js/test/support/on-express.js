// The table through Express, over sockets.
import express from "express";
import { sessions } from "../../dist/express.js";
import { SealjarError } from "../../dist/index.js";
import { send } from "./http.js";

export const onExpress = {
  name: "express",
  call(mounts, handler, request) {
    const app = express().disable("x-powered-by").disable("etag");
    for (const mount of [...mounts].reverse()) {
      if (mount.jar) {
        app.use(sessions(mount.jar, { property: mount.session === "basket" ? "basket" : "session", keepAlive: !!mount.layer_keep_alive }));
      }
    }
    let gone;
    const hasGone = new Promise((resolve) => (gone = resolve));
    app.use(async (req, res) => {
      res.once("close", gone);
      const { status, headers, body } = await handler(req.session, req.basket);
      res.status(status);
      headers.forEach(([name, value]) => res.appendHeader(name, value));
      if (!Array.isArray(body)) {
        res.end(body);
        return;
      }
      res.flushHeaders();
      for (const piece of body) res.write(await piece());
      res.end();
    });
    app.use((error, req, res, next) => {
      void next;
      const status = error instanceof SealjarError ? error.status : 500;
      res.status(status ?? 500).end(error instanceof SealjarError ? "the session could not be saved" : "");
    });
    return serve(app, request, hasGone);
  },
};

/** Serves one request. */
export function serve(listener, request, hasGone) {
  let ended;
  const done = new Promise((resolve) => (ended = resolve));
  const started = (async () => {
    const server = await new Promise((resolve) => {
      const server = typeof listener.listen === "function" ? listener.listen(0, "127.0.0.1", () => resolve(server)) : listener(resolve);
    });
    return { server, client: send(server.address().port, request) };
  })();
  const answer = started.then(({ client }) => client.answer);
  answer.catch(() => {}).finally(async () => (await started).server.close(ended));
  return {
    answer,
    done,
    giveUp: async () => {
      (await started).client.giveUp();
      await hasGone;
    },
  };
}
