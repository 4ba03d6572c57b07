// Reads AUTH_SECRET, AUTH_SECRET_1, ... by itself.
import { ExpressAuth, getSession } from "@auth/express";
import Credentials from "@auth/express/providers/credentials";
import express from "express";
import { port } from "./shop.js";

const config = {
  trustHost: true,
  providers: [Credentials({ credentials: { who: {} }, authorize: ({ who }) => ({ id: who, name: who }) })],
};
const app = express();
app.use("/auth", ExpressAuth(config));
app.get("/", async (req, res) => res.json({ who: (await getSession(req, config))?.user?.name }));
app.listen(port.port, port.host);
