// How does the shop keep its sessions? In the cookie that examples/axum-ssr and examples/django
// read and write too.
import { Jar } from "sealjar";
import { nextSessions } from "sealjar/next";
import { FileSource, Watcher } from "sealjar/node";

export const { getSession, sealAgain } = nextSessions(async () => {
  const { ring } = await Watcher.start(FileSource.find("session-ring"));
  return new Jar(ring, {
    app: "shop",
    empty: { user: null, basket: {} },
    keepAlive: true,
    // Makes "log this person out everywhere" work. Everybody who shares the cookie says the same.
    subject: (session) => session.user?.login,
  });
});
