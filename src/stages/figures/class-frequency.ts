/** How many examples each class has: one bar a class, in the order of the classes, with its count beside it. */

import { axisNames, darkColour, type Figure, figureOf, setName } from "../../figure/figure.js";
import { grouped } from "../../util/numbers.js";
import { int32Of } from "../../values/blob.js";
import type { DatasetData } from "../../values/dataset.js";
import type { Output } from "../../values/output.js";
import { dataOf, rowsOf } from "../dataset.js";
import { declareFigure, theOne } from "../figure-declaration.js";
import { needsClasses, noClasses } from "../figure-refusals.js";

const name = "class_frequency";

export const classFrequencyFigure = declareFigure({
  name,
  summary: "Examples per class. Of a dataset of classes.",
  from: { accepts: ["dataset"], source: "a stage that loads or cuts data" },
  problem: needsClasses(name, "dataset"),
  draw(given) {
    const from = theOne(given);
    return classFrequency(dataOf(from), dataOf(from).classes ? classLabelsOf(from) : [], given.options.title);
  },
  sample: ({ images }) => ({ from: [images] }),
});

/** Up to this many classes are drawn apart; more are drawn closer, in smaller type. */
const roomyClasses = 60;

/**
 * @param labels  int32 [count]; each in 0 … classes − 1
 * @throws        MistakeError when the labels are no classes
 */
export function classFrequency(data: DatasetData, labels: ArrayLike<number>, title?: string): Figure {
  if (!data.classes) throw noClasses(name, "dataset");
  const counts: number[] = data.classes.map(() => 0);
  for (let row = 0; row < labels.length; row++) counts[labels[row]!]!++;
  const names = axisNames(data.classes);
  const total = labels.length;
  const share = (count: number): string => (total === 0 ? "0.0" : ((100 * count) / total).toFixed(1));
  const values = names.map((name, index) => ({
    class: name,
    count: counts[index]!,
    label: `${grouped(counts[index]!)}  (${share(counts[index]!)} %)`,
  }));
  const [least, greatest] = [Math.min(...counts), Math.max(...counts)];
  const each = least === greatest ? grouped(least) : `${grouped(least)} to ${grouped(greatest)}`;
  const subtitle = [`${grouped(total)} examples, ${names.length} classes; ${each} a class`];
  return figureOf("class_frequency", title ?? `Examples per class, ${setName(data.split)}`, subtitle, {
    width: 460,
    height: { step: names.length > roomyClasses ? 15 : 26 },
    data: { values },
    encoding: {
      y: {
        field: "class",
        type: "nominal",
        sort: null,
        scale: { domain: names },
        title: "Class",
        axis: { ticks: false, domain: false, labelFontSize: names.length > roomyClasses ? 10 : 12 },
      },
      // The bars leave room for the longest label, which stands to the right of the longest bar.
      x: {
        field: "count",
        type: "quantitative",
        title: "Number of examples",
        scale: { domain: [0, Math.max(1, greatest) * 1.3], nice: false },
        axis: { tickCount: 6, tickMinStep: 1, format: ",d", grid: false },
      },
    },
    layer: [
      { mark: { type: "bar", color: darkColour, height: { band: 0.72 } } },
      {
        mark: { type: "text", align: "left", dx: 6, fontSize: names.length > roomyClasses ? 10 : 12 },
        encoding: { text: { field: "label" } },
      },
    ],
  });
}

/** Of the dataset's examples, in order. */
function classLabelsOf(dataset: Output): Int32Array {
  const labels = int32Of(dataset.blobs.labels!);
  return rowsOf(dataset).map((row) => labels[row]!);
}
