/**
 * What agrees with the report and what does not, row by row, from the numbers alone.
 *
 * A value of the report agrees where it lies in our 95 % interval; a remark where the test that the row names says so.
 * A row whose study is not there is not measured yet.
 */
import type { JsonObject } from "../../src/util/json.js";
import type { SearchExtract, StageExtract } from "./extract.js";
import { differenceOf, matrixOf, onDiagonal, reportCells } from "./models.js";
import type { Report, ReportRow } from "./report.js";
import { ranked, scoreText, trialText, winnerText } from "./searches.js";
import { accuracyText, count, decimals, errorText, interval, notYet, percent, type Studies, spread } from "./words.js";

export type Verdict = "yes" | "no" | "in part" | "not told apart" | "–";
export interface Ours {
  readonly text: string;
  readonly agrees: Verdict;
}
type Row = (studies: Studies, report: Report, row: ReportRow) => Ours | undefined;

const yesIf = (condition: boolean): Verdict => (condition ? "yes" : "no");

/** The report's value in our interval. */
const inside =
  (pipeline: string, stage: string, metric: "accuracy" | "mse"): Row =>
  (studies, _report, { value }) => {
    const score = studies.stage(pipeline, stage);
    const range = score && interval(score, metric);
    if (!range) return undefined;
    const text = metric === "accuracy" ? accuracyText(score) : errorText(score);
    return { text, agrees: yesIf(range[0] <= value! && value! <= range[1]) };
  };

const searchOf = (studies: Studies, pipeline: string, stage: string): SearchExtract | undefined =>
  studies.stage(pipeline, stage)?.search;

const stageOf =
  (stage: string, agrees: (search: SearchExtract) => Verdict): Row =>
  (studies) => {
    const search = searchOf(studies, "regression", stage);
    const best = search && ranked(search)[0];
    if (!search || !best) return undefined;
    const cells = studies.stage("regression", stage)?.cells;
    const steps = cells ? `, ${count(cells.count)} fold trainings` : "";
    const text = `${count(search.counts.trials)} configurations${steps}; best ${trialText(search, best)}: ${scoreText(search, best)}`;
    return { text, agrees: agrees(search) };
  };

/** The report's configuration among ours: its place and score. */
const presetOf =
  (name: string, values: JsonObject): Row =>
  (studies) => {
    const search = searchOf(studies, "regression", "more");
    const trial = search?.trials.find((each) =>
      Object.entries(values).every(([key, value]) => each.values[key] === value),
    );
    if (!search || !trial) return undefined;
    const loss = (studies.stage("regression", name)?.metrics?.validation as JsonObject | undefined)?.loss as
      | { readonly mean?: number }
      | undefined;
    const long = loss?.mean === undefined ? "" : `; with the report's epochs ${decimals(loss.mean)}`;
    const text = `place ${trial.rank} of ${ranked(search).length} after 500 epochs, ${scoreText(search, trial)}${trial.tied && trial.rank !== 1 ? ", not told from the best" : ""}${long}`;
    return { text, agrees: trial.rank === 1 ? "yes" : trialVerdict(trial.tied) };
  };
const trialVerdict = (isTied: boolean): Verdict => (isTied ? "not told apart" : "no");

const lengths: Row = (studies) => {
  const searches = Object.entries(studies.stage("regression", "length")?.searches ?? {});
  if (searches.length === 0) return undefined;
  const found = searches.map(([key, search]) => ({ key, search, best: ranked(search)[0]! }));
  const told = found.map(({ key, best, search }) => `${key}: ${best.values.epochs} (${scoreText(search, best)})`);
  return { text: told.join("; "), agrees: "–" };
};

const whatWins: Row = (studies) => {
  const search = searchOf(studies, "regression", "more");
  if (!search) return undefined;
  const firsts = new Map<unknown, (typeof search.trials)[number]>();
  for (const trial of ranked(search))
    if (!firsts.has(trial.values.activation)) firsts.set(trial.values.activation, trial);
  const [one, two] = [...firsts.values()];
  if (!one || !two) return undefined;
  const holds = [one, two].filter(
    ({ values }) => values.hidden === 3 && ["elu", "gelu"].includes(values.activation as string),
  );
  const text = [...firsts.values()]
    .map(({ rank, values }) => `${values.hidden} × ${values.units} ${values.activation}: place ${rank}`)
    .join("; ");
  return { text, agrees: holds.length === 2 ? "yes" : holdsOne(holds.length) };
};
const holdsOne = (held: number): Verdict => (held === 1 ? "in part" : "no");

