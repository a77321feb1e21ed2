/** Groups and an order of a CSV, from `load` to who cuts: what is told, and where nothing is. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { renderDiagnostics } from "../../src/diagnostic/render.js";
import { checkPipeline } from "../../src/pipeline/check.js";
import { readDocument } from "../../src/pipeline/read.js";
import { kinds } from "../../src/stages/kinds.js";

const folder = mkdtempSync(join(tmpdir(), "hw1-groups-"));
afterAll(() => rmSync(folder, { recursive: true }));
/** Three visits of each patient. */
const visits = (patients: readonly string[], from = 0): string =>
  `patient,day,age,y\n${patients
    .flatMap((patient, at) =>
      [0, 1, 2].map((visit) => `${patient},${from + at + visit},${from + 3 * at + visit},${at}`),
    )
    .join("\n")}\n`;
writeFileSync(join(folder, "t.csv"), visits(["ann", "bob", "cy", "di"]));
writeFileSync(join(folder, "later.csv"), visits(["di", "ed", "bob"], 100));
writeFileSync(join(folder, "others.csv"), visits(["eve", "flo"], 200));

/** What `hw1 check` says. */
function told(stages: string): string {
  writeFileSync(join(folder, "p.yaml"), `stages:\n${stages.replace(/^/gm, "  ")}\n`);
  const document = readDocument(join(folder, "p.yaml"));
  const checked = document.ok ? checkPipeline(document.value, kinds) : document;
  return renderDiagnostics(checked.diagnostics).replaceAll(`${folder}/`, "");
}
const load = (more: string, name = "visits"): string => `${name}: {kind: load, source: csv, target: y, ${more}}\n`;
const own = load("train: t.csv, group: patient, order: day");
const net = "layers: [{dense: {units: 1}}], loss: mse, optimizer: adam, epochs: 1";

test("a group on both sides of two files", () => {
  expect(told(load("train: t.csv, test: later.csv, group: patient"))).toMatchInlineSnapshot(`
    "p.yaml:2:68  warning: groups on both sides

      2 │   visits: {kind: load, source: csv, target: y, train: t.csv, test: later.csv, group: patient}
        │                                                                    ^^^^^^^^^

    2 of 3 groups (\`patient\`) of the test examples are among those of the training examples: \`di\`, \`bob\`. So a model is judged by groups that it has learned from, which flatters the score. Leave them out of one of the two.
    If it is meant: \`allow: [group_on_both_sides]\` on the stage.
    "
  `);
  expect(told(load("train: t.csv, test: others.csv, group: patient"))).toBe("");
  expect(told(load("train: t.csv, test: later.csv, group: patient, allow: group_on_both_sides"))).toBe("");
});

test("groups that a cut may part; kept whole nothing is said", () => {
  expect(told(`${own}parts: {kind: split, data: visits.train, validation: 3}`)).toMatchInlineSnapshot(`
    "p.yaml:3:30  warning: groups on both sides

      3 │   parts: {kind: split, data: visits.train, validation: 3}
        │                              ^^^^^^^^^^^^

    Groups of \`data\` (\`patient\`) may stand on both sides of the split, so a model is judged by groups that it has learned from, which flatters what is measured. Say \`by: group\`, which keeps them whole.
    If it is meant: \`allow: [group_on_both_sides]\` on the stage.
    "
  `);
  expect(told(`${own}folds: {kind: fold, data: visits.train, k: 2}`)).toMatchInlineSnapshot(`
    "p.yaml:3:29  warning: groups on both sides

      3 │   folds: {kind: fold, data: visits.train, k: 2}
        │                             ^^^^^^^^^^^^

    Groups of \`data\` (\`patient\`) may stand on both sides of a fold, so a model is judged by groups that it has learned from, which flatters what is measured. Say \`by: group\`, which keeps them whole.
    If it is meant: \`allow: [group_on_both_sides]\` on the stage.
    "
  `);
  expect(told(`${own}late: {kind: split, data: visits.train, validation: 3, order: day}`)).toMatchInlineSnapshot(`
    "p.yaml:3:29  warning: groups on both sides

      3 │   late: {kind: split, data: visits.train, validation: 3, order: day}
        │                             ^^^^^^^^^^^^

    Groups of \`data\` (\`patient\`) may stand on both sides of the split, so a model is judged by groups that it has learned from, which flatters what is measured. That is right where it will meet these groups again; else say \`by: group\` in place of \`order\`.
    If it is meant: \`allow: [group_on_both_sides]\` on the stage.
    "
  `);
  expect(told(`${own}parts: {kind: split, data: visits.train, validation: 3, by: group}`)).toBe("");
  expect(told(`${own}folds: {kind: fold, data: visits.train, k: 2, by: group, repeats: 2}`)).toBe("");
  const ungrouped = load("train: t.csv, order: day, leave_out: [patient]");
  expect(told(`${ungrouped}late: {kind: split, data: visits.train, validation: 3, order: day}`)).toBe("");
});

