/**
 * Curves by epoch in small panels that share their axes: training and validation, each with its band.
 *
 * The panels lie in one view at computed places: a view of its own for each of hundreds of panels would take minutes to
 * draw.
 */
import { grouped, rounded, shortText } from "../util/numbers.js";
import { faint, ink } from "./figure.js";
import { maximum, minimum, scoreAxis } from "./scale.js";
import { setStrokes } from "./strokes.js";
import { clipped, wrapped } from "./table.js";

/** By number of panels: how many a row, their size in px, and points of a line, so that an SVG stays below 2 MB. */
const layouts = [
  { most: 3, columns: 3, width: 250, height: 200, points: 160 },
  { most: 6, columns: 3, width: 250, height: 140, points: 160 },
  { most: 16, columns: 4, width: 200, height: 110, points: 120 },
  { most: 60, columns: 6, width: 160, height: 84, points: 70 },
  { most: Infinity, columns: 8, width: 124, height: 64, points: 35 },
] as const;
/** px: between panels, room for two lines of text above each, and left and below for the axes. */
const [gap, lowestHead, leftRoom, lowerRoom] = [22, 34, 58, 34];
const [headFont, smallFont, unitFont] = [10.5, 9.5, 11];
/** Lines of a title that is long, and px from one to the next. */
const [mostHeadLines, lineHeight] = [4, 13];
export const layoutOf = (panels: number): (typeof layouts)[number] => layouts.find(({ most }) => panels <= most)!;

export const curveSets = ["training", "validation"] as const;
export interface CurvePoint {
  readonly of: (typeof curveSets)[number];
  readonly epoch: number;
  /** Null breaks the line. */
  readonly mean: number | null;
  readonly low: number | null;
  readonly high: number | null;
}
export interface CurvePanel {
  /** A title, on several lines where it is long, and a line below it. */
  readonly head: string;
  readonly note: string;
  readonly points: readonly CurvePoint[];
  /** A dot. */
  readonly best: { readonly epoch: number; readonly value: number } | null;
}

export interface ValueAxis {
  readonly domain: readonly [number, number];
  readonly ticks: readonly number[];
  /** 0 at the lower end, 1 at the upper; what lies beyond is cut there. */
  place(value: number): number;
  /** Whether some value is too large for a logarithmic axis of use. */
  readonly isCut: boolean;
}
/** Above this many times the least, curves that exploded would press all others flat. */
const longestRatio = 1e6;
const mostTicks = 6;

/** @param most  where values end, such as 1 of fractions */
export function valueAxis(given: readonly number[], isLog: boolean, most = Infinity): ValueAxis {
  const end = isLog ? minimum(given) * longestRatio : most;
  const values = isLog ? given.map((value) => Math.min(value, end)) : given;
  const { scale, axis } = scoreAxis(values, isLog);
  const [low, high] = scale.domain as readonly [number, number];
  const domain = [low, Math.min(most, high)] as const;
  const scaled = isLog ? Math.log : (value: number): number => value;
  const [from, to] = [scaled(domain[0]), scaled(domain[1])];
  const place = (value: number): number => {
    if (isLog && value <= 0) return 0;
    return Math.min(1, Math.max(0, (scaled(value) - from) / (to - from)));
  };
  const found = (axis.values as readonly number[] | undefined) ?? roundTicks(domain, isLog);
  const ticks = found.filter((tick) => tick >= domain[0] && tick <= domain[1]);
  const step = Math.ceil(ticks.length / mostTicks);
  return {
    domain,
    place,
    ticks: ticks.filter((_, at) => at % step === 0),
    isCut: isLog && maximum(given) > end,
  };
}
/** `0.001`, `1e5`. */
const tickText = (tick: number): string => shortText(tick).replace(/\.0+e/, "e");
/** Three to six. */
function roundTicks([low, high]: readonly [number, number], isLog: boolean): readonly number[] {
  const size = 10 ** Math.floor(Math.log10((high - low) / 3));
  const step = [1, 2, 5, 10].map((times) => times * size).findLast((each) => (high - low) / each >= 3) ?? size;
  const ticks = Array.from({ length: 8 }, (_, at) => rounded((Math.ceil(low / step) + at) * step, 10));
  return isLog ? ticks.filter((tick) => tick > 0) : ticks;
}

