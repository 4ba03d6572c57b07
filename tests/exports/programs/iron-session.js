import { createServer } from "node:http";
import { getIronSession } from "iron-session";
import { port, secrets } from "./shop.js";

const it = JSON.parse(secrets());
const options = {
  password: Object.assign(Object.create(it.open), it.seal),
  cookieName: "shop",
  cookieOptions: { secure: false },
};
createServer(async (req, res) => {
  const session = await getIronSession(req, res, options);
  const { pathname, searchParams } = new URL(req.url, "http://shop");
  if (req.method === "POST" && (pathname === "/login" || session.who)) {
    if (pathname === "/login") Object.assign(session, { who: searchParams.get("who"), count: 0 });
    else session.count++;
    await session.save();
  }
  res.setHeader("content-type", "application/json");
  res.end(JSON.stringify(session));
}).listen(port);