/** Of a figure's table: the cell of a row that begins so. */
const cellOf = (stage: StageExtract | undefined, start: string, column: number): string | undefined =>
  stage?.tables?.flatMap(({ rows = [] }) => rows).find(([first]) => first?.startsWith(start))?.[column];

const smooth: Row = (studies) => {
  const rho = cellOf(studies.stage("regression", "gallery_coarse"), "rank correlation", 1);
  if (rho === undefined) return undefined;
  const value = Number(rho.replace("−", "-"));
  return { text: `rank correlation of roughness and validation loss over stage 1: ${rho}`, agrees: yesIf(value > 0) };
};

const gaps: Row = (studies) => {
  const table = studies.stage("regression", "figure_gaps")?.tables?.find(({ columns }) => columns);
  const at = table?.columns?.findIndex((column) => /ratio|÷|\/|times/i.test(column)) ?? -1;
  if (!table?.rows || at < 0) return undefined;
  const ratios = table.rows.map((row) => Number(row[at]));
  const larger = ratios.filter((ratio) => ratio > 1).length;
  const text = `error inside ÷ outside: ${table.rows.map((row) => `${row[0]} ${row[at]}`).join(", ")}`;
  return { text, agrees: larger === ratios.length ? "yes" : holdsOne(Math.min(1, larger)) };
};

const nested: Row = (studies) => {
  const score = studies.stage("regression-nested", "score");
  const mse = score && spread(score, "mse");
  return mse && { text: `${decimals(mse.mean)} ± ${decimals(mse.sd)}`, agrees: "–" };
};

/** The winner of a family, by validation accuracy. */
const winnerOf =
  (stage: string): Row =>
  (studies) => {
    const [winner] = studies.stage("mnist-search", stage)?.chosen ?? [];
    return winner && { text: `${winnerText(winner)}: ${percent(winner.score.mean)} on validation`, agrees: "–" };
  };

/** @param second  of M1, M2, M3 the one that the report puts above the first */
const helps =
  (first: number, second: number): Row =>
  (studies) => {
    const difference = differenceOf(studies.stage("mnist-final", "comparison"), first, second);
    if (!difference) return undefined;
    const { points, p, pText } = difference;
    const text = `${decimals(-points, 2)} points, McNemar p ${pText.startsWith("<") ? pText : `= ${pText}`} (Holm)`;
    return { text, agrees: p < 0.05 ? yesIf(points < 0) : "not told apart" };
  };

const matrix: Row = (studies, report) => {
  const ours = matrixOf(studies.stage("mnist-final", "m3_score"));
  if (!ours) return undefined;
  const range = interval(studies.stage("mnist-final", "m3_score")!, "accuracy");
  const theirs = onDiagonal(report.confusion) / 10_000;
  return {
    text: `${count(onDiagonal(ours))} on the diagonal`,
    agrees: yesIf(range !== undefined && range[0] <= theirs && theirs <= range[1]),
  };
};

const classes: Row = (studies, report) => {
  const cells = reportCells(studies, report);
  const known = cells.filter(({ ours }) => ours !== undefined);
  if (known.length === 0) return undefined;
  const equal = known.filter(({ ours, theirs }) => ours === theirs).length;
  const far = known.filter(({ ours, theirs }) => Math.abs(Number(ours) - Number(theirs)) > 0.0101).length;
  return {
    text: `${equal} of ${known.length} numbers are the same in two decimals, ${far} differ by more than 0.01`,
    agrees: equal === known.length ? "yes" : holdsOne(far === 0 ? 1 : 0),
  };
};

