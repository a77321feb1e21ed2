import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { referencePage } from "../../scripts/reference.js";
import type { Kind } from "../../src/pipeline/kind.js";
import { forms, type OptionSchema, optionSchema } from "../../src/pipeline/option-schema.js";
import { pipelineJsonSchema } from "../../src/pipeline/schema.js";
import { kinds } from "../../src/stages/kinds.js";
import { violations } from "../rig/json-schema.js";

const root = join(import.meta.dirname, "..", "..");
const file = (name: string): string => readFileSync(join(root, name), "utf8");
const schema = pipelineJsonSchema(kinds);
const told = (yaml: string): readonly string[] => violations(schema, parse(yaml, { version: "1.2", schema: "core" }));
const rows = Object.values(kinds) as Kind<unknown>[];

test("the committed pipeline.schema.json is what the kinds say; scripts/write-docs.ts writes it", () => {
  expect(file("pipeline.schema.json")).toBe(`${JSON.stringify(schema, null, 2)}\n`);
});

test("the committed docs/reference.md is what the kinds say; scripts/write-docs.ts writes it", () => {
  expect(file("docs/reference.md")).toBe(referencePage(kinds));
});

test.each(readdirSync(join(root, "pipelines")).filter((name) => name.endsWith(".yaml")))(
  "pipelines/%s is valid",
  (name) => {
    expect(told(file(join("pipelines", name)))).toEqual([]);
  },
);

test.each(rows.map((kind) => [kind.name, kind] as const))("the example of %s is valid", (_name, kind) => {
  expect(kind.example).toBeDefined();
  expect(told(kind.example!)).toEqual([]);
});

describe("a mistake is marked in the editor", () => {
  const stages = (stage: string): string => `stages:\n  digits: {kind: load, source: mnist}\n  it: ${stage}\n`;
  const train = (more: string): string =>
    stages(
      `{kind: train, data: digits.train, layers: [flatten, {dense: {units: 10}}], loss: cross_entropy, optimizer: adam, ${more}}`,
    );

  test("and what is right is not", () => {
    expect(told(train("epochs: 3"))).toEqual([]);
  });
  test.each([
    [
      "an unknown key of a pipeline",
      "nme: x\nstages:\n  d: {kind: load, source: mnist}\n",
      "/nme: nothing may stand here",
    ],
    ["no stages", "name: x\n", ": stages is missing"],
    ["a stage without a kind", stages("{data: digits.train}"), "/stages/it: kind is missing"],
    ["an unknown kind", stages("{kind: laod}"), "/stages/it/kind: not one of"],
    ["an unknown source", stages("{kind: load, source: mnsit}"), "/stages/it/source: not one of"],
    [
      "an option of another source",
      stages("{kind: load, source: mnist, target: y}"),
      "/stages/it/target: nothing may stand here",
    ],
    [
      "an option of another figure",
      stages("{kind: visualize, figure: class_frequency, from: digits.train, per_class: 3}"),
      "/stages/it/per_class: nothing may stand here",
    ],
    [
      "a figure that reads nothing and is given something",
      stages("{kind: visualize, figure: activations, from: digits.train}"),
      "/stages/it/from: nothing may stand here",
    ],
    ["an unknown figure", stages("{kind: visualize, figure: exampels}"), "/stages/it/figure: not one of"],
    ["no figure", stages("{kind: visualize, from: digits.train}"), "/stages/it: figure is missing"],
    ["an unknown option", train("epochs: 3, batchsize: 3"), "/stages/it/batchsize: nothing may stand here"],
    ["a missing option", train("batch_size: 3"), "/stages/it: epochs is missing"],
    [
      "a seed where no random numbers are drawn",
      stages("{kind: load, source: mnist, seed: 3}"),
      "/stages/it/seed: nothing may stand here",
    ],
    ["text where a number belongs", train("epochs: many"), "/stages/it/epochs: does not match"],
    ["a number out of range", train("epochs: 0"), "/stages/it/epochs: not from 1"],
    [
      "an unknown activation",
      train("epochs: 3").replace("units: 10", "units: 10, activation: rellu"),
      "/stages/it/layers/1/dense/activation: not one of",
    ],
    [
      "an unknown option of an optimiser",
      train("epochs: 3").replace(": adam", ": {adam: {learning_rat: 1}}"),
      "/learning_rat: nothing may stand here",
    ],
    [
      "a stage's name with a blank",
      "stages:\n  my digits: {kind: load, source: mnist}\n",
      "/stages/my digits: does not match",
    ],
    [
      "an unknown option in a profile",
      `profiles: {quick: {stages: {it: {epoch: 1}}}}\n${train("epochs: 3")}`,
      "/profiles/quick/stages/it/epoch: nothing may stand here",
    ],
  ])("%s", (_name, yaml, wanted) => {
    expect(told(yaml).filter((problem) => problem.includes(wanted))).not.toEqual([]);
  });
});

