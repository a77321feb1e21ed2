/**
 * How many examples each class has: a bar a class, in the order of the classes, with its count and share beside it;
 * several sets side by side, class by class by name.
 *
 * Bars of one set are as long as its counts, those of several as the shares of their set, for a validation set a fifth
 * as large shall not look like another distribution. How balanced the classes are is said in words: that accuracy is a
 * fair measure only where they are of similar size in every set.
 */

import { type Mistake, MistakeError } from "../../diagnostic/diagnostic.js";
import { axisNames, darkColour, type Figure, figureOf, palette, setName, sketchNames } from "../../figure/figure.js";
import { distinctLabels } from "../../figure/points.js";
import { type Column, tableSketch } from "../../figure/table.js";
import { classBalance } from "../../learn/profile.js";
import { grouped, shortText } from "../../util/numbers.js";
import { listed, plural } from "../../util/words.js";
import { int32Of } from "../../values/blob.js";
import type { Output } from "../../values/output.js";
import type { Sketch } from "../../values/sketch.js";
import { dataOf, rowsOf } from "../dataset.js";
import { declareFigure, type FigureSource, type Item } from "../figure-declaration.js";
import { needsClasses, noClasses } from "../figure-refusals.js";

const name = "class_frequency";

export const classFrequencyFigure = declareFigure({
  name,
  summary: "Examples per class, of several sets side by side, and how balanced they are. Of datasets of classes.",
  from: { accepts: ["dataset"], many: true, source: "a stage that loads or cuts data" },
  problem: needsClasses(name, "dataset"),
  together(sources) {
    const mistake = tooMany(sources.reduce((sum, source) => sum + setsIn(source), 0));
    if (mistake) return mistake;
    const known = sources.map(({ port }) => port.classes ?? null);
    const other = otherClasses(known);
    return other === null ? undefined : { ...nothingInCommon(known[0]!, known[other]!), at: ["from", other] };
  },
  draw: ({ options, items }) => classFrequency(setsOf(items, options.labels !== undefined), options.title),
  sample: ({ images, fewer }) => ({ from: [images, fewer] }),
});

/** As many as there are colours that can be told apart. */
const mostSets = palette.length;
const setsIn = ({ scope }: FigureSource): number =>
  (scope?.gathered ?? []).reduce((product, axis) => product * axis.keys.length, 1);
const tooMany = (count: number): Mistake | undefined =>
  count <= mostSets
    ? undefined
    : {
        title: "too many sets",
        message:
          `\`${name}\` draws up to ${mostSets} sets side by side, but \`from\` gives ${count}. ` +
          "Name fewer, or let this stage run under the same `each`.",
        at: ["from"],
      };

/** Which list shares no name with the first one; null where none is known to. */
function otherClasses(lists: readonly (readonly string[] | null)[]): number | null {
  const first = new Set(lists[0]);
  const found = lists.findIndex((list, at) => at > 0 && lists[0] && list && !list.some((one) => first.has(one)));
  return found < 0 ? null : found;
}
function nothingInCommon(first: readonly string[], other: readonly string[]): Mistake {
  const told = (classes: readonly string[]): string =>
    listed([...classes.slice(0, 3), ...(classes.length > 3 ? [`${classes.length - 3} more`] : [])]);
  return {
    title: "no class in common",
    message:
      `\`${name}\` lays sets side by side by the names of their classes, but one has ${told(first)}, ` +
      `another ${told(other)}. Draw each in a figure of its own.`,
  };
}

interface ClassSet {
  /** Tells it from the others. */
  readonly label: string;
  readonly split: string;
  readonly classes: readonly string[];
  /** By class. */
  readonly counts: readonly number[];
}

