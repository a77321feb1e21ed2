import { expect, test } from "vitest";
import { axisNames } from "../../../src/figure/figure.js";
import { renderSvg } from "../../../src/figure/svg.js";
import { classificationMetrics } from "../../../src/learn/metrics.js";
import { dataOf } from "../../../src/stages/dataset.js";
import { classFrequency, verdictOf } from "../../../src/stages/figures/class-frequency.js";
import { classificationReport, reportLines } from "../../../src/stages/figures/classification-report.js";
import { confusionMatrix } from "../../../src/stages/figures/confusion-matrix.js";
import { examples } from "../../../src/stages/figures/examples.js";
import { learningCurves } from "../../../src/stages/figures/learning-curves.js";
import { fixedToEven, grouped } from "../../../src/util/numbers.js";
import { int32Of } from "../../../src/values/blob.js";
import type { DatasetData } from "../../../src/values/dataset.js";
import type { ClassificationMetrics } from "../../../src/values/evaluation.js";
import { epochs, evaluationData, imageSet, marksOf, modelData, regressionData, textsOf } from "../../figure/data.js";

const pets = evaluationData(
  ["cat", "dog", "fox"],
  [
    [8, 2, 0],
    [1, 1239, 0],
    [0, 5, 5],
  ],
);

test("a confusion matrix has a cell and a count for each pair of classes, and names both axes", async () => {
  const { svg } = await renderSvg(confusionMatrix(pets).specification);
  expect(marksOf(svg, "rect mark")).toBe(9);
  // 9 counts, 3 + 3 totals of rows and columns, and that of all.
  expect(marksOf(svg, "text mark")).toBe(9 + 3 + 3 + 1);
  const texts = textsOf(svg);
  for (const text of [
    "8",
    "1,239",
    "True class",
    "Predicted class",
    "Confusion matrix, test set",
    "1,252 of 1,260 right: accuracy 99.37 %, 95 % interval 98.75 to 99.68 %",
    "Total",
    "1,240",
    "1,246",
    "1,260",
  ])
    expect(texts).toContain(text);
  expect(texts.filter((text) => text === "fox")).toHaveLength(2);
});

test("a cell's shade is its share of its row, also where a class has no examples", () => {
  const none = evaluationData(
    ["a", "b"],
    [
      [3, 1],
      [0, 0],
    ],
  );
  const { values } = confusionMatrix(none).specification.data as { values: { share: number }[] };
  expect(values.map(({ share }) => share)).toEqual([0.75, 0.25, 0, 0]);
});

test("a confusion matrix of a hundred classes speaks by shades alone and stays small", async () => {
  const classes = Array.from({ length: 100 }, (_, index) => `kind ${index}`);
  const confusion = classes.map((_, truth) =>
    classes.map((_, predicted) => (truth === predicted ? 90 : Number((truth + predicted) % 10 === 0))),
  );
  const { svg, width } = await renderSvg(confusionMatrix(evaluationData(classes, confusion)).specification);
  expect(marksOf(svg, "text mark")).toBe(0);
  expect(svg.length).toBeLessThan(500_000);
  expect(width).toBeLessThan(1400);
});

const frequency = (label: string, classes: readonly string[], counts: readonly number[]) => ({
  ...{ label, split: label || "train", classes, counts },
});

test("a class frequency chart has a bar and a count for each class, also for one without examples", async () => {
  const figure = classFrequency([frequency("", ["a", "b", "empty"], [3, 2, 0])]);
  const { svg } = await renderSvg(figure.specification);
  expect(marksOf(svg, "bar")).toBe(3);
  const texts = textsOf(svg)
    .map((text) => text.replace(/\s+/g, " "))
    .join("\n");
  for (const text of [
    "3 (60.0 %)",
    "2 (40.0 %)",
    "0 (0.0 %)",
    "Number of examples",
    "5 examples, 3 classes; 0 to 3 a class",
    "largest / smallest class: – (a class has no example)",
    "the classes differ in size, so accuracy hides the small ones: look at recall and F1 of each",
  ])
    expect(texts).toContain(text);
});

