/**
 * Whether two checkouts train alike, to the last bit.
 *
 *   npx tsx bench/digests.ts OLD NEW [--keep] [--jobs 2]
 *
 * OLD and NEW are folders of hw1, both built. Each runs the same small trainings: every optimiser with penalties,
 * decay, dropout, schedules and early stopping; every activation; batch norm and convolutions; alone and as folds that
 * are stacked; in one go, in two (3 epochs, then more), and interrupted in the middle. All weights and histories must
 * be equal, between the checkouts and between the ways to come there. Only the command is used, so code may move
 * freely between the two. Digests are not kept: bits depend on the processor. Exit 1 where something differs.
 */
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";

const { values, positionals } = parseArgs({
  options: { keep: { type: "boolean", default: false }, jobs: { type: "string", default: "2" } },
  allowPositionals: true,
});
if (positionals.length !== 2) throw new Error("Two checkouts are compared: `npx tsx bench/digests.ts OLD NEW`.");

type Stage = Readonly<Record<string, unknown>>;
const stages: Record<string, Stage> = {
  points: { kind: "load", source: "synthetic", generator: "gapped_curve" },
  folds: { kind: "fold", data: "points.train", k: 4 },
  digits: { kind: "load", source: "mnist" },
  parts: { kind: "split", data: "digits.train", validation: 130, test: 59600 },
  digit_folds: { kind: "fold", data: "parts.train", k: 3 },
};
const trainings: string[] = [];
const train = (name: string, stage: Stage): void => {
  const epochs = `\${params.epochs}`;
  stages[name] = { kind: "train", epochs, ...stage };
  trainings.push(name);
};
const alone = { data: "points.train", validation: "points.test", loss: "mse", batch_size: 18 };
const stacked = { ...alone, each: "folds", data: "folds.train", validation: "folds.validation" };
const dense = (activation: string, ...between: readonly unknown[]): readonly unknown[] => [
  { dense: { units: 12, activation } },
  ...between,
  { dense: { units: 12, activation } },
  { dense: { units: 1 } },
];

const optimizers: Readonly<Record<string, readonly [string, Stage]>> = {
  sgd: ["sgd", {}],
  momentum: ["sgd", { momentum: 0.9 }],
  rmsprop: ["rmsprop", {}],
  adam: ["adam", {}],
};
for (const [name, [type, numbers]] of Object.entries(optimizers)) {
  const with_ = (more: Stage = {}): Stage => ({ optimizer: { [type]: { ...numbers, ...more } } });
  const variants: Readonly<Record<string, Stage>> = {
    plain: with_(),
    penalties: { ...with_(), l1: 0.001, l2: 0.01 },
    decay: with_({ weight_decay: 0.02 }),
    dropout: { ...with_(), layers: dense("tanh", { dropout: 0.3 }) },
    step: with_({ learning_rate: { step: { from: 0.01, every: 2 }, warm_up: 1 } }),
  };
  for (const [variant, stage] of Object.entries(variants)) {
    train(`${name}_${variant}`, { ...alone, layers: dense("tanh"), ...stage });
    train(`${name}_${variant}_folds`, { ...stacked, layers: dense("tanh"), ...stage });
  }
  train(`${name}_early`, {
    ...stacked,
    layers: dense("tanh"),
    ...with_(),
    early_stopping: { patience: 2, min_delta: 0.01 },
  });
}
for (const activation of ["linear", "relu", "leaky_relu", "elu", "gelu", "sigmoid", "softplus"])
  train(`${activation}_folds`, { ...stacked, layers: dense(activation), optimizer: "adam" });
train("without_validation", { ...stacked, validation: undefined, layers: dense("elu"), optimizer: "adam" });
// Its schedule depends on the length, so that a longer training starts anew.
const cosine = { adam: { learning_rate: { cosine: { from: 0.01 }, warm_up: 2 } } };
train("cosine_folds", { ...stacked, layers: dense("elu"), optimizer: cosine });
train("dense_batch_norm_folds", { ...stacked, layers: dense("relu", "batch_norm"), optimizer: "adam" });
const images = { data: "parts.train", validation: "parts.validation", loss: "cross_entropy", batch_size: 32 };
const classes = { dense: { units: 10 } };
const conv = { conv: { kernels: 4, size: 3, padding: "same", activation: "relu" } };
const cnn = [conv, { max_pool: 2 }, conv, { avg_pool: 2 }, "flatten", classes];
const normed = [conv, "batch_norm", { max_pool: 2 }, { dropout: 0.2 }, "flatten", classes];
/** Kernels that fill blocks of channels, and pools that read phases. */
const blocks = [16, 32].flatMap((kernels) => [
  { conv: { kernels, size: 3, padding: "same" } },
  "batch_norm",
  { activation: "relu" },
  { max_pool: 2 },
]);
train("cnn", { ...images, layers: cnn, optimizer: "adam" });
train("cnn_decay", { ...images, layers: cnn, optimizer: { sgd: { momentum: 0.9, weight_decay: 0.01 } } });
train("cnn_normed", { ...images, layers: normed, optimizer: { rmsprop: { weight_decay: 0.01 } }, l2: 0.001 });
train("cnn_blocks", { ...images, layers: [...blocks, "flatten", classes], optimizer: "adam" });
train("cnn_early", { ...images, layers: normed, optimizer: "adam", early_stopping: { patience: 1, min_delta: 0.05 } });
const manyFolds = { ...images, each: "digit_folds", data: "digit_folds.train", validation: "digit_folds.validation" };
train("cnn_folds", { ...manyFolds, layers: normed, optimizer: "adam" });
train("mlp_folds", {
  ...manyFolds,
  layers: ["flatten", { dense: { units: 16, activation: "relu" } }, classes],
  optimizer: "rmsprop",
});

