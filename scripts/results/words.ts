/** Tables, numbers, times and machines as the pages say them. */
import type { JsonObject } from "../../src/util/json.js";
import { formatBytes, formatDuration, grouped, numberText } from "../../src/util/numbers.js";
import { listed, plural } from "../../src/util/words.js";
import type { Machine } from "../../src/values/computed.js";
import type { Entry, Extract, Part, StageExtract } from "./extract.js";

export const notYet = "not measured yet";

/** @param rows  cells as Markdown; a bar in a cell is escaped */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), `|${head.map(() => "---").join("|")}|`, ...rows.map(line)].join("\n");
}
export const details = (summary: string, body: string): string =>
  `<details>\n<summary>${summary}</summary>\n\n${body}\n\n</details>`;

export const percent = (fraction: number, digits = 2): string => `${(100 * fraction).toFixed(digits)} %`;
export const decimals = (value: number, digits = 3): string => value.toFixed(digits).replace("-", "−");

type Range = readonly [number, number];
const isRange = (value: unknown): value is Range => Array.isArray(value) && value.length === 2;

export const metric = ({ metrics }: { readonly metrics?: JsonObject }, name: string): number | undefined =>
  typeof metrics?.[name] === "number" ? metrics[name] : undefined;
/** Of elements: the mean over them, and what else is known of it. */
export const spread = (
  { metrics }: { readonly metrics?: JsonObject },
  name: string,
): { readonly mean: number; readonly sd: number } | undefined => {
  const value = metrics?.[name] as { readonly mean?: number; readonly sd?: number } | undefined;
  return typeof value?.mean === "number" ? { mean: value.mean, sd: value.sd ?? 0 } : undefined;
};
export const interval = ({ intervals }: { readonly intervals?: JsonObject }, name: string): Range | undefined => {
  const value = intervals?.[name];
  return isRange(value) ? value : undefined;
};

/** `99.54 % (99.38 to 99.66)`. */
export function accuracyText(part: { readonly metrics?: JsonObject; readonly intervals?: JsonObject }): string {
  const value = metric(part, "accuracy");
  if (value === undefined) return notYet;
  const range = interval(part, "accuracy");
  return `${percent(value)}${range ? ` (${range.map((end) => (100 * end).toFixed(2)).join(" to ")})` : ""}`;
}
/** `0.056 (0.041 to 0.072)`. */
export function errorText(part: { readonly metrics?: JsonObject; readonly intervals?: JsonObject }): string {
  const value = metric(part, "mse");
  if (value === undefined) return notYet;
  const range = interval(part, "mse");
  return `${decimals(value)}${range ? ` (${range.map((end) => decimals(end)).join(" to ")})` : ""}`;
}

export const duration = (seconds: number): string => formatDuration(1000 * seconds);

/**
 * What a training took, with what it had done before it was interrupted.
 *
 * @returns undefined where a part of it is not known
 */
export function trainingSeconds({ seconds, resumed }: Pick<Part, "seconds" | "resumed">): number | undefined {
  if (!resumed) return seconds;
  return resumed.seconds === null ? undefined : resumed.seconds + seconds;
}
export function trainingTime(part: Pick<Part, "seconds" | "resumed">): string {
  const all = trainingSeconds(part);
  const { resumed } = part;
  if (all === undefined) return `${duration(part.seconds)} since epoch ${resumed!.epochs}, before unknown`;
  return `${duration(all)}${resumed ? `, in several runs` : ""}`;
}

/** Trainings of a stage, one or many. */
export const partsOf = (stage: StageExtract | undefined): readonly Part[] => {
  if (!stage) return [];
  if (stage.elements) return Object.values(stage.elements);
  return stage.finishedAt === undefined ? [] : [stage as Part];
};

/** What all trainings of an entry took, those of searches included; each step counts by itself. */
export function entrySeconds({ stages }: Entry): number {
  const all = Object.values(stages).flatMap((stage) => [
    ...(stage.kind === "train" ? trainedSeconds(stage) : []),
    stage.cells?.seconds ?? 0,
  ]);
  return all.reduce((sum, seconds) => sum + seconds, 0);
}

/** Of those that are many only the sum is known. */
const trainedSeconds = (stage: StageExtract): readonly number[] =>
  stage.over && !stage.elements
    ? [stage.over.seconds]
    : partsOf(stage).map((part) => trainingSeconds(part) ?? part.seconds);

export function machineText({ cpu, simd, cores, memoryBytes, node, hw1, engine, platform, arch }: Machine): string {
  const versions = Object.entries(engine).filter(([name]) => name !== "name");
  return (
    `${cpu}${simd.length > 0 ? ` (${simd.join(", ")})` : ""}, ${plural(cores, "core")}, ${formatBytes(memoryBytes)}, ` +
    `${platform}-${arch}; Node ${node}, hw1 ${hw1}, ${listed(versions.map(([name, version]) => `${name} ${version}`))}`
  );
}

const day = (iso: string): string => iso.slice(0, 10);

/** Where, when and how an entry was computed, in sentences. */
export const computedText = (entry: Entry): string =>
  [placeText(entry), ...(entry.note === undefined ? [] : [`${entry.note}.`])].join(" ");

function placeText(entry: Entry): string {
  const runs = Object.values(entry.runs);
  const known = entry.machines.map(machineText);
  const days = runs.map(({ startedAt }) => day(startedAt)).sort();
  const when = days.length === 0 ? "" : ` on ${days[0]}${days.at(-1) === days[0] ? "" : ` to ${days.at(-1)}`}`;
  if (known.length > 0) {
    const more = runs.some(({ machine }) => machine === null) ? ", and in runs that did not tell their machine" : "";
    return `Computed${when} on ${listed(known)}${more}.`;
  }
  const { collectedOn } = entry;
  if (!collectedOn) return "";
  const { cpu, cores, node, hw1 } = collectedOn;
  return (
    `Computed${when || ` until ${day(entry.collectedAt)}`}; the runs did not tell their machine. The numbers were ` +
    `gathered on ${cpu}, ${plural(cores, "core")}, with Node ${node} and hw1 ${hw1}.`
  );
}

/** The studies that there are. */
export class Studies {
  constructor(readonly extracts: ReadonlyMap<string, Extract>) {}

  /** The study in full: as its file is, or of the course's points. */
  full(pipeline: string): Entry | undefined {
    const entries = this.extracts.get(pipeline)?.entries;
    return entries?.csv ?? entries?.["as it is"];
  }
  stage(pipeline: string, stage: string): StageExtract | undefined {
    return this.full(pipeline)?.stages[stage];
  }
  /** Full ones under several seeds: of what is no profile, or of the course's points. */
  seeds(pipeline: string, profile: string | null): readonly Entry[] {
    return Object.values(this.extracts.get(pipeline)?.entries ?? {})
      .filter((entry) => entry.profile === profile)
      .toSorted((a, b) => Number(a.set.seed ?? 0) - Number(b.set.seed ?? 0));
  }
}

export const seedOf = ({ set }: Entry): string => set.seed ?? "the file's";
export const count = grouped;
export const numberOr = (value: number | null | undefined): string => numberText(value);
