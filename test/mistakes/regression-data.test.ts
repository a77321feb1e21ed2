/** What `hw1 check` says of data for a regression: files in, exact text out. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { renderDiagnostics } from "../../src/diagnostic/render.js";
import { checkPipeline } from "../../src/pipeline/check.js";
import { readDocument } from "../../src/pipeline/read.js";
import { kinds } from "../../src/stages/kinds.js";

const folder = mkdtempSync(join(tmpdir(), "hw1-regression-"));
afterAll(() => rmSync(folder, { recursive: true }));

function told(stages: string, files: Readonly<Record<string, string | Uint8Array>> = {}): string {
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
  writeFileSync(join(folder, "p.yaml"), `stages:\n${stages.replace(/^/gm, "  ")}\n`);
  const document = readDocument(join(folder, "p.yaml"));
  const checked = document.ok ? checkPipeline(document.value, kinds) : document;
  return `\n${renderDiagnostics(checked.diagnostics).replaceAll(`${folder}/`, "")}`;
}
/** Of one file of training examples, without the excerpt of the pipeline. */
const csv = (text: string | Uint8Array, more = "", name = "t.csv"): string =>
  told(`points: {kind: load, source: csv, train: ${name}, target: y${more}}`, { [name]: text }).replace(
    /\n\n {2,}\d+ │[\s\S]*?\n\n/g,
    "\n\n",
  );

describe("cells", () => {
  test("that are no numbers: the first three, and how many more", () =>
    expect(csv("x,y\n1,2\none,2\n3,two\n4,three\n5,four\n")).toMatchInlineSnapshot(`
      "
      p.yaml:2:44  not a number

      \`t.csv:3\`, column \`x\`: \`one\` stands where a number belongs.
      \`t.csv:4\`, column \`y\`: \`two\` stands where a number belongs.
      \`t.csv:5\`, column \`y\`: \`three\` stands where a number belongs.
      1 more cell is no number.
      "
    `));
  test("with decimal commas", () =>
    expect(csv("x;y\n1,5;2\n", ', delimiter: ";"')).toMatchInlineSnapshot(`
    "
    p.yaml:2:44  decimal commas

    \`t.csv:2\`, column \`x\`: \`1,5\` stands where a number belongs. Decimals are written with a point.
    Write decimal points: \`sed -e '1!s/,/./g' t.csv > t-points.csv\`; then name that file.
    "
  `));
  test("too large for 32 bits", () =>
    expect(csv("x,y\n1e40,2\n")).toMatchInlineSnapshot(`
    "
    p.yaml:2:44  not a number

    \`t.csv:2\`, column \`x\`: \`1e40\` stands where a number belongs. It is too large for a 32-bit number.
    "
  `));
  test("of text in a whole column", () =>
    expect(csv("x,name,y\n1,ann,2\n3,bob,4\n")).toMatchInlineSnapshot(`
      "
      p.yaml:2:44  not a number

      \`t.csv:2\`, column \`name\`: \`ann\` stands where a number belongs.
      \`t.csv:3\`, column \`name\`: \`bob\` stands where a number belongs.
      The column \`name\` holds words: \`categories: [name]\` makes a feature of each.
      Or leave it out: \`leave_out: [name]\`.
      "
    `));
  test("of text in the target", () =>
    expect(csv("x,y\n1,ann\n3,bob\n")).toMatchInlineSnapshot(`
      "
      p.yaml:2:44  not a number

      \`t.csv:2\`, column \`y\`: \`ann\` stands where a number belongs.
      \`t.csv:3\`, column \`y\`: \`bob\` stands where a number belongs.
      The target \`y\` holds words. If they are names of classes: \`classes: auto\`.
      "
    `));
  test("that are missing: the first three, and how many more", () =>
    expect(csv("x,z,y\n1,NA,2\n,3,2\n3,?,2\n4,1,NA\n5,NaN,5\n")).toMatchInlineSnapshot(`
      "
      p.yaml:2:44  missing values

      \`t.csv:2\`, column \`z\`: \`NA\` stands where a number belongs.
      \`t.csv:3\`, column \`x\`: the cell is empty where a number belongs.
      \`t.csv:4\`, column \`z\`: \`?\` stands where a number belongs.
      2 more cells are missing.
      Fill them in, or choose \`on_missing: drop_row\` (leaves out such rows). Rows whose target is to be predicted belong into a file of their own, for \`hw1 predict\`.
      "
    `));
  test("that are missing in the target cannot be filled", () =>
    expect(csv("x,y\n1,NA\n2,3\n", ", on_missing: mean")).toMatchInlineSnapshot(`
      "
      p.yaml:2:44  a missing value

      \`t.csv:2\`, column \`y\`: \`NA\` stands where a number belongs.
      \`on_missing: mean\` fills features only; a label cannot be made up. \`on_missing_target: drop_row\` leaves out such rows. Rows whose target is to be predicted belong into a file of their own, for \`hw1 predict\`.
      "
    `));
  test("that are missing in every row of a column", () =>
    expect(csv("x,z,y\n1,NA,2\n2,NA,3\n", ", on_missing: mean")).toMatchInlineSnapshot(`
      "
      p.yaml:2:74  an empty column

      No training row has a number in the column \`z\`, so there is no mean to fill it with. Leave it out of \`features\`.
      "
    `));
  test("that are missing in every row", () =>
    expect(csv("x,y\nNA,1\n2,NA\n", ", on_missing: drop_row")).toMatchInlineSnapshot(`
    "
    p.yaml:2:74  no rows left

    Every row of \`t.csv\` has a missing cell, so \`on_missing: drop_row\` leaves none.
    "
  `));
  test("that were missing and are left out are a warning", () =>
    expect(csv("x,y\nNA,1\n2,3\n", ", on_missing: drop_row")).toMatchInlineSnapshot(`
      "
      p.yaml:2:74  warning: missing values

      \`t.csv\`: 1 row of 2 left out because of 1 missing cell (x: 1).
      If it is meant: \`allow: [missing_values]\` on the stage.
      "
    `));
  test("with a label that is no class", () =>
    expect(csv("x,y\n1,lily\n2,rsoe\n", ", classes: [lily, rose]")).toMatchInlineSnapshot(`
    "
    p.yaml:2:71  label outside the classes

    \`t.csv:3\`, column \`y\`: \`rsoe\` is none of the classes. Did you mean \`rose\`?

    Classes: lily, rose
    "
  `));
});

