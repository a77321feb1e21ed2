/**
 * What `hw1 init` and `hw1 run` make of five small tables, beside scikit-learn's MLP: cross-validated accuracy, or R².
 *
 *   npm run bench:init [-- --seeds 5] [--write]
 *
 * The tables are scikit-learn's own, written as CSV with words as classes into a temporary folder. With each seed the
 * pipeline that `init` writes holds a fifth of the rows out and cuts the others into five folds; the MLP (default
 * settings behind a StandardScaler) learns from and is judged by the same folds. Python is that of the variable PYTHON.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { rounded } from "../src/util/numbers.js";
import { meanOf, spreadOf } from "../src/util/statistics.js";
import { python } from "./peers.js";
import { writeSection } from "./sections.js";

const { values } = parseArgs({
  options: { seeds: { type: "string", default: "5" }, write: { type: "boolean", default: false } },
});
const seeds = Array.from({ length: Number(values.seeds) }, (_, index) => String(index + 1));
const folder = mkdtempSync(join(tmpdir(), "hw1-bench-init-"));

function call(command: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, encoding: "utf8", maxBuffer: 1 << 26 });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}\n${stderr}`);
  return stdout;
}
const hw1 = (...args: readonly string[]): string =>
  call(process.execPath, [join(import.meta.dirname, "..", "bin", "hw1.js"), ...args]);
const sklearn = (...args: readonly string[]): unknown =>
  JSON.parse(call(python, [join(import.meta.dirname, "init.py"), ...args]));

interface Measured {
  readonly name: string;
  readonly metric: "accuracy" | "r2";
  /** By seed, of each fold. */
  readonly own: readonly (readonly number[])[];
  readonly mlp: readonly (readonly number[])[];
  readonly whole: readonly (readonly number[])[];
  readonly seconds: number;
}

function measure(name: string): Measured {
  const file = `${name}.yaml`;
  hw1("init", "--data", `${name}.csv`, "--target", "target");
  const begun = performance.now();
  hw1("run", file, "--quiet", "--cache", "cache", "--set", "seed=1");
  const seconds = (performance.now() - begun) / 1000;
  const own = seeds.map((seed) => {
    const settings = ["--cache", "cache", "--set", `seed=${seed}`];
    hw1("run", file, "--quiet", "--only", "cross_score", ...settings);
    hw1("show", file, "folds", "--save", `${name}-${seed}`, ...settings);
    const keys = ["1", "2", "3", "4", "5"];
    return keys.map((key) => JSON.parse(hw1("show", file, `cross_score/${key}`, "--json", ...settings)).metrics);
  });
  const metric = own[0]![0].accuracy === undefined ? "r2" : "accuracy";
  return {
    name,
    metric,
    own: own.map((folds) => folds.map((metrics) => metrics[metric].mean as number)),
    mlp: sklearn("score", ...seeds.map((seed) => `${name}-${seed}`)) as number[][],
    whole: sklearn("whole", name, ...seeds) as number[][],
    seconds,
  };
}

const grand = (scores: readonly (readonly number[])[]): number => meanOf(scores.map(meanOf));
/** Of a mean over the folds of one seed: the root of the mean, over the seeds, of its squared standard error. */
const standardError = (scores: readonly (readonly number[])[]): number =>
  Math.sqrt(meanOf(scores.map((folds) => spreadOf(folds).se! ** 2)));

try {
  const results = (sklearn("data", folder) as string[]).map((name) => {
    const found = measure(name);
    process.stderr.write(`${JSON.stringify(found)}\n`);
    return found;
  });
  const text = sectionText(results);
  if (values.write) writeSection("Data of one's own, beside scikit-learn's MLP", text);
  process.stdout.write(text);
} finally {
  rmSync(folder, { recursive: true });
}

function sectionText(results: readonly Measured[]): string {
  const rows = results.map(({ name, metric, own, mlp, whole, seconds }) => {
    const said = (value: number): string =>
      metric === "accuracy" ? `${(100 * value).toFixed(2)} %` : String(rounded(value, 3));
    const [difference, error] = [grand(own) - grand(mlp), standardError(mlp)];
    return (
      `| ${name} | ${metric === "r2" ? "R²" : metric} | ${said(grand(own))} | ${said(grand(mlp))} | ${said(error)} ` +
      `| ${(difference / error).toFixed(2)} | ${difference >= -2 * error ? "yes" : "no"} | ${said(grand(whole))} | ${seconds.toFixed(1)} s |`
    );
  });
  return `\`npm run bench:init\` writes scikit-learn's iris, wine, breast cancer, digits and diabetes as CSV with words as classes, and gives each to \`hw1 init\` and
\`hw1 run\`, without a change to the file. Both networks learn from and are judged by the same five folds of the same rows (those that the file does not hold out), with ${seeds.length} seeds,
each with rows and folds of its own. SE is the standard error of scikit-learn's mean over five folds (root mean square over the seeds). "All rows" is scikit-learn's MLP in five
folds of the whole table, which learns from a quarter more rows. Seconds are those of \`hw1 run\`, whole, with figures.

| data | score | hw1 | MLP | SE | difference / SE | within 2 SE | MLP, all rows | run |
|---|---|---|---|---|---|---|---|---|
${rows.join("\n")}
`;
}