test("groups that teach in one file and judge in another", () => {
  const other = load("train: later.csv, group: patient, features: [day, age]", "more");
  const one = load("train: t.csv, group: patient, features: [day, age]");
  const trained = `${one}${other}net: {kind: train, data: visits.train, validation: more.train, ${net}}`;
  expect(told(trained)).toMatchInlineSnapshot(`
    "p.yaml:4:54  warning: groups on both sides

      4 │   net: {kind: train, data: visits.train, validation: more.train, layers: [{dense: {units: 1}}], loss: mse, optimizer: adam, epochs: 1}
        │                                                      ^^^^^^^^^^

    2 of 3 groups (\`patient\`) of the examples in \`validation\` are among those of the examples that were loaded for training: \`di\`, \`bob\`. So a model is judged by groups that it has learned from, which flatters the score. Leave them out of one of the two.
    If it is meant: \`allow: [group_on_both_sides]\` on the stage.
    "
  `);
  const judged = `${one}${other}net: {kind: train, data: visits.train, ${net}}\nscore: {kind: evaluate, model: net, data: more.train}`;
  expect(told(judged)).toMatchInlineSnapshot(`
    "p.yaml:5:45  warning: groups on both sides

      5 │   score: {kind: evaluate, model: net, data: more.train}
        │                                             ^^^^^^^^^^

      4 │   net: {kind: train, data: visits.train, layers: [{dense: {units: 1}}], loss: mse, optimizer: adam, epochs: 1}
        │   ^^^ learned from them

    2 of 3 groups (\`patient\`) of the examples in \`data\` are among those of the examples that were loaded for training: \`di\`, \`bob\`. So a model is judged by groups that it has learned from, which flatters the score. Leave them out of one of the two.
    If it is meant: \`allow: [group_on_both_sides]\` on the stage.
    "
  `);
});

test("more folds than groups, fewer groups than parts, no groups, an unknown order: all before the run", () => {
  expect(told(`${own}folds: {kind: fold, data: visits.train, k: 5, by: group}`)).toMatchInlineSnapshot(`
    "p.yaml:3:46  more folds than groups

      3 │   folds: {kind: fold, data: visits.train, k: 5, by: group}
        │                                              ^

    5 folds of whole groups need at least 5 groups, but the data have 4. Ask for at most \`k: 4\`.
    "
  `);
  expect(told(`${own}folds: {kind: fold, data: visits.train, k: 4, by: group, repeats: 2}`)).toMatchInlineSnapshot(`
    "p.yaml:3:69  repeats of the same folds

      3 │   folds: {kind: fold, data: visits.train, k: 4, by: group, repeats: 2}
        │                                                                     ^

    Folds of one group each are one way alone to fold data, so that a repetition would train and judge the same again, as if it were another one. Ask for fewer folds, or leave out \`repeats\`.
    "
  `);
  const two = load("train: others.csv, group: patient");
  expect(
    told(`${two}parts: {kind: split, data: visits.train, validation: 1, test: 1, by: group}`),
  ).toMatchInlineSnapshot(`
    "p.yaml:3:72  fewer groups than parts

      3 │   parts: {kind: split, data: visits.train, validation: 1, test: 1, by: group}
        │                                                                        ^^^^^

    3 parts need at least 3 groups, but the data have 2. Ask for fewer parts, or leave out \`by\` where examples of a group have nothing in common.
    "
  `);
  const none = load("train: t.csv, features: [age]");
  expect(told(`${none}parts: {kind: split, data: visits.train, validation: 3, by: group}`)).toMatchInlineSnapshot(`
    "p.yaml:3:63  no groups to keep whole

      3 │   parts: {kind: split, data: visits.train, validation: 3, by: group}
        │                                                               ^^^^^

    \`by: group\` keeps examples of one group together, but these data have no groups. Name the column that tells them where the data are loaded: \`group: COLUMN\` in the \`load\` stage.
    "
  `);
  expect(told(`${none}parts: {kind: split, data: visits.train, validation: 3, order: day}`)).toMatchInlineSnapshot(`
    "p.yaml:3:66  no such column

      3 │   parts: {kind: split, data: visits.train, validation: 3, order: day}
        │                                                                  ^^^

    \`day\` is neither a feature of these data nor the column of their order. A column that is no feature travels along where the data are loaded with \`order: day\`.
    "
  `);
  expect(
    told(`${own}parts: {kind: split, data: visits.train, validation: 3, order: day, by: group}`),
  ).toMatchInlineSnapshot(`
    "p.yaml:3:30  warning: groups on both sides

      3 │   parts: {kind: split, data: visits.train, validation: 3, order: day, by: group}
        │                              ^^^^^^^^^^^^

    Groups of \`data\` (\`patient\`) may stand on both sides of the split, so a model is judged by groups that it has learned from, which flatters what is measured. That is right where it will meet these groups again; else say \`by: group\` in place of \`order\`.
    If it is meant: \`allow: [group_on_both_sides]\` on the stage.

    p.yaml:3:75  a split in order and not

      3 │   parts: {kind: split, data: visits.train, validation: 3, order: day, by: group}
        │                                                                           ^^^^^

    With \`order\` the place of a row in that order alone says in which part it is, so that \`by\` cannot have a say. Leave out one of the two.
    "
  `);
  expect(told(`${own}folds: {kind: fold, data: visits.train, k: 2, by: patient}`)).toMatchInlineSnapshot(`
    "p.yaml:3:53  unknown by

      3 │   folds: {kind: fold, data: visits.train, k: 2, by: patient}
        │                                                     ^^^^^^^

    \`by\` has no value \`patient\`.

    Values of \`by\`: group
    "
  `);
  expect(told(`${own}folds: {kind: fold, data: visits.train, k: 2000, repeats: 11, by: group}`)).toMatchInlineSnapshot(`
    "p.yaml:3:61  wrong value

      3 │   folds: {kind: fold, data: visits.train, k: 2000, repeats: 11, by: group}
        │                                                             ^^

    \`repeats\` is such that k × repeats is at most 20,000 (the limit \`elements\`), but \`11\` stands here.
    "
  `);
});

