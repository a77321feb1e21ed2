/**
 * How long a worker takes to start: from the fork until it says that the engine `onnx` is loaded.
 *
 *   npm run build && npx tsx bench/start.ts [--rounds 15] [--json]
 *
 * It takes turns with a process that does nothing but answer; the numbers are medians over the rounds.
 */
import { type ChildProcess, fork } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { quantile } from "../src/util/statistics.js";

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "15" }, json: { type: "boolean", default: false } },
});
const worker = join(import.meta.dirname, "..", "dist", "worker.js");
if (!existsSync(worker)) throw new Error("There is no dist/worker.js: `npm run build` comes first.");

const folder = mkdtempSync(join(tmpdir(), "hw1-start-"));
const idle = join(folder, "idle.mjs");
writeFileSync(idle, 'process.send({ type: "ready" });\n');

const start = (entry: string, args: readonly string[]): ChildProcess =>
  // As src/run/worker-pool.ts starts it, but without what tsx adds to this process.
  fork(entry, [...args], { stdio: ["ignore", "ignore", "ignore", "ipc"], serialization: "advanced", execArgv: [] });

/** Milliseconds until the process says that it is ready. */
async function timed(entry: string, args: readonly string[]): Promise<number> {
  const before = performance.now();
  const child = start(entry, args);
  const ended = new Promise((done) => child.once("exit", done));
  const elapsedMs = await new Promise<number>((resolve, reject) => {
    child.on("message", (message: { readonly type: string }) => {
      if (message.type === "ready") resolve(performance.now() - before);
    });
    child.on("exit", (code, signal) => reject(new Error(`${entry} ended (${signal ?? code}) before it was ready`)));
  });
  child.kill("SIGKILL");
  await ended;
  return elapsedMs;
}

const contenders: readonly { readonly name: string; readonly run: () => Promise<number> }[] = [
  { name: "node alone", run: () => timed(idle, []) },
  { name: "worker", run: () => timed(worker, [join(folder, "cache"), "onnx"]) },
];
const times = new Map<string, number[]>(contenders.map(({ name }) => [name, []]));
try {
  // The first start reads files that later ones find in memory.
  for (const { run } of contenders) await run();
  for (let round = 0; round < Number(values.rounds); round++)
    for (const { name, run } of contenders) times.get(name)!.push(await run());
} finally {
  rmSync(folder, { recursive: true, force: true });
}

const rows = [...times].map(([name, list]) => ({
  name,
  medianMs: quantile(list, 0.5),
  fastestMs: quantile(list, 0),
  slowestMs: quantile(list, 1),
}));
if (values.json)
  process.stdout.write(`${JSON.stringify({ rounds: Number(values.rounds), node: process.version, rows })}\n`);
else {
  process.stdout.write(
    `Node ${process.version}, ${cpus()[0]?.model ?? ""}, load ${loadavg()[0]!.toFixed(1)}; ms, ${values.rounds} rounds\n`,
  );
  for (const { name, medianMs, fastestMs, slowestMs } of rows)
    process.stdout.write(
      `${name.padEnd(10)} ${medianMs.toFixed(0).padStart(5)}  (${fastestMs.toFixed(0)} … ${slowestMs.toFixed(0)})\n`,
    );
}
