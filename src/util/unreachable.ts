/** Ends a switch that has handled every case; a case that is missing does not compile. */
export function unreachable(value: never): never {
  throw new Error(`hw1 bug: unexpected ${JSON.stringify(value)}`);
}
