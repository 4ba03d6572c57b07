// When is a jar made whose ring is not there while an application is built?

/** Opens once, when it is first asked. Where that fails, the next request tries again. */
export function once<T>(open: () => T | Promise<T>): () => Promise<T> {
  let opened: Promise<T> | undefined;
  return () =>
    (opened ??= Promise.resolve()
      .then(open)
      .catch((error: unknown) => {
        opened = undefined;
        throw error;
      }));
}
