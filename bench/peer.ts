/**
 * One trainer of the benchmark, in a process of its own: `peer.ts WORKLOAD ENGINE THREADS [AUGMENTED]`, which augments
 * the images if it is there, whatever it says.
 *
 * It prints `ready` once it has trained a little. Each line that it reads is a number of seconds; it trains for about
 * that long and answers with one line of JSON: {"count": images or steps, "seconds": …, "peakMb": …}. In between it
 * waits and computes nothing.
 */
import { readSync } from "node:fs";
import { installEngine } from "../src/engine-install.js";
import { fitModel } from "../src/learn/fit.js";
import { initialValues } from "../src/learn/initial.js";
import { predictor } from "../src/learn/predict.js";
import { optionsOf, type Workload } from "./networks.js";
import { augmentedData, workloadData } from "./workload-data.js";

const [name, engine, threads, augmented] = process.argv.slice(2) as [Workload, string, string, string?];
process.env.TF_NUM_INTRAOP_THREADS = threads;
process.env.TF_NUM_INTEROP_THREADS = "1";
process.env.OMP_NUM_THREADS = threads;
process.env.TF_CPP_MIN_LOG_LEVEL = "2";
const compute = await installEngine(engine, Number(threads));

let pendingText = "";
/** Seconds of the next round; blocks until they are told. */
function nextRound(): number {
  const buffer = Buffer.alloc(256);
  while (!pendingText.includes("\n")) {
    const got = readSync(0, buffer, 0, buffer.length, null);
    if (got === 0) process.exit(0);
    pendingText += buffer.toString("utf8", 0, got);
  }
  const [line, ...rest] = pendingText.split("\n");
  pendingText = rest.join("\n");
  return Number(line);
}
/** The whole process's peak resident memory. */
const peakMb = (): number => Math.round(process.resourceUsage().maxRSS / 1024);
/** Waits for rounds, counts what was done in them, and answers. Call it whenever something is done. */
function meter(warmUpSeconds: number): (count: number) => void {
  let begun = performance.now();
  let limit = warmUpSeconds;
  let warm = false;
  let total = 0;
  return (count) => {
    total += count;
    const seconds = (performance.now() - begun) / 1000;
    if (seconds < limit) return;
    console.log(warm ? JSON.stringify({ count: total, seconds, peakMb: peakMb() }) : "ready");
    warm = true;
    limit = nextRound();
    total = 0;
    begun = performance.now();
  };
}

const measure = meter(4);
const data = augmented === undefined ? workloadData(name) : augmentedData(name);
const options = optionsOf(name, data.shape);
if (name === "inference") {
  const parameters = options.layers.flatMap((layer) => layer.parameters);
  const values = parameters.map((parameter) => ({
    dtype: "float32" as const,
    shape: parameter.shape,
    data: initialValues(parameter, 1, []),
  }));
  const judge = predictor(
    compute,
    options.layers,
    parameters.map((parameter) => parameter.name),
    data,
    values,
    { report: () => undefined, stopping: () => false, now: () => performance.now() },
  );
  for (;;) {
    await judge.predict(values);
    measure(data.count);
  }
}
let [epoch, done] = [0, 0];
const stepsPerEpoch = Math.ceil(data.count / options.batchSize);
const each = name === "regression" ? stepsPerEpoch : data.count;
await fitModel(compute, data, null, options, {
  resume: undefined,
  save: () => undefined,
  report: (report) => {
    const now = (report.epoch - 1 + report.fraction) * each;
    measure(Math.round(now - done));
    [epoch, done] = [report.epoch, now];
  },
  stopping: () => false,
  now: () => performance.now(),
  threads: Number(threads),
});
console.error(`trained ${epoch} epochs`);
