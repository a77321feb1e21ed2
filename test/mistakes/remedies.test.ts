/** What a message proposes works: each remedy, applied to the file as the message says it, leaves a right file. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { Diagnostic } from "../../src/diagnostic/diagnostic.js";
import { checkPipeline } from "../../src/pipeline/check.js";
import { readDocument } from "../../src/pipeline/read.js";
import { kinds } from "../../src/stages/kinds.js";

const folder = mkdtempSync(join(tmpdir(), "hw1-remedies-"));
afterAll(() => rmSync(folder, { recursive: true }));
const rows = Array.from({ length: 40 }, (_, index) => `${(index * 17) % 40},${(index * 29) % 41},${index % 2}`).join(
  "\n",
);
writeFileSync(join(folder, "a.csv"), `a,b,y\n${rows}\n`);
const others = rows.split("\n").map((row) => `9${row}`);
writeFileSync(join(folder, "t.csv"), `a,b,y\n${others.reverse().join("\n")}\n`);

function told(text: string): readonly Diagnostic[] {
  const path = join(folder, "p.yaml");
  writeFileSync(path, text);
  const document = readDocument(path);
  return (document.ok ? checkPipeline(document.value, kinds) : document).diagnostics;
}

const numbers = "  pts: {kind: load, source: csv, train: a.csv, target: y}\n";
const classes = "  pts: {kind: load, source: csv, train: a.csv, target: y, classes: 2}\n";
const train = (layers: string, more = "", loss = "cross_entropy", each = ""): string =>
  `  net: {kind: train, ${each}data: pts.train, layers: [${layers}], loss: ${loss}, optimizer: adam, epochs: 2${more}}\n`;
const folded = `  folds: {kind: fold, data: pts.train, k: 2}\n  net: {kind: train, each: folds, data: folds.train, layers: [{dense: {units: 2}}], loss: cross_entropy, optimizer: adam, epochs: 2}\n  score: {kind: evaluate, each: folds, model: net, data: folds.validation}\n`;

/** Wrong file, the words that propose, and what they propose: what to replace by what, one after the other. */
interface Case {
  readonly stages: string;
  readonly says: string;
  readonly edits: readonly (readonly [string, string])[];
}
const by = (optimizer: string): string =>
  numbers + train("{dense: {units: 1}}", "", "mse").replace("optimizer: adam", `optimizer: ${optimizer}`);
