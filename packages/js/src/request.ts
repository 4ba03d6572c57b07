/** Returns the value of a request's header by its name in lower case, if the request has it. */
export type ReadHeader = (name: string) => string | null | undefined;

/** What a request says about why it is made. */
export interface Fetch {
  /** It loads a page for somebody who sees it. */
  readonly isNavigation: boolean;
  /** Nobody may ever see the answer: it is fetched ahead of time, or only the head is asked for. */
  readonly isSpeculative: boolean;
  /** Whether a browser had to leave out a cookie with this `SameSite`. */
  withholds(sameSite: "lax" | "none" | "strict"): boolean;
}

/** Reads the headers of W3C Fetch Metadata and its like. */
export function readFetch(method: string, header: ReadHeader): Fetch {
  const isSpeculative =
    method === "HEAD" ||
    !!header("sec-purpose")?.trim() ||
    ["purpose", "x-moz"].some((name) => header(name)?.trim().toLowerCase() === "prefetch");
  const navigates = (header("sec-fetch-mode") ?? "navigate") === "navigate";
  const isCrossSite = header("sec-fetch-site") === "cross-site";
  const isLink =
    navigates &&
    ["GET", "HEAD", "OPTIONS", "TRACE"].includes(method) &&
    (header("sec-fetch-dest") ?? "document") === "document";
  return {
    isNavigation: navigates && !isSpeculative,
    isSpeculative,
    withholds: (sameSite) => isCrossSite && (sameSite === "strict" || (sameSite === "lax" && !isLink)),
  };
}
