/**
 * What check says of names, scales and repeated rows before anything runs: as much as a run would refuse, and nothing
 * that it accepts.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkPipeline } from "../../src/pipeline/check.js";
import { readText } from "../../src/pipeline/read.js";
import { kinds } from "../../src/stages/kinds.js";

let folder: string;
const file = (name: string, header: string, columns: number, start = 0): void => {
  const number = (row: number, column: number): string =>
    (Math.abs(Math.sin((start + row) * 12.9898 + column * 78.233) * 43758.5453) % 1).toFixed(4);
  const rows = Array.from({ length: 40 }, (_, row) =>
    Array.from({ length: columns }, (_, column) => number(row, column)).join(","),
  );
  writeFileSync(join(folder, name), [header, ...rows, ""].join("\n"));
};
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "hw1-agreement-"));
  file("known.csv", "a,b,y", 3);
  file("again.csv", "a,b,y", 3);
  file("turned.csv", "b,a,y", 3, 100);
  file("other.csv", "a,c,y", 3, 100);
  file("rent.csv", "a,b,rent", 3, 100);
  file("one.csv", "x,y", 2);
  const days = (text: (row: number) => string): string =>
    Array.from({ length: 40 }, (_, row) => `${text(row)},${row % 7},${row}\n`).join("");
  writeFileSync(
    join(folder, "dated.csv"),
    `a,b,y\n${days((row) => `2024-01-${String(1 + (row % 28)).padStart(2, "0")}`)}`,
  );
  writeFileSync(join(folder, "serial.csv"), `a,b,y\n${days((row) => String(45292 + (row % 28)))}`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const load = (name: string, target = "y"): string => `{kind: load, source: csv, train: ${name}.csv, target: ${target}}`;
const net = (data: string, more = ""): string =>
  `{kind: train, data: ${data}, layers: [{dense: {units: 1}}], loss: mse, optimizer: adam, epochs: 1${more}}`;
/** Severity, title and place (line and what is underlined) of what is told; the messages with "all". */
function told(stages: readonly string[]): readonly {
  readonly title: string;
  readonly at: string;
  readonly message: string;
  readonly notes: readonly string[];
}[] {
  const text = `stages:\n${stages.map((stage) => `  ${stage}\n`).join("")}`;
  const document = readText(join(folder, "p.yaml"), text);
  const { diagnostics } = document.ok ? checkPipeline(document.value, kinds) : document;
  return diagnostics
    .filter(({ name }) => name === undefined || name === "rows_on_both_sides")
    .map(({ severity, title, span, message, notes = [] }) => ({
      title: `${severity}: ${title}`,
      at: `${text.slice(0, span!.start).split("\n").length - 1}: ${text.slice(span!.start, span!.end)}`,
      message,
      notes: notes.map((note) => `${text.slice(note.span.start, note.span.end)}: ${note.label}`),
    }));
}
const titles = (stages: readonly string[]): readonly string[] =>
  told(stages).map(({ title, at }) => `${title} at ${at}`);

