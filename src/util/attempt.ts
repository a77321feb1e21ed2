/** What a piece of work gives, or what it threw. */
export function attempt<T>(work: () => T, errorOf: (error: unknown) => Error = asError): T | Error {
  try {
    return work();
  } catch (error) {
    return errorOf(error);
  }
}

export const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