test("sets side by side have a bar for each class that they know, by name, as long as its share", async () => {
  const figure = classFrequency([
    frequency("train", ["cat", "dog"], [60, 40]),
    frequency("validation", ["dog", "fox", "cat"], [5, 5, 0]),
  ]);
  const { values } = figure.specification.data as { values: { class: string; set: string; value: number | null }[] };
  expect(values.map((bar) => [bar.class, bar.set, bar.value])).toEqual([
    ["cat", "train", 0.6],
    ["cat", "validation", 0],
    ["dog", "train", 0.4],
    ["dog", "validation", 0.5],
    ["fox", "train", null],
    ["fox", "validation", 0.5],
  ]);
  const texts = textsOf((await renderSvg(figure.specification)).svg)
    .map((text) => text.replace(/\s+/g, " "))
    .join("\n");
  for (const text of [
    "Examples per class, train and validation",
    "train: 100 examples, 2 classes; 40 to 60 a class",
    "largest / smallest class: train 1.5, validation – (a class has no example)",
    "not every set has every class, so accuracies cannot be compared",
    "60 (60.0 %)",
    "–",
    "Share of the set",
  ])
    expect(texts).toContain(text);
});

test("accuracy is called a fair measure only where the classes of every set are of similar size", () => {
  const verdict = (...sets: readonly (readonly number[])[]) =>
    verdictOf(
      sets.map((counts) => ({ counts })),
      2,
    );
  const fair = "the classes are of similar size, so accuracy is a fair measure";
  expect(verdict([100, 150])).toBe(fair);
  expect(verdict([100, 100], [30, 20])).toBe(fair);
  for (const sets of [
    [[100, 151]],
    [
      [100, 100],
      [30, 19],
    ],
    [[3, 0]],
    [[0, 0]],
  ])
    expect(verdict(...sets)).toMatch(/^the classes differ in size/);
  expect(verdictOf([{ counts: [9] }], 1)).toBe("one class: there is nothing to tell apart");
  expect(verdictOf([{ counts: [9, 9] }, { counts: [9] }], 2)).toMatch(/^not every set has every class/);
});

test("learning curves show loss and accuracy of both sets and mark the best epoch", async () => {
  const { svg } = await renderSvg(
    learningCurves(modelData(epochs([0.5, 0.3, 0.2, 0.25], true), "cross_entropy", 3)).specification,
  );
  expect(marksOf(svg, "line mark")).toBe(4);
  expect(marksOf(svg, "point")).toBe(16);
  expect(marksOf(svg, "rule mark")).toBe(2);
  const texts = textsOf(svg);
  for (const text of ["Loss (nats)", "Accuracy (fraction right)", "Epoch", "best epoch: 3", "training", "validation"])
    expect(texts).toContain(text);
  expect(texts).toContain("4 epochs, best epoch 3: validation loss 0.3, accuracy 0.8000");
});

test("a regression has one panel, and a loss that falls a hundredfold a logarithmic axis", async () => {
  const losses = Array.from({ length: 60 }, (_, index) => 100 * 0.8 ** index);
  const { svg } = await renderSvg(learningCurves(modelData(epochs(losses, false), "mse", 60)).specification);
  expect(marksOf(svg, "line mark")).toBe(2);
  expect(marksOf(svg, "point")).toBe(0);
  expect(textsOf(svg)).toContain("Loss (mean squared error), log scale");
});

test("values that are not finite are gaps and are told, even if all are", async () => {
  const some = learningCurves(modelData(epochs([0.5, NaN, 0.2, Infinity], true), "cross_entropy", 1));
  expect(JSON.stringify(some.specification)).not.toContain("NaN");
  const { svg } = await renderSvg(some.specification);
  expect(marksOf(svg, "point")).toBe(8);
  expect(textsOf(svg).join("\n")).toContain(
    "values that are not finite: 2 of 4 epochs, from epoch 2; the lines have gaps there",
  );

  const all = await renderSvg(learningCurves(modelData(epochs([NaN, NaN], true), "cross_entropy", 1)).specification);
  expect(marksOf(all.svg, "point")).toBe(0);
  expect(all.svg).not.toMatch(/NaN|Infinity/);
});

