/**
 * `collect`: what the stages of a study left, from `hw1 show --json`, as an entry of `docs/results/NAME.json`.
 *
 * It computes nothing and opens no test set. Paths are left out, numbers have six digits.
 */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { cpus } from "node:os";
import { basename, join } from "node:path";
import type { ElementInfo, OutputInfo, Shown } from "../../src/text/shown.js";
import { ownVersion } from "../../src/util/entries.js";
import { canonical, type JsonObject } from "../../src/util/json.js";
import { rounded } from "../../src/util/numbers.js";
import type { Machine } from "../../src/values/computed.js";
import type { ProfileData } from "../../src/values/profile.js";
import { recipeInWords } from "../../src/values/recipe-words.js";
import type { SearchData, TrialData } from "../../src/values/search.js";
import type { SelectionData } from "../../src/values/selection.js";
import {
  type Chosen,
  type Entry,
  type Part,
  type RunExtract,
  root,
  type SearchExtract,
  type StageExtract,
  type TrialExtract,
} from "./extract.js";

export interface Asked {
  /** The pipeline's file. */
  readonly file: string;
  readonly cache?: string;
  readonly profile?: string;
  readonly set: readonly string[];
  /** Seconds of the whole command, timed from outside. */
  readonly wall?: number;
  /** What is to be known of how it was measured. */
  readonly note?: string;
}

/** Kinds of which more is wanted than the list of all stages has. */
const detailed: ReadonlySet<string> = new Set([
  ...["train", "evaluate", "search", "select", "ensemble", "inspect", "augment", "explore"],
]);
/** Figures whose tables are numbers of a row. */
const tabled: ReadonlySet<string> = new Set(["model_comparison", "gap_error", "outer_folds", "fit_gallery"]);
/** Of more elements, such as every trial of a search once more, no row tells one by one. */
const mostElements = 16;

export function collect(asked: Asked): { readonly pipeline: string; readonly key: string; readonly entry: Entry } {
  const list = show(asked) as readonly Shown[];
  const machines: Machine[] = [];
  const runs: Record<string, RunExtract> = {};
  const note = (info: Pick<ElementInfo, "computed">): number | undefined => {
    const { computed } = info;
    if (!computed) return undefined;
    const { run, startedAt, wallMs, machine } = computed;
    let at = machine ? machines.findIndex((each) => canonical(each as never) === canonical(machine as never)) : null;
    if (machine && at === -1) at = machines.push(machine) - 1;
    runs[run] = { startedAt, wallSeconds: wallMs === null ? null : secondsOf(wallMs), machine: at };
    return run;
  };
  const stages: Record<string, StageExtract> = {};
  for (const listed of list) {
    if (listed.digest === null) continue;
    const counts = countsOf(listed);
    if (counts) stages[listed.stage] = { kind: listed.kind, counts };
    const figure = listed.outputs[0]?.data.figure;
    if (!detailed.has(listed.kind) && !(typeof figure === "string" && tabled.has(figure))) continue;
    const isMany = (listed.elements?.length ?? 0) > mostElements;
    stages[listed.stage] = isMany ? manyOf(listed) : stageOf(show(asked, listed.stage) as Shown, note);
  }
  const { cpu, cores } = { cpu: cpus()[0]?.model.trim() ?? "an unknown processor", cores: cpus().length };
  const entry: Entry = {
    profile: asked.profile ?? null,
    set: Object.fromEntries(asked.set.map(settingOf)),
    collectedAt: new Date().toISOString(),
    ...(asked.note === undefined ? {} : { note: asked.note }),
    ...(asked.wall === undefined ? {} : { wallSeconds: asked.wall }),
    machines,
    ...(machines.length > 0 ? {} : { collectedOn: { cpu, cores, node: process.versions.node, hw1: ownVersion() } }),
    runs,
    stages,
    order: Object.keys(stages),
    missing: list.filter(({ digest }) => digest === null).map(({ stage }) => stage),
  };
  return { pipeline: basename(asked.file).replace(/\.ya?ml$/, ""), key: keyOf(asked), entry };
}

/** `as it is`, `csv`, `csv, seed 3`: what was asked beside the file, without paths. */
export function keyOf({ profile, set }: Pick<Asked, "profile" | "set">): string {
  const settings = set.filter((each) => !each.includes("/")).map((each) => each.replace("=", " "));
  const parts = [...(profile ? [profile] : []), ...settings];
  return parts.length === 0 ? "as it is" : parts.join(", ");
}
const settingOf = (text: string): readonly [string, string] => {
  const at = text.indexOf("=");
  const value = text.slice(at + 1);
  return [text.slice(0, at), value.includes("/") ? basename(value) : value];
};