describe("names that check knows", () => {
  const known = [
    `known: ${load("known")}`,
    `turned: ${load("turned")}`,
    `other: ${load("other")}`,
    `net: ${net("known.train")}`,
  ];
  test("are refused where others are met, with both lists", () => {
    expect(told([...known, "score: {kind: evaluate, model: net, data: other.train}"])).toEqual([
      {
        title: "error: data has other columns",
        at: "5: other.train",
        message:
          "The model was trained on `b` where `data` has `c`. The columns are `a`, `b` there, `a`, `c` here. Names are compared as they are written; `features:` in the `load` stage chooses columns by name.",
        notes: [],
      },
    ]);
    expect(
      titles([
        ...known,
        `beside: ${net("known.train", ", validation: other.train")}`,
        "ready: {kind: normalize, data: known.train, fit: other.train}",
        "all: {kind: merge, data: [known.train, other.train]}",
        "look: {kind: explore, data: known.train, test: other.train}",
      ]).filter((title) => title.startsWith("error")),
    ).toEqual([
      "error: validation has other columns at 5: other.train",
      "error: fit has other columns at 6: other.train",
      "error: data has other columns at 7: other.train",
      "error: test has other columns at 8: other.train",
    ]);
  });
  test("may be in another order everywhere", () => {
    expect(
      titles([
        ...known,
        "score: {kind: evaluate, model: net, data: turned.train}",
        `beside: ${net("known.train", ", validation: turned.train")}`,
        "ready: {kind: normalize, data: turned.train, fit: known.train}",
        "all: {kind: merge, data: [known.train, turned.train]}",
      ]),
    ).toEqual([]);
  });
  test("of a target are refused for numbers", () => {
    expect(
      titles([
        `known: ${load("known")}`,
        `rent: ${load("rent", "rent")}`,
        `net: ${net("known.train")}`,
        "score: {kind: evaluate, model: net, data: rent.train}",
      ]),
    ).toEqual(["error: data has another target at 4: rent.train"]);
  });
  test("travel through what cuts, mixes and normalises", () => {
    expect(
      titles([
        `known: ${load("known")}`,
        `other: ${load("other")}`,
        "mixed: {kind: shuffle, data: known.train}",
        "parts: {kind: split, data: mixed, validation: 0.25}",
        "ready: {kind: normalize, data: parts.train}",
        "folds: {kind: fold, data: ready, k: 4}",
        `net: ${net("folds.train", ", each: folds")}`,
        "score: {kind: evaluate, each: folds, model: net, data: other.train}",
      ]).filter((title) => title.startsWith("error")),
    ).toEqual(["error: data has other columns at 8: other.train"]);
  });
});

describe("a column that is a date on one side and a number on the other", () => {
  const dated = "dated: {kind: load, source: csv, train: dated.csv, target: y, dates: [a]}";
  const both = [dated, `serial: ${load("serial")}`, `net: ${net("dated.train")}`, `own: ${net("serial.train")}`];
  test("is refused wherever they meet", () => {
    const found = told([
      ...both,
      "score: {kind: evaluate, model: net, data: serial.train}",
      "back: {kind: evaluate, model: own, data: dated.train}",
      `beside: ${net("dated.train", ", validation: serial.train")}`,
      "pair: {kind: ensemble, models: [net, own]}",
      "all: {kind: merge, data: [dated.train, serial.train]}",
    ]);
    expect(found.map(({ title, at }) => `${title} at ${at}`)).toEqual([
      "error: data has a column that was read otherwise at 5: serial.train",
      "error: data has a column that was read otherwise at 6: dated.train",
      "error: validation has a column that was read otherwise at 7: serial.train",
      "error: a member has a column that was read otherwise at 8: own",
      "error: data has a column that was read otherwise at 9: serial.train",
    ]);
    expect(found[0]!.message).toBe(
      "The model was trained on `a` as a date (days since 1970-01-01), and `data` has it as a number. Give the `load` stages the same `dates`.",
    );
    expect(found[3]!.message).toBe(
      "The first member was trained on `a` as a date (days since 1970-01-01), and this one was trained on it as a number. Give the `load` stages the same `dates`.",
    );
  });
  test("is known of what is cut and normalised, too; the same column read alike meets itself", () => {
    expect(
      titles([
        ...both,
        "again: {kind: load, source: csv, train: dated.csv, target: y, dates: [a]}",
        "parts: {kind: split, data: serial.train, validation: 0.25}",
        "ready: {kind: normalize, data: parts.validation}",
        "score: {kind: evaluate, model: net, data: ready}",
        "right: {kind: evaluate, model: own, data: parts.train, allow: [scored_on_training_data]}",
        "same: {kind: evaluate, model: net, data: again.train, allow: [scored_on_training_data]}",
      ]).filter((title) => title.startsWith("error")),
    ).toEqual(["error: data has a column that was read otherwise at 8: ready"]);
  });
});

