/**
 * How long it takes to find that there is nothing to do: an unchanged run of 9, 100 and 1,000 stages, against make and
 * wireit (npm scripts with a cache), and the commands that run nothing.
 *
 *   npm run bench:unchanged, or npx tsx bench/unchanged.ts [--rounds 9] [--stages 9,100,1000] [--json] [--write]
 *
 * Every peer has the same graph: chains of ten that fan out from one source, each stage a file or a result of its own.
 * hw1 shuffles 40 rows, the others copy a file; only the second run is timed, from the start of the process to its end.
 * WIREIT names the folder of an installed wireit, MAKE another make. A peer that is not there is named and left out.
 */
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { median } from "../src/util/statistics.js";
import { writeSection } from "./sections.js";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "9" },
    stages: { type: "string", default: "9,100,1000" },
    json: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);
const counts = values.stages.split(",").map(Number);
const root = join(import.meta.dirname, "..");
const command = join(root, "bin", "hw1.js");
const folder = mkdtempSync(join(tmpdir(), "hw1-unchanged-"));
const [make, wireit] = [process.env.MAKE ?? "make", process.env.WIREIT];

/** Something that is run again and again. */
interface Contender {
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Throws where the run did any work. @param told  what it printed */
  check(told: string): void;
}

/** The stage that one reads: the source (null) where a chain begins. */
const before = (stage: number): number | null => ((stage - 1) % 10 === 0 ? null : stage - 1);
const stagesOf = (count: number): readonly number[] => Array.from({ length: count - 1 }, (_, index) => index + 1);
const folderOf = (name: string, count: number): string => {
  const path = join(folder, `${name}-${count}`);
  mkdirSync(join(path, "out"), { recursive: true });
  return path;
};

function hw1(count: number): Contender {
  const cwd = folderOf("hw1", count);
  const lines = stagesOf(count).map((stage) => {
    const read = before(stage) === null ? "source.train" : `s${before(stage)}`;
    return `  s${stage}: {kind: shuffle, data: ${read}, seed: ${stage}}`;
  });
  const source = "  source: {kind: load, source: synthetic, generator: gapped_curve, count: 40}";
  writeFileSync(join(cwd, "p.yaml"), ["name: unchanged", "stages:", source, ...lines, ""].join("\n"));
  const check = (told: string): void => {
    if (!told.includes(`Done: 0 ran, ${count} reused`)) throw new Error(`hw1 did not reuse ${count} stages: ${told}`);
  };
  return { name: "hw1", file: process.execPath, args: [command, "run", "p.yaml", "--cache", "cache"], cwd, check };
}

/** Nothing was written since the first run. */
function unwritten(cwd: string, count: number): () => void {
  const times = (): string =>
    stagesOf(count)
      .map((stage) => statSync(join(cwd, "out", `s${stage}`)).mtimeMs)
      .join();
  let first: string | undefined;
  return () => {
    first ??= times();
    if (times() !== first) throw new Error(`there was something to do in ${cwd}`);
  };
}

function withMake(count: number): Contender {
  const cwd = folderOf("make", count);
  writeFileSync(join(cwd, "source"), "40 rows\n");
  const rules = stagesOf(count).map((stage) => {
    const read = before(stage) === null ? "source" : `out/s${before(stage)}`;
    return `out/s${stage}: ${read}\n\tcp ${read} out/s${stage}\n`;
  });
  const all = `all: ${stagesOf(count)
    .map((stage) => `out/s${stage}`)
    .join(" ")}\n`;
  writeFileSync(join(cwd, "Makefile"), [all, ...rules].join("\n"));
  return { name: "make", file: make, args: ["-s"], cwd, check: unwritten(cwd, count) };
}

function withWireit(count: number, installed: string): Contender {
  const cwd = folderOf("wireit", count);
  writeFileSync(join(cwd, "source"), "40 rows\n");
  const steps = stagesOf(count).map((stage) => {
    const [read, needs] = [before(stage), `s${before(stage)}`];
    const step = {
      command: `cp ${read === null ? "source" : `out/${needs}`} out/s${stage}`,
      files: read === null ? ["source"] : [],
      output: [`out/s${stage}`],
      dependencies: read === null ? [] : [needs],
    };
    return [`s${stage}`, step] as const;
  });
  const all = { dependencies: steps.map(([name]) => name) };
  const scripts = Object.fromEntries(["all", ...steps.map(([name]) => name)].map((name) => [name, "wireit"]));
  const text = JSON.stringify({
    name: "unchanged",
    private: true,
    scripts,
    wireit: { all, ...Object.fromEntries(steps) },
  });
  writeFileSync(join(cwd, "package.json"), text);
  mkdirSync(join(cwd, "node_modules", ".bin"), { recursive: true });
  symlinkSync(installed, join(cwd, "node_modules", "wireit"));
  symlinkSync(join(installed, "bin", "wireit.js"), join(cwd, "node_modules", ".bin", "wireit"));
  return { name: "wireit", file: "npm", args: ["run", "--silent", "all"], cwd, check: unwritten(cwd, count) };
}

