/** What a reviewer would object to, told while checking; and what looks like it and is not. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { checkPipeline } from "../../src/pipeline/check.js";
import { readDocument } from "../../src/pipeline/read.js";
import { kinds } from "../../src/stages/kinds.js";

const folder = mkdtempSync(join(tmpdir(), "hw1-honesty-"));
afterAll(() => rmSync(folder, { recursive: true }));
const row = (index: number): string => `${(index * 37) % 60},${(index * 53) % 59},${index % 3}`;
const table = (count: number, more = 0): string =>
  `a,b,y\n${Array.from({ length: count }, (_, index) => `${more}${row((index * 17) % 60)}`).join("\n")}\n`;
const parityOf = (index: number): string => (index % 2 ? "odd" : "even");
writeFileSync(join(folder, "a.csv"), table(60));
writeFileSync(join(folder, "t.csv"), table(20, 9));
writeFileSync(
  join(folder, "rare.csv"),
  `a,y\n${Array.from({ length: 40 }, (_, index) => `${(index * 17) % 40},${index === 7 ? "rare" : parityOf(index)}`).join("\n")}\n`,
);
writeFileSync(
  join(folder, "sorted.csv"),
  `a,y\n${Array.from({ length: 60 }, (_, index) => `${(index * 17) % 60},${Math.floor(index / 20)}`).join("\n")}\n`,
);

/** `name @ stage` of each warning, and `title @ stage` of each error. */
function told(stages: string): readonly string[] {
  const path = join(folder, "p.yaml");
  const points = stages.includes("points:")
    ? ""
    : "  points: {kind: load, source: csv, train: a.csv, test: t.csv, target: y}\n";
  writeFileSync(path, `stages:\n${points}${stages.replace(/^/gm, "  ")}\n`);
  const document = readDocument(path);
  const { diagnostics } = document.ok ? checkPipeline(document.value, kinds) : document;
  return diagnostics.map(({ name, title, span }) => {
    const before = span ? span.file.text.slice(0, span.start) : "";
    return `${name ?? title} @ ${[...before.matchAll(/^ {2}(\w+):/gm)].at(-1)?.[1]}`;
  });
}
const net = (name: string, more: string): string =>
  `${name}: {kind: train, layers: [{dense: {units: 1}}], loss: mse, optimizer: adam, epochs: 2, ${more}}`;
const lines = (...all: readonly string[]): string => all.join("\n");

describe("normalised before the parts are cut", () => {
  const ready = "ready: {kind: normalize, data: points.train}";
  test("a fold or a split of data that gave the statistics", () => {
    expect(told(lines(ready, "folds: {kind: fold, data: ready, k: 3}"))).toEqual(["normalised_before_folds @ folds"]);
    expect(told(lines(ready, "parts: {kind: split, data: ready, validation: 0.2}"))).toEqual([
      "normalised_before_folds @ parts",
    ]);
    expect(told(lines(ready, "mixed: {kind: shuffle, data: ready}", "folds: {kind: fold, data: mixed, k: 3}"))).toEqual(
      ["normalised_before_folds @ folds"],
    );
  });
  test("inside an outer fold, too", () =>
    expect(
      told(
        lines(
          "outer: {kind: fold, data: points.train, k: 3}",
          "ready: {kind: normalize, each: outer, data: outer.train}",
          "inner: {kind: fold, each: outer, data: ready, k: 3}",
        ),
      ),
    ).toEqual(["normalised_before_folds @ inner"]));
  test("is told once, where it happens, and not again by who reads the parts", () =>
    expect(
      told(
        lines(
          ready,
          "folds: {kind: fold, data: ready, k: 3}",
          net("net", "each: folds, data: folds.train, validation: folds.validation"),
        ),
      ),
    ).toEqual(["normalised_before_folds @ folds"]));
  test("is silent where it is allowed", () =>
    expect(told(lines(ready, "folds: {kind: fold, data: ready, k: 3, allow: normalised_before_folds}"))).toEqual([]));
  test("parts that are normalised by their own training rows are right", () =>
    expect(
      told(
        lines(
          "folds: {kind: fold, data: points.train, k: 3}",
          "learn: {kind: normalize, each: folds, data: folds.train}",
          "judge: {kind: normalize, each: folds, data: folds.validation, fit: folds.train}",
          net("net", "each: folds, data: learn, validation: judge"),
          net("other", "each: folds, data: learn, validation: folds.validation"),
        ),
      ),
    ).toEqual([]));
  test("statistics of all rows under folds are told where they judge", () =>
    expect(
      told(
        lines(
          "folds: {kind: fold, data: points.train, k: 3}",
          "learn: {kind: normalize, each: folds, data: folds.train, fit: points.train}",
          net("net", "each: folds, data: learn, validation: folds.validation"),
        ),
      ),
    ).toEqual(["fitted_on_held_out @ net"]));
});