test("a trial says how long it is trained, unless its search is halved", () => {
  const yaml = (halving: string): string => `
stages:
  s:
    kind: search
    strategy: grid
    space: {optimizer: [sgd, adam]}
    ${halving}
    trial: {kind: train, data: a.train, layers: [flatten], loss: mse, optimizer: {"\${trial.optimizer}": {}}}
    objective: {minimize: train.loss}
`;
  expect(told(yaml("halving: {epochs: [1, 3], factor: 3}"))).toEqual([]);
  expect(told(yaml(""))).toEqual(["/stages/s/trial: epochs is missing"]);
});

describe("a parameter may stand wherever a value may", () => {
  const yaml = (value: (name: string) => string): string => `
stages:
  digits: {kind: load, source: ${value("source")}}
  parts: {kind: split, data: ${value("data")}, validation: ${value("count")}, stratify: ${value("flag")}, seed: ${value("seed")}}
  net:
    kind: train
    data: parts.train
    layers:
      - conv: {kernels: ${value("kernels")}, size: [3, ${value("width")}], activation: ${value("activation")}}
      - max_pool: ${value("pool")}
      - dropout: ${value("share")}
      - ${value("layer")}
    loss: ${value("loss")}
    optimizer: {adam: {learning_rate: ${value("rate")}}}
    epochs: ${value("epochs")}
    early_stopping: ${value("stopping")}
  score: {kind: evaluate, model: net, data: digits.test, expect: {accuracy: ${value("bound")}}}
  picture: {kind: visualize, figure: examples, from: digits.test, title: "Digits, ${value("name").replaceAll('"', "")}"}
`;
  test("alone", () => expect(told(yaml((name) => `"\${params.${name}}"`))).toEqual([]));
  test("but a name that is no parameter may not", () => expect(told(yaml((name) => `"\${${name}}"`))).not.toEqual([]));
});

test("each figure completes its own options, and a profile those of all", () => {
  const { definitions } = schema as unknown as { definitions: Record<string, { properties: Record<string, unknown> }> };
  const shared = ["from", "title", "figure", "kind", "each", "allow", "use"];
  expect(Object.keys(definitions["visualize.examples"]!.properties).toSorted()).toEqual(
    [...shared, "per_class"].toSorted(),
  );
  expect(Object.keys(definitions["visualize.fit"]!.properties).toSorted()).toEqual(
    [...shared, "data", "labels"].toSorted(),
  );
  expect(
    told(
      "profiles: {q: {stages: {it: {figure: points, top: 3, per_class: 2, names: [tanh], data: d}}}}\nstages: {it: {kind: visualize, figure: points}}\n",
    ),
  ).toEqual([]);
  // What a trial's settings bring along need not be written.
  expect(told("stages: {it: {kind: visualize, use: winners.trial}}\n")).toEqual([]);
});

test("a profile may change any part of a stage, also inside maps", () => {
  const quick =
    "{seed: 3, params: {a: 1}, stages: {net: {epochs: 1, early_stopping: {min_delta: 0.1}, optimizer: {adam: {beta1: 0.8}}}, d: {source: csv}}}";
  expect(told(`profiles: {quick: ${quick}}\nstages: {d: {kind: load, source: mnist}}\n`)).toEqual([]);
});

describe("every option is described", () => {
  /** Of what holds itself once. */
  const undescribed = (schema: OptionSchema, path: string, above: readonly OptionSchema[] = []): string[] =>
    forms(schema).flatMap((form) => {
      if (above.includes(form)) return [];
      const within = (part: OptionSchema, inner: string): string[] => undescribed(part, inner, [...above, form]);
      return [
        ...Object.entries(form.properties ?? {}).flatMap(([name, option]) => [
          ...(option.description?.trim() ? [] : [`${path}.${name}`]),
          ...within(option, `${path}.${name}`),
        ]),
        ...(form.items && !Array.isArray(form.items) ? within(form.items as OptionSchema, path) : []),
        ...(typeof form.additionalProperties === "object" ? within(form.additionalProperties, path) : []),
      ];
    });
  test.each(rows.map((kind) => [kind.name, kind] as const))("of %s", (name, kind) => {
    expect(undescribed(optionSchema(kind), name)).toEqual([]);
    expect(kind.summary).toMatch(/\.$/);
    for (const input of kind.inputs) expect(input.description).not.toBe("");
    expect(Object.keys(kind.outputs ?? {})).not.toEqual([]);
  });
});

test("the reference has a section with every option of every kind", () => {
  const page = referencePage(kinds);
  for (const kind of rows) {
    const section = page.split(`\n## ${kind.name}\n`)[1]!.split("\n## ")[0]!;
    for (const name of kind.optionNames)
      expect(section, `${kind.name}: ${name}`).toMatch(new RegExp(`\\| \`${name}\` \\||\`${name}: `));
    expect(section).toContain(kind.example!.trim());
  }
});
