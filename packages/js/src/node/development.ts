import { existsSync, linkSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Crypto } from "../aead/crypto.js";
import { concat, encode, random, utf8 } from "../bytes.js";
import { now, spell } from "../clock.js";
import { SealjarError } from "../error.js";
import { Key } from "../key.js";
import { shown } from "./error.js";

// Makes the ring for a developer's first run.

/**
 * The `.sealjar` of a workspace: in the nearest directory upwards that contains a lock file or a
 * `.git`.
 */
export function developmentDirectory(start: string): string {
  const roots = [".git", "Cargo.lock", "package-lock.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock"];
  for (let here = start; ; here = dirname(here)) {
    if (roots.some((it) => existsSync(join(here, it)))) {
      return join(here, ".sealjar");
    }
    if (here === dirname(here)) {
      return join(start, ".sealjar");
    }
  }
}

/**
 * Writes a ring to a temporary file and then gives it its name: of several processes that start at
 * once all use the first one's.
 */
export function makeRing(directory: string, path: string, crypto: Crypto): void {
  const beside = `${path}.${encode(random(9))}.tmp`;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    ifAbsent(() => writeFileSync(join(directory, ".gitignore"), "# Key rings for development. They are secrets.\n*\n", { flag: "wx", mode: 0o600 }));
    writeFileSync(beside, ring(crypto), { flag: "wx", mode: 0o600, flush: true });
    ifAbsent(() => linkSync(beside, path));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new SealjarError(
      "source",
      `the development ring ${shown(path)} could not be made: ${code ?? "no clock"}\nhint: give this user write access to that ` +
        "directory, or set SEALJAR_RING to a ring's path",
    );
  } finally {
    rmSync(beside, { force: true });
  }
}

function ifAbsent(make: () => void): void {
  try {
    make();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") {
      throw error;
    }
  }
}

function ring(crypto: Crypto): string {
  const time = now()!;
  const key = (sealsFrom: string | null): object => {
    const secret = random(32);
    const check = (crypto.sha256(concat(utf8("sealjar-key-1"), secret)) as Uint8Array).subarray(0, 4);
    return {
      id: (Key.of(crypto, 1, secret) as Key).id,
      suite: "xaes-256-gcm",
      secret: `sealjar-key-1_${encode(concat(secret, check))}`,
      // Longer than any "remember me", so that only the jar limits a session.
      lifetime: LONGEST,
      staged_epoch: 1,
      staged_at: spell(time),
      seals_from: sealsFrom,
      seals_until: null,
      opens_until: null,
      revoked: false,
    };
  };
  return `${JSON.stringify(
    {
      format: "sealjar-ring/1",
      critical: [],
      ring: "development",
      ring_id: encode(random(16)),
      epoch: 1,
      issued_at: spell(time),
      // There is no keeper, so no rotation can be overdue.
      timing: { rotate_every: 0xffff_ffff, distribution: 300, skew: 30 },
      keys: [key(spell(time - 30)), key(null)],
      revocations: { pepper: encode(random(32)), horizon: LONGEST, floor: null, subjects: [], sessions: [] },
    },
    null,
    2,
  )}\n`;
}

const LONGEST = 90 * 86_400;
