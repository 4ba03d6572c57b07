// What the types let an application write, and what not. Compiled, never run.
import express from "express";
import { H3 } from "h3";
import { Hono } from "hono";
import { Jar, type LiveRing, Sealer, type Session, SealjarError } from "sealjar";
import { sessions } from "sealjar/express";
import { withSession } from "sealjar/fetch";
import { sessions as h3Sessions } from "sealjar/h3";
import { sessions as honoSessions } from "sealjar/hono";
import { FileSource, Watcher } from "sealjar/node";
import { sessions as kitSessions } from "sealjar/sveltekit";

interface Account {
  user?: { id: number; roles: string[] };
  visits?: number;
}

declare global {
  // eslint-disable-next-line @typescript-eslint/no-namespace
  namespace Express {
    interface Request {
      session: Session<Account>;
    }
  }
}

export async function app(): Promise<void> {
  const watcher = await Watcher.start(FileSource.find("session-ring"), { pollEvery: 5000 });
  const ring: LiveRing = watcher.ring;
  const jar = new Jar<Account>(ring, { app: "shop", subject: (it) => it.user && String(it.user.id) });
  // With `empty` the type follows.
  const inferred = new Jar(ring, { app: "shop", empty: { count: 0 } });
  const header: string = await inferred.cookieFor({ count: 1 });

  const server = express();
  server.use(sessions(jar));
  server.get("/", (request, response) => {
    const visits: number | undefined = request.session.visits;
    const count: number = request.session.update((it) => (it.visits = (it.visits ?? 0) + 1));
    // @ts-expect-error A session is changed by `update` alone.
    request.session.visits = 1;
    // @ts-expect-error And so is what is in it.
    request.session.user?.roles.push("admin");
    // @ts-expect-error It has no such member.
    request.session.update((it) => (it.visit = 1));
    response.send(`${visits} ${count} ${header}`);
  });

  const handler = withSession(jar, (_request, session, env: { name: string }) => new Response(`${session.user?.id} ${env.name}`));
  const response: Response = await handler(new Request("http://localhost"), { name: "x" });

  const hono = new Hono<{ Variables: { session: Session<Account> } }>();
  hono.use(honoSessions(jar));
  hono.get("/", (c) => c.text(String(c.var.session.user?.id)));
  new Hono().use(honoSessions(jar, { variable: "account" })).get("/", (c) => c.text(String(c.var.account.user?.id)));
  // As SvelteKit's type `Handle` is.
  interface Event { readonly request: Request; readonly locals: { session: Session<Account> }; readonly url: URL }
  type Resolve = (event: Event, options?: { transformPageChunk?: () => string }) => Response | Promise<Response>;
  const handle: (input: { event: Event; resolve: Resolve }) => Response | Promise<Response> = kitSessions(() => jar);
  console.log(handle);
  new H3().use(h3Sessions(jar)).get("/", (event) => String((event.context["session"] as Session<Account>).visits));

  const links = new Sealer(ring, { app: "shop", purpose: "reset" });
  try {
    const bytes: Uint8Array = (await links.open(await links.seal("x", 60))).payload;
    console.log(bytes, response);
  } catch (error) {
    if (error instanceof SealjarError && error.kind === "expired") return;
    throw error;
  }
}
