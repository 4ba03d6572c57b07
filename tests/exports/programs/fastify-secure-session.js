import secureSession from "@fastify/secure-session";
import fastify from "fastify";
import { port, secrets } from "./shop.js";

const app = fastify();
await app.register(secureSession, { key: JSON.parse(secrets()).map((it) => Buffer.from(it, "base64")) });
const shown = ({ session }) => ({ who: session.get("who"), count: session.get("count") });
app.get("/", async (request) => shown(request));
app.post("/login", async ({ session, query }) => {
  session.set("who", query.who);
  session.set("count", 0);
  return {};
});
app.post("/add", async (request) => {
  const { session } = request;
  if (session.get("who")) session.set("count", session.get("count") + 1);
  return shown(request);
});
await app.listen(port);