const pipeline = JSON.stringify({ name: "digests", seed: 11, params: { epochs: 7 }, stages });
/** How a checkout comes to the trainings of 7 epochs. */
const ways = ["in one go", "in two", "interrupted"] as const;

interface Shown {
  readonly stage: string;
  readonly outputs: readonly Output[];
  readonly elements?: readonly { readonly element: string; readonly outputs: readonly Output[] }[];
}
interface Output {
  readonly name: string;
  readonly tensors: readonly { readonly name: string; readonly digest: string }[];
}

async function run(checkout: string, file: string, cache: string, more: readonly string[], stopAt = 0): Promise<void> {
  const command = [join(checkout, "bin", "hw1.js"), "run", file, "--cache", cache, "--jobs", values.jobs, "--json"];
  const child = spawn(process.execPath, [...command, ...more], { stdio: ["ignore", "pipe", "pipe"] });
  let complaint = "";
  child.stderr.on("data", (part) => {
    complaint += String(part);
  });
  let progress = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const { event } = JSON.parse(line) as { readonly event: string };
    if (event === "progress" && ++progress === stopAt) child.kill("SIGINT");
  }
  const code = child.exitCode ?? (await new Promise<number | null>((done) => child.once("exit", done)));
  // What is to be stopped must still have been at work, else nothing was tried.
  if (code !== (stopAt > 0 ? 130 : 0)) throw new Error(`${checkout} ended with ${code}:\n${complaint}`);
}

/** Digest of every array that a training left, by stage, element and name. */
function digests(checkout: string, file: string, cache: string): ReadonlyMap<string, string> {
  const command = [join(checkout, "bin", "hw1.js"), "show", file, "--cache", cache, "--json"];
  const { stdout, stderr, status } = spawnSync(process.execPath, command, { encoding: "utf8", maxBuffer: 2 ** 30 });
  if (status !== 0) throw new Error(`${checkout} shows nothing:\n${stderr}`);
  const found = new Map<string, string>();
  for (const { stage, outputs, elements } of JSON.parse(stdout) as readonly Shown[])
    if (trainings.includes(stage))
      for (const { element, outputs: each } of elements ?? [{ element: "", outputs }])
        for (const { name, tensors } of each)
          for (const tensor of tensors) found.set(`${stage}/${element} ${name} ${tensor.name}`, tensor.digest);
  return found;
}

/** Names at which two differ, or that one of them lacks. */
function differences(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): readonly string[] {
  return [...new Set([...a.keys(), ...b.keys()])].filter((name) => a.get(name) !== b.get(name));
}

const folder = mkdtempSync(join(tmpdir(), "hw1-digests-"));
const file = join(folder, "digests.yaml");
writeFileSync(file, pipeline);
let differing = 0;
const compare = (what: string, a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): void => {
  const names = differences(a, b);
  differing += names.length;
  const verdict = names.length === 0 ? `${a.size} arrays equal` : `${names.length} of ${a.size} arrays differ`;
  console.log(`${what}: ${verdict}`);
  for (const name of names.slice(0, 20)) console.log(`  ${name}`);
};
try {
  const found = new Map<string, ReadonlyMap<string, string>>();
  for (const [side, checkout] of positionals.map((path) => resolve(path)).entries())
    for (const [index, way] of ways.entries()) {
      const cache = join(folder, `${side}-${index}`);
      mkdirSync(cache);
      if (way === "in two") await run(checkout, file, cache, ["--set", "epochs=3"]);
      if (way === "interrupted") for (const at of [10, 60]) await run(checkout, file, cache, [], at);
      await run(checkout, file, cache, []);
      const arrays = digests(checkout, file, cache);
      if (arrays.size < trainings.length) throw new Error(`${checkout} left only ${arrays.size} arrays.`);
      found.set(`${side} ${way}`, arrays);
      if (side === 1) compare(`old and new, ${way}`, found.get(`0 ${way}`)!, arrays);
      if (index > 0)
        compare(`${side === 0 ? "old" : "new"}, ${way} and in one go`, found.get(`${side} in one go`)!, arrays);
    }
} finally {
  if (values.keep) console.log(`Kept: ${folder}`);
  else rmSync(folder, { recursive: true, force: true });
}
console.log(`${trainings.length} trainings: ${differing === 0 ? "all alike" : "NOT ALIKE"}`);
process.exitCode = differing === 0 ? 0 : 1;
