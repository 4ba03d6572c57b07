// A request over a socket, byte for byte, and its answer.
import { request as ask } from "node:http";

/**
 * Sends a request to a Node server. Returns its response, and a function to disconnect before it
 * comes.
 */
export function send(port, { method, path, headers }) {
  const named = headers.some(([name]) => name === "host");
  const flat = [...(named ? [] : [["host", "shop.example.org"]]), ...headers, ["connection", "close"]].flat();
  const body = Promise.withResolvers?.() ?? deferred();
  const request = ask({ host: "127.0.0.1", port, method, path, headers: flat, agent: false }, (response) => {
    const pieces = [];
    response.on("data", (piece) => pieces.push(piece));
    response.on("end", () => {
      const pairs = response.rawHeaders.flatMap((it, at, all) => (at % 2 ? [] : [[it.toLowerCase(), all[at + 1]]]));
      const transport = ["date", "connection", "keep-alive", "transfer-encoding", "content-length", "content-type", "etag", "x-powered-by"];
      body.resolve({
        status: response.statusCode,
        headers: pairs.filter(([name]) => !transport.includes(name)),
        body: Buffer.concat(pieces).toString(),
      });
    });
    response.on("error", body.reject);
  });
  request.on("error", body.reject);
  request.end();
  body.promise.catch(() => {});
  return { answer: body.promise, giveUp: () => request.destroy() };
}

function deferred() {
  let resolve;
  let reject;
  const promise = new Promise((...both) => ([resolve, reject] = both));
  return { promise, resolve, reject };
}

