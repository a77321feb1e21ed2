import { expect, test } from "vitest";
import { axisNames } from "../../../src/figure/figure.js";
import { renderSvg } from "../../../src/figure/svg.js";
import { dataOf } from "../../../src/stages/dataset.js";
import { classFrequency } from "../../../src/stages/figures/class-frequency.js";
import { classificationReport, reportLines } from "../../../src/stages/figures/classification-report.js";
import { confusionMatrix } from "../../../src/stages/figures/confusion-matrix.js";
import { examples } from "../../../src/stages/figures/examples.js";
import { learningCurves } from "../../../src/stages/figures/learning-curves.js";
import { grouped } from "../../../src/util/numbers.js";
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
  expect(marksOf(svg, "text mark")).toBe(9);
  const texts = textsOf(svg);
  for (const text of [
    "8",
    "1,239",
    "True class",
    "Predicted class",
    "Confusion matrix, test set",
    "1,252 of 1,260 right: accuracy 0.9937",
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

test("a class frequency chart has a bar and a count for each class, also for one without examples", async () => {
  const data: DatasetData = {
    count: 5,
    shape: [1],
    classes: ["a", "b", "empty"],
    scale: 1,
    featureNames: [],
    targetNames: [],
    split: "train",
  };
  const { svg } = await renderSvg(classFrequency(data, [0, 0, 1, 0, 1]).specification);
  expect(marksOf(svg, "bar")).toBe(3);
  const texts = textsOf(svg).map((text) => text.replace(/\s+/g, " "));
  for (const text of [
    "3 (60.0 %)",
    "2 (40.0 %)",
    "0 (0.0 %)",
    "Number of examples",
    "5 examples, 3 classes; 0 to 3 a class",
  ])
    expect(texts).toContain(text);
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

test("a classification report has a line a class, then accuracy and both averages", async () => {
  const metrics = pets.metrics as ClassificationMetrics;
  expect(reportLines(metrics, ["cat", "dog", "fox"]).map(({ name, cells }) => [name, ...cells].join(" | "))).toEqual([
    "cat | 0.8889 | 0.8000 | 0.8421 | 10",
    "dog | 0.9944 | 0.9992 | 0.9968 | 1,240",
    "fox | 1.0000 | 0.5000 | 0.6667 | 10",
    "Accuracy |  |  | 0.9937 | 1,260",
    "Macro average | 0.9611 | 0.7664 | 0.8352 | 1,260",
    "Weighted average | 0.9936 | 0.9937 | 0.9929 | 1,260",
  ]);
  const { svg } = await renderSvg(classificationReport(pets).specification);
  // 5 heads, 3 × 5 for the classes, 3 for accuracy (its name, value and support), 2 × 5 for the averages.
  expect(marksOf(svg, "text mark")).toBe(5 + 15 + 3 + 10);
  expect(marksOf(svg, "rule mark")).toBe(3);
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
  expect(() => classFrequency(data, [])).toThrow(
    "`class_frequency` counts classes, but the targets of this dataset are numbers. Declare `classes:` in the `load` stage if they are labels.",
  );
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
