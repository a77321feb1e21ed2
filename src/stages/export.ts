/**
 * export: a model as a file for programs other than hw1, from the numbers of a file to logits, probabilities or
 * predictions. It is read again and held against the model before it counts (`export-check.ts`).
 */
import * as z from "zod";
import { MistakeError } from "../diagnostic/diagnostic.js";
import { formatNames, formats, type Lack } from "../export/formats.js";
import type { Layer } from "../learn/layer.js";
import type { Kind } from "../pipeline/kind.js";
import type { PortInfo } from "../pipeline/port-info.js";
import { blobOf } from "../values/blob.js";
import { type ExportedData, type ExportFormat, exportedHeadline, exportedPreview } from "../values/exported.js";
import { ensembleOf, membersOf, parameterCountOf } from "../values/model.js";
import { outputOf } from "../values/output.js";
import { checkMeeting } from "./agreement-check.js";
import { checkPlain, readers, requirePlain } from "./augmented.js";
import { reference } from "./dataset.js";
import { checkedFile, normalisedData } from "./export-check.js";
import { describedModel } from "./export-described.js";
import { meetings } from "./meetings.js";

const schema = z.strictObject({
  model: reference("The model to write, one network or an ensemble."),
  format: z
    .enum(formatNames)
    .describe(
      "`onnx`: one file for ONNX Runtime in Python, browsers, C++ and others, opset 17. `tfjs`: a layers model of " +
        "TF.js, `model.json` and `weights.bin`, for browsers.",
    ),
  data: reference(
    "Examples as they were loaded, not normalised, on which the file must have the metrics that `evaluate` has. " +
      "Default: its outputs for 64 seeded inputs are compared.",
  ).optional(),
});
type Options = z.infer<typeof schema>;

export const exportKind: Kind<Options, { model: "model"; data?: "dataset" }> = {
  name: "export",
  version: 3,
  summary: "Writes a model into a file for other programs, ONNX or TF.js, and checks what the file computes.",
  schema,
  optionNames: Object.keys(schema.shape),
  elsewhere: {
    format: {
      "tensorflow.js": "Write `tfjs`.",
      tensorflow: "Write `onnx`, which TensorFlow's converters read, or `tfjs`, TensorFlow.js.",
      keras: "Write `tfjs`, whose `model.json` is Keras' own description of layers.",
      pytorch: "Write `onnx`; PyTorch has no format that another program may write.",
      torch: "Write `onnx`; PyTorch has no format that another program may write.",
    },
  },
  inputs: [
    { option: "model", accepts: ["model"], description: "The model to write." },
    { option: "data", accepts: ["dataset"], optional: true, description: "Examples to check the file by." },
  ],
  outputs: {
    exported:
      "The file or files, which `run` lays into `<cache>/models/`. They take `images` [batch, height, width, " +
      "channels] or `table` [batch, columns] as in the files that were loaded and give `logits` and " +
      "`probabilities`, or `predictions` of numbers (docs/export.md).",
  },
  example: `
stages:
  digits: {kind: load, source: mnist}
  net:
    kind: train
    data: digits.train
    layers: [flatten, {dense: {units: 10}}]
    loss: cross_entropy
    optimizer: adam
    epochs: 3
  file: {kind: export, model: net, format: onnx, data: digits.test}
`,
  usesEngine: true,
  renderer: [...new Set(Object.values(formats).map(({ readBy }) => readBy))],
  judges: { model: "model", data: "data" },
  drawsRandomNumbers: false,
  preview: (_name, output) => exportedPreview(outputOf(output, "exported")),
  headline: ({ exported }) => exportedHeadline(outputOf(exported, "exported")),
  brief: ({ exported }) => exportedHeadline(outputOf(exported, "exported")),
  check({ options, inputs, report }) {
    const { model, data } = inputs;
    if (checkPlain(data, readers.evaluate, report) && model && data) {
      if (data.normalization && data.normalization.length > 0) report(normalisedData(data.normalization));
      else checkMeeting(model, data, meetings.evaluate, report, "follows");
    }
    if (data?.count === 0) report(nothingToCheck);
    const lack = model && lackIn(options.format, membersOfPort(model), model.ensemble?.rule ?? null);
    if (lack) report({ ...lacking(options.format, lack), at: ["format"] });
    return { exported: { type: "exported" } };
  },
  async run({ options, inputs, progress, stopping }) {
    const { format } = options;
    const { model } = inputs;
    const data = inputs.data ?? null;
    if (data?.data.count === 0) throw new MistakeError(nothingToCheck);
    if (data) requirePlain(data, readers.evaluate);
    const described = describedModel(model, format);
    const members = membersOf(model);
    const lack = lackIn(
      format,
      members.map(({ model: { layers, normalization = [], classes } }) => ({ layers, normalization, classes })),
      ensembleOf(model)?.rule ?? null,
      described.far,
    );
    if (lack) throw new MistakeError({ ...lacking(format, lack), at: ["format"] });
    const files = await formats[format].files(described);
    const check = await checkedFile({ format, model, described, files }, data, { progress, stopping });
    const { opset } = formats[format];
    const exported: ExportedData = {
      format,
      ...(opset === undefined ? {} : { opset }),
      input: described.input,
      outputs: described.outputs,
      metadata: described.metadata,
      parameters: members.reduce((sum, member) => sum + parameterCountOf(member.model), 0),
      members: members.length,
      check,
    };
    const blobs = Object.entries(files).map(([name, bytes]) => [name, blobOf("bytes", [bytes.length], bytes)] as const);
    return { exported: { type: "exported", data: exported, blobs: Object.fromEntries(blobs) } };
  },
};

const nothingToCheck = {
  title: "no examples",
  message: "`data` has no examples to check the file by. Leave it out, and seeded inputs are taken.",
  at: ["data"],
};

/** What is known of a member, as far as it is known. */
type Known = Pick<PortInfo, "layers" | "classes"> & {
  readonly normalization?: readonly { readonly method: string }[] | null | undefined;
};
const membersOfPort = (model: PortInfo): readonly Known[] => model.ensemble?.members ?? [model];

function lackIn(
  format: ExportFormat,
  members: readonly Known[],
  rule: "mean" | "vote" | null,
  far: readonly string[] = [],
): Lack | undefined {
  return formats[format].lacks({
    // As `train` has checked them, which is how a model keeps them.
    layers: members.flatMap(({ layers = [] }) => leavesOf(layers as readonly Layer[])),
    methods: members.flatMap(({ normalization }) => (normalization ?? []).map(({ method }) => method)),
    rule,
    far,
  });
}
const leavesOf = (layers: readonly Layer[]): readonly Layer[] =>
  layers.flatMap((layer) => (layer.type === "residual" ? [layer, ...leavesOf(layer.layers)] : [layer]));

const lacking = (format: ExportFormat, { what, because }: Lack) => ({
  title: `${formats[format].title} lacks a layer`,
  message:
    `\`format: ${format}\` has nothing for ${what}: ${because}. Write \`format: onnx\`, which has all that hw1 has, ` +
    "or train without it.",
});