describe("a table", () => {
  test("without a header", () =>
    expect(csv("1.5,2\n3,4\n")).toMatchInlineSnapshot(`
    "
    p.yaml:2:59  no header

    \`t.csv:1\` has numbers (1.5, 2) where names of columns belong. If the file has no header, name its columns: \`header: [input, label]\`; with \`header: false\` they are called column_1, column_2 ….
    "
  `));
  test("with a header that was said to be absent", () =>
    expect(csv("x,y\n3,4\n", ", header: [x, y]")).toMatchInlineSnapshot(`
    "
    p.yaml:2:44  not a number

    \`t.csv:1\`, column \`x\`: \`x\` stands where a number belongs.
    \`t.csv:1\`, column \`y\`: \`y\` stands where a number belongs.
    The first row looks like names of columns. If it is, leave out \`header\`.
    "
  `));
  test("with another number of columns than names", () =>
    expect(csv("1,2,3\n", ", header: [x, y]")).toMatchInlineSnapshot(`
    "
    p.yaml:2:70  names do not match columns

    \`header\` names 2 columns (x, y), but \`t.csv:1\` has 3 cells.
    "
  `));
  test("whose names are given twice", () =>
    expect(csv("1,2\n", ", header: [y, y]")).toMatchInlineSnapshot(`
    "
    p.yaml:2:70  duplicate column

    \`header\` names the column \`y\` twice.
    "
  `));
  test("of one column, because the delimiter is another", () =>
    expect(csv("x;y\n1;2\n")).toMatchInlineSnapshot(`
      "
      p.yaml:2:44  only one column

      \`t.csv:1\` has one cell, \`x;y\`. The cells seem to be separated by \`;\`: write \`delimiter: ";"\`.
      "
    `));
  test("of one column, because there are tabs", () =>
    expect(csv("x\ty\n1\t2\n")).toMatchInlineSnapshot(`
      "
      p.yaml:2:44  only one column

      \`t.csv:1\` has one cell, \`x y\`. The cells seem to be separated by tabs: write \`delimiter: tab\`.
      "
    `));
  test("of one column", () =>
    expect(csv("y\n1\n")).toMatchInlineSnapshot(`
      "
      p.yaml:2:44  only one column

      \`t.csv:1\` has one cell, \`y\`. A file of examples has a column to learn, and one or more to learn from.
      "
    `));
  test("in UTF-16", () =>
    expect(csv(Uint8Array.of(0xff, 0xfe, 0x78, 0))).toMatchInlineSnapshot(`
    "
    p.yaml:2:44  not UTF-8

    \`t.csv\` is text in UTF-16. Save it as UTF-8.
    "
  `));
  test("without the column of a feature", () =>
    expect(csv("input,y\n1,2\n", ", features: [inptu]")).toMatchInlineSnapshot(`
    "
    p.yaml:2:73  no such column

    \`t.csv\` has no column \`inptu\`. Did you mean \`input\`?

    Columns: input, y
    "
  `));
  test("of test examples that lacks a feature", () =>
    expect(
      told("points: {kind: load, source: csv, train: a.csv, test: b.csv, target: y}", {
        "a.csv": "x,y\n1,2\n",
        "b.csv": "z,y\n1,2\n",
      }),
    ).toMatchInlineSnapshot(`
      "
      p.yaml:2:57  no such column

        2 │   points: {kind: load, source: csv, train: a.csv, test: b.csv, target: y}
          │                                                         ^^^^^

      \`b.csv\` has no column \`x\`.

      Columns: z, y
      "
    `));
  test("two of which are wrong: both are told", () =>
    expect(
      told("points: {kind: load, source: csv, train: a.csv, test: b.csv, target: y}", {
        "a.csv": "x,y\n1\n",
        "b.csv": "",
      }),
    ).toMatchInlineSnapshot(`
      "
      p.yaml:2:44  ragged row

        2 │   points: {kind: load, source: csv, train: a.csv, test: b.csv, target: y}
          │                                            ^^^^^

      \`a.csv:2\` has 1 cell, but the header has 2 columns (x, y). Is the delimiter \`,\`?

      p.yaml:2:57  empty file

        2 │   points: {kind: load, source: csv, train: a.csv, test: b.csv, target: y}
          │                                                         ^^^^^

      \`b.csv\` is empty. A CSV file has a header row and at least one row of numbers.
      "
    `));
});