describe("scales that check knows", () => {
  const points = [
    "points: {kind: load, source: csv, train: known.csv, test: turned.csv, target: y}",
    "ready: {kind: normalize, data: points.train}",
    `net: ${net("ready")}`,
  ];
  const judged = (data: string, ...more: string[]): readonly string[] =>
    titles([...points, ...more, `score: {kind: evaluate, model: net, data: ${data}}`]);
  test("raw data may meet a model of normalised ones, and data normalised by the same examples may", () => {
    expect(judged("points.test")).toEqual([]);
    expect(judged("right", "right: {kind: normalize, data: points.test, fit: points.train}")).toEqual([]);
    // Mixed examples are the same examples, and so are those of another stage that loads the file.
    expect(
      judged(
        "right",
        "mixed: {kind: shuffle, data: points.train}",
        "right: {kind: normalize, data: points.test, fit: mixed}",
      ),
    ).toEqual([]);
    expect(
      judged("right", `same: ${load("known")}`, "right: {kind: normalize, data: points.test, fit: same.train}"),
    ).toEqual([]);
  });
  test("other examples with equal numbers may, where check reads them", () => {
    expect(
      judged("right", `again: ${load("again")}`, "right: {kind: normalize, data: points.test, fit: again.train}"),
    ).toEqual([]);
  });
  test("other examples that may well have equal numbers are left to the run", () => {
    const parts = "parts: {kind: split, data: points.train, validation: 0.25}";
    const small = (name: string, data: string, fit: string): string =>
      `${name}: {kind: normalize, data: ${data}, fit: ${fit}, method: min_max}`;
    const learned = `net2: ${net("low")}`;
    const score = "score2: {kind: evaluate, model: net2, data: held}";
    expect(
      titles([
        ...points,
        parts,
        small("low", "points.train", "points.train"),
        small("held", "points.test", "parts.train"),
        learned,
        score,
      ]),
    ).toEqual([]);
    expect(
      judged(
        "right",
        "twice: {kind: merge, data: [points.train, points.train]}",
        "right: {kind: normalize, data: points.test, fit: twice}",
      ),
    ).toEqual([]);
    expect(
      judged(
        "right",
        "one: {kind: merge, data: points.train}",
        "right: {kind: normalize, data: points.test, fit: one}",
      ),
    ).toEqual([]);
  });
  test("data normalised otherwise are refused with both places", () => {
    expect(
      told([
        ...points,
        "small: {kind: normalize, data: points.test, fit: points.train, method: min_max}",
        "score: {kind: evaluate, model: net, data: small}",
      ]),
    ).toEqual([
      {
        title: "error: data on another scale",
        at: "5: small",
        message:
          "`data` is normalised otherwise than what the model was trained on: min_max instead of standard. Name data that are not normalised: they are then normalised by the statistics of the model.",
        notes: ["ready: the data of the model normalised here", "small: `data` normalised here"],
      },
    ]);
    const parts = "parts: {kind: split, data: points.train, validation: 0.25}";
    expect(judged("wrong", parts, "wrong: {kind: normalize, data: points.test, fit: parts.train}")).toEqual([
      "error: data on another scale at 6: wrong",
    ]);
    expect(
      judged(
        "twice",
        "once: {kind: normalize, data: points.test, fit: points.train}",
        "twice: {kind: normalize, data: once, fit: ready}",
      ),
    ).toEqual(["error: data on another scale at 6: twice"]);
  });
  test("normalised data are refused at a model of raw ones, in a validation set and among raw ones that are merged", () => {
    expect(
      titles([
        points[0]!,
        points[1]!,
        `net: ${net("points.train")}`,
        "score: {kind: evaluate, model: net, data: ready}",
        `beside: ${net("points.train", ", validation: ready")}`,
        "all: {kind: merge, data: [points.train, ready]}",
        "back: {kind: merge, data: [ready, points.train]}",
        "other: {kind: normalize, data: points.test, fit: ready}",
      ]).filter((title) => title.startsWith("error")),
    ).toEqual([
      "error: data on another scale at 4: ready",
      "error: validation on another scale at 5: ready",
      "error: data on another scale at 6: ready",
      "error: data on another scale at 7: points.train",
      "error: fit on another scale at 8: ready",
    ]);
  });
  test("a validation set may stay raw, also per fold, and normalised by the fold's own examples it may come", () => {
    expect(
      titles([
        points[0]!,
        "folds: {kind: fold, data: points.train, k: 4}",
        "train_ready: {kind: normalize, each: folds, data: folds.train}",
        "test_ready: {kind: normalize, each: folds, data: folds.validation, fit: folds.train}",
        `net: ${net("train_ready", ", each: folds, validation: folds.validation")}`,
        `same: ${net("train_ready", ", each: folds, validation: test_ready")}`,
        "score: {kind: evaluate, each: folds, model: net, data: test_ready}",
        "raw: {kind: evaluate, each: folds, model: net, data: folds.validation}",
      ]),
    ).toEqual([]);
  });
  test("where a figure sets data beside evaluations, they are on one axis", () => {
    const line = [
      "points: {kind: load, source: csv, train: one.csv, test: one.csv, target: y}",
      "ready: {kind: normalize, data: points.train}",
    ];
    const drawn = (judgedOn: string, learned: string, data: string): readonly string[] =>
      titles([
        ...line,
        `net: ${net(learned)}`,
        `score: {kind: evaluate, model: net, data: ${judgedOn}}`,
        `look: {kind: visualize, figure: fit, from: score, data: ${data}}`,
      ]);
    expect(drawn("points.test", "ready", "points.train")).toEqual([]);
    expect(drawn("ready", "ready", "points.train")).toEqual([]);
    expect(drawn("ready", "ready", "ready")).toEqual([]);
    expect(drawn("points.test", "ready", "ready")).toEqual(["error: data on another scale at 5: ready"]);
  });
});