test("one epoch without validation is a point, and the legend names training only", async () => {
  const [first] = epochs([0.5], true);
  const { svg } = await renderSvg(
    learningCurves(modelData([{ epoch: 1, learningRate: 0.1, train: first!.train }], "cross_entropy", 1)).specification,
  );
  expect(marksOf(svg, "point")).toBe(2);
  expect(textsOf(svg)).not.toContain("validation");
});

test("a classification report has scikit-learn's layout, in two decimals or as many as wanted", async () => {
  const metrics = pets.metrics as ClassificationMetrics;
  const told = (decimals?: number): readonly string[] =>
    reportLines(metrics, ["cat", "dog", "fox"], decimals).map(({ name, cells }) => [name, ...cells].join(" | "));
  expect(told()).toEqual([
    "cat | 0.89 | 0.80 | 0.84 | 10",
    "dog | 0.99 | 1.00 | 1.00 | 1240",
    "fox | 1.00 | 0.50 | 0.67 | 10",
    "accuracy |  |  | 0.99 | 1260",
    "macro avg | 0.96 | 0.77 | 0.84 | 1260",
    "weighted avg | 0.99 | 0.99 | 0.99 | 1260",
  ]);
  expect(told(4)).toEqual([
    "cat | 0.8889 | 0.8000 | 0.8421 | 10",
    "dog | 0.9944 | 0.9992 | 0.9968 | 1240",
    "fox | 1.0000 | 0.5000 | 0.6667 | 10",
    "accuracy |  |  | 0.9937 | 1260",
    "macro avg | 0.9611 | 0.7664 | 0.8352 | 1260",
    "weighted avg | 0.9936 | 0.9937 | 0.9929 | 1260",
  ]);
  const { svg } = await renderSvg(classificationReport(pets).specification);
  // Title and subtitles; 4 heads, 3 × 5 for the classes, 3 for accuracy (its name, value and support), 2 × 5 for the
  // averages.
  expect(textsOf(svg)).toHaveLength(2 + 4 + 15 + 3 + 10);
});

test("a number in the middle of two is printed as Python and scikit-learn do: to the even one", () => {
  // Source: f"{x:.2f}" and f"{x:.3f}" of Python 3.
  expect([0.125, 0.375, 0.625, 0.875, 0.005, 0.115, 1].map((value) => fixedToEven(value, 2))).toEqual([
    ...["0.12", "0.38", "0.62", "0.88", "0.01", "0.12", "1.00"],
  ]);
  expect([0.0625, 0.1875, 0.3125].map((value) => fixedToEven(value, 3))).toEqual(["0.062", "0.188", "0.312"]);
});

/** Figure 11 of a published report on MNIST: its best network with augmentation on the 10,000 test images. */
const published = `
  979 0 0 1 0 0 0 0 0 0
  0 1134 0 1 0 0 0 0 0 0
  0 0 1027 1 0 0 0 3 1 0
  0 1 0 1008 0 1 0 0 0 0
  0 0 0 0 974 0 1 1 0 6
  0 0 0 3 0 888 1 0 0 0
  2 0 1 0 1 0 953 0 1 0
  0 2 2 0 0 0 0 1022 1 1
  1 0 2 0 0 0 0 0 971 0
  0 0 0 0 2 1 0 1 0 1005`;
/** Figure 12 of the same report: what its authors printed of that matrix. */
const publishedReport = `
  0 1.00 1.00 1.00 980
  1 1.00 1.00 1.00 1135
  2 1.00 1.00 1.00 1032
  3 0.99 1.00 1.00 1010
  4 1.00 0.99 0.99 982
  5 1.00 1.00 1.00 892
  6 1.00 0.99 1.00 958
  7 1.00 0.99 0.99 1028
  8 1.00 1.00 1.00 974
  9 0.99 1.00 0.99 1009
  accuracy 1.00 10000
  macro avg 1.00 1.00 1.00 10000
  weighted avg 1.00 1.00 1.00 10000`;

