/** Seconds since 2025-01-01T00:00:00Z, the form that tokens store: 0 to `LATEST`. */
export type Seconds = number;

/** 2025-01-01T00:00:00Z as Unix time. */
export const T0 = 1_735_689_600;
/** 2161-02-07T06:28:15Z, the last second that a token can hold. */
export const LATEST = 0xffff_ffff;

/** Reads the clock. `undefined`: it shows a time that no token can hold. */
export function now(): Seconds | undefined {
  return stored(Date.now() / 1000);
}

/** Converts Unix time. `undefined`: no token can hold it. */
export function stored(unix: number): Seconds | undefined {
  const seconds = Math.floor(unix) - T0;
  return seconds >= 0 && seconds <= LATEST ? seconds : undefined;
}

export function add(time: Seconds, seconds: number): Seconds {
  return Math.min(time + seconds, LATEST);
}

export function since(later: Seconds, earlier: Seconds): number {
  return Math.max(later - earlier, 0);
}

export function date(time: Seconds): Date {
  return new Date((time + T0) * 1000);
}

/** Writes `YYYY-MM-DDTHH:MM:SSZ`. */
export function spell(time: Seconds): string {
  return date(time).toISOString().replace(".000", "");
}

/** Reads exactly `YYYY-MM-DDTHH:MM:SSZ`. */
export function parseTime(text: string): Seconds | undefined {
  const time = stored(Date.parse(text) / 1000);
  return time !== undefined && spell(time) === text ? time : undefined;
}
