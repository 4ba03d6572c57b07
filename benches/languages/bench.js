// What does it cost to keep a session in a cookie, in JavaScript? From an object to the cookie's
// text and back, as each library does it by default.
import { encode as authEncode, decode as authDecode } from "@auth/core/jwt";
import secureSession from "@fastify/secure-session";
import Fastify from "fastify";
import * as h3 from "h3";
import * as h31 from "h3-1";
import * as iron from "iron-session";
import * as iron8 from "iron-session-8";
import { Jar, KeyRing, LiveRing, Sealer } from "../../packages/js/dist/index.js";
import { measure } from "./measure.js";

const internal = (path) => import(new URL(`../../packages/js/dist/${path}`, import.meta.url));
const { webCrypto } = await internal("aead/web.js");
const [, , ringText, sessionText, turns] = process.argv;
const session = JSON.parse(sessionText);
const SECRET = "of the benchmark alone, 32 characters or more";

/** Beyond what each of them needs: an hour. */
const TTL = 3600;

function token(ring) {
  const sealer = new Sealer(new LiveRing(ring), { app: "bench", purpose: "token" });
  return {
    seal: () => sealer.seal(new TextEncoder().encode(JSON.stringify(session)), TTL),
    open: async (text) => JSON.parse(new TextDecoder().decode((await sealer.open(text)).payload)),
  };
}

function ofH3(library) {
  // A session is made for an event, and sealed from it.
  const config = { password: SECRET, name: "bench", maxAge: TTL };
  const event = { context: { sessions: { bench: { id: "1", createdAt: Date.now(), data: session } } } };
  return {
    seal: () => library.sealSession(event, config),
    open: async (text) => (await library.unsealSession(event, config, text)).data,
  };
}

async function contenders() {
  const ring = await KeyRing.fromJson(ringText);
  const jar = new Jar(new LiveRing(ring), { app: "bench" });
  const navigation = { isNavigation: true, isSpeculative: false, withholds: () => false };
  const fastify = Fastify();
  await fastify.register(secureSession, { key: Buffer.from(SECRET.slice(0, 32)), expiry: TTL });
  await fastify.ready();
  return {
    "sealjar, a token": token(ring),
    "sealjar, a session": {
      seal: async () => (await jar.cookieFor(session)).slice(jar.cookieName.length + 1),
      open: async (text) => {
        const visit = jar.visit([`${jar.cookieName}=${text}`], navigation);
        return { ...(await visit.session()) };
      },
    },
    "sealjar, a token by WebCrypto": token(await KeyRing.read(ringText, webCrypto(), false)),
    "iron-session 9": ofIron(iron),
    "iron-session 8": ofIron(iron8),
    "Auth.js (@auth/core 0.41)": {
      seal: () => authEncode({ token: session, secret: SECRET, salt: "bench", maxAge: TTL }),
      open: (text) => authDecode({ token: text, secret: SECRET, salt: "bench" }),
    },
    "h3 2": ofH3(h3),
    "h3 1": ofH3(h31),
    "@fastify/secure-session 8": {
      seal: () => fastify.encodeSecureSession(fastify.createSecureSession({ ...session })),
      open: (text) => fastify.decodeSecureSession(text).data(),
    },
  };
}

function ofIron(library) {
  const options = { password: SECRET, ttl: TTL };
  return { seal: () => library.sealData(session, options), open: (text) => library.unsealData(text, options) };
}

const cpu = () => {
  const { user, system } = process.cpuUsage();
  return user + system;
};
console.log(JSON.stringify(await measure(await contenders(), session, cpu, +turns)));
process.exit(0);
