// As the README has it, on a ring and with times that the test chooses.
import { Jar } from "sealjar";
import { nextSessions } from "sealjar/next";
import { FileSource, Watcher } from "sealjar/node";

export const { getSession, sealAgain } = nextSessions(async () => {
  const { ring } = await Watcher.start(FileSource.find("session-ring"));
  return new Jar(ring, {
    app: "next-test",
    subject: (session) => session.user,
    maxSize: 12_288,
    refreshAfter: +(process.env.REFRESH_AFTER ?? 3600),
    log: () => {},
  });
});
