/**
 * Small pipelines of which a reviewer would say that the score flatters, and others that look like them and are right.
 * Each tells a leak once, at the stage where it can be mended; none is refused.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { checkPipeline } from "../../src/pipeline/check.js";
import { readDocument } from "../../src/pipeline/read.js";
import { kinds } from "../../src/stages/kinds.js";

const folder = mkdtempSync(join(tmpdir(), "hw1-leaks-"));
afterAll(() => rmSync(folder, { recursive: true }));
/** Rows that no other number makes. */
const row = (at: number): string => `${(Math.sin(at) * 9).toFixed(5)},${((at * 53) % 97) + at / 1000},${at % 3}`;
const rows = (from: number, count: number): readonly string[] =>
  Array.from({ length: count }, (_, at) => row(from + at));
const write = (name: string, lines: readonly string[], header = "a,b,y"): void =>
  writeFileSync(join(folder, name), `${[header, ...lines].join("\n")}\n`);
write("a.csv", rows(0, 60));
write("t.csv", rows(100, 30));
write("mixed-up.csv", [...rows(200, 25), ...rows(7, 5)]);
write("twice.csv", [...rows(0, 40), ...rows(0, 20)]);
write("half.csv", [...rows(300, 20), ...rows(30, 20)]);
const turned = rows(40, 20).map((text) => text.replace(/^([^,]*),([^,]*)/, "$2,$1"));
write("turned.csv", turned, "b,a,y");
write("other.csv", rows(500, 40));
write("gaps.csv", [...rows(0, 50), ",3.5,1", ",4.5,2"]);
const parts = (from: number, count: number, part: string): readonly string[] =>
  rows(from, count).map((text) => `${text},${part}`);
write("parts.csv", [...parts(0, 30, "train"), ...parts(25, 10, "valid"), ...parts(60, 10, "test")], "a,b,y,part");

/** `name @ stage` of each warning. */
function told(stages: string): readonly string[] {
  const path = join(folder, "p.yaml");
  const points = stages.includes("points:")
    ? ""
    : "  points: {kind: load, source: csv, train: a.csv, test: t.csv, target: y}\n";
  writeFileSync(path, `stages:\n${points}${stages.replace(/^/gm, "  ")}\n`);
  const document = readDocument(path);
  const { ok, diagnostics } = document.ok ? checkPipeline(document.value, kinds) : document;
  expect(ok, diagnostics.map(({ title, message }) => `${title}: ${message}`).join("\n")).toBe(true);
  return diagnostics.map(({ name, title, span }) => {
    const before = span ? span.file.text.slice(0, span.start) : "";
    return `${name ?? title} @ ${[...before.matchAll(/^ {2}(\w+):/gm)].at(-1)?.[1]}`;
  });
}
const network = "layers: [{dense: {units: 1}}], loss: mse, epochs: 2";
const net = (more: string, name = "net"): string => `${name}: {kind: train, ${network}, optimizer: adam, ${more}}`;
const score = (data: string, more = "", name = "score"): string =>
  `${name}: {kind: evaluate, model: net, data: ${data}${more}}`;
const trial = (more: string): string =>
  `{kind: train, ${network}, optimizer: {adam: {learning_rate: "\${trial.rate}"}}, ${more}}`;
const search = (body: string, objective: string, more = ""): string =>
  `tune: {kind: search, strategy: grid, space: {rate: [0.1, 0.01]}, trial: ${body}, objective: {minimize: ${objective}}${more}}`;
const load = (name: string, train: string, more = ""): string =>
  `${name}: {kind: load, source: csv, train: ${train}, target: y${more}}`;

const cut = "parts: {kind: split, data: points.train, validation: 0.2}";
const folds = "folds: {kind: fold, data: points.train, k: 3}";
const all = "all: {kind: merge, data: [points.train, points.test]}";
const byValidation = "data: parts.train, validation: parts.validation";
const perFold = "each: folds, data: folds.train, validation: folds.validation";

const pool = (models: string, more = ""): string => `pool: {kind: ensemble, ${more}models: ${models}}`;
const fresh = (more: string): string => `fresh: {kind: evaluate, ${more}}`;