describe("scored on what it was made of", () => {
  test("a model on its training examples, however they were ordered or cut", () => {
    const score = (data: string, learned = "points.train"): readonly string[] =>
      told(
        lines(
          "mixed: {kind: shuffle, data: points.train}",
          "parts: {kind: split, data: points.train, validation: 0.2, test: 0.2}",
          "others: {kind: split, data: points.train, validation: 0.3}",
          "again: {kind: merge, data: [points.train, points.test]}",
          "more: {kind: split, data: again, validation: 0.2, seed: 4, allow: tuned_on_test}",
          net("net", `data: ${learned}`),
          `score: {kind: evaluate, model: net, data: ${data}}`,
        ),
      );
    const wrong = ["scored_on_training_data @ score"];
    expect(score("points.train")).toEqual(wrong);
    expect(score("mixed")).toEqual(wrong);
    expect(score("parts.validation")).toEqual(wrong);
    expect(score("points.train", "parts.train")).toEqual(wrong);
    expect(score("others.validation", "parts.train")).toEqual(wrong);
    expect(score("points.test", "more.train")).toEqual(wrong);
    expect(score("more.train")).toEqual(wrong);
    expect(score("parts.validation", "parts.train")).toEqual([]);
    expect(score("more.validation", "more.train")).toEqual([]);
    expect(score("points.test")).toEqual([]);
    expect(score("points.test", "parts.train")).toEqual([]);
  });
  test("one file that is training and test set at once", () =>
    expect(
      told(
        lines(
          "points: {kind: load, source: csv, train: a.csv, test: ./a.csv, target: y}",
          net("net", "data: points.train"),
          "score: {kind: evaluate, model: net, data: points.test}",
        ),
      ),
    ).toEqual(["scored_on_training_data @ score"]));
  test("a fold's model is judged by its own validation rows, not by all", () => {
    const folds = lines("folds: {kind: fold, data: points.train, k: 3}", net("net", "each: folds, data: folds.train"));
    expect(told(lines(folds, "score: {kind: evaluate, each: folds, model: net, data: folds.validation}"))).toEqual([]);
    expect(told(lines(folds, "score: {kind: evaluate, each: folds, model: net, data: points.train}"))).toEqual([
      "scored_on_training_data @ score",
    ]);
  });
  test("the rows that stopped a training, or chose its settings", () => {
    const stopped = lines(
      "parts: {kind: split, data: points.train, validation: 0.2}",
      net("net", "data: parts.train, validation: parts.validation, early_stopping: {patience: 2}"),
    );
    expect(told(lines(stopped, "score: {kind: evaluate, model: net, data: parts.validation}"))).toEqual([
      "scored_on_tuning_data @ score",
    ]);
    expect(told(lines(stopped, "score: {kind: evaluate, model: net, data: points.test}"))).toEqual([]);
    // Whoever stops by the training loss has looked at no validation example.
    const byTraining = stopped.replace("patience", "metric: train.loss, patience");
    expect(told(lines(byTraining, "score: {kind: evaluate, model: net, data: parts.validation}"))).toEqual([]);
  });
  test("training examples as validation set", () =>
    expect(told(net("net", "data: points.train, validation: points.train, early_stopping: {patience: 1}"))).toEqual([
      "scored_on_training_data @ net",
    ]));
});

