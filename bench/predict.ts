/**
 * How long `hw1 predict` takes of one picture, and of a thousand: `npm run bench:predict`.
 *
 *   npm run build && npx tsx bench/predict.ts [--rounds 9]
 *
 * By the command itself, from its start to its end, for the network of pipelines/mnist-cnn.yaml (its `quick` profile,
 * trained once into a cache of its own) and test images of MNIST as PNG files. Beside it Node that does nothing, and
 * `hw1 show` of the same stage; they take turns. Medians of the clock on the wall over the rounds.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { PNG } from "pngjs";
import { loadMnist } from "../src/stages/load-mnist.js";
import { median } from "../src/util/statistics.js";
import { table } from "../src/util/table.js";
import { featuresOf } from "../src/values/blob.js";

const { values } = parseArgs({ options: { rounds: { type: "string", default: "9" } } });
const root = join(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "hw1-predict-"));
const digits = join(folder, "digits");

function writeDigits(count: number): void {
  const pixels = featuresOf(loadMnist().test.blobs.features!);
  mkdirSync(digits);
  for (let index = 0; index < count; index++) {
    const png = new PNG({ width: 28, height: 28 });
    for (let at = 0; at < 784; at++) png.data.fill(pixels[index * 784 + at]!, 4 * at, 4 * at + 3).fill(255, 4 * at + 3);
    writeFileSync(join(digits, `${index}.png`), PNG.sync.write(png, { colorType: 0 }));
  }
}
function timed(args: readonly string[]): number {
  const before = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", maxBuffer: 2 ** 26 });
  if (status !== 0) throw new Error(stderr);
  return performance.now() - before;
}
const hw1 = (verb: string, ...more: readonly string[]): number =>
  timed([
    ...[join(root, "bin", "hw1.js"), verb, join(root, "pipelines", "mnist-cnn.yaml"), ...more],
    ...["--profile", "quick", "--cache", join(folder, "cache")],
  ]);

const contenders: readonly { readonly name: string; readonly run: () => number }[] = [
  { name: "node alone", run: () => timed(["-e", "0"]) },
  { name: "hw1 show", run: () => hw1("show", "cnn", "--json") },
  { name: "one picture", run: () => hw1("predict", "cnn", join(digits, "0.png")) },
  { name: "1,000 pictures", run: () => hw1("predict", "cnn", digits, "--csv") },
];
const times = new Map<string, number[]>(contenders.map(({ name }) => [name, []]));
try {
  writeDigits(1000);
  hw1("run", "--only", "cnn", "--quiet");
  // The first of each reads files that later ones find in memory.
  for (const { run } of contenders) run();
  for (let round = 0; round < Number(values.rounds); round++)
    for (const { name, run } of contenders) times.get(name)!.push(run());
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const rows = [...times].map(([name, list]) => [
  name,
  `${median(list).toFixed(0)} ms`,
  `${Math.min(...list).toFixed(0)} … ${Math.max(...list).toFixed(0)}`,
]);
process.stdout.write(`${table([["", "median", "least … most"], ...rows]).join("\n")}\n`);
process.stdout.write(`${cpus().length} cores, load ${loadavg()[0]!.toFixed(1)}, Node ${process.version}\n`);