/** What is wrong, the stages, and what is told. */
type Case = readonly [what: string, stages: readonly string[], warnings: readonly string[]];
const leaks: readonly Case[] = [
  // Rows that train and judge.
  [
    "trained and scored on the same rows",
    [net("data: points.train"), score("points.train")],
    ["scored_on_training_data @ score"],
  ],
  [
    "trained on all rows, scored on a part of them that was cut off elsewhere",
    [cut, "mixed: {kind: shuffle, data: points.train}", net("data: mixed"), score("parts.validation")],
    ["scored_on_training_data @ score"],
  ],
  [
    "two cuts of one set, one trains and the other scores",
    [
      cut,
      "again: {kind: split, data: points.train, validation: 0.2, seed: 5}",
      net("data: parts.train"),
      score("again.validation"),
    ],
    ["scored_on_training_data @ score"],
  ],
  [
    "training rows among those that score",
    [cut, "more: {kind: merge, data: [parts.train, points.test]}", net("data: parts.train"), score("more")],
    ["scored_on_training_data @ score"],
  ],
  [
    "every fold trained on all rows",
    [folds, net("each: folds, data: points.train, validation: folds.validation")],
    ["scored_on_training_data @ net"],
  ],
  [
    "folds of one cut, validation of another",
    [
      folds,
      "others: {kind: fold, data: points.train, k: 3, seed: 4}",
      net("each: [folds, others], data: folds.train, validation: others.validation, early_stopping: {patience: 1}"),
    ],
    ["scored_on_training_data @ net"],
  ],
  // Rows that stop, steer or choose, and judge.
  [
    "stopped early by the rows that score",
    [cut, net(`${byValidation}, early_stopping: {patience: 1}`), score("parts.validation")],
    ["scored_on_tuning_data @ score"],
  ],
  [
    "the same after a shuffle, merged with new rows",
    [
      cut,
      "mixed: {kind: shuffle, data: parts.validation}",
      "more: {kind: merge, data: [mixed, points.test]}",
      net(`${byValidation}, early_stopping: {patience: 1}`),
      score("more"),
    ],
    ["scored_on_tuning_data @ score"],
  ],
  [
    "a learning rate that falls by the rows that score",
    [
      cut,
      net(byValidation).replace("adam", "{sgd: {learning_rate: {plateau: {from: 0.1}}}}"),
      score("parts.validation"),
    ],
    ["scored_on_tuning_data @ score"],
  ],
  [
    "a winner scored on the folds that chose it",
    [
      folds,
      cut,
      search(trial(perFold), "validation.loss"),
      "best: {kind: select, from: tune}",
      "final: {kind: train, each: best, use: best.trial, data: parts.train}",
      "judged: {kind: evaluate, each: best, model: final, data: parts.validation}",
    ],
    ["scored_on_tuning_data @ judged"],
  ],
  // The test part.
  ["validated by the test part", [net("data: points.train, validation: points.test")], ["tuned_on_test @ net"]],
  [
    "stopped by test rows that were normalised and shuffled",
    [
      "ready: {kind: normalize, data: points.train}",
      "tested: {kind: normalize, data: points.test, fit: points.train}",
      "mixed: {kind: shuffle, data: tested}",
      net("data: ready, validation: mixed, early_stopping: {patience: 1}"),
    ],
    ["tuned_on_test @ net"],
  ],
  ["trained on training and test rows", [all, net("data: all")], ["tuned_on_test @ net"]],
  [
    "a search over trials that test rows compare",
    [
      search(
        `{net: ${trial("data: points.train")}, score: {kind: evaluate, model: net, data: points.test}}`,
        "score.mse",
      ),
    ],
    ["tuned_on_test @ tune"],
  ],
  [
    "winners compared again, by test rows",
    [
      cut,
      'wide: {kind: search, strategy: grid, space: {units: [1, 2]}, trial: {kind: train, data: parts.train, validation: parts.validation, layers: [{dense: {units: "${trial.units}"}}, {dense: {units: 1}}], loss: mse, optimizer: adam, epochs: 2}, objective: {minimize: validation.loss}}',
      "best: {kind: select, from: wide, top: 2}",
      'tune: {kind: search, each: best, strategy: grid, space: {epochs: [2, 3]}, trial: {net: {kind: train, use: best.trial, data: parts.train, epochs: "${trial.epochs}"}, score: {kind: evaluate, model: net, data: points.test}}, objective: {minimize: score.mse}}',
    ],
    ["tuned_on_test @ tune"],
  ],
  [
    "training and test rows in one split, whose label is lost",
    [all, "parts: {kind: split, data: all, validation: 0.2}", net(byValidation), score("parts.validation")],
    ["tuned_on_test @ parts"],
  ],
  [
    "training and test rows in folds, of which a search chooses",
    [
      all,
      "mixed: {kind: shuffle, data: all}",
      "folds: {kind: fold, data: mixed, k: 3}",
      search(trial(perFold), "validation.loss"),
    ],
    ["tuned_on_test @ folds"],
  ],
  [
    "a part of the test set trains, the rest scores",
    [
      "halves: {kind: split, data: points.test, validation: 0.5}",
      net("data: halves.train"),
      score("halves.validation"),
    ],
    ["tuned_on_test @ net"],
  ],
  [
    "a fold of the test set validates",
    [
      "folds: {kind: fold, data: points.test, k: 3}",
      net("each: folds, data: points.train, validation: folds.validation"),
    ],
    ["tuned_on_test @ net"],
  ],
  // Statistics.
  [
    "normalised, then folded",
    ["ready: {kind: normalize, data: points.train}", "folds: {kind: fold, data: ready, k: 3}", net(perFold)],
    ["normalised_before_folds @ folds"],
  ],
  [
    "training rows normalised by the statistics of test rows",
    ["ready: {kind: normalize, data: points.train, fit: points.test}", net("data: ready"), score("points.test")],
    ["fitted_on_held_out @ ready"],
  ],
  [
    "statistics of training and test rows",
    [all, "ready: {kind: normalize, data: points.train, fit: all}", net("data: ready"), score("points.test")],
    ["fitted_on_held_out @ ready"],
  ],
  [
    "test rows normalised by their own statistics",
    ["ready: {kind: normalize, data: points.test}"],
    ["fitted_on_held_out @ ready"],
  ],
  [
    "gaps filled by means over rows that a split holds out",
    [load("points", "gaps.csv", ", on_missing: mean, allow: missing_values"), cut, net(byValidation)],
    ["fitted_on_held_out @ parts"],
  ],
  // Rows that are the same by content.
  [
    "test rows among the training rows of one load",
    [load("points", "a.csv", ", test: mixed-up.csv"), net("data: points.train"), score("points.test")],
    ["test_rows_in_training @ points"],
  ],
  [
    "validation rows among the training rows of one file",
    [
      "points: {kind: load, source: csv, file: parts.csv, split: {column: part, train: train, validation: valid, test: test}, target: y}",
    ],
    ["test_rows_in_training @ points"],
  ],
  [
    "copies in a file that is folded",
    [
      load("points", "twice.csv"),
      "mixed: {kind: shuffle, data: points.train}",
      "folds: {kind: fold, data: mixed, k: 3}",
      net(perFold),
    ],
    ["rows_on_both_sides @ folds"],
  ],
  [
    "copies in a file that is split, after a merge with others",
    [
      load("points", "twice.csv"),
      load("more", "other.csv"),
      "both: {kind: merge, data: [points.train, more.train]}",
      "parts: {kind: split, data: both, validation: 0.2}",
    ],
    ["rows_on_both_sides @ parts"],
  ],
  [
    "two files that are loaded apart and have rows in common, told once for all that judge",
    [
      load("fresh", "half.csv"),
      cut,
      net(byValidation),
      score("fresh.train"),
      score("mixed", "", "again"),
      "mixed: {kind: shuffle, data: fresh.train}",
    ],
    ["rows_on_both_sides @ score"],
  ],
  [
    "the same with columns in another order, behind a normalisation",
    [
      load("fresh", "turned.csv"),
      "ready: {kind: normalize, data: points.train}",
      net("data: ready, validation: fresh.train, early_stopping: {patience: 1}"),
    ],
    ["rows_on_both_sides @ net"],
  ],
  [
    "rows that stopped a training and score it, loaded from two files",
    [
      load("first", "half.csv"),
      load("second", "other.csv"),
      load("third", "a.csv"),
      net("data: second.train, validation: first.train, early_stopping: {patience: 1}"),
      score("third.train"),
    ],
    ["rows_on_both_sides @ score"],
  ],
  // Members of an ensemble that are gathered over what the judging is parted by.
  [
    "an ensemble over folds, judged fold by fold: each fold taught the members of the others",
    [folds, net(perFold), pool("net"), fresh("each: folds, model: pool, data: folds.validation")],
    ["scored_on_training_data @ fresh"],
  ],
  [
    "an ensemble over seeds that each draw their own validation rows",
    [
      "seeds: {kind: seeds, count: 3}",
      "parts: {kind: split, each: seeds, data: points.train, validation: 0.2}",
      net(`each: seeds, ${byValidation}`),
      pool("net"),
      fresh("each: seeds, model: pool, data: parts.validation"),
    ],
    ["scored_on_training_data @ fresh"],
  ],
  [
    "one member of several that learned from what judges",
    [
      cut,
      net(byValidation),
      net("data: points.train", "all"),
      pool("[net, all]"),
      fresh("model: pool, data: parts.validation"),
    ],
    ["scored_on_training_data @ fresh"],
  ],
  [
    "an ensemble over inner folds, judged by an outer one that its members saw elsewhere",
    [
      "outer: {kind: fold, data: points.train, k: 3}",
      "inner: {kind: fold, each: outer, data: outer.train, k: 3}",
      net("each: [outer, inner], data: inner.train"),
      pool("net"),
      fresh("each: outer, model: pool, data: outer.validation"),
    ],
    ["scored_on_training_data @ fresh"],
  ],
];