describe("one file for all splits", () => {
  const all = { "all.csv": "x,part,y\n1,training,10\n2,test,20\n3,holdout,30\n" };
  const file = (more: string): string => told(`points: {kind: load, source: csv, target: y${more}}`, all);
  test("with a value that no split has", () =>
    expect(file(", file: all.csv, split: {column: part, train: training, test: test}")).toMatchInlineSnapshot(`
    "
    p.yaml:2:70  no such split

      2 │   points: {kind: load, source: csv, target: y, file: all.csv, split: {column: part, train: training, test: test}}
        │                                                                      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

    \`all.csv:4\`, column \`part\`: \`holdout\` is not a value that \`split\` names. 1 row of 3 has it. Name it under \`split.train\`, \`split.validation\` or \`split.test\`.
    "
  `));
  test("with a split that no row has", () =>
    expect(file(", file: all.csv, split: {column: part, test: [test, holdout, training]}")).toMatchInlineSnapshot(`
    "
    p.yaml:2:70  no rows

      2 │   points: {kind: load, source: csv, target: y, file: all.csv, split: {column: part, test: [test, holdout, training]}}
        │                                                                      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

    No row of \`all.csv\` has \`train\` in the column \`part\`. Values there: training, test, holdout.
    "
  `));
  test("with a value that two splits have", () =>
    expect(file(", file: all.csv, split: {column: part, train: training, test: training}")).toMatchInlineSnapshot(`
      "
      p.yaml:2:108  one value, two splits

        2 │ file: all.csv, split: {column: part, train: training, test: training}}
          │                                                             ^^^^^^^^

      \`training\` stands for \`train\` and for \`test\`.
      "
    `));
  test("without its column", () =>
    expect(file(", file: all.csv, split: {column: prat}")).toMatchInlineSnapshot(`
    "
    p.yaml:2:79  no such column

      2 │   points: {kind: load, source: csv, target: y, file: all.csv, split: {column: prat}}
        │                                                                               ^^^^

    \`all.csv\` has no column \`prat\`. Did you mean \`part\`?

    Columns: x, part, y
    "
  `));
  test("without `split`", () =>
    expect(file(", file: all.csv")).toMatchInlineSnapshot(`
    "
    p.yaml:2:54  missing option

      2 │   points: {kind: load, source: csv, target: y, file: all.csv}
        │                                                      ^^^^^^^

    \`file\` needs the option \`split\`, such as \`split: {column: part, train: training, test: held-out}\`. A file of training examples alone is \`train:\`.
    "
  `));
  test("beside a file for each", () =>
    expect(file(", file: all.csv, train: all.csv, split: {column: part}")).toMatchInlineSnapshot(`
    "
    p.yaml:2:54  two ways to name files

      2 │   points: {kind: load, source: csv, target: y, file: all.csv, train: all.csv, split: {column: part}}
        │                                                      ^^^^^^^

    \`train\` and \`test\` name a file each; \`file\` names one for all, whose rows \`split\` tells apart. Choose one way.
    "
  `));
  test("and `split` beside a file for each", () =>
    expect(file(", train: all.csv, split: {column: part}")).toMatchInlineSnapshot(`
    "
    p.yaml:2:71  missing option

      2 │   points: {kind: load, source: csv, target: y, train: all.csv, split: {column: part}}
        │                                                                       ^^^^^^^^^^^^^^

    \`split\` tells the rows of one \`file:\` apart; \`train\` and \`test\` are files of one split each.
    "
  `));
  test("and no file at all", () =>
    expect(file("")).toMatchInlineSnapshot(`
    "
    p.yaml:2:32  missing option

      2 │   points: {kind: load, source: csv, target: y}
        │                                ^^^

    \`load\` with \`source: csv\` needs the option \`train\`, or \`file\` with \`split\`.
    "
  `));
});

