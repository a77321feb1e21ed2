/**
 * Where the time of a training step goes, by ONNX op and shape:
 *
 *   npx tsx bench/profile.ts WORKLOAD [THREADS] [--shapes] [--without PASS,PASS]
 *
 * ONNX Runtime's own profiler is switched on in every session; the first half of the runs, which touches fresh memory,
 * is left out. `--without` names passes over the recorded step (`src/engine/passes`) that are not applied.
 */
import { parseArgs } from "node:util";
import { onnxCompute } from "../src/engine/compute.js";
import { profileRows, profileTitle } from "../src/engine/debug.js";
import { fixedExecutions } from "../src/engine/execution.js";
import { installOnnx } from "../src/engine/install.js";
import { passes } from "../src/engine/passes/passes.js";
import { byOp, type Profile } from "../src/engine/profile.js";
import { fitModel } from "../src/learn/fit.js";
import { StoppedError } from "../src/learn/training.js";
import { optionsOf, type Workload } from "./networks.js";
import { workloadData } from "./workload-data.js";

const { values: flags, positionals } = parseArgs({
  options: { shapes: { type: "boolean", default: false }, without: { type: "string", default: "" } },
  allowPositionals: true,
});
const [name = "cnn", threads = "1"] = positionals as [Workload, string];
const without = flags.without.split(",").filter((pass) => pass !== "");
const unknown = without.filter((pass) => !passes.some((known) => known.name === pass));
if (unknown.length > 0)
  throw new Error(`There is no pass ${unknown.join(", ")}. Passes: ${passes.map((pass) => pass.name).join(", ")}.`);

// As a lone step is computed where nobody else computes.
const backend = await installOnnx({
  executions: fixedExecutions({ threads: Number(threads), spins: Number(threads) > 1 }),
});
backend.withoutPasses = new Set(without);
const profiles: Profile[] = [];
backend.observer = {
  compiled: () => (profile) => {
    if (profile) profiles.push(profile);
  },
};
const data = workloadData(name);
const options = optionsOf(name, data.shape);
const until = performance.now() + 6000;
try {
  await fitModel(onnxCompute(), data, null, options, {
    resume: undefined,
    save: () => undefined,
    report: () => undefined,
    stopping: () => performance.now() > until,
    now: () => performance.now(),
  });
} catch (error) {
  if (!(error instanceof StoppedError)) throw error;
}

for (const profile of profiles) {
  console.log(`${name}: ${profileTitle(profile)}`);
  const rows = flags.shapes
    ? profile.ops.map(({ op, shapes, ...time }) => ({ name: `${op}  ${shapes}`, ...time }))
    : byOp(profile.ops).map(({ op, ...time }) => ({ name: op, ...time }));
  for (const line of profileRows(profile, rows)) console.log(line);
}