test("datasets of which some have groups are not merged", () => {
  const stages = `${own}${load("train: others.csv, features: [age]", "plain")}`;
  const alike = stages.replace("group: patient, order: day", "group: patient, features: [age]");
  expect(told(`${alike}all: {kind: merge, data: [visits.train, plain.train]}`)).toMatchInlineSnapshot(`
    "p.yaml:4:43  groups in some of the data

      4 │   all: {kind: merge, data: [visits.train, plain.train]}
        │                                           ^^^^^^^^^^^

    The first dataset has groups (\`patient\`), but this one has none. Load all of them with \`group: patient\`, or none of them with \`group\`.
    "
  `);
});

test("one fold's examples judge again in another repetition, which is told where they are merged", () => {
  const merged = (second: string): string =>
    told(`${own}folds: {kind: fold, data: visits.train, k: 2, repeats: 2, by: group}
all: {kind: merge, data: [folds/1.validation, folds/${second}.validation]}
again: {kind: split, data: all, validation: 3, allow: group_on_both_sides}`);
  expect(merged("2")).toBe("");
  expect(merged("3")).toMatchInlineSnapshot(`
    "p.yaml:5:30  warning: rows on both sides

      5 │   again: {kind: split, data: all, validation: 3, allow: group_on_both_sides}
        │                              ^^^

    Rows of \`data\` are copies of others and may stand on both sides of the split, so the same row is trained on and judged by, which flatters what is measured. Split first, and merge training examples alone, such as \`{kind: merge, data: [parts.train, parts.train]}\`.
    If it is meant: \`allow: [rows_on_both_sides]\` on the stage.
    "
  `);
});

test("a model is judged by what it learned from where the fold is of another repetition", () => {
  const judged = (part: string): string =>
    told(`${own}folds: {kind: fold, data: visits.train, k: 2, repeats: 2, by: group}
net: {kind: train, each: folds, data: folds.train, ${net}}
score: {kind: evaluate, model: net/1, data: folds/${part}.validation}`);
  expect(judged("1")).toBe("");
  for (const other of ["2", "3", "4"]) expect(judged(other)).toContain("warning: scored on training examples");
});

test("rows that stand in the file more than once are one case or several, and both have a way", () => {
  writeFileSync(join(folder, "twice.csv"), `patient,age,y\n${"ann,41,1\nbob,67,0\ncy,58,1\ndi,35,0\n".repeat(2)}`);
  const plain = load("train: twice.csv, features: [age]");
  expect(told(`${plain}parts: {kind: split, data: visits.train, validation: 2}`)).toMatchInlineSnapshot(`
    "p.yaml:3:30  warning: rows on both sides

      3 │   parts: {kind: split, data: visits.train, validation: 2}
        │                              ^^^^^^^^^^^^

    4 of 8 rows of \`data\` are copies of others and may stand on both sides of the split. If they are one case noted several times, a model is judged by what it has learned by heart: leave the copies out of the file, or name each case in a column and keep it whole (\`group\` in \`load\`, \`by: group\` here). If they are cases that are alike in all that was noted of them, as in a table of few columns, they are meant.
    If it is meant: \`allow: [rows_on_both_sides]\` on the stage.
    "
  `);
  const grouped = load("train: twice.csv, group: patient");
  expect(told(`${grouped}parts: {kind: split, data: visits.train, validation: 2, by: group}`)).toBe("");
  expect(told(`${plain}mixed: {kind: shuffle, data: visits.train}\nfolds: {kind: fold, data: mixed, k: 2}`)).toContain(
    "several times",
  );
});
