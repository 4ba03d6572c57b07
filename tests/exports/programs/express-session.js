import express from "express";
import session from "express-session";
import files from "session-file-store";
import { routes, secrets } from "./shop.js";

const FileStore = files(session);
const app = express();
app.use(
  session({
    secret: JSON.parse(secrets()),
    // All replicas have one store: only the cookie's signature depends on the secrets.
    store: new FileStore({ path: process.env.SHARED, retries: 20, minTimeout: 10, logFn() {} }),
    resave: false,
    saveUninitialized: false,
  }),
);
routes(app);