const honest: readonly (readonly [string, readonly string[]])[] = [
  [
    "a validation part stops, the test part scores",
    [cut, net(`${byValidation}, early_stopping: {patience: 1}`), score("points.test")],
  ],
  ["a validation part that decides nothing scores", [cut, net(byValidation), score("parts.validation")]],
  ["folds, each judged by its own validation part", [folds, net(perFold), score("folds.validation", ", each: folds")]],
  [
    "a search over folds, its winner trained on all and tested",
    [
      folds,
      search(trial(perFold), "validation.loss"),
      "best: {kind: select, from: tune}",
      "final: {kind: train, each: best, use: best.trial, data: points.train}",
      "judged: {kind: evaluate, each: best, model: final, data: points.test}",
    ],
  ],
  [
    "trials that are stopped by their validation part and compared by it",
    [cut, search(trial(`${byValidation}, early_stopping: {patience: 1}`), "validation.loss")],
  ],
  [
    "nested folds, the outer ones for the score",
    [
      "outer: {kind: fold, data: points.train, k: 3}",
      "inner: {kind: fold, each: outer, data: outer.train, k: 3}",
      search(trial("each: inner, data: inner.train, validation: inner.validation"), "validation.loss", ", each: outer"),
      "best: {kind: select, each: outer, from: tune}",
      "final: {kind: train, each: best, use: best.trial, data: outer.train}",
      "judged: {kind: evaluate, each: best, model: final, data: outer.validation}",
    ],
  ],
  [
    "the same over training and test rows, where one stage says that it is meant",
    [
      all,
      "outer: {kind: fold, data: all, k: 3, allow: tuned_on_test}",
      "inner: {kind: fold, each: outer, data: outer.train, k: 3}",
      net("each: [outer, inner], data: inner.train, validation: inner.validation"),
      net("each: outer, data: outer.train", "final"),
      "judged: {kind: evaluate, each: outer, model: final, data: outer.validation}",
    ],
  ],
  [
    "each part normalised by the statistics of its own training rows",
    [
      folds,
      "learn: {kind: normalize, each: folds, data: folds.train}",
      "judge: {kind: normalize, each: folds, data: folds.validation, fit: folds.train}",
      net("each: folds, data: learn, validation: judge"),
    ],
  ],
  [
    "test rows normalised by training rows, and raw ones by the model",
    [
      "ready: {kind: normalize, data: points.train}",
      "tested: {kind: normalize, data: points.test, fit: points.train}",
      net("data: ready"),
      score("tested"),
      score("points.test", "", "raw"),
    ],
  ],
  [
    "three parts of one file",
    [
      "parts: {kind: split, data: points.train, validation: 0.2, test: 0.2}",
      net(`${byValidation}, early_stopping: {patience: 1}`),
      score("parts.test"),
    ],
  ],
  [
    "test rows that are folded to score each fold of them",
    [
      "folds: {kind: fold, data: points.test, k: 3}",
      net("data: points.train"),
      score("folds.validation", ", each: folds"),
    ],
  ],
  [
    "training and test rows merged to look at them",
    [all, "look: {kind: explore, data: all, allow: [rows_in_order, constant_column, empty_interval]}"],
  ],
  [
    "gaps filled by training rows, and a test file of its own",
    [
      load("points", "gaps.csv", ", test: t.csv, on_missing: mean, allow: missing_values"),
      net("data: points.train"),
      score("points.test"),
    ],
  ],
  ["a mean that fills no gap", [load("points", "a.csv", ", on_missing: mean"), cut, net(byValidation)]],
  [
    "two files without rows in common",
    [
      load("fresh", "other.csv"),
      net("data: points.train, validation: fresh.train, early_stopping: {patience: 1}"),
      score("points.test"),
    ],
  ],
  [
    "training rows merged twice after the cut",
    [
      cut,
      "more: {kind: merge, data: [parts.train, parts.train]}",
      net("data: more, validation: parts.validation, batch_size: 8"),
      score("points.test"),
    ],
  ],
  [
    "an ensemble within each fold, over seeds",
    [
      folds,
      "seeds: {kind: seeds, count: 3}",
      net("each: [folds, seeds], data: folds.train"),
      pool("net", "each: folds, "),
      fresh("each: folds, model: pool, data: folds.validation"),
    ],
  ],
  [
    "an ensemble over inner folds of what an outer one leaves",
    [
      "outer: {kind: fold, data: points.train, k: 3}",
      "inner: {kind: fold, each: outer, data: outer.train, k: 3}",
      net("each: [outer, inner], data: inner.train"),
      pool("net", "each: outer, "),
      fresh("each: outer, model: pool, data: outer.validation"),
    ],
  ],
  [
    "an ensemble over folds, judged by a test set",
    [folds, net(perFold), pool("net"), fresh("model: pool, data: points.test")],
  ],
  [
    "two models on one test set",
    [
      cut,
      net(byValidation),
      net("data: points.train", "second"),
      score("points.test"),
      "other: {kind: evaluate, model: second, data: points.test}",
    ],
  ],
];

describe("told", () => {
  test.each(leaks)("%s", (_what, stages, warnings) => expect(told(stages.join("\n"))).toEqual(warnings));
  test("and silenced by `allow` where it stands, with all that follows from it; each stage that judges says so for itself", () => {
    for (const [what, stages, warnings] of leaks) {
      const allowed = warnings.reduce((text, warning) => {
        const [name, stage] = warning.split(" @ ");
        return text.replace(new RegExp(`^${stage}: \\{kind: `, "m"), `${stage}: {allow: [${name}], kind: `);
      }, stages.join("\n"));
      // Of two allowances of one stage the second is no key of a map.
      if (/allow:.*allow:/.test(allowed)) continue;
      expect(told(allowed), what).toEqual(what.endsWith("for all that judge") ? ["rows_on_both_sides @ again"] : []);
    }
  });
});
describe("silent", () => {
  test.each(honest)("%s", (_what, stages) => expect(told(stages.join("\n"))).toEqual([]));
});
