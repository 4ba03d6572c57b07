/** What a response has to carry, beside what the application puts there. */
export interface Closing {
  /** Fields to append, in order. */
  readonly append: readonly (readonly [name: string, value: string])[];
  /** Fields to set, in place of any other of the name. */
  readonly set: readonly (readonly [name: string, value: string])[];
}

export const NOTHING: Closing = { append: [], set: [] };
