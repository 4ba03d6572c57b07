// What every program of these tests does: it logs somebody in, and counts what they add.
import { readFileSync } from "node:fs";

/** The secrets, as the ring's export has them. */
export const secrets = () => readFileSync(process.env.SECRETS, "utf8");

export const port = { host: "127.0.0.1", port: Number(process.env.PORT) };

/** The routes of an application whose middleware keeps `req.session`, as Express' all do. */
export function routes(app) {
  app.get("/", (req, res) => res.json({ who: req.session.who, count: req.session.count }));
  app.post("/login", (req, res) => {
    Object.assign(req.session, { who: req.query.who, count: 0 });
    res.json({});
  });
  app.post("/add", (req, res) => {
    if (req.session.who) req.session.count++;
    res.json({ who: req.session.who, count: req.session.count });
  });
  app.listen(port.port, port.host);
}