const weights =
  (layer: string, holds: (layer: JsonObject) => boolean | null): Row =>
  (studies) => {
    const found = studies.stage("mnist-final", "m3_inside")?.weights?.[layer];
    if (!found) return undefined;
    const held = holds(found);
    const { peak, isBell } = found;
    const number = (name: string, digits: number): string => decimals(found[name] as number, digits);
    const shape = isBell
      ? "bell-shaped around 0"
      : `no bell; peak ${peak === null ? "neither shown nor excluded" : peak}`;
    return {
      text: `\`${layer}\`: ${shape}; mean ${number("mean", 4)}, sd ${number("sd", 4)}, excess kurtosis ${number("excessKurtosis", 2)}`,
      agrees: held === null ? "not told apart" : yesIf(held),
    };
  };
const noPeak = ({ peak }: JsonObject): boolean | null => (peak === null ? null : peak === "none");

const kernels: Row = (studies) => {
  const filters = Object.entries(studies.stage("mnist-final", "m3_inside")?.filters ?? {});
  if (filters.length === 0) return undefined;
  const shares = filters.map(([, { edges, count: all }]) => (edges as number) / (all as number));
  const text = filters.map(
    ([layer, { edges, count: all }], at) =>
      `\`${layer}\`: ${count(edges as number)} of ${count(all as number)} (${percent(shares[at]!, 0)})`,
  );
  const isSome = filters.some(([, { p }]) => (p as number) < 0.05);
  return { text: `edge filters: ${text.join("; ")}`, agrees: yesIf(isSome && shares.every((share) => share < 0.5)) };
};

/** About, as the report says. */
const reportedGaps = [
  [-3, -1],
  [2, 3],
] as const;
const emptyIntervals: Row = (studies) => {
  const gaps = studies.stage("regression", "look")?.gaps;
  if (!gaps) return undefined;
  const text = gaps.map(([from, to]) => `${decimals(from, 2)} to ${decimals(to, 2)}`).join(" and ");
  const holds = reportedGaps.every(([from, to]) =>
    gaps.some((gap) => Math.abs(gap[0] - from) < 0.5 && Math.abs(gap[1] - to) < 0.5),
  );
  return { text, agrees: yesIf(gaps.length === 2 && holds) };
};

const images: Row = (studies) => {
  const [loaded, parts] = ["digits", "parts"].map((stage) => studies.stage("mnist-search", stage)?.counts);
  if (!loaded?.test || !parts?.train || !parts.validation) return undefined;
  const sizes = [parts.train, parts.validation, loaded.test];
  return { text: sizes.map(count).join(", "), agrees: yesIf(sizes.join() === "50000,10000,10000") };
};

/** By the id of the report's row. */
const rows: Readonly<Record<string, Row>> = {
  R3: emptyIntervals,
  R16: stageOf("coarse", ({ counts }) => yesIf(counts.trials === 36)),
  R17: stageOf("wide", () => "–"),
  R18: stageOf("more", () => "–"),
  R19: lengths,
  R20: presetOf("regression-elu", { hidden: 3, units: 64, activation: "elu", learning_rate: 0.001 }),
  R21: presetOf("regression-gelu", { hidden: 3, units: 32, activation: "gelu", learning_rate: 0.001 }),
  R22: whatWins,
  R15: smooth,
  "R24-elu": inside("regression", "elu_score", "mse"),
  "R24-gelu": inside("regression", "gelu_score", "mse"),
  R26: gaps,
  N6: nested,
  C3: images,
  C8: winnerOf("dense_best"),
  C9: winnerOf("conv_best"),
  M1: inside("mnist-final", "m1_score", "accuracy"),
  M2: inside("mnist-final", "m2_score", "accuracy"),
  M3: inside("mnist-final", "m3_score", "accuracy"),
  "M4-conv": helps(0, 1),
  "M4-augment": helps(1, 2),
  M5: matrix,
  M6: classes,
  "V3-hidden": weights("dense_1", ({ isBell }) => isBell === true),
  "V3-output": weights("dense_2", noPeak),
  V6: kernels,
};

export const rowIds: readonly string[] = Object.keys(rows);

export function oursOf(studies: Studies, report: Report, row: ReportRow): Ours {
  const ours = rows[row.id];
  if (!ours) throw new Error(`There is nothing beside the report's row ${row.id}.`);
  return ours(studies, report, row) ?? { text: notYet, agrees: "–" };
}
