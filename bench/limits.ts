/**
 * Nothing hangs or eats the machine from a small file: `npm run bench:limits`.
 *
 *   npx tsx bench/limits.ts [--mutants N] [--seed S]
 *
 * In one process: pipelines gone wrong, each answered with places and soon; every limit, asked for what is far beyond
 * it; a large CSV checked; a large plan made, nothing of it run yet. Times are what the process used of the processor
 * (its collector's threads included), so a busy machine changes no verdict; memory is the most that the process had so
 * far. Exit 1 where a bound is broken.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { renderDiagnostics } from "../src/diagnostic/render.js";
import { checkPipeline } from "../src/pipeline/check.js";
import type { Pipeline } from "../src/pipeline/pipeline.js";
import { readDocument, readText } from "../src/pipeline/read.js";
import { planRun } from "../src/plan/plan.js";
import { kinds } from "../src/stages/kinds.js";
import { openStore } from "../src/store/sqlite.js";
import { mutants, rightPipelines } from "../test/rig/mutants.js";
import { oversized } from "../test/rig/oversized.js";
import { bigSearch, bigTable } from "./workload-limits.js";

const flag = (name: string, otherwise: number): number => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(process.argv[at + 1]);
};
const folder = mkdtempSync(join(tmpdir(), "hw1-limits-"));
const broken: string[] = [];
const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** Seconds of the processor that a call takes. */
function timed<T>(call: () => T): { readonly value: T; readonly seconds: number } {
  const before = process.cpuUsage();
  const value = call();
  const { user, system } = process.cpuUsage(before);
  return { value, seconds: (user + system) / 1e6 };
}
const megabytes = (): number => process.resourceUsage().maxRSS / 1024;
function bound(name: string, found: number, most: number, unit: string): void {
  const isBroken = found > most;
  say(`  ${isBroken ? "✗" : "✓"} ${name.padEnd(44)} ${found.toFixed(2).padStart(9)} ${unit}  (at most ${most})`);
  if (isBroken) broken.push(`${name}: ${found.toFixed(2)} ${unit}, at most ${most}`);
}

/** Diagnostics' titles; an exception is a breach. */
function checked(text: string): {
  readonly titles: readonly string[];
  readonly lost: boolean;
  readonly ok: boolean;
  readonly pipeline: Pipeline | undefined;
} {
  const document = readText(join(folder, "p.yaml"), text);
  const found = document.ok ? checkPipeline(document.value, kinds) : document;
  renderDiagnostics(found.diagnostics);
  const errors = found.diagnostics.filter(({ severity }) => severity === "error");
  const lost = errors.some(({ span }) => span === undefined) || (!found.ok && errors.length === 0);
  return {
    titles: found.diagnostics.map(({ title }) => title),
    lost,
    ok: found.ok,
    pipeline: found.ok ? (found.value as Pipeline) : undefined,
  };
}

function benchMutants(count: number, seed: number): void {
  say(`\n${count.toLocaleString("en")} pipelines gone wrong (seed ${seed})`);
  const slowest: { readonly seconds: number; readonly text: string }[] = [];
  const titles = new Map<string, number>();
  const counts = { right: 0, refused: 0, placeless: 0, thrown: 0 };
  const batch = 500;
  const all = mutants(rightPipelines(kinds));
  for (let done = 0; done < count; done += batch)
    for (const text of fc.sample(all, { seed: seed + done, numRuns: Math.min(batch, count - done) })) {
      try {
        const { value, seconds } = timed(() => checked(text));
        counts[value.ok ? "right" : "refused"]++;
        if (value.lost) {
          counts.placeless++;
          broken.push(`a refusal without a place: ${JSON.stringify(text.slice(0, 200))}`);
        }
        for (const title of new Set(value.titles)) titles.set(title, (titles.get(title) ?? 0) + 1);
        slowest.push({ seconds, text });
      } catch (error) {
        counts.thrown++;
        broken.push(`an exception: ${(error as Error).stack}\n${JSON.stringify(text)}`);
      }
    }
  slowest.sort((a, b) => b.seconds - a.seconds);
  say(
    `  ${counts.refused} refused, ${counts.right} right still; ${counts.placeless} without a place, ${counts.thrown} exceptions; ${titles.size} kinds of mistake`,
  );
  const common = [...titles].sort((a, b) => b[1] - a[1]).slice(0, 12);
  say(`  most often: ${common.map(([title, times]) => `${title} ${times}`).join(", ")}`);
  bound("the slowest", slowest[0]?.seconds ?? 0, 1, "s");
  if ((slowest[0]?.seconds ?? 0) > 1) say(slowest[0]!.text);
}

function benchLimits(): void {
  say("\nFar beyond a limit");
  for (const { name, text, title } of oversized()) {
    try {
      const { value, seconds } = timed(() => checked(text));
      if (value.lost) broken.push(`${name}: a refusal without a place`);
      if (title !== undefined && !value.titles.includes(title))
        broken.push(`${name}: told ${value.titles.slice(0, 3).join(", ")}, not ${title}`);
      bound(`${name}: ${title ?? (value.ok ? "right" : value.titles[0]!)}`, seconds, 2, "s");
    } catch (error) {
      broken.push(`${name}: ${(error as Error).stack}`);
    }
  }
  say(`  memory so far ${megabytes().toFixed(0)} MB`);
}

function benchTable(): void {
  say("\n8 MB of CSV in two columns, checked");
  writeFileSync(join(folder, "big.csv"), bigTable());
  const before = megabytes();
  const { value, seconds } = timed(() =>
    checked(
      "stages:\n  points: {kind: load, source: csv, train: big.csv, target: y, features: [x]}\n  look: {kind: explore, data: points.train}\n",
    ),
  );
  if (!value.ok) broken.push(`the large table: ${value.titles.join(", ")}`);
  bound("check", seconds, 2.5, "s");
  say(`  memory ${before.toFixed(0)} → ${megabytes().toFixed(0)} MB`);
}

function benchPlan(): void {
  say("\nA plan of 10,000 configurations × 10 folds, nothing run yet");
  writeFileSync(join(folder, "points.csv"), bigTable(200));
  const path = join(folder, "big.yaml");
  writeFileSync(path, bigSearch);
  const store = openStore(join(folder, "cache"), { readonly: true });
  const { value: plan, seconds } = timed(() => {
    const document = readDocument(path);
    if (!document.ok) throw new Error(renderDiagnostics(document.diagnostics));
    const pipeline = checkPipeline(document.value, kinds);
    if (!pipeline.ok) throw new Error(renderDiagnostics(pipeline.diagnostics));
    return planRun(pipeline.value, kinds, store, { engine: "onnx" });
  });
  store.close();
  say(`  ${plan.steps.length.toLocaleString("en")} steps`);
  bound("check and plan", seconds, 8, "s");
  bound("memory", megabytes(), 800, "MB");
}

try {
  // In this order, because memory is told as the most so far.
  benchTable();
  bound("memory", megabytes(), 500, "MB");
  benchPlan();
  benchLimits();
  benchMutants(flag("mutants", 10_000), flag("seed", 1));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
say(broken.length === 0 ? "\nEvery bound holds." : `\n${broken.length} broken:\n${broken.slice(0, 20).join("\n")}`);
process.exitCode = broken.length === 0 ? 0 : 1;
