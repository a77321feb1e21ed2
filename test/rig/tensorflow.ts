/** Tests of the engine `tensorflow`: they run where it loads, and say why where it does not. */
import { test } from "vitest";
import { tensorflowProblem } from "../../src/engine-tensorflow.js";

const problem = tensorflowProblem();
if (problem !== null) console.warn(`Tests of the engine \`tensorflow\` are left out here.\n${problem}`);

export const tensorflowLoads = problem === null;

export function tensorflowTest(name: string, body: () => Promise<void> | void): void {
  test(name, async (context) => {
    context.skip(problem !== null, problem ?? "");
    await body();
  });
}