/** With an exit code of 1 it still says what there is. */
export function show({ file, cache, profile, set }: Asked, stage?: string): unknown {
  const flags = [
    ...(cache === undefined ? [] : ["--cache", cache]),
    ...(profile === undefined ? [] : ["--profile", profile]),
    ...set.flatMap((each) => ["--set", each]),
  ];
  const command = join(root, "bin", "hw1.js");
  if (!existsSync(join(root, "dist"))) throw new Error("There is no dist/: run `npm run build` first.");
  const args = [command, "show", file, ...(stage === undefined ? [] : [stage]), "--json", ...flags];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8", maxBuffer: 2 ** 30 }));
}

const secondsOf = (ms: number): number => Math.round(ms) / 1000;

const overOf = ({ elements = [], elapsedMs }: Shown): NonNullable<StageExtract["over"]> => ({
  count: elements.filter(({ digest }) => digest !== null).length,
  seconds: secondsOf(elapsedMs ?? 0),
});
const manyOf = (shown: Shown): StageExtract => ({
  kind: shown.kind,
  over: overOf(shown),
  ...(shown.metrics ? { metrics: short(withoutClasses(shown.metrics)) } : {}),
  ...(shown.intervals ? { intervals: short(withoutClasses(shown.intervals)) } : {}),
});

type Note = (info: Pick<ElementInfo, "computed">) => number | undefined;

function stageOf(shown: Shown, note: Note): StageExtract {
  const own = {
    kind: shown.kind,
    ...figureOf(shown),
    ...outputsOf(shown.kind, shown.outputs),
    ...openingsOf(shown),
    ...(shown.cells ? { cells: { count: shown.cells.count, seconds: secondsOf(shown.cells.elapsedMs) } } : {}),
  };
  if (!shown.elements) return { ...own, ...partOf({ ...shown, element: null } as ElementInfo, note, true) };
  const elements = Object.fromEntries(
    shown.elements.filter(({ digest }) => digest !== null).map((each) => [each.element!, partOf(each, note, false)]),
  );
  const searches = Object.fromEntries(
    shown.elements.flatMap(({ element, outputs }) => {
      const { search } = outputsOf(shown.kind, outputs);
      return search ? [[element!, search]] : [];
    }),
  );
  const chosen =
    shown.kind === "select" ? shown.elements.flatMap(({ outputs }) => outputsOf("select", outputs).chosen ?? []) : [];
  const settings = Object.values(elements).map((each) => canonical(each.settings ?? null));
  // What all have in common is said once.
  const isCommon = new Set(settings).size === 1 && settings[0] !== "null";
  return {
    ...own,
    ...(Object.keys(searches).length > 0 ? { searches } : {}),
    ...(chosen.length > 0 ? { chosen } : {}),
    over: overOf(shown),
    ...(shown.metrics ? { metrics: short(withoutClasses(shown.metrics)) } : {}),
    ...(shown.intervals ? { intervals: short(withoutClasses(shown.intervals)) } : {}),
    ...(isCommon ? { settings: Object.values(elements)[0]!.settings! } : {}),
    elements: isCommon
      ? Object.fromEntries(Object.entries(elements).map(([key, { settings: _settings, ...rest }]) => [key, rest]))
      : elements,
  };
}

/** @param isAlone  of one that runs once all metrics are kept, of many those that tell them apart */
function partOf(info: ElementInfo, note: Note, isAlone: boolean): Part {
  const run = note(info);
  const { resumed } = info.computed ?? {};
  const seed = (info.seeds as { readonly seed?: number } | undefined)?.seed;
  const isTraining = info.network !== undefined || info.outputs.some(({ type }) => type === "model");
  const parameters = info.network?.total.parameters;
  return {
    finishedAt: info.finishedAt!,
    seconds: secondsOf(info.elapsedMs!),
    ...(resumed
      ? {
          resumed: {
            epochs: resumed.epochs,
            seconds: resumed.elapsedMs === null ? null : secondsOf(resumed.elapsedMs),
          },
        }
      : {}),
    ...(run === undefined ? {} : { run }),
    ...(info.metrics ? { metrics: short(isAlone ? info.metrics : withoutClasses(info.metrics)) } : {}),
    ...(info.intervals ? { intervals: short(withoutClasses(info.intervals)) } : {}),
    ...(isTraining && info.options ? { settings: info.options } : {}),
    ...(isTraining && seed !== undefined ? { seed } : {}),
    ...(parameters === undefined ? {} : { parameters }),
  };
}

/** Of what loads or splits. */
function countsOf({ kind, outputs }: Shown): Readonly<Record<string, number>> | undefined {
  if (kind !== "load" && kind !== "split") return undefined;
  return Object.fromEntries(
    outputs.flatMap(({ name, data }) => (typeof data.count === "number" ? [[name, data.count]] : [])),
  );
}

const withoutClasses = ({ perClass: _perClass, confusion: _confusion, ...metrics }: JsonObject): JsonObject => metrics;

