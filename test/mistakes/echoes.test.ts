/** Mistakes that once had an echo: what follows from them is not told as a mistake of its own. */
import { expect, test } from "vitest";
import { checkPipeline } from "../../src/pipeline/check.js";
import { readText } from "../../src/pipeline/read.js";
import { kinds } from "../../src/stages/kinds.js";

const titles = (stage: string): readonly string[] => {
  const text = `stages:\n  d: {kind: load, source: synthetic, generator: gapped_curve}\n${stage}\n`;
  const document = readText("p.yaml", text);
  const { diagnostics } = document.ok ? checkPipeline(document.value, kinds) : document;
  return diagnostics.map(({ title }) => title);
};
const net = (layers: string): string => `  net: {kind: train, data: d.train, layers: [${layers}], loss: mse, optimizer: adam, epochs: 1}`;

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
  const score = (bound: string): string => `${net("{dense: {units: 1}}")}\n  s: {kind: evaluate, model: net, data: d.test, expect: {accuracy: '${bound}'}}`;
  expect(titles(score(">= 90"))).toEqual(["no such metric"]);
});

test("a parameter whose name is no word is told as that, at the name", () => {
  const search = (name: string): string =>
    `  s: {kind: search, strategy: grid, space: {${name}: [1, 2]}, trial: {kind: train, data: d.train, layers: [{dense: {units: 1}}], loss: mse, optimizer: adam, epochs: 1}, objective: {minimize: train.loss}}`;
  for (const name of ["my-param", "größe", "a.b", "learning rate", "1x"]) expect(titles(search(name))).toEqual(["not a name"]);
});
