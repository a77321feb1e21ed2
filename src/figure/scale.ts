/**
 * What axes need of their values: ends, ticks, and whether a logarithm reads better. Over lists too long for the
 * arguments of a call.
 */

import { escaped } from "../util/escape.js";
import { rounded } from "../util/numbers.js";

export const minimum = (values: readonly number[]): number =>
  values.reduce((least, value) => Math.min(least, value), Infinity);
export const maximum = (values: readonly number[]): number =>
  values.reduce((most, value) => Math.max(most, value), -Infinity);

/** Positive values whose greatest is more than `ratio` times the least. */
export const isWide = (values: readonly number[], ratio: number): boolean =>
  values.length > 0 && minimum(values) > 0 && maximum(values) / minimum(values) > ratio;

/** Powers of ten around positive values; and, where these are fewer than four, twice and five times them. */
export function logTicks(values: readonly number[]): readonly number[] {
  const [low, high] = [minimum(values), maximum(values)];
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const powers = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  const ticks = powers.flatMap((power) =>
    (last - first < 4 ? [1, 2, 5] : [1]).map((times) => Number(`${times}e${power}`)),
  );
  const from = ticks.findLastIndex((tick) => tick <= low);
  const to = ticks.findIndex((tick) => tick >= high);
  return ticks.slice(Math.max(0, from), to < 0 ? ticks.length : to + 1);
}

/** Ends of an axis with some room beyond the values; an axis of one value, or of none, gets room around it. */
export function paddedRange(values: readonly number[], part = 0.05): readonly [number, number] {
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0) return [0, 1];
  const [low, high] = [minimum(finite), maximum(finite)];
  const room = low === high ? Math.max(Math.abs(low) * 0.1, 1e-6) : (high - low) * part;
  return [low - room, high + room];
}

/** An axis of scores: logarithmic where that is asked for and all are positive. */
export function scoreAxis(
  values: readonly number[],
  log: boolean,
): {
  readonly scale: Readonly<Record<string, unknown>>;
  readonly axis: Readonly<Record<string, unknown>>;
  readonly log: boolean;
} {
  const finite = values.filter(Number.isFinite);
  if (!log || finite.length === 0 || minimum(finite) <= 0)
    return {
      scale: { domain: paddedRange(finite), nice: finite.length > 0 && minimum(finite) < maximum(finite), zero: false },
      axis: { tickCount: 6 },
      log: false,
    };
  // Where the values lie within two neighbouring ticks, powers of ten and their halves say too little: Vega chooses.
  const ticks = logTicks(finite);
  const room = (maximum(finite) / minimum(finite)) ** 0.06 * 1.02;
  const domain = [minimum(finite) / room, maximum(finite) * room];
  const within = ticks.filter((tick) => tick >= domain[0]! && tick <= domain[1]!);
  return {
    scale: { type: "log", domain, nice: false },
    axis: within.length >= 3 ? { values: within, format: "~g" } : { tickCount: 5, format: "~g" },
    log: true,
  };
}

/**
 * As many digits as tell a thousand values of an axis apart, however far it lies from 0; no fewer than `digits`, which
 * most axes do with.
 */
export const digitsOn = ([low, high]: readonly [number, number], digits = 6): number =>
  high > low
    ? Math.max(digits, Math.min(17, Math.floor(Math.log10(Math.max(Math.abs(low), Math.abs(high)) / (high - low))) + 4))
    : digits;
/** The same of points. */
export function roundedOn(
  x: readonly [number, number],
  y: readonly [number, number],
  digits = 6,
): (point: readonly [number, number]) => readonly [number, number] {
  const [ofX, ofY] = [digitsOn(x, digits), digitsOn(y, digits)];
  return (point) => [rounded(point[0], ofX), rounded(point[1], ofY)];
}

/** Texts in place of the numbers 0, 1, … of an axis, so that marks may stand between them. */
export const namedAxis = (names: readonly string[]): Readonly<Record<string, unknown>> => ({
  values: names.map((_, index) => index),
  labelExpr: `${JSON.stringify(names.map(escaped))}[datum.value]`,
  ticks: false,
  grid: false,
});
/** The x of a panel of values side by side, long names aslant. */
export const namedPlaces = (names: readonly string[]): Readonly<Record<string, unknown>> => ({
  type: "quantitative",
  title: null,
  scale: { domain: [-0.5, names.length - 0.5], nice: false, zero: false },
  axis: {
    ...namedAxis(names),
    labelAngle: names.length > 4 || names.some((name) => name.length > 8) ? -40 : 0,
    labelOverlap: false,
    labelLimit: 110,
  },
});
/**
 * Where the mark of a given number among others stands beside its place, −0.5 … 0.5: neighbours are far apart, and
 * nothing is drawn at random.
 */
export const beside = (index: number): number => ((index * 7) % 11) / 10 - 0.5;

/** At most `most` places of 0 … length − 1 at equal distances, the first and the last among them. */
export function thinned(length: number, most: number): readonly number[] {
  if (length <= most) return Array.from({ length }, (_, index) => index);
  return Array.from({ length: most }, (_, index) => Math.round((index * (length - 1)) / (most - 1)));
}

/** The axis of epochs; of one epoch it has room on both sides. @param ticks  about so many */
export const epochAxis = (first: number, last: number, ticks = 8): Readonly<Record<string, unknown>> => ({
  field: "epoch",
  type: "quantitative",
  title: "Epoch",
  scale: { domain: first === last ? [first - 1, last + 1] : [first, last], nice: false },
  axis: { ...(first === last ? { values: [first] } : { tickMinStep: 1, tickCount: ticks }), format: ",d", grid: false },
});