function figureOf({ kind, outputs }: Shown): Pick<StageExtract, "figure" | "tables"> {
  if (kind !== "visualize") return {};
  const { figure, sketch } = outputs[0]!.data as { readonly figure: string; readonly sketch?: readonly JsonObject[] };
  const tables = (sketch ?? []).filter(({ type }) => type === "table" || type === "text");
  return {
    figure,
    tables: tables.map(({ title, columns, rows, lines }) => ({ title, columns, rows, lines })) as never,
  };
}

function openingsOf({ ledger }: Shown): Pick<StageExtract, "openings"> {
  const [set] = ledger ?? [];
  if (!set) return {};
  const { opened, models, afterSelection } = set as unknown as NonNullable<StageExtract["openings"]>;
  return { openings: { opened, models, afterSelection } };
}

/** What a kind's outputs say that its metrics do not. */
function outputsOf(kind: string, outputs: readonly OutputInfo[]): Omit<StageExtract, "kind"> {
  const [first] = outputs;
  if (!first) return {};
  if (kind === "search") return { search: searchOf(first.data as unknown as SearchData) };
  if (kind === "select") return { chosen: chosenOf(first.data as unknown as SelectionData) };
  if (kind === "explore") return { gaps: gapsOf(first.data) };
  if (kind === "augment") return { recipe: recipeInWords(first.data as never) ?? "" };
  if (kind !== "inspect") return {};
  const { weights, filters } = first.data.aspects as Readonly<
    Record<string, { readonly layers?: readonly JsonObject[] }>
  >;
  return {
    ...(weights?.layers ? { weights: byLayer(weights.layers, weightsOf) } : {}),
    ...(filters?.layers ? { filters: byLayer(filters.layers, filtersOf) } : {}),
  };
}

const chosenOf = ({ winners, parameters }: SelectionData): readonly Chosen[] =>
  winners.map(({ key, values, score }) => ({ key, values, parameters, score: short(score) }));

/** Of the features of all that was explored. */
const gapsOf = (data: JsonObject): readonly (readonly [number, number])[] =>
  short(
    (data as unknown as ProfileData).columns.flatMap(({ empty }) => empty.map(({ from, to }) => [from, to] as const)),
  );

const byLayer = (
  layers: readonly JsonObject[],
  of: (layer: JsonObject) => JsonObject,
): Readonly<Record<string, JsonObject>> =>
  Object.fromEntries(layers.map((layer) => [layer.layer as string, short(of(layer))]));
const weightsOf = ({ count, mean, sd, excessKurtosis, nearZero, around }: JsonObject): JsonObject => {
  const { isBell = null, peak = null } = (around ?? {}) as JsonObject;
  return { count: count!, mean: mean!, sd: sd!, excessKurtosis: excessKurtosis!, nearZero: nearZero!, isBell, peak };
};
const filtersOf = ({ count, edges }: JsonObject): JsonObject => {
  const { count: alike, chance, p, threshold } = edges as JsonObject;
  return { count: count!, edges: alike!, chance: chance!, p: p!, threshold: threshold! };
};

function searchOf({
  objective,
  strategy,
  space,
  parameters,
  counts,
  rounds,
  comparison,
  trials,
}: SearchData): SearchExtract {
  return {
    objective,
    strategy,
    space,
    parameters,
    counts,
    ...(rounds ? { rounds } : {}),
    comparison,
    trials: trials.map(trialOf),
  };
}

function trialOf(trial: TrialData): TrialExtract {
  const { key, values, status, rank, score, round, metrics, parameters, p, tied, cells } = trial;
  const means = (set: "train" | "validation"): Readonly<Record<string, number>> | undefined => {
    const found = Object.entries((metrics?.[set] ?? {}) as Readonly<Record<string, { readonly mean?: number }>>);
    const numbers = found.flatMap(([name, value]) =>
      typeof value?.mean === "number" ? [[name, rounded(value.mean)]] : [],
    );
    return numbers.length > 0 ? Object.fromEntries(numbers) : undefined;
  };
  const [train, validation] = [means("train"), means("validation")];
  const error = cells.find((cell) => cell.error !== null)?.error;
  return {
    key,
    values,
    status,
    rank,
    score: score && (short(score as unknown as JsonObject) as unknown as TrialExtract["score"]),
    parameters,
    p: p === null ? null : rounded(p, 3),
    tied,
    ...(round?.epochs ? { epochs: round.epochs } : {}),
    ...(train ? { train } : {}),
    ...(validation ? { validation } : {}),
    ...(error ? { error: error.split("\n")[0]! } : {}),
  };
}

/** Numbers in six digits. */
function short<T>(value: T): T {
  if (typeof value === "number") return (Number.isInteger(value) ? value : rounded(value)) as T;
  if (Array.isArray(value)) return value.map(short) as T;
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, short(each)])) as T;
}
