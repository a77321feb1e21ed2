/** Figures of the probabilities of classes: curves, calibration, the most confident mistakes. */
import { expect, test } from "vitest";
import { evaluationOf, type Said } from "../../../scripts/figure-samples.js";
import { renderSvg } from "../../../src/figure/svg.js";
import { softmaxRows } from "../../../src/learn/logits.js";
import { stream } from "../../../src/learn/random.js";
import type { ListItem } from "../../../src/pipeline/run-context.js";
import { wrongExamples } from "../../../src/stages/figures/mistakes.js";
import { type JudgedClasses, judgedClasses } from "../../../src/stages/judged-classes.js";
import { drawn, visualize } from "../../../src/stages/visualize.js";
import { sketchText } from "../../../src/text/sketch.js";
import { formatNumber } from "../../../src/util/numbers.js";
import { blobOf } from "../../../src/values/blob.js";
import type { ClassificationMetrics } from "../../../src/values/evaluation.js";
import type { Output } from "../../../src/values/output.js";
import { marksOf, textsOf } from "../../figure/data.js";

type Evaluation = Output<"evaluation">;
const one = (value: Evaluation): readonly ListItem<Output>[] => [{ source: 0, element: null, value }];
const draw = (options: object, ...values: readonly Evaluation[]) =>
  drawn(
    visualize.schema.parse(options),
    values.flatMap((value, source) => one(value).map((item) => ({ ...item, source }))),
    {},
    { seed: 7, folds: [] },
  );
const subtitleOf = ({ specification }: { readonly specification: object }): readonly string[] =>
  (specification as { readonly title: { readonly subtitle: readonly string[] } }).title.subtitle;

/** Of `size` features; a truth that is more likely said than not. */
function evaluation(
  classes: readonly string[],
  count: number,
  more: Partial<Said> & { readonly sure?: number; readonly purpose?: string } = {},
): Evaluation {
  const noise = stream(7, [], more.purpose ?? "evaluation");
  const labels = more.labels ?? Array.from({ length: count }, () => Math.floor(noise.uniform() * classes.length));
  const logits = labels.map((label) => classes.map((_, at) => noise.normal() + (at === label ? (more.sure ?? 1) : 0)));
  const shape = more.shape ?? [2];
  const size = shape.reduce((product, length) => product * length, 1);
  const features = Float32Array.from({ length: labels.length * size }, (_, at) => at / 2);
  return evaluationOf({ classes, shape, scale: 1, split: "test", labels, logits, ...more }, features);
}
const pets = ["cat", "dog", "fox"];

test("of two classes the curve is that of the second, of more each and their mean; one can be asked for", async () => {
  const twoClasses = evaluation(["no", "yes"], 60, {
    labels: Array.from({ length: 60 }, (_, at) => Number(at % 3 === 0)),
  });
  const { metrics, intervals } = twoClasses.data as JudgedClasses["data"];
  const [low, high] = intervals.auc!;
  expect(subtitleOf(await draw({ figure: "roc" }, twoClasses))).toEqual([
    `yes against no, 20 of 60 examples; area under the curve (AUC) ${metrics.auc!.toFixed(4)}, ` +
      `95 % interval ${formatNumber(low)} to ${formatNumber(high)}`,
    "dotted: guessing",
  ]);
  const both = await draw({ figure: "roc", labels: ["one", "other"] }, twoClasses, twoClasses);
  expect(subtitleOf(both)[0]).toBe(
    "yes against no, 20 of 60 examples; beside each its area under the curve (AUC) and 95 % interval",
  );
  expect(both.sketch[0]).toMatchObject({ title: "yes against the rest" });
  expect(sketchText(both.sketch[1]!, { color: false, columns: 80 })[0]).toBe(
    "  curve  examples     AUC     95 % interval",
  );
  const three = evaluation(pets, 90);
  const all = await draw({ figure: "precision_recall" }, three);
  expect(subtitleOf(all)[0]).toMatch(
    /^each of 3 classes against the rest, 90 examples; mean average precision \(AP\) 0\.\d{4}$/,
  );
  const { svg } = await renderSvg(all.specification);
  const texts = textsOf(svg);
  for (const name of ["mean", ...pets]) expect(texts.some((text) => text.startsWith(`${name} `))).toBe(true);
  for (const text of ["Recall", "Precision", "Precision by recall, test set"]) expect(texts).toContain(text);
  const chosen = await draw({ figure: "precision_recall", class: "fox" }, three);
  expect(subtitleOf(chosen)[0]).toMatch(
    /^fox against the rest, \d\d of 90 examples; average precision \(AP\) 0\.\d{4}$/,
  );
  expect(all.sketch.map(({ type }) => type)).toEqual(["plot", "table"]);
});

