/**
 * Successive halving against the search whole: epochs, and where its winner stands in the full search.
 *
 *   npx tsx bench/halving.ts [--studies regression,mnist] [--seeds 7] [--jobs 1] [--points FOLDER]
 *
 * `regression`: stage 1 of pipelines/regression.yaml, 36 configurations × 10 folds × 500 epochs, by rungs of 55, 166 and 500;
 * points made from a formula, or the `train.csv` of a folder. `mnist`: 27 small CNNs on 2,000 images for 9 epochs, by
 * rungs of 1, 3 and 9, chosen by the accuracy on 1,000 others. Each search runs in a store of its own, so nothing is
 * shared. hw1 is the built one (`npm run build`). Epochs are those that were trained; a rung goes on from the one before.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { SearchData } from "../src/values/search.js";

const { values } = parseArgs({
  options: {
    studies: { type: "string", default: "regression,mnist" },
    seeds: { type: "string", default: "7" },
    jobs: { type: "string", default: "1" },
    points: { type: "string" },
  },
});
const cli = join(import.meta.dirname, "..", "dist", "cli.js");
const points =
  values.points === undefined
    ? "{kind: load, source: synthetic, generator: gapped_curve}"
    : `{kind: load, source: csv, train: ${JSON.stringify(resolve(values.points, "train.csv"))}, target: label}`;

interface Study {
  readonly halving: string;
  /** Where nothing is halved. */
  readonly epochs: number;
  pipeline(search: string, trial: string): string;
}
const studies: Readonly<Record<string, Study>> = {
  regression: {
    halving: "halving: {epochs: [55, 166, 500], factor: 3}",
    epochs: 500,
    pipeline: (search, trial) => `
  points: ${points}
  mixed: {kind: shuffle, data: points.train}
  folds: {kind: fold, data: mixed, k: 10}
  tried:
    kind: search
    strategy: grid
    ${search}
    space:
      hidden: [2, 3]
      units: [16, 32, 64]
      activation: [sigmoid, elu, gelu]
      learning_rate: [0.01, 0.001]
    trial:
      kind: train
      each: folds
      data: folds.train
      validation: folds.validation
      layers:
        - repeat: {times: "\${trial.hidden}", layers: [{dense: {units: "\${trial.units}", activation: "\${trial.activation}"}}]}
        - dense: {units: 1}
      loss: mse
      optimizer: {adam: {learning_rate: "\${trial.learning_rate}"}}
      batch_size: 18
      ${trial}
    objective: {minimize: validation.loss}
`,
  },
  mnist: {
    halving: "halving: {epochs: [1, 3, 9], factor: 3}",
    epochs: 9,
    pipeline: (search, trial) => `
  digits: {kind: load, source: mnist}
  some: {kind: split, data: digits.train, validation: 3000, stratify: true}
  parts: {kind: split, data: some.validation, validation: 1000, stratify: true}
  tried:
    kind: search
    strategy: grid
    ${search}
    space:
      kernels: [4, 8, 16]
      units: [16, 32, 64]
      learning_rate: [0.01, 0.003, 0.001]
    trial:
      net:
        kind: train
        data: parts.train
        layers:
          - conv: {kernels: "\${trial.kernels}", size: 3, padding: same, activation: relu}
          - max_pool: 2
          - conv: {kernels: "\${trial.kernels}", size: 3, padding: same, activation: relu}
          - max_pool: 2
          - flatten
          - dense: {units: "\${trial.units}", activation: relu}
          - dense: {units: 10}
        loss: cross_entropy
        optimizer: {adam: {learning_rate: "\${trial.learning_rate}"}}
        batch_size: 32
        ${trial}
      score: {kind: evaluate, model: net, data: parts.validation}
    objective: {maximize: accuracy}
`,
  },
};

function ended(args: readonly string[]): Promise<string> {
  return new Promise((done, failed) => {
    const child = spawn(process.execPath, [cli, ...args], { stdio: ["ignore", "pipe", "inherit"] });
    let out = "";
    child.stdout.on("data", (text) => {
      out += text;
    });
    child.on("exit", (code) => (code === 0 ? done(out) : failed(new Error(`hw1 ${args[0]} ended with ${code}`))));
  });
}

/** What a search left, and how long it took. */
async function searched(pipeline: string): Promise<{ readonly data: SearchData; readonly seconds: number }> {
  const folder = mkdtempSync(join(tmpdir(), "hw1-halving-"));
  try {
    const file = join(folder, "p.yaml");
    writeFileSync(file, pipeline);
    const cache = ["--cache", join(folder, "cache")];
    const begun = performance.now();
    await ended(["run", file, ...cache, "--jobs", values.jobs, "--quiet"]);
    const seconds = (performance.now() - begun) / 1000;
    const shown = JSON.parse(await ended(["show", file, "tried", ...cache, "--json"])) as {
      outputs: readonly { readonly data: SearchData }[];
    };
    return { data: shown.outputs[0]!.data, seconds };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const bestOf = ({ trials }: SearchData) => trials.find(({ rank }) => rank === 1)!;
for (const name of values.studies.split(","))
  for (const seed of values.seeds.split(",")) {
    const { halving, epochs, pipeline } = studies[name]!;
    const head = `name: halving\nseed: ${seed}\nstages:`;
    const halved = await searched(head + pipeline(halving, ""));
    const full = await searched(head + pipeline("", `epochs: ${epochs}`));
    const winner = bestOf(halved.data);
    const there = full.data.trials.find(({ key }) => key === winner.key)!;
    const cells = winner.cells.length;
    const trained = halved.data.trials.reduce((sum, { round }) => sum + cells * round!.epochs!, 0);
    const whole = full.data.trials.length * cells * epochs;
    console.log(
      JSON.stringify({
        ...{ study: name, seed: Number(seed), epochs: trained, of: whole },
        share: Number((trained / whole).toFixed(3)),
        seconds: [Number(halved.seconds.toFixed(0)), Number(full.seconds.toFixed(0))],
        winner: { key: winner.key, score: winner.score!.mean, rank: there.rank, p: there.p, tied: there.tied },
        fullWinner: { key: bestOf(full.data).key, score: bestOf(full.data).score!.mean },
        tiedInFull: full.data.trials.filter(({ tied }) => tied).length,
        failed: [halved.data.counts.failed, full.data.counts.failed],
      }),
    );
  }
