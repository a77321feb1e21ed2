/** A model as a file for programs other than hw1, and how that file was checked. */
import { formatBytes, formatNumber } from "../util/numbers.js";
import { plural } from "../util/words.js";
import type { Output } from "./output.js";
import type { Preview } from "./preview.js";

export type ExportFormat = "onnx" | "tfjs";

/** An array that goes in or comes out; the first axis is the batch, of any length. */
export type ExportedArray = {
  readonly name: string;
  readonly dtype: "float32" | "float64";
  /** `batch`, then numbers. */
  readonly shape: readonly (number | string)[];
  /** What its numbers mean. */
  readonly meaning: string;
};
/** How what the file computes was held against what hw1 does. */
export type ExportCheck = {
  /** The package that loaded the file, and its version. */
  readonly by: string;
  readonly count: number;
  /** Seeded inputs, or the examples of a dataset: the split that they are of. */
  readonly of: "inputs" | "examples";
  readonly split?: string;
  /** The largest difference of an output; relative to the largest of all where that is beyond 1. */
  readonly largest: number;
  /** With examples: metrics that the file and hw1 agree about, by name; as hw1 has them. */
  readonly scores?: Readonly<Record<string, number>>;
};
/**
 * exported. blobs, of dtype bytes: the files by their names, `model.onnx`, or `model.json` and `weights.bin`.
 */
export type ExportedData = {
  readonly format: ExportFormat;
  /** Of ONNX: version of the standard's ops. */
  readonly opset?: number;
  readonly input: ExportedArray;
  readonly outputs: readonly ExportedArray[];
  /** What the file says beside the network, by key; lists are JSON. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Numbers that the model learned. */
  readonly parameters: number;
  readonly members: number;
  readonly check: ExportCheck;
};

declare module "./output.js" {
  interface OutputTypes {
    readonly exported: ExportedData;
  }
}

type Exported = Output<"exported">;
const formats: Readonly<Record<ExportFormat, string>> = { onnx: "ONNX", tfjs: "TF.js" };
const sizeOf = ({ blobs }: Exported): number =>
  Object.values(blobs).reduce((sum, { shape }) => sum + (shape[0] ?? 0), 0);

const formatText = ({ format, opset }: ExportedData): string =>
  opset === undefined ? `${formats[format]}, layers model` : `${formats[format]}, opset ${opset}`;

/** `ONNX, opset 17, 1.2 MB, checked on 10000 examples (test)` */
export const exportedHeadline = (output: Exported): string =>
  `${formatText(output.data)}, ${formatBytes(sizeOf(output))}, checked on ${checkedOn(output.data.check)}`;

const checkedOn = ({ of, count, split }: ExportCheck): string =>
  of === "examples" ? `${plural(count, "example")} (${split})` : `${count} seeded inputs`;

const arrayText = ({ dtype, shape }: ExportedArray): string => `${dtype} [${shape.join(", ")}]`;
/** Of a list with hundreds of names the beginning is shown. */
const mostShown = 90;
const cut = (text: string): string => (text.length > mostShown ? `${text.slice(0, mostShown)} …` : text);

export function exportedPreview(output: Exported): Preview {
  const { input, outputs, metadata, parameters, members, check } = output.data;
  const network = members === 1 ? "" : `${members} members, `;
  return [
    { type: "heading", title: "File", more: `: ${formatText(output.data)}` },
    {
      type: "columns",
      rows: [
        ...Object.entries(output.blobs).map(([name, { shape }]) => [name, formatBytes(shape[0] ?? 0)]),
        ["parameters", `${network}${parameters}`],
      ],
    },
    { type: "heading", title: "Input and outputs" },
    {
      type: "columns",
      rows: [input, ...outputs].map((array) => [array.name, arrayText(array), array.meaning]),
    },
    { type: "heading", title: "Metadata" },
    { type: "columns", rows: Object.entries(metadata).map(([key, value]) => [key, cut(value)]) },
    { type: "heading", title: "Checked", more: `: loaded by ${check.by}, on ${checkedOn(check)}` },
    { type: "lines", lines: checkLines(check).map((line) => `  ${line}`) },
  ];
}

function checkLines({ scores, largest }: ExportCheck): readonly string[] {
  const differ = `outputs differ by ${largest === 0 ? "nothing" : `at most ${largest.toExponential(1)}`}`;
  if (!scores) return [differ];
  const said = Object.entries(scores).map(([name, value]) => `${name} ${formatNumber(value)}`);
  return [`${said.join(", ")}: the same as evaluate has`, differ];
}