test("several are laid over one another: the mean of each, or one class, with the labels that tell them apart", async () => {
  const labels = evaluation(pets, 60).blobs.labels!;
  const given = { labels: [...new Int32Array(labels.bytes().slice().buffer)] };
  const [weak, strong] = [evaluation(pets, 60, { ...given, sure: 0.5 }), evaluation(pets, 60, { ...given, sure: 3 })];
  const means = await draw({ figure: "roc", labels: ["weak", "strong"] }, weak, strong);
  expect(subtitleOf(means)).toEqual([
    "each of 3 classes against the rest, 60 examples; beside each mean area under the curve (AUC)",
    "dotted: guessing",
  ]);
  const table = sketchText(means.sketch[1]!, { color: false, columns: 60 });
  expect(table.map((line) => line.split(/ {2,}/).filter(Boolean).slice(0, 2))).toEqual([
    ["curve", "examples"],
    ["weak", "60"],
    ["strong", "60"],
  ]);
  const foxes = await draw({ figure: "roc", labels: ["weak", "strong"], class: "fox" }, weak, strong);
  expect(subtitleOf(foxes)[0]).toMatch(/^fox against the rest, \d\d of 60 examples; beside each its area under/);
  const sure = await draw({ figure: "reliability", labels: ["weak", "strong"] }, weak, strong);
  const { svg } = await renderSvg(sure.specification);
  expect(textsOf(svg).filter((text) => / ECE 0\.\d{4}$/.test(text))).toHaveLength(2);
});

test("the number of a class without examples is undefined and said, and the mean is over the others", async () => {
  const labels = Array.from({ length: 40 }, (_, at) => at % 2);
  const given = evaluation(pets, 40, { labels });
  expect(subtitleOf(await draw({ figure: "roc" }, given))[1]).toBe(
    "AUC is undefined where there are no examples of fox",
  );
  const alone = await draw({ figure: "precision_recall", class: "fox" }, given);
  expect(subtitleOf(alone).slice(0, 2)).toEqual([
    "fox against the rest, 0 of 40 examples; average precision (AP) –",
    "AP is undefined where there are no examples of fox",
  ]);
  await renderSvg(alone.specification);
  const none = evaluation(["no", "yes"], 5, { labels: [1, 1, 1, 1, 1] });
  expect(subtitleOf(await draw({ figure: "roc" }, none)).slice(0, 2)).toEqual([
    "yes against no, 5 of 5 examples; area under the curve (AUC) –",
    "AUC is undefined where there are no examples of classes other than yes",
  ]);
});

test("ten curves of ten thousand examples are a small picture, and of a hundred classes ten have a name", async () => {
  const ten = Array.from({ length: 10 }, (_, at) => String(at));
  const noise = stream(7, [], "many");
  const labels = Int32Array.from({ length: 10_000 }, (_, at) => at % 10);
  const logits = Float32Array.from(
    { length: 100_000 },
    (_, at) => noise.normal() + (Math.floor(at / 10) % 10 === at % 10 ? 0.4 : 0),
  );
  const given = evaluation(ten, 20);
  const blobs = {
    ...given.blobs,
    labels: blobOf("int32", [10_000], labels),
    rows: blobOf("int32", [10_000], Int32Array.from(labels.keys())),
    predictions: blobOf("float32", [10_000, 10], softmaxRows(logits, 10)),
  };
  const many = { ...given, blobs };
  const small = await renderSvg((await draw({ figure: "roc" }, many)).specification);
  expect(small.svg.length).toBeLessThan(150_000);
  const hundred = Array.from({ length: 100 }, (_, at) => `kind ${at}`);
  const wide = await draw(
    { figure: "roc" },
    evaluation(hundred, 300, { labels: Array.from({ length: 300 }, (_, at) => at % 100) }),
  );
  expect(subtitleOf(wide)[1]).toBe("named: the 10 classes of the lowest AUC");
  const { svg } = await renderSvg(wide.specification);
  expect(textsOf(svg).filter((text) => text.startsWith("kind "))).toHaveLength(10);
});

test("a class that is called mean is told from the mean", async () => {
  const { sketch } = await draw({ figure: "roc" }, evaluation(["mean", "median", "mode"], 60));
  const rows = sketchText(sketch[1]!, { color: false, columns: 60 });
  expect(rows.map((row) => row.trim().split(/ /)[0])).toEqual(["class", "(mean)", "mean", "median", "mode"]);
});