const plain = (name: string, args: readonly string[]): Contender => ({
  name,
  file: process.execPath,
  args,
  cwd: folder,
  check: () => undefined,
});

/** Seconds from the start of the process to its end. @throws where it fails, or does any work */
function timed({ name, file, args, cwd, check }: Contender, isFirst = false): number {
  // Where a variable says that this is a CI, wireit keeps no cache unless it is told.
  const env = { ...process.env, NO_COLOR: "1", WIREIT_CACHE: "local", WIREIT_LOGGER: "quiet" };
  const started = performance.now();
  const { status, stdout, stderr, error } = spawnSync(file, args, { cwd, env, encoding: "utf8", maxBuffer: 2 ** 26 });
  const seconds = (performance.now() - started) / 1000;
  if (error) throw error;
  if (status !== 0) throw new Error(`${name} ended with ${status} in ${cwd}: ${stderr.slice(-2000)}`);
  if (!isFirst) check(stdout);
  return seconds;
}

const isThere = (file: string): boolean => spawnSync(file, ["--version"]).status === 0;
const leftOut: string[] = [];
if (!isThere(make)) leftOut.push("make");
if (!wireit || !existsSync(join(wireit, "bin", "wireit.js"))) leftOut.push("wireit");
for (const name of leftOut) process.stderr.write(`${name} is not there and is left out.\n`);

copyFileSync(join(root, "pipelines", "mnist-cnn.yaml"), join(folder, "mnist-cnn.yaml"));
const alone = [
  plain("node", ["-e", "0"]),
  plain("hw1 --help", [command, "--help"]),
  plain("hw1 check", [command, "check", "mnist-cnn.yaml"]),
];
const graphs = counts.flatMap((count) => [
  { count, contender: hw1(count) },
  ...(leftOut.includes("make") ? [] : [{ count, contender: withMake(count) }]),
  ...(leftOut.includes("wireit") ? [] : [{ count, contender: withWireit(count, wireit!) }]),
]);
const all = [...alone.map((contender) => ({ count: 0, contender })), ...graphs];
const seconds = new Map(all.map((each) => [each, [] as number[]]));
try {
  for (const { contender } of all) {
    // The first does the work; the second finds its files in memory.
    timed(contender, true);
    timed(contender);
  }
  for (let round = 0; round < rounds; round++) for (const each of all) seconds.get(each)!.push(timed(each.contender));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function inWords(list: readonly number[]): string {
  // make is at it for some milliseconds.
  const digits = median(list) < 0.1 ? 3 : 2;
  return `${median(list).toFixed(digits)} (${Math.min(...list).toFixed(digits)} … ${Math.max(...list).toFixed(digits)})`;
}
const cell = (name: string, count: number): string =>
  inWords(seconds.get(all.find((each) => each.contender.name === name && each.count === count)!)!);
const names = [...new Set(graphs.map(({ contender }) => contender.name))];
const table = [
  `| | ${counts.map((count) => `${count.toLocaleString("en")} stages`).join(" | ")} |`,
  `|---|${counts.map(() => "---|").join("")}`,
  ...names.map((name) => `| ${name} | ${counts.map((count) => cell(name, count)).join(" | ")} |`),
].join("\n");
const others = alone.map(({ name }) => `\`${name}\` ${cell(name, 0)}`).join(" · ");

if (values.json) {
  const rows = all.map((each) => ({
    name: each.contender.name,
    stages: each.count || null,
    seconds: Number(median(seconds.get(each)!).toFixed(3)),
  }));
  process.stdout.write(`${JSON.stringify({ rounds, node: process.version, rows })}\n`);
} else process.stdout.write(`${table}\n\n${others}\n`);

if (values.write) {
  const wireitVersion = leftOut.includes("wireit")
    ? ""
    : ` ${(JSON.parse(readFileSync(join(wireit!, "package.json"), "utf8")) as { version: string }).version}`;
  writeSection(
    "Nothing to do",
    `Written by \`npm run bench:unchanged\`; ${cpus()[0]?.model ?? ""}, ${cpus().length} cores, load ${loadavg()[0]!.toFixed(1)}, Node ${process.version}. Seconds from the start of a process to its end when nothing has changed:
chains of ten stages that fan out from one source. \`hw1 run\` checks the file, plans, looks for every result, prints a line for each stage and keeps the run
in its history; make compares times of files; wireit${wireitVersion} (by \`npm run\`) compares digests of files. The peers take turns, ${rounds} rounds; medians (lowest … highest).${
      leftOut.length > 0 ? ` Not there and left out: ${leftOut.join(", ")}.` : ""
    }

${table}

What starts and runs nothing: ${others} (\`check\` of \`mnist-cnn.yaml\`; \`node\` with an empty program).
`,
  );
}
