/** Mistakes that once had an echo: what follows from them is not told as a mistake of its own. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { checkPipeline } from "../../src/pipeline/check.js";
import { readText } from "../../src/pipeline/read.js";
import { kinds } from "../../src/stages/kinds.js";

const titles = (stage: string): readonly string[] => {
  const text = `stages:\n  d: {kind: load, source: synthetic, generator: gapped_curve}\n${stage}\n`;
  const document = readText("p.yaml", text);
  const { diagnostics } = document.ok ? checkPipeline(document.value, kinds) : document;
  return diagnostics.map(({ title }) => title);
};
const net = (layers: string): string =>
  `  net: {kind: train, data: d.train, layers: [${layers}], loss: mse, optimizer: adam, epochs: 1}`;

test.each([
  ["an unknown option", "{time: 2, layers: [{dense: {units: 1}}]}", ["not a repeat"]],
  ["no number", "{times: many, layers: [{dense: {units: 1}}]}", ["not a repeat"]],
  ["too many", "{times: 2000, layers: [{dense: {units: 1}}]}", ["not a repeat"]],
  ["an unknown name of an item", '{over: [1, 2], layers: [{dense: {units: "${item.x}"}}]}', ["unknown lookup"]],
  ["an unknown parameter", '{times: "${params.nope}", layers: [{dense: {units: 1}}]}', ["unknown parameter"]],
])("a network of one repeat with %s is not told to be empty, too", (_name, repeat, told) => {
  expect(titles(net(`{repeat: ${repeat}}`))).toEqual(told);
});

test("a bound on a metric that there is not is not told to be out of its reach", () => {
  const score = (bound: string): string =>
    `${net("{dense: {units: 1}}")}\n  s: {kind: evaluate, model: net, data: d.test, expect: {accuracy: '${bound}'}}`;
  expect(titles(score(">= 90"))).toEqual(["no such metric"]);
});

test("a member of an ensemble that is no stage does not make a lone one of the other", () => {
  expect(titles(`${net("{dense: {units: 1}}")}\n  e: {kind: ensemble, models: [net, nope]}`)).toEqual([
    "no such stage",
  ]);
});

test("a parameter whose name is no word is told as that, at the name", () => {
  const search = (name: string): string =>
    `  s: {kind: search, strategy: grid, space: {${name}: [1, 2]}, trial: {kind: train, data: d.train, layers: [{dense: {units: 1}}], loss: mse, optimizer: adam, epochs: 1}, objective: {minimize: train.loss}}`;
  for (const name of ["my-param", "größe", "a.b", "learning rate", "1x"])
    expect(titles(search(name))).toEqual(["not a name"]);
});

describe("of data files", () => {
  const folder = mkdtempSync(join(tmpdir(), "hw1-echoes-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const table = (name: string, rows: readonly string[]): void =>
    writeFileSync(join(folder, name), `a,b,y\n${rows.join("\n")}\n`);
  const messages = (options: string): readonly string[] => {
    const document = readText(join(folder, "p.yaml"), `stages:\n  d: {kind: load, source: csv, ${options}}\n`);
    return (document.ok ? checkPipeline(document.value, kinds) : document).diagnostics.map(({ message }) => message);
  };

  test("an option that fits neither file is told once", () => {
    table("one.csv", ["1,2,3", "2,5,4"]);
    table("two.csv", ["3,1,3", "4,4,1"]);
    expect(messages("train: one.csv, test: two.csv, target: z")).toHaveLength(1);
    expect(messages("train: one.csv, test: two.csv, target: y, features: [a, zz]")).toHaveLength(1);
    expect(messages("train: one.csv, test: two.csv, target: y")).toEqual([]);
  });
  test("what is proposed about missing cells leaves rows and columns", () => {
    table("label.csv", ["1,2,", "2,5,4", "3,3,1"]);
    expect(messages("train: label.csv, target: y")[0]).toMatch(
      /or choose `on_missing: drop_row` \(leaves out such rows\)\. Rows whose target is to be predicted belong into a file of their own, for `hw1 predict`\.$/,
    );
    expect(messages("train: label.csv, target: y, on_missing: drop_row")).toHaveLength(1);
    table("column.csv", [",2,3", ",5,4", ",3,1"]);
    expect(messages("train: column.csv, target: y")[0]).toContain(
      "The column `a` is empty throughout. Leave it out: `leave_out: [a]`.",
    );
    expect(messages("train: column.csv, target: y, leave_out: [a]")).toEqual([]);
    expect(messages("train: column.csv, target: a")[0]).toContain("The target `a` is empty throughout");
  });
  test("a sign apart from its number is no sign of money, and no command without a script is proposed", () => {
    table("apart.csv", ["- 1,2,3", "- 2,5,4", "+-3,3,1"]);
    expect(messages("train: apart.csv, target: y")[0]).not.toContain("sed");
    table("long.csv", [`3${"0".repeat(400)},2,3`, "2,5,4"]);
    expect(messages("train: long.csv, target: y")[0]).toContain("It is too large for a 32-bit number.");
  });
});
