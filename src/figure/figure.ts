/**
 * What a figure is before it is drawn: a Vega-Lite (or Vega) specification, made by a pure function of the numbers.
 *
 * Specifications are plain data in the house style given here: one font whose widths are known, titles at the left,
 * and colours that differ in lightness, so that they survive grey printing. `svg.ts` and `png.ts` render them.
 */
import { escaped } from "../util/escape.js";
import { canonical, type Json, type JsonObject, parseCanonical } from "../util/json.js";
import type { Sketch } from "../values/sketch.js";

export interface Figure {
  /** As the pipeline names it, such as `confusion_matrix`. */
  readonly figure: string;
  readonly title: string;
  readonly specification: JsonObject;
  /** The same for a terminal; none where only a picture shows it. */
  readonly sketch: readonly Sketch[];
}

/** Metric-compatible fonts follow, for a browser without DejaVu Sans. */
const fontFamily = "DejaVu Sans, Bitstream Vera Sans, Verdana, sans-serif";
export const ink = "#1b1e23";
export const faint = "#6b7280";
/** Dark blue and a lighter orange: lightness L* 32 and 63, so they differ in grey too. */
export const darkColour = "#1f4e79";
export const lightColour = "#e08214";
/** Intervals without training points. */
export const shadeColour = "#e2e5ea";
/**
 * Of series side by side. Lightness L* 32, 63, 10, 53, 74, 39, 83: no two alike in grey; series have their own dash or
 * shape besides.
 */
export const palette = [darkColour, lightColour, "#2b1233", "#2a8c82", "#c9a9e0", "#a5323f", "#c3d96b"] as const;
export const dashes = [
  [1, 0],
  [7, 3],
  [2, 2],
  [10, 3, 2, 3],
  [4, 4],
  [14, 4],
  [6, 2, 2, 2, 2, 2],
] as const;
export const shapes = [
  "circle",
  "diamond",
  "square",
  "triangle-up",
  "cross",
  "triangle-down",
  "triangle-right",
] as const;

const config = {
  background: "white",
  padding: 16,
  font: fontFamily,
  view: { stroke: null },
  title: {
    anchor: "start",
    frame: "group",
    fontSize: 15,
    fontWeight: "bold",
    subtitleFontSize: 12,
    subtitleColor: faint,
    color: ink,
    offset: 14,
    subtitlePadding: 5,
    // px: a longer one would make a picture that no memory holds.
    limit: 2000,
  },
  axis: {
    labelFontSize: 12,
    titleFontSize: 12,
    titleFontWeight: "normal",
    titlePadding: 10,
    labelColor: ink,
    titleColor: ink,
    domainColor: faint,
    tickColor: faint,
    gridColor: "#e5e7eb",
    labelLimit: 180,
    titleLimit: 1000,
    labelPadding: 5,
    // The first and the last number stand under their ticks, as all others do.
    labelFlush: false,
  },
  legend: {
    labelFontSize: 12,
    titleFontSize: 12,
    titleFontWeight: "normal",
    labelColor: ink,
    titleColor: ink,
    labelLimit: 240,
    titleLimit: 400,
    labelOffset: 6,
  },
  text: { color: ink, fontSize: 12 },
};

/** A figure in the house style. `subtitle` lines stand in grey under the title. */
export function figureOf(
  figure: string,
  title: string,
  subtitle: readonly string[],
  body: Readonly<Record<string, unknown>>,
  sketch: readonly Sketch[] = [],
): Figure {
  const specification = {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    title: { text: title, ...(subtitle.length > 0 ? { subtitle } : {}) },
    config,
    ...body,
  };
  // Through text and back, so that a specification shares nothing with its maker and undefined members are gone.
  return { figure, title, specification: harmless(parseCanonical(canonical(specification))) as JsonObject, sketch };
}

/**
 * Names and titles come from files: a control character would break the SVG. Expressions spell texts of data themselves
 * (`namedAxis`).
 */
function harmless(value: Json): Json {
  if (typeof value === "string") return escaped(value);
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(harmless);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, harmless(item)]));
}

/**
 * Class names as they stand on an axis. Two classes of one name would share a row of the figure, so these get their
 * number, from 0, behind the name; so does a class whose name is empty.
 */
export function axisNames(classes: readonly string[]): readonly string[] {
  const times = new Map<string, number>();
  for (const name of classes) times.set(name, (times.get(name) ?? 0) + 1);
  return classes.map((name, index) => {
    if (name.trim() === "") return `(${index})`;
    return times.get(name)! > 1 ? `${name} (${index})` : name;
  });
}

/** What a narrow terminal leaves of a name. */
const clippedName = 10;
/**
 * The same for a terminal: where what is left of long names is alike, all have their number, from 0, before the name.
 */
export function sketchNames(classes: readonly string[]): readonly string[] {
  const names = axisNames(classes);
  const left = new Set(names.map((name) => [...name].slice(0, clippedName).join("")));
  return left.size === names.length ? names : classes.map((name, index) => `${index} ${name}`);
}

/** `train` → "train set"; a set without a name → "data". */
export const setName = (split: string): string => (split === "" ? "data" : `${split} set`);
