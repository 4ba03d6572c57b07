// Reads BETTER_AUTH_SECRETS by itself.
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { fromNodeHeaders, toNodeHandler } from "better-auth/node";
import express from "express";
import { Kysely, SqliteDialect } from "kysely";
import Database from "libsql";
import { port } from "./shop.js";

// All replicas have one database: only the cookie's signature depends on the secrets.
const database = new Database(`${process.env.SHARED}/users.db`, { timeout: 20_000 });
database.exec("PRAGMA journal_mode = WAL");
const db = new Kysely({ dialect: new SqliteDialect({ database }) });
const options = {
  baseURL: `http://${port.host}:${port.port}`,
  database: { db, type: "sqlite" },
  emailAndPassword: { enabled: true },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
};
await (await getMigrations(options)).runMigrations();
const auth = betterAuth(options);
const app = express();
app.all("/api/auth/*path", toNodeHandler(auth));
app.get("/", async (req, res) => {
  const found = await auth.api.getSession({ headers: fromNodeHeaders(req.headers) });
  res.json({ who: found?.user.name });
});
app.listen(port.port, port.host);