describe("rows that are merged twice", () => {
  const twice = [`points: ${load("known")}`, "twice: {kind: merge, data: [points.train, points.train]}"];
  test("are warned of where they are folded or split, and `allow` means them", () => {
    const [fold, split] = told([
      ...twice,
      "folds: {kind: fold, data: twice, k: 4}",
      "parts: {kind: split, data: twice, validation: 0.25}",
    ]);
    expect(fold).toEqual({
      title: "warning: rows on both sides",
      at: "3: twice",
      message:
        "40 of 80 rows of `data` are copies of others and may stand on both sides of a fold, so the same row is trained on and judged by, which flatters the validation metrics. Fold first, and merge inside `each:`, such as `{kind: merge, each: folds, data: [folds.train, folds.train]}`.",
      notes: [],
    });
    expect(split!.at).toBe("4: twice");
    expect(titles([...twice, "folds: {kind: fold, data: twice, k: 4, allow: rows_on_both_sides}"])).toEqual([]);
  });
  test("are seen through what mixes, cuts and normalises them", () => {
    expect(
      told([
        `points: ${load("known")}`,
        "mixed: {kind: shuffle, data: points.train}",
        "some: {kind: split, data: points.train, validation: 0.25}",
        "all: {kind: merge, data: [mixed, some.validation]}",
        "ready: {kind: shuffle, data: all}",
        "outer: {kind: fold, data: ready, k: 4}",
        "inner: {kind: fold, each: outer, data: outer.train, k: 3}",
      ]).map(({ at, message }) => `${at} ${message.slice(0, 45)}`),
    ).toEqual([
      "6: ready 10 of 50 rows of `data` are copies of others ",
      "7: outer.train Rows of `data` are copies of others and may s",
    ]);
  });
  test("are no matter where the remedies are followed, or parts have nothing in common", () => {
    expect(
      titles([
        `points: ${load("known")}`,
        `other: ${load("turned")}`,
        "folds: {kind: fold, data: points.train, k: 4}",
        "grown: {kind: merge, each: folds, data: [folds.train, folds.train]}",
        `net: ${net("grown", ", each: folds, validation: folds.validation")}`,
        "parts: {kind: split, data: points.train, validation: 0.25}",
        "more: {kind: merge, data: [parts.train, parts.train]}",
        "back: {kind: merge, data: [parts.train, parts.validation, other.train]}",
        "again: {kind: fold, data: back, k: 3}",
      ]),
    ).toEqual([]);
  });
});

test("several targets are put in the order of the model; another set of them is refused", () => {
  file("two.csv", "a,b,y,z", 4);
  const several = `pts: ${load("two", "[y, z]")}`;
  const trained =
    "net: {kind: train, data: pts.train, layers: [{dense: {units: 2}}], loss: mse, optimizer: adam, epochs: 1}";
  file("swapped.csv", "z,b,a,y", 4, 100);
  const judged = "score: {kind: evaluate, model: net, data: others.train}";
  expect(told([several, `others: ${load("swapped", "[z, y]")}`, trained, judged])).toEqual([]);
  const [found, ...more] = told([several, `others: ${load("known")}`, trained, judged]);
  expect(more).toEqual([]);
  expect(found).toMatchObject({
    title: "error: data has another target",
    message: "The targets are `y`, `z` there, `y` here.",
  });
});