interface Rule {
  readonly x: number;
  readonly y: number;
  readonly x2: number;
  readonly y2: number;
}
const gridColour = "#e5e7eb";

/** A layered view of fixed size, for `figureOf`. @param unit  of the vertical axes */
export function curveSheet(
  panels: readonly CurvePanel[],
  { place, ticks }: ValueAxis,
  unit: string,
): Readonly<Record<string, unknown>> {
  const { columns, width: w, height: h } = layoutOf(panels.length);
  const epochs = maximum(panels.flatMap(({ points }) => points.map(({ epoch }) => epoch)));
  const used = Math.min(columns, panels.length);
  const rows = Math.ceil(panels.length / columns);
  const heads = panels.map(({ head }) => wrapped(head, w, mostHeadLines, true, headFont));
  const headHeight = lowestHead + lineHeight * (maximum(heads.map(({ length }) => length)) - 1);
  const [width, height] = [leftRoom + used * w + (used - 1) * gap, rows * (headHeight + h + gap) - gap + lowerRoom];
  const corner = (index: number): readonly [number, number] => [
    leftRoom + (index % columns) * (w + gap),
    Math.floor(index / columns) * (headHeight + h + gap) + headHeight,
  ];
  const xOf = (index: number, epoch: number): number =>
    rounded(corner(index)[0] + (epochs > 1 ? ((epoch - 1) / (epochs - 1)) * w : w / 2), 6);
  const yOf = (index: number, value: number): number => rounded(corner(index)[1] + h * (1 - place(value)), 6);
  const points = panels.flatMap(({ points }, index) =>
    points.map(({ of, epoch, mean, low, high }) => ({
      panel: index,
      of,
      x: xOf(index, epoch),
      y: mean === null ? null : yOf(index, mean),
      ...(low === null || high === null ? {} : { low: yOf(index, low), high: yOf(index, high) }),
    })),
  );
  const alone = panels.flatMap(({ points: own }, panel) =>
    curveSets.flatMap((set) => {
      const [one, ...others] = own.filter(({ of }) => of === set);
      if (!one || others.length > 0 || one.mean === null) return [];
      return [{ panel, of: set, x: xOf(panel, one.epoch), y: yOf(panel, one.mean) }];
    }),
  );
  const present = curveSets.filter((set) => points.some(({ of }) => of === set));
  const isLast = (index: number): boolean => index + columns >= panels.length;
  const ends = epochs > 1 ? [1, epochs] : [1];
  const texts = [
    ...panels.flatMap(({ note }, index) => {
      const [x, top] = corner(index);
      const lines = heads[index]!;
      return [
        ...lines.map((text, at) => ({ x, y: top - 24 - lineHeight * (lines.length - 1 - at), text, style: "head" })),
        { x, y: top - 11, text: clipped(note, w, false, smallFont), style: "small" },
      ];
    }),
    ...panels.flatMap((_, index) => {
      const [x, top] = corner(index);
      const ofValues =
        index % columns > 0
          ? []
          : ticks.map((tick) => ({ x: x - 6, y: yOf(index, tick), text: tickText(tick), style: "value" }));
      const ofEpochs = isLast(index)
        ? ends.map((epoch, at) => ({
            x: xOf(index, epoch),
            y: top + h + 10,
            text: grouped(epoch),
            style: at === 0 && ends.length > 1 ? "first" : "last",
          }))
        : [];
      return [...ofValues, ...ofEpochs];
    }),
  ];
  const position = {
    x: { field: "x", type: "quantitative", axis: null, scale: { domain: [0, width], nice: false, zero: false } },
    y: {
      field: "y",
      type: "quantitative",
      axis: null,
      scale: { domain: [height, 0], nice: false, zero: false, reverse: false },
    },
  };
  const ruleLayer = (color: string, ofPanel: (x: number, top: number, index: number) => readonly Rule[]) => ({
    data: { values: panels.flatMap((_, index) => ofPanel(...corner(index), index)) },
    mark: { type: "rule", color, aria: false },
    encoding: { ...position, x2: { field: "x2" }, y2: { field: "y2" } },
  });
  const gridOf = (x: number, _top: number, index: number): readonly Rule[] =>
    ticks.map((tick) => ({ x, y: yOf(index, tick), x2: x + w, y2: yOf(index, tick) }));
  const frameOf = (x: number, top: number): readonly Rule[] => [
    { x, y: top + h, x2: x + w, y2: top + h },
    { x, y: top, x2: x, y2: top + h },
  ];
  const bests = panels.flatMap(({ best }, index) =>
    best ? [{ x: xOf(index, best.epoch), y: yOf(index, best.value) }] : [],
  );
  const { color: colour, strokeDash: dash } = setStrokes(present, [5, 2]);
  const detail = { field: "panel", type: "nominal" };
  const textLayer = (style: string, mark: Readonly<Record<string, unknown>>) => ({
    data: { values: texts.filter((text) => text.style === style).map(({ x, y, text }) => ({ x, y, text })) },
    mark: { type: "text", baseline: "middle", fontSize: smallFont, color: faint, aria: false, ...mark },
    encoding: { ...position, text: { field: "text" } },
  });
  return {
    width,
    height,
    layer: [
      ruleLayer(gridColour, gridOf),
      ruleLayer(faint, frameOf),
      ...(points.some(({ low }) => low !== undefined)
        ? [
            {
              data: { values: points.filter(({ low }) => low !== undefined) },
              mark: { type: "area", opacity: 0.22, aria: false },
              encoding: {
                ...position,
                y: { ...position.y, field: "low" },
                y2: { field: "high" },
                color: colour,
                detail,
              },
            },
          ]
        : []),
      {
        data: { values: points.map(({ panel, of, x, y }) => ({ panel, of, x, y })) },
        mark: { type: "line", strokeWidth: 1.5, aria: false, invalid: "break-paths-show-domains" },
        encoding: { ...position, color: colour, strokeDash: dash, detail },
      },
      // A line of one point is not seen.
      ...(alone.length > 0
        ? [
            {
              data: { values: alone },
              mark: { type: "point", filled: true, size: 40, opacity: 1, aria: false },
              encoding: { ...position, color: colour, detail },
            },
          ]
        : []),
      {
        data: { values: bests },
        mark: { type: "point", filled: true, size: 24, opacity: 1, color: ink, aria: false },
        encoding: position,
      },
      textLayer("head", { align: "left", fontWeight: "bold", fontSize: headFont, color: ink }),
      textLayer("small", { align: "left" }),
      textLayer("value", { align: "right" }),
      textLayer("first", { align: "left" }),
      textLayer("last", { align: ends.length > 1 ? "right" : "center" }),
      {
        data: { values: [{ x: leftRoom + (used * w + (used - 1) * gap) / 2, y: height - 6, text: "Epoch" }] },
        mark: { type: "text", fontSize: unitFont, aria: false },
        encoding: { ...position, text: { field: "text" } },
      },
      {
        data: {
          values: [{ x: 8, y: (height - lowerRoom) / 2, text: clipped(unit, height - lowerRoom, false, unitFont) }],
        },
        mark: { type: "text", angle: -90, fontSize: unitFont, aria: false },
        encoding: { ...position, text: { field: "text" } },
      },
    ],
    resolve: { scale: { color: "shared", strokeDash: "shared" } },
  };
}
