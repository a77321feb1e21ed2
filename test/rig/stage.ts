/**
 * A stage kind called directly: contexts for `check` and `run` without a pipeline, and datasets written down as rows.
 */
import type { CheckContext } from "../../src/pipeline/check-context.js";
import type { Kind } from "../../src/pipeline/kind.js";
import type { PortInfo } from "../../src/pipeline/port-info.js";
import type { DataFile, Ports, Progress, RunContext } from "../../src/pipeline/run-context.js";
import { blobOf, featuresOf, float32Of, int32Of } from "../../src/values/blob.js";
import type { DatasetData } from "../../src/values/dataset.js";
import type { Output, Outputs } from "../../src/values/output.js";

interface Given {
  readonly inputs?: Readonly<Record<string, Output>>;
  readonly list?: readonly Output[];
  /** The option that gives the list. Default: `data`. */
  readonly listed?: string;
  readonly folder?: string;
  readonly files?: readonly DataFile[];
  readonly seed?: number;
  /** Is told what is no remark. */
  readonly progress?: (progress: Progress) => void;
  readonly stopping?: () => boolean;
  /** Takes what is left as a checkpoint. */
  readonly saved?: (state: Outputs) => void;
  /** The state from which it goes on. */
  readonly resumed?: Outputs | undefined;
  readonly folds?: readonly string[];
}

/** Runs a kind with its options' defaults; tells its outputs and warnings. */
export async function runKind<O, I extends Ports, L extends Ports>(
  kind: Kind<O, I, L>,
  options: unknown,
  given: Given = {},
): Promise<{ readonly outputs: Outputs; readonly warnings: readonly string[]; readonly remarks: readonly string[] }> {
  const { context, warnings, remarks } = contextOf(kind, options, given);
  return { outputs: await kind.run(context), warnings, remarks };
}

/** Several steps at once, as a kind runs them together. */
export async function runKindTogether<O, I extends Ports, L extends Ports>(
  kind: Kind<O, I, L>,
  options: unknown,
  given: readonly Given[],
): Promise<readonly (Outputs | Error)[]> {
  return await kind.runTogether!(given.map((each) => contextOf(kind, options, each).context));
}

function contextOf<O, I extends Ports, L extends Ports>(
  kind: Kind<O, I, L>,
  options: unknown,
  given: Given,
): {
  readonly context: RunContext<O, I, L>;
  readonly warnings: readonly string[];
  readonly remarks: readonly string[];
} {
  const warnings: string[] = [];
  const remarks: string[] = [];
  const context: RunContext<O> = {
    options: kind.schema.parse(options),
    inputs: given.inputs ?? {},
    lists: { [given.listed ?? "data"]: (given.list ?? []).map((value, source) => ({ source, element: null, value })) },
    folder: given.folder ?? ".",
    ...(given.files ? { files: given.files } : {}),
    seeds: { seed: given.seed ?? 0, folds: given.folds ?? [] },
    threads: 1,
    checkpoints: { latest: () => given.resumed, save: (state) => given.saved?.(state) },
    progress: ({ remark, ...progress }) =>
      void (remark === undefined ? given.progress?.(progress) : remarks.push(remark)),
    warn: (message) => void warnings.push(message),
    stopping: given.stopping ?? (() => false),
  };
  return { context: context as unknown as RunContext<O, I, L>, warnings, remarks };
}

interface Told {
  readonly severity: string;
  readonly title: string;
  readonly message: string;
  readonly at: string;
}
/** Checks a kind; tells its ports and what it reports. */
export function checkKind<O, I extends Ports, L extends Ports>(
  kind: Kind<O, I, L>,
  options: unknown,
  given: {
    readonly inputs?: Readonly<Record<string, PortInfo>>;
    readonly list?: readonly PortInfo[];
    readonly folder?: string;
    readonly seed?: number;
  } = {},
): { readonly ports: Readonly<Record<string, PortInfo>>; readonly told: readonly Told[] } {
  const told: Told[] = [];
  const span = { file: { path: "p.yaml", text: "" }, start: 0, end: 0 };
  const context: CheckContext<O> = {
    options: kind.schema.parse(options),
    inputs: given.inputs ?? {},
    lists: { data: given.list ?? [] },
    folder: given.folder ?? ".",
    ...(given.seed === undefined ? {} : { seed: given.seed }),
    identity: () => JSON.stringify([kind.name, options]),
    span: () => span,
    report: ({ severity = "error", title, message, at = [] }) =>
      void told.push({ severity, title, message, at: at.join(".") }),
  };
  return { ports: kind.check(context as CheckContext<O, I, L>), told };
}

/** Rows of [features …, target], as a dataset of numbers or, with classes, of labels. */
export function dataset(rows: readonly (readonly number[])[], data: Partial<DatasetData> = {}): Output<"dataset"> {
  const width = (rows[0]?.length ?? 1) - 1;
  const labels = rows.map((row) => row[width]!);
  const classes = data.classes ?? null;
  return {
    type: "dataset",
    data: {
      count: rows.length,
      shape: [width],
      scale: 1,
      featureNames: Array.from({ length: width }, (_, index) => `x${index + 1}`),
      targetNames: ["y"],
      split: "train",
      ...data,
      classes,
    },
    blobs: {
      features: blobOf("float32", [rows.length, width], Float32Array.from(rows.flatMap((row) => row.slice(0, width)))),
      labels: classes
        ? blobOf("int32", [rows.length], Int32Array.from(labels))
        : blobOf("float32", [rows.length, 1], Float32Array.from(labels)),
    },
  };
}

/** The rows a dataset consists of, features and label, rounded to six decimals. */
export function rowsIn(output: Output): readonly (readonly number[])[] {
  const { features, labels, rows } = output.blobs;
  const width = features!.shape.slice(1).reduce((product, length) => product * length, 1);
  const values = featuresOf(features!);
  const targets = labels!.dtype === "int32" ? int32Of(labels!) : float32Of(labels!);
  const order = rows ? [...int32Of(rows)] : Array.from({ length: features!.shape[0]! }, (_, row) => row);
  const rounded = (value: number): number => Math.round(value * 1e6) / 1e6;
  return order.map((row) => [
    ...Array.from(values.subarray(row * width, (row + 1) * width), rounded),
    rounded(targets[row]!),
  ]);
}
