/** Augmentation from the file to the figure, through the real command. */
import { describe, expect, test } from "vitest";
import { checkPipeline } from "../../src/pipeline/check.js";
import { readText } from "../../src/pipeline/read.js";
import { kinds } from "../../src/stages/kinds.js";
import { digests, type Project, project, steps } from "../rig/project.js";

/** As a study may look that uses everything. @param digits  the options of `load` */
const study = (digits: string, epochs: number, units = "kernels: 32, size: 3, activation: relu"): string => `
name: mnist-cnn
seed: 7
params: {epochs: ${epochs}}
profiles:
  quick: {params: {epochs: 1}}
stages:
  digits: {kind: load, ${digits}}                      # outputs: train, test
  parts:  {kind: split, data: digits.train, validation: ${epochs === 8 ? 10000 : 100}, stratify: true}   # outputs: train, validation
  warped: {kind: augment, data: parts.train, transforms: [{rotate: {degrees: 10}}, {elastic: {alpha: 34, sigma: 4}}]}
  cnn:
    kind: train
    data: warped
    validation: parts.validation
    layers:
      - conv: {${units}}
      - max_pool: 2
      - flatten
      - dense: {units: 10}
    loss: cross_entropy
    optimizer: {adam: {learning_rate: 0.001}}
    batch_size: 64
    epochs: \${params.epochs}
    early_stopping: {patience: 3}
  score:     {kind: evaluate, model: cnn, data: digits.test}     # metrics + predictions
  confusion: {kind: visualize, figure: confusion_matrix, from: score}
  curves:    {kind: visualize, figure: learning_curves, from: cnn}
`;
const files =
  "source: idx, classes: 10, train: {images: train-images, labels: train-labels}, test: {images: test-images, labels: test-labels}";

test("the first example of the design has no mistake", () => {
  const document = readText("p.yaml", study("source: mnist", 8));
  const { diagnostics } = document.ok ? checkPipeline(document.value, kinds) : document;
  expect(diagnostics).toEqual([]);
});

describe("a study with augmentation", () => {
  test("runs, says what it does, and is reused as a whole", async () => {
    const open = project(study(files, 2, "kernels: 4, size: 3, activation: relu"));
    try {
      const first = await open.hw1("run", "p.yaml", "--plain");
      expect([first.code, first.err]).toEqual([0, ""]);
      expect(first.out).toMatch(/^warped ran in .* {2}data 500, anew in each epoch: rotate, elastic$/m);
      expect((await open.hw1("run", "p.yaml", "--plain")).out).toContain("0 ran, 7 reused");
      const shown = await open.hw1("show", "p.yaml", "warped");
      expect(shown.out).toContain(
        [
          "  anew in each epoch",
          "  rotate              degrees −10 … 10, fill 0, interpolation bilinear",
          "  elastic             alpha 34, fill 0, interpolation bilinear, sigma 4",
        ].join("\n"),
      );
      // Weaker transforms are another training; other spellings of the same are not.
      const text = study(files, 2, "kernels: 4, size: 3, activation: relu");
      open.write("p.yaml", text.replace("{rotate: {degrees: 10}}", "{rotate: [-10, 10]}"));
      expect(digests(await open.hw1("run", "p.yaml", "--json", "--only", "cnn")).cnn).toBe(await digestOf(open, "cnn"));
      open.write("p.yaml", text.replace("degrees: 10", "degrees: 5"));
      const verdicts = steps(await open.hw1("run", "p.yaml", "--json", "--only", "cnn"));
      expect([verdicts.parts!.verdict, verdicts.warped!.verdict, verdicts.cnn!.verdict]).toEqual([
        "reuse",
        "run",
        "run",
      ]);
    } finally {
      open.remove();
    }
  });
  test("learns what it would learn from a copy of each image that was made before, to the last bit", async () => {
    const net = (data: string, validation: string): string =>
      `{kind: train, data: ${data}, validation: ${validation}, layers: [conv: {kernels: 3, size: 3, activation: relu}, max_pool: 2, flatten, dropout: 0.2, dense: {units: 10}], loss: cross_entropy, optimizer: adam, epochs: 1}`;
    const transforms =
      "transforms: [{affine: {degrees: 20, translate: [0.1, 0.1]}}, elastic, {erase: 0.1}, {noise: 0.1}]";
    const open = project(`
seed: 3
stages:
  digits: {kind: load, ${files}}
  parts: {kind: split, data: digits.train, validation: 100}
  mixed: {kind: shuffle, data: parts.train}
  drawn: {kind: augment, data: mixed, ${transforms}}
  copied: {kind: augment, data: mixed, ${transforms}, copies: 1}
  one: ${net("drawn", "parts.validation")}
  two: ${net("copied", "parts.validation")}
  ready: {kind: normalize, data: drawn}
  kept: {kind: normalize, data: copied, fit: mixed}
  three: ${net("ready", "parts.validation")}
  four: ${net("kept", "parts.validation")}
`);
    try {
      const run = await open.hw1("run", "p.yaml", "--json");
      expect([run.code, run.err]).toEqual([0, ""]);
      const { one, two, three, four, drawn, copied } = digests(run);
      expect(two).toBe(one);
      expect(four).toBe(three);
      expect(three).not.toBe(one);
      expect(copied).not.toBe(drawn);
    } finally {
      open.remove();
    }
  });
  test("may augment in folds and in trials", async () => {
    const open = project(`
seed: 3
stages:
  digits: {kind: load, ${files}}
  folds: {kind: fold, data: digits.train, k: 2}
  warped: {kind: augment, each: folds, data: folds.train, transforms: [{rotate: 10}]}
  net: {kind: train, each: folds, data: warped, validation: folds.validation, layers: [flatten, {dense: {units: 10}}], loss: cross_entropy, optimizer: adam, epochs: 1}
  angles:
    kind: search
    strategy: grid
    space: {degrees: [0, 10, 40]}
    trial:
      seen: {kind: augment, each: folds, data: folds.train, transforms: [{rotate: "\${trial.degrees}"}]}
      net: {kind: train, each: folds, data: seen, validation: folds.validation, layers: [flatten, {dense: {units: 10}}], loss: cross_entropy, optimizer: adam, epochs: 1}
    objective: {minimize: net.validation.loss}
  best: {kind: select, from: angles}
  final_seen: {kind: augment, each: best, use: best.seen, data: digits.train}
  final: {kind: train, each: best, use: best.net, data: final_seen}
`);
    try {
      const run = await open.hw1("run", "p.yaml", "--json");
      expect([run.code, run.err]).toEqual([0, ""]);
      const found = digests(run);
      expect(found["warped/1"]).not.toBe(found["warped/2"]);
      const shown = JSON.parse((await open.hw1("show", "p.yaml", "angles", "--json")).out) as { trials?: unknown };
      expect(shown).toBeDefined();
      // A trial that asks for what a stage asks for is one step with it.
      expect((await open.hw1("plan", "p.yaml")).code).toBe(0);
    } finally {
      open.remove();
    }
  });
});

async function digestOf(open: Project, stage: string): Promise<unknown> {
  return (JSON.parse((await open.hw1("show", "p.yaml", stage, "--json")).out) as { digest: unknown }).digest;
}