const cases: readonly Case[] = [
  {
    stages: by("{sgd: {nesterov: true}}"),
    says: "Set one, such as `momentum: 0.9`",
    edits: [["nesterov: true", "nesterov: true, momentum: 0.9"]],
  },
  {
    stages: by("{sgd: {learning_rate: {cosine: {from: 0.1, over: 1}}}}"),
    says: "Set `epochs: 1`",
    edits: [["epochs: 2", "epochs: 1"]],
  },
  {
    stages: by("{sgd: {learning_rate: {one_cycle: {max: 0.1}, warm_up: 1}}}"),
    says: "Leave `warm_up` out",
    edits: [[", warm_up: 1", ""]],
  },
  {
    stages: by("{sgd: {learning_rate: {cosine: {from: 0.1, over: 2}, warm_up: {steps: 4}}}}"),
    says: "Set a larger `over`, or a shorter `warm_up`",
    edits: [["steps: 4", "steps: 3"]],
  },
  { stages: classes + train("{dense: {units: 3}}"), says: "Set `units: 2`", edits: [["units: 3", "units: 2"]] },
  {
    stages: classes + train("{dense: {units: 1, activation: sigmoid}}"),
    says: "Either way, leave out the last `sigmoid`",
    edits: [["units: 1, activation: sigmoid", "units: 2"]],
  },
  {
    stages: classes + train("{dense: {units: 1}}, {activation: sigmoid}"),
    says: "or use `loss: binary_cross_entropy`, which takes 1 output for two classes",
    edits: [
      [", {activation: sigmoid}", ""],
      ["cross_entropy", "binary_cross_entropy"],
    ],
  },
  {
    stages: classes + train("{dense: {units: 1, activation: sigmoid}}", "", "bce_with_logits"),
    says: "Write `loss: binary_cross_entropy`; it takes one output for two classes, without a sigmoid",
    edits: [
      ["bce_with_logits", "binary_cross_entropy"],
      [", activation: sigmoid", ""],
    ],
  },
  {
    stages: classes + train("{dense: {units: 1, activation: sigmoid}}", "", "binary_cross_entropy"),
    says: "Leave the last `sigmoid` out",
    edits: [[", activation: sigmoid", ""]],
  },
  {
    stages: classes + train("{dense: {units: 2}}", "", "binary_cross_entropy"),
    says: "Set `units: 1`, or use `loss: cross_entropy`, which takes 2 outputs for two classes",
    edits: [["binary_cross_entropy", "cross_entropy"]],
  },
  {
    stages: classes.replace("classes: 2", "classes: 3") + train("{dense: {units: 1}}", "", "binary_cross_entropy"),
    says: "Use `loss: cross_entropy`, with one output per class",
    edits: [
      ["binary_cross_entropy", "cross_entropy"],
      ["units: 1", "units: 3"],
    ],
  },
  {
    stages: numbers + train("{dense: {units: 1}}", ", class_weight: balanced", "huber"),
    says: "`class_weight` weighs classes, but `huber` learns numbers. Leave it out",
    edits: [[", class_weight: balanced", ""]],
  },
  {
    stages: numbers + train("{dense: {units: 1}}", ", label_smoothing: 0.1", "{huber: {delta: 2}}"),
    says: "`label_smoothing` smooths the labels of classes, but `huber` learns numbers. Leave it out",
    edits: [[", label_smoothing: 0.1", ""]],
  },
  {
    stages: classes + train("{dense: {units: 2}}", ", class_weight: [1, 2, 3]"),
    says: "`class_weight` needs a number for each class, in their order (0, 1)",
    edits: [["[1, 2, 3]", "[1, 2]"]],
  },
  {
    stages: classes + train("{dense: {units: 2, activation: softmax}}"),
    says: "Leave the last `softmax` out",
    edits: [[", activation: softmax", ""]],
  },
  {
    stages: classes + train("{dense: {units: 2, activation: relu}}"),
    says: "Leave the last `relu` out",
    edits: [[", activation: relu", ""]],
  },
  {
    stages: numbers + train("{dense: {units: 2}}", "", "mse"),
    says: "Set `units: 1`",
    edits: [["units: 2", "units: 1"]],
  },
  {
    stages: numbers + train("{activation: tanh}", "", "mse"),
    says: "Let the network end in `- dense: {units: 1}`",
    edits: [["{activation: tanh}", "{activation: tanh}, {dense: {units: 1}}"]],
  },
  {
    stages: numbers + train("{dense: {units: 1}}"),
    says: "use `loss: mse`",
    edits: [["cross_entropy", "mse"]],
  },
  {
    stages: numbers + train("{dense: {units: 2}}"),
    says: "Declare `classes:` in the `load` stage",
    edits: [["target: y", "target: y, classes: 2"]],
  },
  {
    stages: classes + train("{dense: {units: 2}}", "", "mse"),
    says: "Use `loss: cross_entropy`",
    edits: [["mse", "cross_entropy"]],
  },
  {
    stages: classes + train("{dense: {units: 2}}", ", early_stopping: {patience: 2}"),
    says: "Add `validation:`, such as `validation: parts.validation`",
    edits: [
      ["  net:", "  parts: {kind: split, data: pts.train, validation: 0.2}\n  net:"],
      ["data: pts.train, layers", "data: parts.train, validation: parts.validation, layers"],
    ],
  },
  {
    stages: `${numbers}  parts: {kind: split, data: pts.train, validation: 0.01}\n`,
    says: "`validation: 1`",
    edits: [["0.01", "1"]],
  },
  {
    stages: `${numbers}  parts: {kind: split, data: pts.train, validation: 0.99}\n`,
    says: "`validation: 39`",
    edits: [["0.99", "39"]],
  },
  {
    stages: `${numbers}  parts: {kind: split, data: pts.train, validation: 0.9, test: 0.1}\n`,
    says: "`validation: 35`",
    edits: [["0.9,", "35,"]],
  },
  {
    stages: `${numbers}  parts: {kind: split, data: pts.train, validation: 0.2, stratify: true}\n`,
    says: "Declare `classes:`",
    edits: [["target: y", "target: y, classes: 2"]],
  },
  {
    stages: `${numbers}  parts: {kind: split, data: pts.train, validation: 0.2, stratify: true}\n`,
    says: "leave out `stratify`",
    edits: [[", stratify: true", ""]],
  },
  {
    stages: `${classes}${folded}  x: {kind: visualize, figure: confusion_matrix, from: score}\n`,
    says: "Add `each: folds`",
    edits: [["from: score", "from: score, each: folds"]],
  },
  {
    stages: `${numbers}  parts: {kind: split, data: pts.train, validation: 0.2}\n  s: {kind: search, strategy: grid, space: {units: [1, 2]}, objective: {minimize: validation.loss}, trial: {kind: train, data: parts.train, validation: parts.validation, layers: [{dense: {units: "\${trial.units}"}}, {dense: {units: 1}}], loss: mse, optimizer: adam, epochs: 2}}\n  x: {kind: visualize, figure: search_table, from: [s, s]}\n`,
    says: "use a figure of several: `search_funnel`",
    edits: [["search_table", "search_funnel"]],
  },
  {
    stages: `${classes}${folded}  x: {kind: visualize, each: folds, figure: fold_curves, from: net}\n`,
    says: "Leave `folds` out of `each`",
    edits: [["visualize, each: folds", "visualize"]],
  },
  {
    stages: `${classes}${train("{dense: {units: 2}}")}  x: {kind: visualize, figure: fold_curves, from: net}\n`,
    says: "`learning_curves` draws a training by itself",
    edits: [["fold_curves", "learning_curves"]],
  },
  {
    stages: `${classes}${folded.replace("evaluate, each: folds,", "evaluate,")}`,
    says: "Add `each: folds` to `score`",
    edits: [["evaluate,", "evaluate, each: folds,"]],
  },
  {
    stages: `${classes}${train("{dense: {units: 2}}")}  x: {kind: visualize, figure: learning_curves, from: net, top: 3}\n`,
    says: "does not read `top`. Leave it out",
    edits: [[", top: 3", ""]],
  },
  {
    stages: `${numbers}  ready: {kind: normalize, data: pts.train}\n  folds: {kind: fold, data: ready, k: 2}\n`,
    says: "normalise the parts: `{kind: normalize, each: FOLDS, data: FOLDS.train}`",
    edits: [
      ["  ready: {kind: normalize, data: pts.train}\n", ""],
      ["data: ready", "data: pts.train"],
      [
        "k: 2}\n",
        "k: 2}\n  ready: {kind: normalize, each: folds, data: folds.train}\n  judge: {kind: normalize, each: folds, data: folds.validation, fit: folds.train}\n",
      ],
    ],
  },
  {
    stages: `${numbers}  ready: {kind: normalize, data: pts.train}\n  parts: {kind: split, data: ready, validation: 0.2}\n`,
    says: "normalise the parts: `{kind: normalize, data: PARTS.train}`",
    edits: [
      ["  ready: {kind: normalize, data: pts.train}\n", ""],
      ["data: ready", "data: pts.train"],
      [
        "0.2}\n",
        "0.2}\n  ready: {kind: normalize, data: parts.train}\n  judge: {kind: normalize, data: parts.validation, fit: parts.train}\n",
      ],
    ],
  },
  {
    stages: numbers.replace("}", ", test: t.csv}") + train("{dense: {units: 1}}", ", validation: pts.test", "mse"),
    says: "Cut validation examples off the training examples with `split`",
    edits: [
      ["  net:", "  parts: {kind: split, data: pts.train, validation: 0.2}\n  net:"],
      ["data: pts.train, layers", "data: parts.train, layers"],
      ["validation: pts.test", "validation: parts.validation"],
    ],
  },
  {
    stages: classes + train("{dense: {units: 2}}", ", batch_size: 100"),
    says: "such as 10",
    edits: [["batch_size: 100", "batch_size: 10"]],
  },
  {
    stages: classes.replace("target: y", "target: [y, b]"),
    says: "Name one of them as `target`, or leave out `classes`",
    edits: [[", classes: 2", ""]],
  },
];

