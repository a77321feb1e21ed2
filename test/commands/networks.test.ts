import { join } from "node:path";
import { expect, test } from "vitest";
import { networksIn } from "../../src/commands/networks.js";
import { checkPipeline } from "../../src/pipeline/check.js";
import { readText } from "../../src/pipeline/read.js";
import { kinds } from "../../src/stages/kinds.js";

const networksOf = (text: string): ReturnType<typeof networksIn> => {
  const document = readText(join(import.meta.dirname, "p.yaml"), text);
  const checked = document.ok ? checkPipeline(document.value, kinds) : document;
  if (!checked.ok) throw new Error(JSON.stringify(checked.diagnostics));
  return networksIn(checked.value.stages);
};

test("a file's networks: of stages, of trials once each, and not of winners, who have one of those", () => {
  const found = networksOf(`stages:
  digits: {kind: load, source: synthetic, generator: digits, count: 200}
  parts: {kind: split, data: digits.train, validation: 50}
  tried:
    kind: search
    strategy: grid
    space: {units: [8, 16], rate: [0.1, 0.01]}
    trial:
      kind: train
      data: parts.train
      validation: parts.validation
      layers: [flatten, {dense: {units: "\${trial.units}", activation: relu}}, {dense: {units: 10}}]
      loss: cross_entropy
      optimizer: {sgd: {learning_rate: "\${trial.rate}"}}
      batch_size: 32
      epochs: 1
    objective: {minimize: validation.loss}
  winners: {kind: select, from: tried, top: 1}
  final: {kind: train, each: winners, use: winners.trial, data: parts.train}
  net:
    kind: train
    data: parts.train
    layers: [flatten, {dense: {units: 8, activation: relu}}, {dense: {units: 10}}]
    loss: cross_entropy
    optimizer: {sgd: {learning_rate: 0.5}}
    batch_size: 32
    epochs: 9
`);
  expect(found.map(({ stages, total }) => [stages, total.parameters])).toEqual([
    [[{ stage: "tried", keys: ["8-0.1", "8-0.01"] }, { stage: "net" }], 784 * 8 + 8 + 90],
    [[{ stage: "tried", keys: ["16-0.1", "16-0.01"] }], 784 * 16 + 16 + 170],
  ]);
});
