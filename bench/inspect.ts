/**
 * How long it takes to look into the report's third network: all aspects together, and each by itself.
 *
 *   npm run bench:inspect [-- --rounds 3 --examples 12000 --units 64 --aspects filters,preferred_inputs]
 *
 * 2 × (conv 128 of 5 × 5, ReLU, max pool 2), dense 64, dense 10, trained for an epoch on some of MNIST's images, so that
 * units are silent and active as trained ones are. It is shown three inputs, and the 10,000 test images where an aspect
 * takes all of `data`; preferred inputs are of 64 units of each layer that has as many. Times are those of the step that
 * `hw1 run` tells, with the start of its worker; the whole in rounds of which the median is told. hw1 is the built one.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { aspectNames } from "../src/stages/aspects.js";
import { median } from "../src/util/statistics.js";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    examples: { type: "string", default: "12000" },
    units: { type: "string", default: "64" },
    aspects: { type: "string", default: aspectNames.join(",") },
  },
});
const cli = join(import.meta.dirname, "..", "dist", "cli.js");
const folder = mkdtempSync(join(tmpdir(), "hw1-bench-inspect-"));
const file = join(folder, "inside.yaml");

const asked = values.aspects.split(",").map((name) => ({
  name,
  item: name === "preferred_inputs" ? `{preferred_inputs: {units: ${values.units}}}` : name,
}));
const stage = (name: string, what: readonly string[]): string =>
  `  ${name}: {kind: inspect, model: net, data: digits.test, inputs: {labels: [0, 3, 5]}, what: [${what.join(", ")}]}\n`;
writeFileSync(
  file,
  `name: bench-inspect
seed: 7
stages:
  digits: {kind: load, source: mnist}
  parts: {kind: split, data: digits.train, validation: ${60_000 - Number(values.examples)}}
  net:
    kind: train
    data: parts.train
    layers:
      - conv: {kernels: 128, size: 5, activation: relu}
      - max_pool: 2
      - conv: {kernels: 128, size: 5, activation: relu}
      - max_pool: 2
      - flatten
      - dense: {units: 64, activation: relu}
      - dense: {units: 10}
    loss: cross_entropy
    optimizer: {rmsprop: {learning_rate: 0.001}}
    batch_size: 64
    epochs: 1
${stage(
  "all_of_them",
  asked.map(({ item }) => item),
)}${asked.map(({ name, item }) => stage(`only_${name}`, [item])).join("")}`,
);

/** Seconds of a stage's step. */
function seconds(name: string): number {
  const options = ["--only", name, "--force", name, "--json", "--jobs", "1", "--cache", join(folder, "cache")];
  const { stdout, stderr, status } = spawnSync("node", [cli, "run", file, ...options], { maxBuffer: 2 ** 28 });
  if (status !== 0) throw new Error(`${stdout}${stderr}`);
  const steps = String(stdout)
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as { event: string; stage?: string; status?: string; elapsedMs?: number });
  const step = steps.find(({ event, stage: of, status: how }) => event === "step" && of === name && how === "ok");
  if (step?.elapsedMs === undefined) throw new Error(`No step of ${name} in ${stdout}`);
  return step.elapsedMs / 1000;
}

const shown = (s: number): string => `${s.toFixed(1)} s`;
try {
  console.log(`the network: ${shown(seconds("net"))} of training on ${values.examples} images`);
  const rounds = Array.from({ length: Number(values.rounds) }, () => seconds("all_of_them"));
  const range = `${shown(Math.min(...rounds))} … ${shown(Math.max(...rounds))}`;
  console.log(
    `all ${asked.length} aspects, 3 inputs, ${values.units} units: ${shown(median(rounds))} (${range}), ` +
      `${rounds.length} rounds, ${availableParallelism()} cores`,
  );
  for (const { name } of asked) console.log(`  ${name.padEnd(18)} ${shown(seconds(`only_${name}`))}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
