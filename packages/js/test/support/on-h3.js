// The table through h3.
import { H3, HTTPError } from "h3";
import { sessions } from "../../dist/h3.js";
import { onFetch } from "./on-fetch.js";

export const onH3 = {
  ...onFetch,
  name: "h3",
  call(mounts, handler, { method, path, headers }) {
    const app = new H3({ silent: true, onError: (error) => new Response("", { status: HTTPError.isError(error) ? error.status : 500 }) });
    for (const mount of [...mounts].reverse()) {
      if (mount.jar) {
        app.use(sessions(mount.jar, { property: mount.session === "basket" ? "basket" : "session", keepAlive: !!mount.layer_keep_alive }));
      }
    }
    app.all("/**", async (event) => {
      const { status, headers, body } = await handler(event.context.session, event.context.basket);
      event.res.status = status;
      headers.forEach(([name, value]) => event.res.headers.append(name, value));
      if (!Array.isArray(body)) return body;
      const rest = [...body];
      return new ReadableStream(
        {
          async pull(controller) {
            const piece = rest.shift();
            if (!piece) return controller.close();
            controller.enqueue(new TextEncoder().encode(await piece()));
          },
        },
        { highWaterMark: 0 },
      );
    });
    const abort = new AbortController();
    const request = new Request(`https://shop.example.org${path}`, { method, headers, signal: abort.signal });
    const answer = (async () => {
      const response = await app.fetch(request);
      return { status: response.status, headers: [...response.headers], body: await response.text() };
    })();
    answer.catch(() => {});
    return { answer, giveUp: async () => abort.abort() };
  },
};
