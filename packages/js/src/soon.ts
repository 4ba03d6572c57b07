/**
 * A value that is there at once where Node's crypto is, and a promise of it where only WebCrypto
 * is. `await` takes both.
 */
export type Soon<T> = T | Promise<T>;

/** Goes on with a value as soon as it is there: at once, if it is there at once. */
export function then<A, B>(value: Soon<A>, next: (value: A) => Soon<B>): Soon<B> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** Does one thing after the other, and returns what came of each. */
export function each<A, B>(items: readonly A[], work: (item: A) => Soon<B>): Soon<B[]> {
  const done: B[] = [];
  let at = 0;
  const next = (): Soon<B[]> => {
    while (at < items.length) {
      const value = work(items[at++]!);
      if (value instanceof Promise) {
        return value.then((it) => (done.push(it), next()));
      }
      done.push(value);
    }
    return done;
  };
  return next();
}
