import { expect, test } from "vitest";
import type { Span } from "../../src/diagnostic/diagnostic.js";
import type { PortInfo, RunContext } from "../../src/pipeline/kind.js";
import { loadMnist } from "../../src/stages/load-mnist.js";
import { visualize } from "../../src/stages/visualize.js";
import type { FigureData, Output } from "../../src/util/value.js";
import { epochs, evaluationData, imageSet, marksOf, modelData, outputOf, pngSize, regressionData } from "../figure/data.js";

type Options = ReturnType<typeof visualize.schema.parse>;
const optionsOf = (options: object): Options => visualize.schema.parse({ from: "x", ...options });

function run(options: object, from: Output) {
  const context: RunContext<Options> = {
    options: optionsOf(options),
    inputs: { from },
    lists: {},
    folder: ".",
    seeds: { seed: 1, folds: [] },
    threads: 1,
    checkpoints: { latest: () => undefined, save: () => undefined },
    progress: () => undefined,
    warn: () => undefined,
    stopping: () => false,
  };
  return visualize.run(context);
}
async function figureOf(options: object, from: Output) {
  const { figure } = await run(options, from);
  return {
    data: figure!.data as unknown as FigureData,
    svg: Buffer.from(figure!.blobs["svg"]!.bytes()).toString(),
    png: figure!.blobs["png"]!.bytes(),
    output: figure!,
  };
}
/** Title, option and message of each mistake that check finds. */
function mistakes(options: object, from: PortInfo | undefined): readonly string[] {
  const found: string[] = [];
  const span: Span = { file: { path: "p.yaml", text: "" }, start: 0, end: 0 };
  const outputs = visualize.check({
    options: optionsOf(options),
    inputs: { from },
    lists: {},
    folder: ".",
    span: () => span,
    report: ({ title, message, at }) => found.push(`${at?.join(".")}: ${title}: ${message}`),
  });
  expect(outputs).toEqual({ figure: { type: "figure" } });
  return found;
}

const pets = evaluationData(
  ["cat", "dog"],
  [
    [3, 1],
    [0, 4],
  ],
);
const drawings: readonly (readonly [string, Output])[] = [
  ["examples", imageSet()],
  ["class_frequency", imageSet()],
  ["learning_curves", outputOf("model", modelData(epochs([0.4, 0.2], true), "cross_entropy", 2))],
  ["confusion_matrix", outputOf("evaluation", pets)],
  ["classification_report", outputOf("evaluation", pets)],
];

test.each(drawings)("%s leaves its specification, an SVG and a PNG of twice the size, the same bytes each time", async (figure, from) => {
  const first = await figureOf({ figure, title: "A title <of mine>" }, from);
  const { data, svg, png, output } = first;
  expect(output.type).toBe("figure");
  expect([data.figure, data.title]).toEqual([figure, "A title <of mine>"]);
  expect(svg).toContain("A title &lt;of mine&gt;");
  expect(svg).toContain(`width="${data.width}" height="${data.height}"`);
  expect(pngSize(png)).toEqual({ width: Math.ceil(data.width * 2), height: Math.ceil(data.height * 2) });
  for (const name of ["svg", "png"]) {
    expect(output.blobs[name]!.dtype).toBe("bytes");
    expect(output.blobs[name]!.shape).toEqual([output.blobs[name]!.bytes().length]);
  }
  const again = await figureOf({ figure, title: "A title <of mine>" }, from);
  expect(again.data).toEqual(data);
  expect(again.svg).toBe(svg);
  expect(Buffer.from(again.png).equals(Buffer.from(png))).toBe(true);
});

test("the examples of MNIST are eighty digits, in less than half a megabyte", async () => {
  const { svg, data } = await figureOf({ figure: "examples" }, loadMnist()["train"]!);
  expect(marksOf(svg, "image mark")).toBe(80);
  expect(svg.length).toBeLessThan(200_000);
  expect(data.title).toBe("Examples, train set");
});

test("per_class says how many images of each class there are", async () => {
  expect(marksOf((await figureOf({ figure: "examples", per_class: 3 }, imageSet())).svg, "image mark")).toBe(6);
});

test("a figure that does not fit its input is told what it got and what to use", async () => {
  const wanted =
    "`confusion_matrix` is drawn from an evaluation, but this is a model. Let `from` name an `evaluate` stage. Figures of a model: `learning_curves`.";
  expect(mistakes({ figure: "confusion_matrix" }, { type: "model" })).toEqual([`from: figure does not fit its input: ${wanted}`]);
  expect(mistakes({ figure: "learning_curves" }, { type: "dataset" })).toEqual([
    "from: figure does not fit its input: `learning_curves` is drawn from a model, but this is a dataset. Let `from` name a `train` stage. Figures of a dataset: `examples`, `class_frequency`.",
  ]);
  expect(mistakes({ figure: "examples" }, { type: "evaluation" })).toEqual([
    "from: figure does not fit its input: `examples` is drawn from a dataset, but this is an evaluation. Let `from` name a stage that loads or cuts data. Figures of an evaluation: `confusion_matrix`, `classification_report`.",
  ]);
  await expect(run({ figure: "confusion_matrix" }, outputOf("model", modelData([], "mse", 0)))).rejects.toThrow(wanted);
});

test("a figure about classes refuses a regression, before and while running", async () => {
  const compared = (figure: string): string =>
    `\`${figure}\` compares classes, but this evaluation is of a regression. Use an evaluation of a model whose loss is \`cross_entropy\`.`;
  for (const figure of ["confusion_matrix", "classification_report"]) {
    for (const from of [
      { type: "evaluation", loss: "mse" },
      { type: "evaluation", classes: null },
    ] as const)
      expect(mistakes({ figure }, from)).toEqual([`from: a figure about classes: ${compared(figure)}`]);
    await expect(run({ figure }, outputOf("evaluation", regressionData))).rejects.toThrow(compared(figure));
  }
  expect(mistakes({ figure: "class_frequency" }, { type: "dataset", classes: null })).toEqual([
    "from: a figure about classes: `class_frequency` counts classes, but the targets of this dataset are numbers. Declare `classes:` in the `load` stage if they are labels.",
  ]);
});

test("examples refuses data that are no images", () => {
  expect(mistakes({ figure: "examples" }, { type: "dataset", shape: [4] })).toEqual([
    "from: no images to draw: `examples` draws images, [height, width, 1] for grey or [height, width, 3] for colour, but the examples of this dataset are [4].",
  ]);
});

test("what fits, or is not known yet, is no mistake", () => {
  expect(mistakes({ figure: "examples" }, { type: "dataset", shape: [28, 28, 1], classes: null })).toEqual([]);
  expect(mistakes({ figure: "examples" }, { type: "dataset", shape: null })).toEqual([]);
  expect(mistakes({ figure: "confusion_matrix" }, { type: "evaluation", loss: "cross_entropy", classes: null })).toEqual([]);
  expect(mistakes({ figure: "learning_curves" }, { type: "model", loss: "mse", classes: null })).toEqual([]);
  expect(mistakes({ figure: "learning_curves" }, undefined)).toEqual([]);
});