test("the confusion matrix of a published report gives every number of its classification report", async () => {
  const lines = (text: string): readonly string[] =>
    text
      .trim()
      .split("\n")
      .map((line) => line.trim());
  const confusion = lines(published).map((line) => line.split(" ").map(Number));
  const classes = confusion.map((_, index) => String(index));
  const pairs = confusion.flatMap((row, truth) =>
    row.flatMap((count, predicted) => new Array<readonly [number, number]>(count).fill([truth, predicted])),
  );
  expect(pairs).toHaveLength(10_000);
  const rows = Int32Array.from(pairs.keys());
  const logits = Float32Array.from(pairs.flatMap(([, predicted]) => classes.map((_, at) => Number(at === predicted))));
  const labels = Int32Array.from(pairs, ([truth]) => truth);
  const size = { count: rows.length, shape: [1], scale: 1, features: new Float32Array(), targets: 1 };
  const metrics = classificationMetrics(logits, { ...size, classes, labels, rows }, { type: "cross_entropy" });
  expect(metrics.confusion).toEqual(confusion);

  const evaluation = { ...evaluationData(classes, confusion), metrics };
  const [sketch] = classificationReport(evaluation).sketch as unknown as readonly {
    columns: string[];
    rows: string[][];
  }[];
  expect(sketch!.columns).toEqual(["", "precision", "recall", "f1-score", "support"]);
  // The blank line stands before the accuracy.
  expect(sketch!.rows.findIndex((row) => row.every((cell) => cell === ""))).toBe(10);
  const told = sketch!.rows.map((row) => row.filter((cell) => cell !== "").join(" ")).filter((line) => line !== "");
  expect(told).toEqual(lines(publishedReport));

  const texts = textsOf((await renderSvg(confusionMatrix(evaluation).specification)).svg);
  for (const text of [
    "980",
    "1,135",
    "982",
    "1,137",
    "10,000",
    "9,961 of 10,000 right: accuracy 99.61 %, 95 % interval 99.47 to 99.71 %",
  ])
    expect(texts).toContain(text);
});

test("cells are shares of the true or of the predicted class on request, which sum to 1 along it", async () => {
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  for (const [normalize, along] of [
    ["true_class", "true"],
    ["predicted_class", "predicted"],
  ] as const) {
    const figure = confusionMatrix(pets, undefined, normalize);
    const { values } = figure.specification.data as { values: Record<"true" | "predicted", string>[] };
    for (const name of ["cat", "dog", "fox"]) {
      const own = values.filter((cell) => cell[along] === name) as unknown as { share: number; label: string }[];
      expect(sum(own.map(({ share }) => share))).toBeCloseTo(1, 12);
      expect(own.map(({ label }) => label)).toEqual(own.map(({ share }) => share.toFixed(2)));
    }
    const { svg } = await renderSvg(figure.specification);
    // 9 shares, and the counts of which they are shares.
    expect(marksOf(svg, "text mark")).toBe(9 + 3);
    expect(textsOf(svg).join("\n")).toContain(`Share of ${along} class`);
    expect(textsOf(svg)).toContain("Count");
  }
  const [row, column] = ["true_class", "predicted_class"] as const;
  const none = evaluationData(
    ["a", "Count"],
    [
      [3, 0],
      [0, 0],
    ],
  );
  for (const normalize of [row, column]) {
    const { values } = confusionMatrix(none, undefined, normalize).specification.data as {
      values: { label: string }[];
    };
    expect(values.map(({ label }) => label).sort()).toEqual(["0.00", "1.00", "–", "–"]);
    // The name of the counts is none of a class.
    expect(JSON.stringify(confusionMatrix(none, undefined, normalize).specification)).toContain('"Count of all"');
  }
});