test("where all curves come near the best corner it stands beside, enlarged", async () => {
  const good = await draw({ figure: "roc" }, evaluation(pets, 300, { sure: 6 }));
  const { svg } = await renderSvg(good.specification);
  expect(textsOf(svg)).toContain("The upper left corner, enlarged");
  const poor = await renderSvg((await draw({ figure: "roc" }, evaluation(pets, 300))).specification);
  expect(textsOf(poor.svg)).not.toContain("The upper left corner, enlarged");
});

test("a reliability diagram tells the mean confidence, the accuracy, both errors and the count of each bin", async () => {
  // Probabilities of 3/4: half of them are right; and one of 1/2.
  const logits = [...Array.from({ length: 8 }, () => [Math.log(3), 0]), [0, 0]];
  const given = evaluation(["no", "yes"], 9, { logits, labels: [0, 0, 0, 0, 1, 1, 1, 1, 0] });
  const figure = await draw({ figure: "reliability", bins: 10 }, given);
  expect(subtitleOf(figure)).toEqual([
    "confidence of the predicted class, 9 examples in 10 bins",
    "mean confidence 0.7222, accuracy 0.5556 (95 % interval 0.2667 to 0.8112)",
    "expected calibration error (ECE) 0.2778, greatest of a bin (MCE) 0.5000",
    "whiskers: 95 % intervals of the bins; dotted: as often right as it is sure",
  ]);
  const { svg } = await renderSvg(figure.specification);
  expect(textsOf(svg)).toEqual(expect.arrayContaining(["8", "1", "Accuracy (fraction right)"]));
  expect(sketchText(figure.sketch[1]!, { color: false, columns: 80 })).toEqual([
    "  up to  examples  confidence  accuracy     95 % interval",
    "  0.500         1      0.5000    1.0000       0.2065 to 1",
    "  0.800         8      0.7500    0.5000  0.2152 to 0.7848",
  ]);
  const ofYes = await draw({ figure: "reliability", bins: 10, class: "yes" }, given);
  expect(subtitleOf(ofYes).slice(0, 2)).toEqual([
    "probability of yes, 9 examples in 10 bins",
    "mean probability 0.2778, share 0.4444 (95 % interval 0.1888 to 0.7333)",
  ]);
});

test("mistakes are what the confusion matrix has beside its diagonal, even among logits that are almost equal", () => {
  const noise = stream(7, [], "mistakes");
  const labels = Array.from({ length: 300 }, () => Math.floor(noise.uniform() * 3));
  // So near that probabilities of 32 bits are equal, and the first of them is not always the largest logit.
  const logits = labels.map(() => pets.map(() => 1 + Math.floor(3 * noise.uniform()) * 2 ** -23));
  const given = evaluation(pets, 300, { labels, logits });
  const { correct, count, confusion } = given.data.metrics as ClassificationMetrics;
  const wrong = wrongExamples(
    judgedClasses("mistakes", { label: "", name: "", over: [], value: given, source: 0, element: null }),
  );
  expect(wrong).toHaveLength(count - correct);
  for (const [truth, row] of confusion.entries())
    for (const [predicted, wanted] of row.entries())
      if (truth !== predicted)
        expect(wrong.filter((each) => each.truth === pets[truth] && each.predicted === pets[predicted])).toHaveLength(
          wanted,
        );
});

const table = {
  labels: [0, 1, 2, 2, 0, 1],
  logits: [
    [0, 2, 0],
    [0, 9, 0],
    [3, 0, 0],
    [0, 2, 0],
    [5, 0, 0],
    [0, 0, 2],
  ],
};
const rowsOf = ({ sketch }: Awaited<ReturnType<typeof draw>>, columns = 80): readonly string[] =>
  sketchText(sketch[0]!, { color: false, columns });

