import { constants, existsSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { defaultCrypto } from "../aead/crypto.js";
import { now } from "../clock.js";
import { SealjarError } from "../error.js";
import { checkEpoch } from "../live.js";
import { type Log, defaultLog } from "../options.js";
import { KeyRing } from "../ring.js";
import { developmentDirectory, makeRing } from "./development.js";
import { instead, refusedAt, shown } from "./error.js";

/**
 * Reads the ring from a file: a Docker secret, a bind mount, a Kubernetes secret volume.
 *
 * @example
 * const ring = new LiveRing(await new FileSource("/run/secrets/session-ring").fetch());
 */
export class FileSource {
  /** The file's path. */
  readonly path: string;
  /** @internal Made for a first run, on whatever file system the sources are. */
  isForDevelopment = false;
  /** @internal Secrets that everybody knows are for tests. */
  allowPublished = false;
  /** @internal What is wrong although a ring was read. */
  concern: string | undefined;
  readonly #log: Log;
  #warned = false;

  /** @param log Where a warning of the file's mode goes. Default: `console.warn`. */
  constructor(path: string, log: Log = defaultLog) {
    this.path = path;
    this.#log = log;
  }

  /**
   * Finds the ring where rings are delivered: the file that `SEALJAR_RING` names, then
   * `/run/secrets/<name>`, then, only if `NODE_ENV` is `development` or `test`,
   * `.sealjar/<name>.json`, which is made where it is missing so that a first run just works. In
   * production no keys are ever made: replicas with keys of their own log everyone out.
   *
   * @example
   * const source = FileSource.find("session-ring");
   */
  static find(name = "session-ring", log: Log = defaultLog): FileSource {
    const { SEALJAR_RING, NODE_ENV } = process.env;
    const secret = join("/run/secrets", name);
    if (SEALJAR_RING || existsSync(secret)) {
      return new FileSource(SEALJAR_RING || secret, log);
    }
    if (NODE_ENV !== "development" && NODE_ENV !== "test") {
      throw new SealjarError(
        "source",
        `no key ring was found, looked at $SEALJAR_RING, ${shown(secret)}\nhint: mount the ring as the secret ` +
          "session-ring, or set SEALJAR_RING to its path; with NODE_ENV=development one is made for you",
      );
    }
    const directory = developmentDirectory(process.cwd());
    const source = new FileSource(join(directory, `${name}.json`), log);
    source.isForDevelopment = true;
    if (!existsSync(source.path)) {
      makeRing(directory, source.path, defaultCrypto());
      log("warn", `made a key ring for development, ${shown(source.path)}; in production none is made`, {});
    }
    return source;
  }

  /**
   * Reads the ring. It rejects with a `SealjarError` that names path, reason and what to do. A file
   * that others than its owner may write to is refused, outside of `/run/secrets`, where the
   * container engine decides.
   *
   * @example
   * const ring = new LiveRing(await FileSource.find().fetch());
   */
  async fetch(): Promise<KeyRing> {
    const place = shown(this.path);
    const bytes = await this.#read(place);
    try {
      const ring = await KeyRing.read(bytes, defaultCrypto(), this.allowPublished);
      checkEpoch(ring, now());
      return ring;
    } catch (error) {
      const other = error instanceof SealjarError && error.kind === "ring_syntax" && instead(bytes);
      throw refusedAt(place, other ? new SealjarError("ring_syntax", `not a ring document: ${other}`) : error);
    } finally {
      bytes.fill(0);
    }
  }

  async #read(place: string): Promise<Uint8Array> {
    const fail = (reason: string, hint: string): never => {
      throw refusedAt(place, new SealjarError("source", reason), hint);
    };
    // Does not wait for a writer where a pipe is in place of the file.
    const file = await open(this.path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)).catch((error: NodeJS.ErrnoException) =>
      fail(
        error.code === "ENOENT" ? "there is no such file" : error.code === "EACCES" ? "permission denied" : `cannot be read, ${error.code}`,
        error.code === "ENOENT"
          ? "deliver the ring to this path, or set SEALJAR_RING"
          : "give the file to the user of this process, or to its group with mode 0640",
      ),
    );
    try {
      // Of the open file, as another may have taken its path by now.
      const found = await file.stat();
      found.isFile() || fail("not a regular file", "put the ring there as a file: a container engine makes a directory where the file to mount is missing");
      this.#judgeMode(found.mode & 0o777, place, fail);
      this.#judgeName(found.nlink);
      // One byte more than a ring may have, so that a longer file is seen to be longer.
      const bytes = new Uint8Array(500_001);
      let length = 0;
      for (let read = 1; read && length < bytes.length; length += read) {
        read = (await file.read(bytes, length, bytes.length - length)).bytesRead;
      }
      length || fail("the key ring is empty", "deliver the ring again: its writer did not finish, or the disk was full");
      return bytes.subarray(0, length);
    } finally {
      await file.close();
    }
  }

  #judgeMode(mode: number, place: string, fail: (reason: string, hint: string) => never): void {
    if (!(mode & ~0o640) || this.path.startsWith("/run/secrets/") || process.platform === "win32") {
      return;
    }
    const spelt = `0${mode.toString(8).padStart(3, "0")}`;
    if (mode & 0o022 && !this.isForDevelopment) {
      fail(
        `other users may write to the key ring, its mode is ${spelt}`,
        "see that nobody has changed it, then `chmod 0640` it: only its owner, the keeper, writes to it",
      );
    }
    if (!this.#warned) {
      this.#warned = true;
      this.#log("warn", `the key ring is open to more users than it should be: chmod 0640 ${place}`, { mode: spelt });
    }
  }

  /** A file that is mounted by itself stays the one that it was when another takes its place. */
  #judgeName(links: number): void {
    const isCutOff = !links && !(statSync(this.path, { throwIfNoEntry: false })?.nlink ?? 1);
    if (isCutOff && !this.concern) {
      this.#log("warn", CUT_OFF, { path: shown(this.path) });
    }
    this.concern = isCutOff ? CUT_OFF : undefined;
  }
}

const CUT_OFF =
  "the ring's file was replaced where it is mounted from: rotations and revocations do not arrive. Mount the directory " +
  "that holds the ring, not the file, and start this replica again";