test("examples are the first images of each class, in the order of the rows", async () => {
  const set = imageSet([2, 2, 3]);
  const images = {
    data: dataOf(set),
    features: set.blobs.features!.bytes(),
    labels: int32Of(set.blobs.labels!),
    rows: [11, 0, 9, 2, 7, 4],
  };
  const figure = await examples(images, 2);
  const { values } = figure.specification.data as { values: { class: string; url: string }[] };
  expect(values.map((value) => value.class)).toEqual(["dark", "dark", "light", "light"]);
  const again = await examples({ ...images, rows: [11, 0, 9, 2] }, 2);
  expect((again.specification.data as { values: object[] }).values).toEqual(values);
  const { svg } = await renderSvg(figure.specification);
  expect(marksOf(svg, "image mark")).toBe(4);
  expect(textsOf(svg)).toContain("the first 2 of each class, of 6 images of 2 × 2 px");
});

test("numbers outside 0 … 1 are stretched to grey, and the figure says from where to where", async () => {
  const data: DatasetData = {
    count: 2,
    shape: [1, 2, 1],
    classes: null,
    scale: 1,
    featureNames: [],
    targetNames: [],
    split: "",
  };
  const figure = await examples({ data, features: Float32Array.of(-1, 0, 1, 3), labels: null, rows: [0, 1] }, 8);
  const { text, subtitle } = figure.specification.title as { text: string; subtitle: string[] };
  expect([text, ...subtitle]).toEqual([
    "Examples, data",
    "the first 2, of 2 images of 2 × 1 px",
    "brightness from −1 (dark) to 3 (light)",
  ]);
  expect(marksOf((await renderSvg(figure.specification)).svg, "image mark")).toBe(2);
});

test("large images are averaged down, so that the figure stays below half a megabyte", async () => {
  const shape = [96, 96, 3];
  const data: DatasetData = {
    count: 24,
    shape,
    classes: ["a", "b"],
    scale: 1 / 255,
    featureNames: [],
    targetNames: [],
    split: "test",
  };
  const features = Uint8Array.from({ length: 24 * 96 * 96 * 3 }, (_, index) => Math.imul(index, 2654435761) >>> 24);
  const figure = await examples(
    {
      data,
      features,
      labels: Array.from({ length: 24 }, (_, index) => index % 2),
      rows: Array.from({ length: 24 }, (_, index) => index),
    },
    12,
  );
  expect(JSON.stringify(figure.specification.title)).toContain("of 24 images of 96 × 96 px, averaged over 2 × 2 px");
  expect((await renderSvg(figure.specification)).svg.length).toBeLessThan(500_000);
});

test("figures about classes refuse numbers, and say what to do", async () => {
  expect(() => confusionMatrix(regressionData)).toThrow(
    "`confusion_matrix` compares classes, but this evaluation is of a regression. Use an evaluation of a model that learns classes.",
  );
  expect(() => classificationReport(regressionData)).toThrow(
    "`classification_report` compares classes, but this evaluation is of a regression.",
  );
  const data: DatasetData = {
    count: 1,
    shape: [4],
    classes: null,
    scale: 1,
    featureNames: [],
    targetNames: [],
    split: "train",
  };
  expect(() => learningCurves(modelData([], "mse", 0))).toThrow(
    "The history of this model is empty: `epochs` is 0. Train it for at least one epoch.",
  );
  await expect(examples({ data, features: new Uint8Array(4), labels: null, rows: [0] }, 8)).rejects.toThrow(
    "`examples` draws images, [height, width, 1] for grey or [height, width, 3] for colour, but the examples of this dataset are [4].",
  );
});

test("classes of one name keep rows of their own, and counts are grouped by thousands", () => {
  expect(axisNames(["a", "b", "a", ""])).toEqual(["a (0)", "b", "a (2)", "(3)"]);
  expect([0, 999, 1000, 1234567].map(grouped)).toEqual(["0", "999", "1,000", "1,234,567"]);
});
