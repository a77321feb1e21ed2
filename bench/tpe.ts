/**
 * TPE beside random search, on functions that cost nothing: the lowest value of 100 evaluations, over 20 seeds.
 *
 *   npx tsx bench/tpe.ts [--evaluations 100] [--batch 8] [--seeds 20] [--json]
 *
 * A seed is a pair: both searches with the same first trials. p is two-sided, by the sign test. Optuna's `TPESampler`
 * with the same batch takes part where the variable PYTHON names an interpreter that has it.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { mcnemar } from "../src/statistics/tests.js";
import { pText, rounded } from "../src/util/numbers.js";
import { median } from "../src/util/statistics.js";
import { table } from "../src/util/table.js";
import { python } from "./peers.js";
import { lowestAtRandom, lowestOfTpe, standardFunctions } from "./sampler-functions.js";

const { values } = parseArgs({
  options: {
    evaluations: { type: "string", default: "100" },
    batch: { type: "string", default: "8" },
    seeds: { type: "string", default: "20" },
    json: { type: "boolean", default: false },
  },
});
const [evaluations, batch] = [Number(values.evaluations), Number(values.batch)];
const seeds = Array.from({ length: Number(values.seeds) }, (_, index) => index + 1);

interface Result {
  readonly function: string;
  /** The lowest value of each seed. */
  readonly tpe: readonly number[];
  readonly random: readonly number[];
  readonly optuna: readonly number[] | null;
}

const optuna = optunasLowest();
const results = standardFunctions.map(
  (one): Result => ({
    function: one.name,
    tpe: seeds.map((seed) => lowestOfTpe(one, evaluations, batch, seed)),
    random: seeds.map((seed) => lowestAtRandom(one, evaluations, seed)),
    optuna: optuna?.[one.name] ?? null,
  }),
);
if (values.json) process.stdout.write(`${JSON.stringify({ evaluations, batch, results })}\n`);
else {
  const rows = results.map((one) => {
    const wins = one.tpe.filter((lowest, index) => lowest < one.random[index]!).length;
    const losses = one.tpe.filter((lowest, index) => lowest > one.random[index]!).length;
    return [
      one.function,
      ...[one.tpe, one.random, one.optuna].map((all) => (all ? String(rounded(median(all), 3)) : "–")),
      `${wins} of ${seeds.length}`,
      pText(mcnemar(wins, losses)),
    ];
  });
  const head = ["function", "TPE", "random", "Optuna", "TPE lower", "p"];
  process.stdout.write(
    `Median over ${seeds.length} seeds of the lowest of ${evaluations} values, in batches of ${batch}\n\n` +
      `${table([head, ...rows], { right: (column) => column > 0 }).join("\n")}\n`,
  );
}

/** By function, of each seed; null where there is no Optuna. */
function optunasLowest(): Readonly<Record<string, readonly number[]>> | null {
  const { status, stdout } = spawnSync(
    python,
    [join(import.meta.dirname, "tpe.py"), String(evaluations), String(batch), String(seeds.length)],
    { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] },
  );
  if (status === 0) return JSON.parse(stdout) as Readonly<Record<string, readonly number[]>>;
  process.stderr.write(`Optuna took no part: ${python} has none (the variable PYTHON names another interpreter).\n`);
  return null;
}
