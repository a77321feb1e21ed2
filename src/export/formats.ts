/**
 * The formats of files that a model is exported to: a row each, and nothing else knows their names. Check time asks
 * what they lack, so what writes and reads files is loaded when it is needed.
 */
import type { NetworkLoader } from "../compute/loaded.js";
import { providedOnnxLoader } from "../compute/provider.js";
import type { Layer } from "../learn/layer.js";
import { listed } from "../util/words.js";
import type { ExportFormat } from "../values/exported.js";
import type { Described, ExportedFiles } from "./described.js";
import { lackingActivation } from "./tfjs-activations.js";

/** What has to be known of a model to say what a format lacks. */
export interface Asked {
  /** Of all members, those within blocks included. */
  readonly layers: readonly Layer[];
  /** What was done to the features. */
  readonly methods: readonly string[];
  readonly rule: "mean" | "vote" | null;
  /** Columns, or channels, that 32 bits would round, as people call them; none where that is not known yet. */
  readonly far: readonly string[];
}
/** Something that a format has no layer for. */
export interface Lack {
  /** In a sentence, such as "`elu` with `alpha: 0.5`". */
  readonly what: string;
  /** Why, a clause. */
  readonly because: string;
}
interface Format {
  /** As people call it. */
  readonly title: string;
  readonly opset?: number;
  /**
   * How many sds (or ranges) a column may lie away from 0 and go in as float32: half the last bit of its numbers is
   * then 2⁻²⁵ times that of an sd.
   */
  readonly farthest: number;
  /** The package that reads the file when it is checked. */
  readonly readBy: string;
  lacks(asked: Asked): Lack | undefined;
  /** Whether classes have logits, beside their probabilities. */
  hasLogits(rule: Asked["rule"]): boolean;
  files(described: Described): Promise<ExportedFiles>;
  loader(): NetworkLoader;
}
export const formats: { readonly [F in ExportFormat]: Format } = {
  onnx: {
    title: "ONNX",
    opset: 17,
    // Moves what the network is shown by 4e-6 at most; beyond, doubles go in.
    farthest: 2 ** 7,
    readBy: "onnxruntime-node",
    lacks: () => undefined,
    // Votes are none of anything.
    hasLogits: (rule) => rule !== "vote",
    files: async (described) => (await import("./onnx-model.js")).onnxFiles(described),
    loader: providedOnnxLoader,
  },
  tfjs: {
    title: "TF.js",
    // By 6e-5, which is what it can: it knows no doubles. `load` itself keeps no more than 1e-4.
    farthest: 2 ** 11,
    readBy: "@tensorflow/tfjs-layers",
    lacks: lackingInTfjs,
    // Those of a mean would be its logarithm, which no layer takes.
    hasLogits: (rule) => rule === null,
    files: async (described) => (await import("./tfjs-model.js")).tfjsFiles(described),
    loader: () => async (files) => (await import("./tfjs-loader.js")).loadTfjs(files),
  },
};
const mostNamed = 8;
/** What TF.js has no layer for. */
function lackingInTfjs({ layers, methods, rule, far }: Asked): Lack | undefined {
  if (rule === "vote") return { what: "an ensemble by `vote`", because: "no layer of TF.js counts votes" };
  if (methods.includes("impute"))
    return { what: "cells without a value, which `impute` fills", because: "no layer of TF.js replaces NaN" };
  const some = far.length > mostNamed ? [...far.slice(0, mostNamed), `${far.length - mostNamed} more`] : far;
  if (far.length > 0)
    return {
      what: `numbers far from 0, which 64 bits hold, of ${listed(some)}`,
      because: "TF.js computes in 32 bits",
    };
  return lackingActivation(layers);
}
export const formatNames = Object.keys(formats) as [ExportFormat, ...ExportFormat[]];
