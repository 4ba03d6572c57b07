import Keygrip from "keygrip";
import Koa from "koa";
import { port, secrets } from "./shop.js";

const app = new Koa();
app.keys = new Keygrip(JSON.parse(secrets()), "sha256");
app.use((context) => {
  const { cookies, method, path, query } = context;
  const kept = cookies.get("shop", { signed: true });
  let [who, count] = kept ? kept.split(".") : [];
  if (method === "POST" && (path === "/login" || who)) {
    [who, count] = path === "/login" ? [query.who, 0] : [who, Number(count) + 1];
    cookies.set("shop", `${who}.${count}`, { signed: true });
  }
  context.body = { who, count: Number(count) };
});
app.listen(port);
