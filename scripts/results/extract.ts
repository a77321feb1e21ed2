/**
 * What was measured, as it stands in `docs/results/*.json`: of each study the stages that a row may want, with the runs
 * that computed them. `collect.ts` writes them from `hw1 show --json`; the pages are made from them alone.
 *
 * A file holds several entries: the study as it is, a profile of it, other seeds.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { JsonObject } from "../../src/util/json.js";
import type { ScoreSpread } from "../../src/util/statistics.js";
import type { Machine } from "../../src/values/computed.js";
import type { SearchData, TrialData } from "../../src/values/search.js";

/** One element of a stage, or a stage that runs once. */
export interface Part {
  readonly finishedAt: string;
  /** That the step took, in the run that ended it. */
  readonly seconds: number;
  /** Of a training that went on from a state: what was there. */
  readonly resumed?: { readonly epochs: number; readonly seconds: number | null };
  /** Which of the entry's runs; absent where the store no longer knew. */
  readonly run?: number;
  readonly metrics?: JsonObject;
  readonly intervals?: JsonObject;
  readonly settings?: JsonObject;
  readonly seed?: number;
  readonly parameters?: number;
}
export type StageExtract = Partial<Part> & {
  readonly kind: string;
  /** By key, where they are few; `metrics` and `intervals` of the stage are then over them. */
  readonly elements?: Readonly<Record<string, Part>>;
  /** How many they are, and the seconds that all of them took. */
  readonly over?: { readonly count: number; readonly seconds: number };
  readonly search?: SearchExtract;
  /** Of a search that runs over something, by key. */
  readonly searches?: Readonly<Record<string, SearchExtract>>;
  /** Steps of its trials, and what they took together. */
  readonly cells?: { readonly count: number; readonly seconds: number };
  /** Of a selection: its winners, in order. */
  readonly chosen?: readonly Chosen[];
  /** Examples, by output. */
  readonly counts?: Readonly<Record<string, number>>;
  /** Intervals without training points. */
  readonly gaps?: readonly (readonly [number, number])[];
  readonly recipe?: string;
  /** Of weights and kernels that were looked at, by layer. */
  readonly weights?: Readonly<Record<string, JsonObject>>;
  readonly filters?: Readonly<Record<string, JsonObject>>;
  readonly figure?: string;
  /** Tables and sentences of a figure. */
  readonly tables?: readonly FigureTable[];
  readonly openings?: { readonly opened: number; readonly models: number; readonly afterSelection: boolean };
};
export interface Chosen {
  readonly key: string;
  readonly values: JsonObject;
  readonly parameters: readonly string[];
  readonly score: ScoreSpread;
}
export interface FigureTable {
  readonly title?: string;
  readonly columns?: readonly string[];
  readonly rows?: readonly (readonly string[])[];
  readonly lines?: readonly string[];
}
export interface SearchExtract {
  readonly objective: SearchData["objective"];
  readonly strategy: string;
  readonly space: JsonObject;
  /** Names of the values, in order. */
  readonly parameters: readonly string[];
  readonly counts: SearchData["counts"];
  readonly rounds?: SearchData["rounds"];
  readonly comparison: SearchData["comparison"];
  readonly trials: readonly TrialExtract[];
}
export type TrialExtract = Pick<TrialData, "key" | "values" | "status" | "rank" | "parameters" | "tied"> & {
  readonly p: number | null;
  readonly score: ScoreSpread | null;
  readonly epochs?: number;
  /** Means over its cells. */
  readonly train?: Readonly<Record<string, number>>;
  readonly validation?: Readonly<Record<string, number>>;
  readonly error?: string;
};
export interface RunExtract {
  readonly startedAt: string;
  readonly wallSeconds: number | null;
  /** Which of the entry's machines; null of a run that an older hw1 made. */
  readonly machine: number | null;
}
export interface Entry {
  readonly profile: string | null;
  readonly set: Readonly<Record<string, string>>;
  readonly collectedAt: string;
  /** What is to be known of how it was measured. */
  readonly note?: string;
  /** Of the whole command, as it was timed from outside. */
  readonly wallSeconds?: number;
  readonly machines: readonly Machine[];
  /** On which the extract was made, where no run tells its own. */
  readonly collectedOn?: Pick<Machine, "cpu" | "cores" | "node" | "hw1">;
  readonly runs: Readonly<Record<string, RunExtract>>;
  readonly stages: Readonly<Record<string, StageExtract>>;
  /** Their names, as the file has them. */
  readonly order: readonly string[];
  /** Stages that had no result. */
  readonly missing: readonly string[];
}
export interface Extract {
  readonly pipeline: string;
  readonly entries: Readonly<Record<string, Entry>>;
}

export const root = join(import.meta.dirname, "..", "..");
export const resultsFolder = join(root, "docs", "results");

export const extractPath = (pipeline: string, folder = resultsFolder): string => join(folder, `${pipeline}.json`);

export function readExtract(pipeline: string, folder = resultsFolder): Extract | undefined {
  const path = extractPath(pipeline, folder);
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Extract) : undefined;
}

/** All that there are, by name. */
export function readExtracts(folder = resultsFolder): ReadonlyMap<string, Extract> {
  const names = readdirSync(folder).filter((name) => name.endsWith(".json") && name !== "report.json");
  return new Map(names.sort().map((name) => [name.slice(0, -5), readExtract(name.slice(0, -5), folder)!]));
}

/** What one line may hold, so that a change of a number is a change of a line. */
const lineWidth = 160;

/** JSON with sorted names, short values on one line each: the same numbers are the same bytes. */
export function jsonOf(value: unknown, indent = ""): string {
  const flat = JSON.stringify(value, sorted);
  if (value === null || typeof value !== "object" || indent.length + flat.length <= lineWidth) return flat;
  const inner = `${indent}  `;
  const isList = Array.isArray(value);
  const members = isList
    ? value.map((each) => jsonOf(each, inner))
    : Object.entries(value)
        .filter(([, each]) => each !== undefined)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, each]) => `${JSON.stringify(name)}: ${jsonOf(each, inner)}`);
  const [open, close] = isList ? "[]" : "{}";
  return `${open}\n${members.map((each) => inner + each).join(",\n")}\n${indent}${close}`;
}
const sorted = (_name: string, value: unknown): unknown =>
  value !== null && typeof value === "object" && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;
