/** Where the stages that compute find what computes. The worker's entry provides it once the engine is installed. */
import type { NetworkLoader } from "./loaded.js";
import type { Compute } from "./program.js";

let provided: Compute | undefined;
let loader: NetworkLoader | undefined;

export function provideCompute(compute: Compute): void {
  provided = compute;
}
export function providedCompute(): Compute {
  if (!provided) throw new Error("hw1 bug: no engine is installed in this process");
  return provided;
}
/** What reads ONNX files, whichever engine computes. */
export function provideOnnxLoader(given: NetworkLoader): void {
  loader = given;
}
export function providedOnnxLoader(): NetworkLoader {
  if (!loader) throw new Error("hw1 bug: nothing reads ONNX files in this process");
  return loader;
}