/** Sets are called by their splits where these tell them apart, and nobody has called them otherwise. */
function setsOf(items: readonly Item<"dataset">[], areNamed: boolean): readonly ClassSet[] {
  const splits = items.map(({ value }) => dataOf(value).split);
  const bySplit = !areNamed && new Set(splits).size === splits.length && !splits.includes("");
  const labels = distinctLabels(items.map(({ label, value }) => label || dataOf(value).split));
  return items.map(({ value }, at) => {
    const { classes, split } = dataOf(value);
    if (!classes) throw noClasses(name, "dataset");
    return { label: bySplit ? split : labels[at]!, split, classes, counts: countsOf(value, classes.length) };
  });
}
function countsOf(dataset: Output<"dataset">, classes: number): readonly number[] {
  const labels = int32Of(dataset.blobs.labels!);
  const counts = new Array<number>(classes).fill(0);
  for (const row of rowsOf(dataset)) counts[labels[row]!]!++;
  return counts;
}

/** Up to this many classes are drawn apart; more are drawn closer, in smaller type. */
const roomyClasses = 60;
/** px: of the bars of several sets, and between classes. */
const [barHeight, classGap] = [15, 8];
/** px: a longer one is clipped. */
const longestName = 260;
/** Left for the longest label, which stands to the right of the longest bar. */
const labelRoom = 1.3;

/** @throws MistakeError when two sets have no class in common */
export function classFrequency(sets: readonly ClassSet[], title?: string): Figure {
  const mistake = tooMany(sets.length);
  if (mistake) throw new MistakeError(mistake);
  const other = otherClasses(sets.map(({ classes }) => classes));
  if (other !== null)
    throw new MistakeError({ ...nothingInCommon(sets[0]!.classes, sets[other]!.classes), at: ["from"] });
  const known = sets.map(({ classes }) => axisNames(classes));
  // In the order of the first set, then what others have besides.
  const names = [...new Set(known.flat())];
  const isOne = sets.length === 1;
  const bars = names.flatMap((each) =>
    sets.map((set, at) => {
      const index = known[at]!.indexOf(each);
      return { name: each, set: set.label, ...barOf(set, index < 0 ? null : set.counts[index]!, isOne) };
    }),
  );
  const greatest = Math.max(...bars.map(({ value }) => value ?? 0));
  const areMany = names.length > roomyClasses;
  const fontSize = areMany || !isOne ? 10 : 12;
  const labels = sets.map(({ label }) => label);
  const y = {
    field: "class",
    type: "nominal",
    sort: null,
    scale: { domain: names, ...(isOne ? {} : { paddingInner: classGap / (classGap + barHeight * sets.length) }) },
    title: "Class",
    axis: { ticks: false, domain: false, labelFontSize: areMany ? 10 : 12, labelLimit: longestName },
  };
  const x = {
    field: "value",
    type: "quantitative",
    title: isOne ? "Number of examples" : "Share of the set",
    scale: { domain: [0, (greatest || 1) * labelRoom], nice: false },
    axis: {
      ...(isOne ? { tickCount: 6, tickMinStep: 1, format: ",d" } : { values: shareTicks(greatest), format: ".0%" }),
      grid: false,
    },
  };
  const offset = isOne ? {} : { yOffset: { field: "set", type: "nominal", scale: { domain: labels } } };
  const step = areMany ? 15 : 26;
  return figureOf(
    name,
    title ?? (isOne ? `Examples per class, ${setName(sets[0]!.split)}` : titleOf(labels)),
    [...sets.map((set) => sizeText(set, isOne)), ...balanceLines(sets, names.length)],
    {
      width: 460,
      height: isOne ? { step } : names.length * (barHeight * sets.length + classGap),
      data: { values: bars.map(({ name, ...bar }) => ({ class: name, ...bar })) },
      encoding: { y, ...offset },
      layer: [
        {
          mark: { type: "bar", ...(isOne ? { color: darkColour, height: { band: 0.72 } } : {}) },
          encoding: {
            x,
            ...(isOne
              ? {}
              : {
                  color: {
                    field: "set",
                    type: "nominal",
                    sort: null,
                    scale: { domain: labels, range: palette.slice(0, sets.length) },
                    legend: { title: null, orient: "bottom", symbolType: "square" },
                  },
                }),
          },
        },
        {
          mark: { type: "text", align: "left", dx: 6, fontSize },
          encoding: { x: { ...x, field: "place" }, text: { field: "label" } },
        },
      ],
    },
    sketchesOf(sets, names, bars),
  );
}

