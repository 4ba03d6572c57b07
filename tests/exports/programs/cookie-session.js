import cookieSession from "cookie-session";
import express from "express";
import { routes, secrets } from "./shop.js";

const app = express();
app.use(cookieSession({ keys: JSON.parse(secrets()) }));
routes(app);