describe("the test part", () => {
  const search = (trial: string, objective: string): string =>
    `tune: {kind: search, strategy: grid, space: {l2: [0.1, 0.01]}, trial: ${trial}, objective: {minimize: ${objective}}}`;
  const trial = (more: string): string =>
    `{kind: train, data: points.train, layers: [{dense: {units: 1}}], loss: mse, optimizer: adam, epochs: 2, l2: "\${trial.l2}"${more}}`;
  test("as validation set, of a training or of a search's trials, once", () => {
    expect(told(net("net", "data: points.train, validation: points.test"))).toEqual(["tuned_on_test @ net"]);
    expect(told(search(trial(", validation: points.test"), "validation.loss"))).toEqual(["tuned_on_test @ tune"]);
  });
  test("as what the trials of a search are compared by", () =>
    expect(
      told(search(`{net: ${trial("")}, score: {kind: evaluate, model: net, data: points.test}}`, "score.mse")),
    ).toEqual(["tuned_on_test @ tune"]));
  test("as training examples, alone or merged", () => {
    expect(told(net("net", "data: points.test"))).toEqual(["tuned_on_test @ net"]);
    expect(told(lines("all: {kind: merge, data: [points.train, points.test]}", net("net", "data: all")))).toEqual([
      "tuned_on_test @ net",
    ]);
  });
  test("is parted anew by an outer fold", () =>
    expect(
      told(
        lines(
          "all: {kind: merge, data: [points.train, points.test]}",
          "outer: {kind: fold, data: all, k: 3, allow: tuned_on_test}",
          net("net", "each: outer, data: outer.train"),
          "score: {kind: evaluate, each: outer, model: net, data: outer.validation}",
        ),
      ),
    ).toEqual([]));
  test("a winner's settings are not scored on the folds that chose it", () => {
    const chosen = lines(
      "folds: {kind: fold, data: points.train, k: 3}",
      search(
        `{kind: train, each: folds, data: folds.train, validation: folds.validation, layers: [{dense: {units: 1}}], loss: mse, optimizer: adam, epochs: 2, l2: "\${trial.l2}"}`,
        "validation.loss",
      ),
      "best: {kind: select, from: tune}",
      "final: {kind: train, each: [best, folds], use: best.trial, data: folds.train}",
    );
    expect(
      told(lines(chosen, "score: {kind: evaluate, each: [best, folds], model: final, data: folds.validation}")),
    ).toEqual(["scored_on_tuning_data @ score"]);
    expect(
      told(lines(chosen, "score: {kind: evaluate, each: [best, folds], model: final, data: points.test}")),
    ).toEqual([]);
  });
});

describe("folds, classes and batches", () => {
  test("rows in an order, where folds keep it", () => {
    const points = "points: {kind: load, source: csv, train: sorted.csv, target: y, classes: 3}";
    expect(told(lines(points, "folds: {kind: fold, data: points.train, k: 3, shuffle: false}"))).toEqual([
      "sorted_folds @ folds",
    ]);
    expect(told(lines(points, "folds: {kind: fold, data: points.train, k: 3}"))).toEqual([]);
  });
  test("a class with fewer rows than folds, after a shuffle, too", () => {
    const points = "points: {kind: load, source: csv, train: rare.csv, target: y, classes: [odd, even, rare]}";
    expect(told(lines(points, "folds: {kind: fold, data: points.train, k: 3}"))).toEqual(["rare_class @ folds"]);
    expect(
      told(
        lines(
          points,
          "mixed: {kind: shuffle, data: points.train}",
          "folds: {kind: fold, data: mixed, k: 3, stratify: true}",
        ),
      ),
    ).toEqual(["rare_class @ folds"]);
  });
  test("a batch larger than the data, where one was asked for", () => {
    expect(told(net("net", "data: points.train, batch_size: 64"))).toEqual(["batch_larger_than_data @ net"]);
    expect(told(net("net", "data: points.train, batch_size: 60"))).toEqual([]);
    expect(told(net("net", "data: points.test"))).toEqual(["tuned_on_test @ net"]);
  });
  test("a part without examples is refused, with the numbers and what would do", () => {
    expect(told("parts: {kind: split, data: points.test, validation: 0.01}")).toEqual([
      "a part without examples @ parts",
    ]);
    expect(told("parts: {kind: split, data: points.test, validation: 0.01, test: 0.01, stratify: false}")).toEqual([
      "a part without examples @ parts",
      "a part without examples @ parts",
    ]);
    expect(told("parts: {kind: split, data: points.test, validation: 0.99}")).toEqual([
      "split larger than the data @ parts",
    ]);
    expect(told("parts: {kind: split, data: points.test, validation: 0.95}")).toEqual([]);
  });
});
