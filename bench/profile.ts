/**
 * Where the time of a training step goes, by ONNX op and shape:
 *
 *   npx tsx bench/profile.ts WORKLOAD [THREADS] [--shapes]
 *
 * ONNX Runtime's own profiler is switched on in every session; the first half, which compiles and touches fresh memory,
 * is left out.
 */
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onnxCompute } from "../src/engine/compute.js";
import { fixedExecutions } from "../src/engine/execution.js";
import { installOnnx } from "../src/engine/install.js";
import { fitModel } from "../src/learn/fit.js";
import { StoppedError } from "../src/learn/training.js";
import { optionsOf, type Workload } from "./networks.js";
import { workloadData } from "./workload-data.js";

const [name = "cnn", threads = "1"] = process.argv.slice(2).filter((word) => !word.startsWith("--")) as [
  Workload,
  string,
];
const shapes = process.argv.includes("--shapes");

interface Native {
  loadModel(buffer: ArrayBufferLike, offset: number, length: number, options: object): void;
  endProfiling(): void;
}
const folder = mkdtempSync(join(tmpdir(), "hw1-profile-"));
const { binding } = createRequire(import.meta.url)("onnxruntime-node/dist/binding.js") as {
  binding: { InferenceSession: new () => Native };
};
const sessions: Native[] = [];
binding.InferenceSession = class extends binding.InferenceSession {
  override loadModel(buffer: ArrayBufferLike, offset: number, length: number, options: object): void {
    sessions.push(this);
    super.loadModel(buffer, offset, length, {
      ...options,
      enableProfiling: true,
      profileFilePrefix: join(folder, `session${sessions.length}`),
    });
  }
};

// As a lone step is computed where nobody else computes.
await installOnnx({ executions: fixedExecutions({ threads: Number(threads), spins: Number(threads) > 1 }) });
const compute = onnxCompute();
const data = workloadData(name);
const options = optionsOf(name, data.shape);
const until = performance.now() + 6000;
try {
  await fitModel(compute, data, null, options, {
    resume: undefined,
    save: () => undefined,
    report: () => undefined,
    stopping: () => performance.now() > until,
    now: () => performance.now(),
  });
} catch (error) {
  if (!(error instanceof StoppedError)) throw error;
}
for (const session of sessions)
  try {
    session.endProfiling();
  } catch {
    // Disposed with its program: its profile is written already.
  }

interface Event {
  readonly cat: string;
  readonly name: string;
  readonly dur: number;
  readonly ts: number;
  readonly args?: {
    readonly op_name?: string;
    readonly input_type_shape?: readonly object[];
    readonly output_type_shape?: readonly object[];
  };
}
const events = readdirSync(folder).flatMap((file) => JSON.parse(readFileSync(join(folder, file), "utf8")) as Event[]);
const half = events.reduce((last, { ts }) => Math.max(last, ts), 0) / 2;
const kernels = events.filter((event) => event.cat === "Node" && event.ts > half && event.name.endsWith("kernel_time"));
const steps = [
  ...countBy(kernels.filter((event) => event.args?.op_name !== "Scan").map((event) => event.name)).values(),
].reduce((most, count) => Math.max(most, count), 1);
const totals = new Map<string, { us: number; count: number }>();
for (const { args, dur } of kernels) {
  if (args?.op_name === "Scan") continue;
  const text = shapes
    ? ` ${JSON.stringify(args?.input_type_shape)} → ${JSON.stringify(args?.output_type_shape)}`
        .replaceAll('{"float":', "{")
        .replaceAll('"', "")
    : "";
  const key = `${args?.op_name}${text}`;
  const sum = totals.get(key) ?? { us: 0, count: 0 };
  totals.set(key, { us: sum.us + dur, count: sum.count + 1 });
}
const all = [...totals.values()].reduce((sum, { us }) => sum + us, 0);
console.log(
  `${name}, ${threads} thread(s): ${(all / steps / 1000).toFixed(3)} ms in kernels a step, over ${steps} steps`,
);
for (const [key, { us, count }] of [...totals].sort((a, b) => b[1].us - a[1].us).slice(0, 60))
  console.log(
    `${((100 * us) / all).toFixed(1).padStart(5)} %  ${(us / steps).toFixed(1).padStart(9)} µs  × ${(count / steps).toFixed(1).padStart(5)}  ${key}`,
  );

function countBy(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const each of names) counts.set(each, (counts.get(each) ?? 0) + 1);
  return counts;
}