describe("rows in order, cut without a shuffle", () => {
  const curve = "points: {kind: load, source: synthetic, generator: gapped_curve}\n";
  test("by a fold that keeps the order", () =>
    expect(told(`${curve}folds: {kind: fold, data: points.train, k: 5, shuffle: false}`)).toMatchInlineSnapshot(`
      "
      p.yaml:3:58  warning: rows in an order

        3 │   folds: {kind: fold, data: points.train, k: 5, shuffle: false}
          │                                                          ^^^^^

      The rows are grouped by \`input\`, so a part cut out in this order does not resemble the whole. Put a \`shuffle\` stage before it, or let \`fold\` keep \`shuffle: true\`.
      If it is meant: \`allow: [sorted_folds]\` on the stage.
      "
    `));
  test("are nothing to warn of after a shuffle, or in a fold that shuffles", () => {
    expect(
      told(
        `${curve}mixed: {kind: shuffle, data: points.train}\nfolds: {kind: fold, data: mixed, k: 5, shuffle: false}`,
      ),
    ).toBe("\n");
    expect(told(`${curve}folds: {kind: fold, data: points.train, k: 5}`)).toBe("\n");
  });
  test("still are in order in a part of them, normalised", () =>
    expect(
      told(
        `${curve}parts: {kind: split, data: points.train, validation: 20}\nready: {kind: normalize, data: parts.train}\nfolds: {kind: fold, data: ready, k: 5, shuffle: false}`,
      ),
    ).toContain("The rows are grouped by `input`"));
});

test("a seed for data that have none", () =>
  expect(told("digits: {kind: load, source: mnist, seed: 3}")).toMatchInlineSnapshot(`
    "
    p.yaml:2:39  unknown option

      2 │   digits: {kind: load, source: mnist, seed: 3}
        │                                       ^^^^

    \`load\` with \`source: mnist\` has no option \`seed\`, because it draws no random numbers.

    Options of \`load\` with \`source: mnist\`: source, each, allow
    "
  `));
test("gaps that overlap", () =>
  expect(
    told("points: {kind: load, source: synthetic, generator: gapped_curve, gaps: [[0, 2], [1, 3]]}"),
  ).toMatchInlineSnapshot(`
    "
    p.yaml:2:74  gaps overlap

      2 │   points: {kind: load, source: synthetic, generator: gapped_curve, gaps: [[0, 2], [1, 3]]}
        │                                                                          ^^^^^^^^^^^^^^^^

    The gap [1, 3] begins before the one to its left ends, at 2.
    "
  `));
test("statistics of the test set", () =>
  expect(
    told(
      "points: {kind: load, source: synthetic, generator: gapped_curve}\nready: {kind: normalize, data: points.train, fit: points.test}",
    ),
  ).toMatchInlineSnapshot(`
    "
    p.yaml:3:53  warning: statistics of held-out data

      3 │   ready: {kind: normalize, data: points.train, fit: points.test}
        │                                                     ^^^^^^^^^^^

    \`fit\` holds test examples, whose statistics leak into training, so that a score on them flatters. Name training examples.
    If it is meant: \`allow: [fitted_on_held_out]\` on the stage.
    "
  `));