/** Four to eight, and none beyond the whole. */
function shareTicks(greatest: number): readonly number[] {
  const step = [0.01, 0.02, 0.05, 0.1, 0.2].find((size) => greatest / size < 7) ?? 0.2;
  return Array.from({ length: 1 + Math.floor(Math.min(1, greatest * labelRoom) / step + 1e-9) }, (_, at) =>
    Number((at * step).toFixed(2)),
  );
}

interface Bar {
  /** Where the text stands, also where there is no bar. */
  readonly place: number;
  readonly value: number | null;
  readonly label: string;
}
function barOf({ counts }: ClassSet, count: number | null, isOne: boolean): Bar {
  if (count === null) return { place: 0, value: null, label: "–" };
  const total = counts.reduce((sum, each) => sum + each, 0);
  const share = total === 0 ? 0 : count / total;
  const value = isOne ? count : share;
  return { place: value, value, label: `${grouped(count)}  (${(100 * share).toFixed(1)} %)` };
}

const titleOf = (labels: readonly string[]): string =>
  `Examples per class, ${labels.length > 3 ? plural(labels.length, "set") : listed(labels)}`;

const total = ({ counts }: ClassSet): number => counts.reduce((sum, count) => sum + count, 0);
/** `50,000 examples, 10 classes; 4,500 to 5,618 a class`. */
function sizeText(set: ClassSet, isOne: boolean): string {
  const [least, greatest] = [Math.min(...set.counts), Math.max(...set.counts)];
  const each = least === greatest ? grouped(least) : `${grouped(least)} to ${grouped(greatest)}`;
  const classes = set.counts.length === 1 ? "1 class" : `${set.counts.length} classes`;
  const sizes = `${plural(total(set), "example", grouped(total(set)))}, ${classes}; ${each} a class`;
  return isOne ? sizes : `${set.label}: ${sizes}`;
}

/** How many times the smallest class fits into the largest one, in each set, and what follows for accuracy. */
function balanceLines(sets: readonly ClassSet[], classes: number): readonly string[] {
  const said = sets.map((set) => (sets.length === 1 ? ratioText(set) : `${set.label} ${ratioText(set)}`));
  return [`largest / smallest class: ${said.join(", ")}`, verdictOf(sets, classes)];
}
function ratioText({ counts }: ClassSet): string {
  const { ratio } = classBalance(counts);
  return ratio === null ? "– (a class has no example)" : shortText(ratio);
}
/** @param classes  of all sets together */
export function verdictOf(sets: readonly Pick<ClassSet, "counts">[], classes: number): string {
  if (classes < 2) return "one class: there is nothing to tell apart";
  if (sets.some(({ counts }) => counts.length < classes))
    return "not every set has every class, so accuracies cannot be compared";
  if (sets.every(({ counts }) => classBalance(counts).balanced))
    return "the classes are of similar size, so accuracy is a fair measure";
  return "the classes differ in size, so accuracy hides the small ones: look at recall and F1 of each";
}

function sketchesOf(
  sets: readonly ClassSet[],
  names: readonly string[],
  bars: readonly (Bar & { readonly name: string })[],
): readonly Sketch[] {
  const columns: Column[] = [
    { title: "set" },
    { title: "examples", align: "right" },
    { title: "smallest", align: "right" },
    { title: "largest", align: "right" },
    { title: "ratio", align: "right" },
  ];
  const rows = sets.map((set) => ({
    cells: [
      set.label || setName(set.split),
      grouped(total(set)),
      grouped(Math.min(...set.counts)),
      grouped(Math.max(...set.counts)),
      ratioText(set).split(" ", 1)[0]!,
    ],
  }));
  // A sentence in two lines, so that a narrow window has it whole.
  const verdict = verdictOf(sets, names.length).split(/(?<=[,:]) /);
  return [
    {
      type: "bars",
      series: sets.map(({ label }) => label),
      rows: sketchNames(names).map((each, at) => ({
        name: each,
        bars: sets.map((_, index) => {
          const { value, label } = bars[at * sets.length + index]!;
          return value === null ? null : { value, text: label };
        }),
      })),
    },
    tableSketch(columns, [...rows, ...verdict.map((line) => ({ cells: [line] }))], undefined, true),
  ];
}
