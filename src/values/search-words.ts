/** Configurations and their scores in words, the same on the screen, in lines and in tables. */

import type { Json, JsonObject } from "../util/json.js";
import { formatNumber } from "../util/numbers.js";
import type { ScoreSpread } from "../util/statistics.js";
import { settingText } from "../util/words.js";
import { isInPercent } from "./interval.js";

/** `hidden 3, units 32, activation gelu`. */
export const valuesText = (values: JsonObject): string =>
  Object.entries(values)
    .map(([name, value]) => `${name} ${valueText(value)}`)
    .join(", ");
export const valueText = (value: Json | undefined): string => (value === undefined ? "" : settingText(value));

/** `validation.loss 0.0312 ± 0.0041`: mean ± sd over the cells. */
export const scoreText = (metric: string, spread: ScoreSpread): string => `${metric} ${spreadText(metric, spread)}`;

/** Mean ± sd, the sd in two digits and the mean in as many places; a fraction right goes as a percentage. */
export function spreadText(metric: string, { mean, sd }: Pick<ScoreSpread, "mean" | "sd">): string {
  const [unit, times] = isInPercent(metric) ? [" %", 100] : ["", 1];
  if (sd === null || sd === 0 || !Number.isFinite(sd))
    return `${isInPercent(metric) ? (mean * times).toFixed(2) : formatNumber(mean)}${unit}`;
  const places = Math.max(0, 1 - Math.floor(Math.log10(sd * times)));
  const say = (value: number): string =>
    places <= 6 && Math.abs(mean * times) < 1e6 ? (value * times).toFixed(places) : formatNumber(value * times);
  return `${say(mean)} ± ${say(sd)}${unit}`;
}

export const isBetter = (score: ScoreSpread, than: ScoreSpread, direction: "minimize" | "maximize"): boolean =>
  direction === "minimize" ? score.mean < than.mean : score.mean > than.mean;
