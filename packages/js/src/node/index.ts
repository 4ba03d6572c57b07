export { FileSource } from "./file.js";
export { Watcher } from "./watcher.js";
export type { WatcherOptions } from "./watcher.js";
export type { Readiness } from "./follower.js";
