/** What `show` says of a classification: measures class by class, and what was taken for what. */

import type { JsonObject } from "../util/json.js";
import type { Spread } from "../util/statistics.js";
import type { ClassScore, TargetScore } from "./evaluation.js";
import type { Outputs } from "./output.js";
import type { Preview } from "./preview.js";

/** A class's measures in one evaluation, or over several. */
type ClassLine = { readonly [K in keyof ClassScore]: ClassScore[K] | (K extends "class" ? never : Spread) };

/** @param metrics  of an evaluation, or over several */
export function classMeasures({ perClass }: JsonObject): Preview {
  if (!Array.isArray(perClass)) return [];
  const rows = (perClass as readonly ClassLine[]).map(({ class: name, precision, recall, f1, support }) => ({
    name,
    values: [precision, recall, f1, support],
  }));
  return [{ type: "measures", columns: ["class", "precision", "recall", "f1", "support"], counts: ["support"], rows }];
}

/** A target's measures in one evaluation, or over several. */
type TargetLine = { readonly [K in keyof TargetScore]: TargetScore[K] | (K extends "target" ? never : Spread) };

/** Of several targets. @param metrics  of an evaluation, or over several */
export function targetMeasures({ perTarget }: JsonObject): Preview {
  if (!Array.isArray(perTarget)) return [];
  const rows = (perTarget as readonly TargetLine[]).map(({ target: name, mse, rmse, mae, r2 }) => ({
    name,
    values: [mse, rmse, mae, r2],
  }));
  return [{ type: "measures", columns: ["target", "mse", "rmse", "mae", "r2"], counts: [], rows }];
}

/**
 * @param outputs  of one evaluation, whose classes those of the others are
 * @param times    how often each example is counted: once for each repetition of the folds
 */
export function confusionPreview({ confusion }: JsonObject, outputs: Outputs, times: number): Preview {
  if (!Array.isArray(confusion)) return [];
  const counts = confusion as readonly (readonly number[])[];
  const { evaluation } = outputs;
  const classes = evaluation?.type === "evaluation" ? evaluation.data.classes : null;
  return [
    {
      type: "sketch",
      sketch: {
        type: "matrix",
        title: `True class (rows) by predicted class${times > 1 ? `, each example ${times} times` : ""}`,
        names: classes ?? counts.map((_, index) => String(index)),
        counts,
      },
    },
  ];
}
