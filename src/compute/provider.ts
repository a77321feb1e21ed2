/** Where the stages that compute find what computes. The worker's entry provides it once the engine is installed. */
import type { Compute } from "./program.js";

let provided: Compute | undefined;

export function provideCompute(compute: Compute): void {
  provided = compute;
}
export function providedCompute(): Compute {
  if (!provided) throw new Error("hw1 bug: no engine is installed in this process");
  return provided;
}
