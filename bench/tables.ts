/**
 * How long `hw1 run` takes to load a CSV of 100,000 rows × 20 columns, from the command to the stored result.
 *
 *   npm run build && npx tsx bench/tables.ts [--rounds 5] [--rows 100000]
 *
 * Tables: numbers alone; four columns of categories and words as labels; beside categories two of dates, a group and an
 * order. They take turns, each in a cache of its own; seconds of the clock and of the processor are medians over the
 * rounds, memory is the most of all rounds.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { stream } from "../src/learn/random.js";
import { quantile } from "../src/util/statistics.js";

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "5" }, rows: { type: "string", default: "100000" } },
});
const rows = Number(values.rows);
const folder = mkdtempSync(join(tmpdir(), "hw1-tables-"));
const random = stream(1, [], "bench tables");
const below = (count: number): number => Math.floor(random.uniform() * count);

type Cell = () => string;
const number: Cell = () => random.normal().toFixed(6);
const word =
  (count: number): Cell =>
  () =>
    `word_${below(count)}`;
const time: Cell = () => new Date(1.6e12 + below(1e9) * 60).toISOString();
const label: Cell = () => (below(2) === 0 ? "no" : "yes");
const repeated = (count: number, cell: Cell): Cell[] => Array.from({ length: count }, () => cell);
const tables: readonly { readonly name: string; readonly columns: readonly Cell[]; readonly options: string }[] = [
  { name: "numbers", columns: repeated(20, number), options: "" },
  {
    name: "categories",
    columns: [...[3, 5, 12, 40].map(word), ...repeated(15, number), label],
    options: "classes: auto, categories: [c0, c1, c2, c3]",
  },
  {
    name: "dates",
    columns: [...[3, 5, 12, 40].map(word), time, time, word(rows / 5), time, ...repeated(11, number), label],
    options: "classes: auto, categories: [c0, c1, c2, c3], dates: [c4, c5], group: c6, order: c7",
  },
];

for (const { name, columns, options } of tables) {
  const lines = [columns.map((_, at) => (at === columns.length - 1 ? "y" : `c${at}`)).join(",")];
  for (let row = 0; row < rows; row++) lines.push(columns.map((cell) => cell()).join(","));
  writeFileSync(join(folder, `${name}.csv`), `${lines.join("\n")}\n`);
  writeFileSync(
    join(folder, `${name}.yaml`),
    `stages:\n  t: {kind: load, source: csv, train: ${name}.csv, target: y${options && `, ${options}`}}\n`,
  );
}

interface Taken {
  readonly seconds: number;
  readonly processor: number;
  readonly megabytes: number;
}
async function taken(name: string, round: number): Promise<Taken> {
  const hw1 = join(import.meta.dirname, "..", "bin", "hw1.js");
  const file = join(folder, `${name}.yaml`);
  const before = performance.now();
  // What the process used is told by itself, as it ends.
  const told = `process.on("exit", () => process.stderr.write(JSON.stringify(process.resourceUsage())))`;
  const child = spawn(
    process.execPath,
    ["--import", `data:text/javascript,${encodeURIComponent(told)}`, hw1, "run", file, "--plain"].concat([
      ...["--cache", join(folder, `cache-${name}-${round}`)],
    ]),
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  let text = "";
  child.stderr.on("data", (piece: Buffer) => {
    text += piece.toString();
  });
  const code = await new Promise<number | null>((done) => void child.on("close", done));
  const usage = /\{"userCPUTime.*\}/.exec(text);
  if (code !== 0 || !usage) throw new Error(`hw1 run ${name}.yaml ended with ${code}: ${text}`);
  const seconds = (performance.now() - before) / 1000;
  const { userCPUTime, systemCPUTime, maxRSS } = JSON.parse(usage[0]) as NodeJS.ResourceUsage;
  return { seconds, processor: (userCPUTime + systemCPUTime) / 1e6, megabytes: maxRSS / 1024 };
}

const found = new Map(tables.map(({ name }): [string, Taken[]] => [name, []]));
try {
  for (let round = 0; round < Number(values.rounds); round++)
    for (const { name } of tables) found.get(name)!.push(await taken(name, round));
  const size = (name: string): string => (statSync(join(folder, `${name}.csv`)).size / 1e6).toFixed(1);
  process.stdout.write(`${rows} rows, ${values.rounds} rounds, load ${loadavg()[0]!.toFixed(1)}\n`);
  for (const [name, list] of found)
    process.stdout.write(
      `${name.padEnd(11)} ${size(name).padStart(5)} MB  ` +
        `${quantile(
          list.map(({ seconds }) => seconds),
          0.5,
        ).toFixed(2)} s  ` +
        `${quantile(
          list.map(({ processor }) => processor),
          0.5,
        ).toFixed(2)} s of the processor  ` +
        `${Math.max(...list.map(({ megabytes }) => megabytes)).toFixed(0)} MB of memory\n`,
    );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
