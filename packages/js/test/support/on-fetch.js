// The table through a plain `fetch` handler.
import { withSession } from "../../dist/fetch.js";

export const onFetch = {
  name: "fetch",
  call(mounts, handler, { method, path, headers }) {
    // The innermost takes the sessions in the order in which they were opened.
    let serve = async (request, sessions) => {
      const { status, headers, body } = await handler(sessions.account ?? sessions.grown, sessions.basket);
      const stream = Array.isArray(body) ? streamOf(body) : [204, 303, 304].includes(status) ? null : body;
      return new Response(stream, { status, headers });
    };
    for (const mount of mounts) {
      const inside = serve;
      if (mount.catches_panics) {
        serve = async (...all) => {
          try {
            return await inside(...all);
          } catch (error) {
            if (error.name === "SealjarError") throw error;
            return new Response("", { status: 500 });
          }
        };
      } else {
        const inner = withSession(mount.jar, (request, session, sessions) => {
          const visit = session;
          if (mount.layer_keep_alive) {
            // As an application does that wraps its handler.
          }
          return inside(request, { ...sessions, [mount.session]: visit });
        }, { keepAlive: !!mount.layer_keep_alive });
        serve = (request, sessions) => inner(request, sessions);
      }
    }
    const abort = new AbortController();
    const request = new Request(`https://shop.example.org${path}`, { method, headers, signal: abort.signal });
    const answer = (async () => {
      const response = await serve(request, {});
      return { status: response.status, headers: [...response.headers], body: await response.text() };
    })();
    answer.catch(() => {});
    return { answer, giveUp: async () => abort.abort() };
  },
  // `Headers` join the lines of a field.
  normalize: (what, value) =>
    ["cache_control", "vary", "clear_site_data"].includes(what) ? [value.join(", ")].filter(Boolean) : undefined,
};

function streamOf(pieces) {
  const rest = [...pieces];
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
}
