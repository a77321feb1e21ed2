/** One line that tells what a step left: a score, an epoch, a count. */

import { rounded } from "../util/numbers.js";
import { plural } from "../util/words.js";
import type { Outputs } from "../values/output.js";
import type { SearchData } from "../values/search.js";
import type { SelectionData } from "../values/selection.js";

export function headlineOf(outputs: Outputs): string {
  const first = Object.values(outputs)[0];
  if (!first) return "";
  const data = first.data as {
    metrics?: Record<string, unknown>;
    count?: number;
    shape?: readonly number[];
    k?: number;
    title?: string;
  };
  const number = (value: unknown): string => (typeof value === "number" ? String(rounded(value, 4)) : "–");
  switch (first.type) {
    case "evaluation": {
      const metrics = data.metrics ?? {};
      if ("accuracy" in metrics)
        return `accuracy ${(Number(metrics["accuracy"]) * 100).toFixed(2)} %, loss ${number(metrics["loss"])}`;
      return `mse ${number(metrics["mse"])}, r2 ${number(metrics["r2"])}`;
    }
    case "model": {
      const metrics = data.metrics as {
        epochs: number;
        bestEpoch: number;
        train: { loss: number };
        validation?: { loss: number; accuracy?: number };
      };
      const validation = metrics.validation;
      return `${metrics.epochs} epochs, best ${metrics.bestEpoch}, ${validation ? `validation loss ${number(validation.loss)}${validation.accuracy === undefined ? "" : `, accuracy ${(validation.accuracy * 100).toFixed(2)} %`}` : `train loss ${number(metrics.train.loss)}`}`;
    }
    case "folds":
      return `${data.k} folds of ${data.count} examples`;
    case "dataset":
      return Object.entries(outputs)
        .map(([name, output]) => `${name} ${(output.data as { count: number }).count}`)
        .join(", ");
    case "figure":
    case "failure":
      return String(data.title ?? "");
    case "profile":
      return "profile";
    case "search":
      return searchLine(first.data as unknown as SearchData, number);
    case "selection":
      return selectionLine(first.data as unknown as SelectionData, number);
  }
}

/** `36 trials, best 3-32-gelu-0.001: validation.loss 0.031 ± 0.004`, and how many failed. */
function searchLine({ trials, counts, objective }: SearchData, number: (value: unknown) => string): string {
  const best = trials.find((trial) => trial.rank === 1);
  const told = best?.score
    ? `, best ${best.key}: ${objective.metric} ${number(best.score.mean)}${best.score.sd === null ? "" : ` ± ${number(best.score.sd)}`}`
    : "";
  return `${plural(counts.trials, "trial")}${counts.failed > 0 ? `, ${counts.failed} failed` : ""}${told}`;
}

function selectionLine({ winners, candidates }: SelectionData, number: (value: unknown) => string): string {
  return `of ${candidates}: ${winners.map(({ key, score }) => `${key} (${number(score.mean)})`).join(", ")}`;
}
