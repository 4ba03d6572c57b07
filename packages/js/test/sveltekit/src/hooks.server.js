import { Jar } from "sealjar";
import { FileSource, Watcher } from "sealjar/node";
import { sessions } from "sealjar/sveltekit";

export const handle = sessions(async () => {
  const { ring } = await Watcher.start(FileSource.find("session-ring"));
  return new Jar(ring, { app: "test", subject: (session) => session.user, refreshAfter: 2, log: () => {} });
});