test("the most confident mistakes come first, equal ones in the order of the data, with the features of a table", async () => {
  const given = evaluation(pets, 6, table);
  const named = { ...given, data: { ...given.data, featureNames: ["weight", "age"] } };
  const figure = await draw({ figure: "mistakes" }, named);
  expect(subtitleOf(figure)).toEqual(["all 4 mistakes among 6 examples, the most confident first"]);
  expect(rowsOf(figure)).toEqual([
    "  example  true  predicted  probability  weight  age",
    "        3  fox   cat             0.9094       2  2.5",
    "        1  cat   dog             0.7870       0  0.5",
    "        4  fox   dog             0.7870       3  3.5",
    "        6  dog   fox             0.7870       5  5.5",
  ]);
  const { svg } = await renderSvg(figure.specification);
  expect(textsOf(svg)).toEqual(expect.arrayContaining(["weight", "0.9094", "Most confident mistakes, test set"]));
  const first = await draw({ figure: "mistakes", count: 1, true_class: "fox" }, named);
  expect(subtitleOf(first)).toEqual(["1 of 2 mistakes of class fox among 6 examples"]);
  const scaled = {
    ...named,
    data: { ...named.data, normalization: [{ method: "standard", offset: [10, 20], divisor: [2, 4] }] as never },
  };
  const undone = await draw({ figure: "mistakes", count: 1 }, scaled);
  expect(rowsOf(undone)[1]).toMatch(/ 14 +30$/);
  expect(subtitleOf(undone)).toContain("features as they were before they were normalised");
});

test("mistakes of images are images with captions; where there is none the figure says so", async () => {
  const given = evaluation(pets, 6, { ...table, shape: [2, 2, 1] });
  const figure = await draw({ figure: "mistakes", count: 3 }, given);
  const { svg } = await renderSvg(figure.specification);
  expect(marksOf(svg, "image mark")).toBe(3);
  expect(textsOf(svg)).toEqual(expect.arrayContaining(["true fox", "predicted cat", "p 0.9094", "image 3"]));
  expect(figure.sketch).toMatchObject([
    { type: "images", images: [{ caption: "true fox, predicted cat, p 0.9094, image 3" }, {}, {}] },
  ]);
  const right = evaluation(pets, 6, { ...table, labels: [1, 1, 0, 1, 0, 2] });
  const none = await draw({ figure: "mistakes" }, right);
  expect(textsOf((await renderSvg(none.specification)).svg)).toContain("no mistakes: all 6 examples are right");
  expect(rowsOf(none)).toEqual(["  no mistakes: all 6 examples are right"]);
  const few = await draw({ figure: "mistakes", true_class: "dog", predicted_class: "cat" }, given);
  expect(rowsOf(few)).toEqual(["  no mistakes of class dog taken for cat: none among 6 examples"]);
});

test("evaluations of other examples or classes are not laid over one another, and a class must be one of theirs", async () => {
  const given = evaluation(pets, 20);
  const other = { ...given, data: { ...given.data, examples: "sha256:03" as const } };
  await expect(draw({ figure: "roc" }, given, other)).rejects.toThrow(
    "`roc` compares models on one set, but input 2 is of other examples than the first, or has them in another order. Evaluate both on the same examples, or draw each in a figure of its own.",
  );
  // Features on another scale cannot tell, but labels can.
  const scaled = (value: Evaluation): Evaluation => ({
    ...value,
    data: {
      ...value.data,
      examples: "sha256:04",
      normalization: [{ method: "standard", offset: [0], divisor: [2] }] as never,
    },
  });
  await draw({ figure: "roc" }, given, scaled(given));
  await expect(draw({ figure: "roc" }, given, scaled(evaluation(pets, 20, { purpose: "others" })))).rejects.toThrow(
    "input 2 is of other examples",
  );
  await expect(draw({ figure: "reliability" }, given, evaluation(["cat", "dog", "hare"], 20))).rejects.toThrow(
    "`reliability` lays models of the same classes over one another, but those of input 2 are not those of the first. Draw each in a figure of its own.",
  );
  await expect(draw({ figure: "roc", class: "foks" }, given)).rejects.toThrow(
    "There is no class `foks`. Did you mean `fox`?\n\nClasses: cat, dog, fox",
  );
  await expect(draw({ figure: "mistakes", predicted_class: "doog" }, given)).rejects.toThrow(
    "There is no class `doog`. Did you mean `dog`?",
  );
});

test("classes of another order are the same classes: a curve is that of its name", async () => {
  const given = evaluation(["no", "yes"], 40);
  const { labels, predictions } = given.blobs as Record<string, { bytes(): Uint8Array }>;
  const swapped = evaluation(["yes", "no"], 40, {
    labels: [...new Int32Array(labels!.bytes().slice().buffer)].map((label) => 1 - label),
    logits: Array.from({ length: 40 }, (_, at) => {
      const [no, yes] = new Float32Array(predictions!.bytes().slice().buffer).subarray(2 * at, 2 * at + 2);
      return [Math.log(yes!), Math.log(no!)];
    }),
  });
  const rows = sketchText((await draw({ figure: "roc" }, given, swapped)).sketch[1]!, { color: false, columns: 60 });
  expect(rows[1]!.replace("1", "2")).toBe(rows[2]);
});
