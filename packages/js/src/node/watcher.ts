import { type FSWatcher, watch } from "node:fs";
import { dirname } from "node:path";
import { performance } from "node:perf_hooks";
import { now as clock } from "../clock.js";
import { SealjarError } from "../error.js";
import { LiveRing } from "../live.js";
import { type Log, defaultLog } from "../options.js";
import type { KeyRing } from "../ring.js";
import { refusedAt, shown } from "./error.js";
import { FileSource } from "./file.js";
import { Follower, type Readiness } from "./follower.js";

/**
 * How a `Watcher` works.
 *
 * @example
 * const watcher = await Watcher.start(FileSource.find(), { pollEvery: 5000 });
 */
export interface WatcherOptions {
  /**
   * The poll interval: how often to look if there is no other reason, in milliseconds. Default 10
   * 000.
   */
  readonly pollEvery?: number;
  /** Where log lines go. Default: `console.warn` and `console.error` for warnings and errors. */
  readonly log?: Log;
}

/**
 * Follows a file, so that a running replica always uses the newest ring. It looks when the file's
 * directory changes, when a token names a key that the ring does not hold, and every 10 seconds in
 * any case. What is missing, broken, older or of another ring leaves the last good ring in use. No
 * request ever waits for it.
 *
 * @example
 * const { ring } = await Watcher.start(FileSource.find("session-ring"));
 * const jar = new Jar(ring, { app: "shop-prod" });
 */
export class Watcher {
  readonly #source: FileSource;
  readonly #follower: Follower;
  readonly #log: Log;
  #timer: NodeJS.Timeout | undefined;
  #watch: FSWatcher | undefined;
  #reading: Promise<KeyRing | SealjarError> | undefined;
  #isDeaf = false;
  #stopped = false;
  #looking = false;
  /** Changes that were reported during a look, which may have come too late for it. */
  #heard: (() => void)[] = [];

  private constructor(source: FileSource, ring: KeyRing, options: WatcherOptions) {
    this.#source = source;
    this.#log = options.log ?? defaultLog;
    const { pollEvery = 10_000 } = options;
    this.#follower = new Follower(shown(source.path), new LiveRing(ring), performance.now(), pollEvery, this.#log);
    this.#follower.concern = source.concern;
    this.ring.onUnknown((keyId) => this.#note(() => this.#follower.noteUnknown(keyId, performance.now())));
    this.#arm();
    this.#schedule();
  }

  /**
   * Reads the first ring, and follows the file from then on. Without a ring there is no service, so
   * it rejects then and does not try again. It does not keep the process alive.
   *
   * @example
   * const watcher = await Watcher.start(FileSource.find());
   */
  static async start(source: FileSource, options: WatcherOptions = {}): Promise<Watcher> {
    return new Watcher(source, await source.fetch(), options);
  }

  /** The ring in use, for jars. */
  get ring(): LiveRing {
    return this.#follower.ring;
  }

  /**
   * Answers a health check.
   *
   * @example
   * app.get("/readyz", (req, res) => res.sendStatus(watcher.readiness().ready ? 200 : 503));
   */
  readiness(): Readiness {
    return this.#follower.readiness(clock());
  }

  /**
   * Follows no more. The ring in use stays.
   *
   * @example
   * process.once("SIGTERM", () => watcher.stop());
   */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#watch?.close();
    this.ring.onUnknown(undefined);
  }

  #note(note: () => void): void {
    if (this.#looking) {
      this.#heard.push(note);
    } else {
      note();
      this.#schedule();
    }
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (!this.#stopped && !this.#looking) {
      const { due, reason } = this.#follower.schedule.next();
      this.#timer = setTimeout(() => void this.#look(reason), Math.max(due - performance.now(), 0)).unref();
    }
  }

  async #look(reason: Parameters<Follower["take"]>[0]): Promise<void> {
    this.#looking = true;
    // A watch belongs to a directory and not to its path: set again before each look, it follows
    // one that was removed and made again.
    this.#arm();
    const fetched = await this.#fetch();
    this.#looking = false;
    if (!this.#stopped) {
      this.#follower.concern = this.#source.concern;
      this.#follower.take(reason, fetched, performance.now(), clock());
      this.#heard.splice(0).forEach((note) => note());
      this.#schedule();
    }
  }

  /**
   * A mount may hang: the look then fails, and no other read begins before the one that hangs has
   * ended.
   */
  #fetch(): Promise<KeyRing | SealjarError> {
    this.#reading ??= this.#source
      .fetch()
      .catch((error: unknown) => (error instanceof SealjarError ? error : refusedAt(shown(this.#source.path), error)))
      .finally(() => (this.#reading = undefined));
    const hint = "check the disk or the network that holds the ring; it is looked at again by itself";
    const late = refusedAt(shown(this.#source.path), new SealjarError("source", "no answer within 30 seconds"), hint);
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(late), 30_000).unref();
      void this.#reading!.then((fetched) => (clearTimeout(timer), resolve(fetched)));
    });
  }

  #arm(): void {
    this.#watch?.close();
    this.#watch = undefined;
    const deaf = (error: unknown): void => {
      this.#isDeaf ||
        this.#log("warn", "the key ring's directory cannot be watched; the ring is polled nevertheless", {
          error: (error as NodeJS.ErrnoException).code,
        });
      this.#isDeaf = true;
    };
    try {
      // The directory: a watch on the file would report nothing after the first rename over it.
      this.#watch = watch(dirname(this.#source.path), { persistent: false }, () =>
        this.#note(() => this.#follower.schedule.change(performance.now())),
      );
      this.#watch.on("error", deaf);
      this.#isDeaf = false;
    } catch (error) {
      deaf(error);
    }
  }
}
