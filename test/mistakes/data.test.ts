import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import { renderDiagnostics } from "../../src/diagnostic/render.js";
import { checkPipeline } from "../../src/pipeline/check.js";
import { readDocument } from "../../src/pipeline/read.js";
import { kinds } from "../../src/stages/kinds.js";

const folder = mkdtempSync(join(tmpdir(), "hw1-data-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** What `hw1 check` says of one `load` stage over a file with these bytes. */
function told(stage: string, files: Readonly<Record<string, string | Uint8Array>>): string {
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
  writeFileSync(join(folder, "p.yaml"), `stages:\n  points: {kind: load, ${stage}}\n`);
  const document = readDocument(join(folder, "p.yaml"));
  const checked = document.ok ? checkPipeline(document.value, kinds) : document;
  return renderDiagnostics(checked.diagnostics).replaceAll(`${folder}/`, "");
}
const csv = (text: string | Uint8Array, more = ""): string =>
  told(`source: csv, train: t.csv, target: y${more}`, { "t.csv": text });

const idxImages = (count: number, bytes: number): Uint8Array =>
  Uint8Array.of(0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 2, 0, 0, 0, 2, ...new Array<number>(bytes).fill(7));
const idxLabels = (...labels: number[]): Uint8Array => Uint8Array.of(0, 0, 8, 1, 0, 0, 0, labels.length, ...labels);
const idx = (images: Uint8Array, labels: Uint8Array): string =>
  told("source: idx, train: {images: i, labels: l}", { i: images, l: labels });

test("a CSV with a byte order mark, Windows line ends and blank lines is read", () => {
  expect(csv("\ufeffx,y\r\n1,2\r\n\r\n3,4\r\n")).toBe("");
});

test("a CSV with a ragged row", () => {
  expect(csv("x,y\n1,2\n3\n")).toMatchInlineSnapshot(`
    "p.yaml:2:44  ragged row

      2 │   points: {kind: load, source: csv, train: t.csv, target: y}
        │                                            ^^^^^

    \`t.csv:3\` has 1 cell, but the header has 2 columns (x, y). Is the delimiter \`,\`?
    "
  `);
});

test("a CSV with text where a number belongs", () => {
  expect(csv("x,y\n1,2\n3,four\n")).toMatchInlineSnapshot(`
    "p.yaml:2:44  not a number

      2 │   points: {kind: load, source: csv, train: t.csv, target: y}
        │                                            ^^^^^

    \`t.csv:3\`, column \`y\`: \`four\` stands where a number belongs.
    "
  `);
});

test("a CSV with an empty cell", () => {
  expect(csv("x,y\n1,2\n,4\n")).toMatchInlineSnapshot(`
    "p.yaml:2:44  a missing value

      2 │   points: {kind: load, source: csv, train: t.csv, target: y}
        │                                            ^^^^^

    \`t.csv:3\`, column \`x\`: the cell is empty where a number belongs.
    Fill it in, or choose \`on_missing: drop_row\` (leaves out such rows), \`on_missing: mean\` (the column's mean in the training rows) or \`on_missing: keep\` (for an \`impute\` stage).
    "
  `);
});

test("an empty CSV, and one with a header alone", () => {
  expect(csv("")).toMatchInlineSnapshot(`
    "p.yaml:2:44  empty file

      2 │   points: {kind: load, source: csv, train: t.csv, target: y}
        │                                            ^^^^^

    \`t.csv\` is empty. A CSV file has a header row and at least one row of numbers.
    "
  `);
  expect(csv("x,y\n")).toMatchInlineSnapshot(`
    "p.yaml:2:44  no rows

      2 │   points: {kind: load, source: csv, train: t.csv, target: y}
        │                                            ^^^^^

    \`t.csv\` has a header but no rows.
    "
  `);
});

test("a CSV without the target's column", () => {
  expect(csv("x,z\n1,2\n")).toMatchInlineSnapshot(`
    "p.yaml:2:59  no such column

      2 │   points: {kind: load, source: csv, train: t.csv, target: y}
        │                                                           ^

    \`t.csv\` has no column \`y\`.

    Columns: x, z
    "
  `);
});

test("a CSV with labels outside the classes", () => {
  expect(csv("x,y\n1,0\n2,1\n3,2\n", ", classes: 2")).toMatchInlineSnapshot(`
    "p.yaml:2:71  label outside the classes

      2 │   points: {kind: load, source: csv, train: t.csv, target: y, classes: 2}
        │                                                                       ^

    Row 3 of \`t.csv\` has the label 2, but the classes are 0 … 1. Correct the file, or raise \`classes\`.
    "
  `);
});

test("a data file that is not there", () => {
  expect(told("source: csv, train: nowhere.csv, target: y", {})).toMatchInlineSnapshot(`
    "p.yaml:2:44  no such file

      2 │   points: {kind: load, source: csv, train: nowhere.csv, target: y}
        │                                            ^^^^^^^^^^^

    There is no file \`nowhere.csv\`. Paths in a pipeline are relative to the pipeline's own folder.
    "
  `);
});

test("a whole IDX pair is read, gzip or not", () => {
  expect(idx(idxImages(2, 8), idxLabels(1, 2))).toBe("");
  expect(idx(gzipSync(idxImages(2, 8)), gzipSync(idxLabels(1, 2)))).toBe("");
});

test("a truncated IDX file", () => {
  expect(idx(idxImages(2, 5), idxLabels(1, 2))).toMatchInlineSnapshot(`
    "p.yaml:2:44  truncated IDX file

      2 │   points: {kind: load, source: idx, train: {images: i, labels: l}}
        │                                            ^^^^^^^^^^^^^^^^^^^^^^

    \`i\` says [2, 2, 2], so it should have 24 bytes, but it has 21. Was it copied or downloaded completely?
    "
  `);
  expect(idx(Uint8Array.of(0, 0, 8, 3, 0, 0), idxLabels(1, 2))).toMatchInlineSnapshot(`
    "p.yaml:2:44  truncated IDX file

      2 │   points: {kind: load, source: idx, train: {images: i, labels: l}}
        │                                            ^^^^^^^^^^^^^^^^^^^^^^

    \`i\` ends inside its header.
    "
  `);
});

test("a file that is no IDX file", () => {
  expect(idx(new TextEncoder().encode("x,y\n1,2\n"), idxLabels(1, 2))).toMatchInlineSnapshot(`
    "p.yaml:2:44  not an IDX file

      2 │   points: {kind: load, source: idx, train: {images: i, labels: l}}
        │                                            ^^^^^^^^^^^^^^^^^^^^^^

    \`i\` begins with 78 2c 79 0a; an IDX file of bytes begins with 00 00 08 and its rank (01 labels, 03 images).
    "
  `);
});

test("images and labels that do not belong together", () => {
  expect(idx(idxImages(2, 8), idxLabels(1, 2, 3))).toMatchInlineSnapshot(`
    "p.yaml:2:44  unequal counts

      2 │   points: {kind: load, source: idx, train: {images: i, labels: l}}
        │                                            ^^^^^^^^^^^^^^^^^^^^^^

    \`i\` has 2 images, but \`l\` has 3 labels.
    "
  `);
});

test("a broken gzip file", () => {
  expect(idx(gzipSync(idxImages(2, 8)).subarray(0, 20), idxLabels(1, 2))).toMatchInlineSnapshot(`
    "p.yaml:2:44  broken gzip file

      2 │   points: {kind: load, source: idx, train: {images: i, labels: l}}
        │                                            ^^^^^^^^^^^^^^^^^^^^^^

    \`i\` begins as a gzip file but cannot be unpacked. Was it copied or downloaded completely?
    "
  `);
});

test("several targets: one twice, one that is no column, a feature or the split, and classes", () => {
  const table = { "t.csv": "x,y,z,part\n1,2,3,train\n4,5,6,test\n" };
  const several = (more: string): string => told(`source: csv, train: t.csv, ${more}`, table);
  expect(several("target: [y, y], features: [x]")).toMatchInlineSnapshot(`
    "p.yaml:2:63  a target twice

      2 │   points: {kind: load, source: csv, train: t.csv, target: [y, y], features: [x]}
        │                                                               ^

    \`target\` names the column \`y\` twice. Name it once.
    "
  `);
  expect(several("target: [y, zz], features: [x]")).toMatchInlineSnapshot(`
    "p.yaml:2:63  no such column

      2 │   points: {kind: load, source: csv, train: t.csv, target: [y, zz], features: [x]}
        │                                                               ^^

    \`t.csv\` has no column \`zz\`.

    Columns: x, y, z, part
    "
  `);
  expect(several("target: [y, z], features: [x, z]")).toMatchInlineSnapshot(`
    "p.yaml:2:81  the target among the features

      2 │   points: {kind: load, source: csv, train: t.csv, target: [y, z], features: [x, z]}
        │                                                                                 ^

    The column \`z\` is a target. Who learns from it learns nothing else: leave it out of \`features\`.
    "
  `);
  expect(several("target: [y, z], features: [x], classes: 2")).toMatchInlineSnapshot(`
    "p.yaml:2:91  classes of several targets

      2 │   points: {kind: load, source: csv, train: t.csv, target: [y, z], features: [x], classes: 2}
        │                                                                                           ^

    \`classes\` declares the target a class, but \`target\` names 2 columns, which are learned together as numbers. Name one of them as \`target\`, or leave out \`classes\`.
    "
  `);
  expect(
    told("source: csv, file: t.csv, split: {column: part, test: test}, target: [y, part]", table),
  ).toMatchInlineSnapshot(`
    "p.yaml:2:97  the split as target

      2 │   points: {kind: load, source: csv, file: t.csv, split: {column: part, test: test}, target: [y, part]}
        │                                                                                                 ^^^^

    The column \`part\` says of which split a row is, so it is no column to learn. Name another as \`target\`.
    "
  `);
  expect(several("target: [], features: [x]")).toMatchInlineSnapshot(`
    "p.yaml:2:59  wrong value

      2 │   points: {kind: load, source: csv, train: t.csv, target: [], features: [x]}
        │                                                           ^^

    \`target\` is a list of texts, one or more, but an empty list stands here.
    "
  `);
  expect(
    told("source: csv, train: t.csv, target: [y, z]", { "t.csv": "x,y,z\n1,2,red\n4,5,blue\n" }),
  ).toMatchInlineSnapshot(`
    "p.yaml:2:44  not a number

      2 │   points: {kind: load, source: csv, train: t.csv, target: [y, z]}
        │                                            ^^^^^

    \`t.csv:2\`, column \`z\`: \`red\` stands where a number belongs.
    \`t.csv:3\`, column \`z\`: \`blue\` stands where a number belongs.
    The target \`z\` holds text. Classes are learned alone: name it as the only \`target\`, with \`classes: auto\`.
    "
  `);
});