test.each(cases.map((each) => [each.says, each] as const))("%s", (_says, { stages, says, edits }) => {
  const text = `stages:\n${stages}`;
  const found = told(text);
  expect(found.map(({ message }) => message).join("\n")).toContain(says);
  const mended = edits.reduce((file, [old, better]) => {
    expect(file).toContain(old);
    return file.replace(old, better);
  }, text);
  expect(told(mended).map(({ title, message }) => `${title}: ${message}`)).toEqual([]);
});

test("a near name, put where the mistake is, is right", () => {
  const whole = `params: {epochs: 2}\nstages:\n${numbers}  folds: {kind: fold, data: pts.train, k: 2}\n  net: {kind: train, each: folds, data: folds.train, validation: folds.validation, layers: [{dense: {units: 4, activation: tanh}}, {dropout: 0.1}, {dense: {units: 1}}], loss: mse, optimizer: {adam: {learning_rate: 0.01}}, batch_size: 8, epochs: "\${params.epochs}"}\n  score: {kind: evaluate, each: folds, model: net, data: folds.validation, expect: {rmse: '<= 100'}}\n  x: {kind: visualize, figure: test_error, from: score}\n`;
  expect(told(whole)).toEqual([]);
  const tried = new Set<string>();
  for (const { 0: word, index } of whole.matchAll(/[a-z][a-z_]{3,}/g)) {
    const wrong = `${word.slice(0, 2)}${word[3]}${word[2]}${word.slice(4)}`;
    const file = whole.slice(0, index) + wrong + whole.slice(index + word.length);
    const proposal = told(file).find(({ message }) => message.includes("Did you mean"));
    if (wrong === word || !proposal?.span) continue;
    const near = /Did you mean `([^`]+)`/.exec(proposal.message)![1]!;
    const isStage = proposal.title === "no such stage";
    // A name that is wrong where it is defined is proposed wherever it is read.
    const spans = [proposal.span, ...(isStage ? (proposal.notes ?? []).map(({ span }) => span) : [])].sort(
      (a, b) => b.start - a.start,
    );
    const mended = spans.reduce((text, { start, end }) => {
      const there = text.slice(start, end);
      const old = isStage ? /^\w+/ : new RegExp(there.includes(wrong) ? wrong : "params\\.\\w+");
      return (
        text.slice(0, start) +
        there.replace(old, there.includes("${params.") && !there.includes(wrong) ? `params.${near}` : near) +
        text.slice(end)
      );
    }, file);
    // A key of a map is pointed at by its value.
    expect(
      told(mended === file ? file.replace(wrong, near) : mended).map(({ message }) => message),
      `${wrong} → ${near}`,
    ).toEqual([]);
    tried.add(word);
  }
  expect(tried.size).toBeGreaterThan(20);
});
