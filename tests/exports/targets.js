// Which programs take exports, how does each of them run, and what do their manuals put in place of
// an export?
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const repository = at("../..");
const PROGRAMS = at("programs");

const node = (name) => () => ["node", [`${PROGRAMS}/${name}.js`]];
const gunicorn = (name) => (port) => [
  `${repository}target/python/bin/gunicorn`,
  ["--bind", `127.0.0.1:${port}`, "--threads", "4", "--chdir", PROGRAMS, `${name}:application`],
];

// The second secret of an export is the standby. No manual tells to put one in: what they show is
// the secret that seals, then those before it.
const json = (change) => (text) => JSON.stringify(change(JSON.parse(text)));
const ofList = json((secrets) => secrets.toSpliced(1, 1));
const ofObject = (name) => json((secrets) => ({ ...secrets, [name]: secrets[name].slice(1) }));

/** Logs somebody in with one request. */
async function simply(visitor, who) {
  const answer = await visitor.ask("POST", `/login?who=${who}`);
  return answer.status < 400;
}

/** As the page of Auth.js does: with a token that it gives out before. */
async function withAuthJs(visitor, who) {
  const { csrfToken } = JSON.parse((await visitor.ask("GET", "/auth/csrf")).text);
  const answer = await visitor.ask("POST", "/auth/callback/credentials", { form: { csrfToken, who } });
  return answer.status === 302 && !answer.headers.location.includes("error");
}

async function withBetterAuth(visitor, who) {
  const form = { name: who, email: `${who}@example.org`, password: `of ${who}, and long` };
  const answer = await visitor.ask("POST", "/api/auth/sign-up/email", { json: form });
  return answer.status === 200;
}

/**
 * `start` is the command of a replica on a port. `manual` makes of an export what the manual
 * shows. `isEnvironment`: the program reads the export from its environment. `inRoot`: it is not in
 * npm or PyPI, and runs in the root that `just exports long` makes.
 */
export const TARGETS = {
  // It takes four secrets, so that a ring may have four keys.
  "auth.js": {
    start: node("auth"),
    isEnvironment: true,
    rotations: 2,
    writes: false,
    logIn: withAuthJs,
    // The one before the last line is the standby: the last number seals.
    manual(text) {
      const secrets = text.trim().split("\n").map((line) => line.split("=")[1]);
      secrets.splice(-2, 1);
      return secrets.map((it, number) => `AUTH_SECRET${number ? `_${number}` : ""}=${it}\n`).join("");
    },
  },
  "cookie-session": { start: node("cookie-session"), manual: ofList },
  django: { start: gunicorn("django_app"), manual: ofObject("SECRET_KEY_FALLBACKS") },
  "express-session": { start: node("express-session"), manual: ofList },
  "fastify-secure-session": { start: node("fastify-secure-session"), manual: ofList },
  flask: { start: gunicorn("flask_app"), manual: ofObject("SECRET_KEY_FALLBACKS") },
  "iron-session": {
    start: node("iron-session"),
    // JavaScript sorts such members, so the standby is the one with the highest number.
    manual: json(({ seal, open }) => {
      const standby = Math.max(...Object.keys(open).map(Number));
      return { seal, open: Object.fromEntries(Object.entries(open).filter(([id]) => Number(id) !== standby)) };
    }),
  },
  keygrip: { start: node("keygrip"), manual: ofList },
  laravel: {
    inRoot: true,
    start: (port) => ["php", ["-d", "opcache.enable_cli=1", "-S", `127.0.0.1:${port}`, "/srv/programs/laravel.php"]],
    isEnvironment: true,
    env: { PHP_CLI_SERVER_WORKERS: "4", SESSION_DRIVER: "cookie", APP_ENV: "production", LOG_CHANNEL: "stderr" },
    manual: (text) => text.replace(/^(APP_PREVIOUS_KEYS=)[^,\n]*,?/m, "$1"),
  },
  rails: {
    inRoot: true,
    start: (port) => ["puma", ["--bind", `tcp://127.0.0.1:${port}`, "--silent", "/srv/programs/rails.ru"]],
    env: { RAILS_ENV: "production" },
    manual: ofObject("rotations"),
  },
};

for (const target of Object.values(TARGETS)) target.logIn ??= simply;

/**
 * better-auth opens with its first secret alone, whatever is after it. So it is no target: it would
 * log everybody out at each rotation.
 */
export const BETTER_AUTH = {
  start: node("better-auth"),
  exported: "any",
  isEnvironment: true,
  // Its own form: a number for each secret, and always the same one.
  read(text) {
    const number = (secret) => Number.parseInt(createHash("sha256").update(secret).digest("hex").slice(0, 8), 16);
    return `BETTER_AUTH_SECRETS=${JSON.parse(text).map((it) => `${number(it)}:${it}`)}`;
  },
  writes: false,
  logIn: withBetterAuth,
};
