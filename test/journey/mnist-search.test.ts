/** What `pipelines/mnist-search.yaml` promises: what it searches, what its rules leave out, and that it runs in small. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { checkPipeline } from "../../src/pipeline/check.js";
import type { Search } from "../../src/pipeline/pipeline.js";
import { readText } from "../../src/pipeline/read.js";
import { kinds } from "../../src/stages/kinds.js";
import { rulesOf, type Space } from "../../src/stages/space.js";
import type { Rule } from "../../src/stages/space-rules.js";
import type { JsonObject } from "../../src/util/json.js";
import { project, steps } from "../rig/project.js";

const path = join(import.meta.dirname, "..", "..", "pipelines", "mnist-search.yaml");
const document = readText(path, readFileSync(path, "utf8"));
const checked = document.ok ? checkPipeline(document.value, kinds) : document;
if (!checked.ok) throw new Error("the pipeline has a mistake");
const { stages } = checked.value;
const searches = new Map<string, Search>(
  stages.flatMap(({ name, search }) => (search ? [[name, search] as const] : [])),
);
const searchOf = (name: string): Search => searches.get(name)!;
const rulesFor = (name: string) => {
  const { space, constraints } = stages.find((stage) => stage.name === name)!.options as {
    space: Space;
    constraints: readonly Rule[];
  };
  return rulesOf(space, constraints);
};

/** What the report searched over, and what it is called here. */
const hyperParameters = {
  "fully connected layers": ["dense_layers"],
  "hidden neurons": ["units", "widths"],
  "activation function": ["activation"],
  "convolutional layers": ["conv_layers"],
  "number of kernels": ["kernels"],
  "kernel size": ["size"],
  stride: ["stride"],
  "pooling layers": ["pool_layers"],
  optimizer: ["optimizer"],
  "learning rate": ["learning_rate"],
  regularization: ["regularizer", "batch_norm", "l2"],
  "dropout probability": ["dropout"],
  "weight decay": ["weight_decay"],
  "train batch size": ["batch_size"],
  "max number epochs": ["epochs"],
  "patience parameter": ["patience"],
};

test.each(Object.entries(hyperParameters))("%s is searched, with a choice", (_name, names) => {
  for (const name of names) {
    const lists = [...searches.values()].flatMap(({ space }) => (name in space ? [space[name]] : []));
    expect(lists.length).toBeGreaterThan(0);
    expect(lists.some((list) => Array.isArray(list) && list.length > 1)).toBe(true);
  }
});

test("of all dense networks each rule leaves out what it should, counted", () => {
  const { space, total, rejected, trials } = searchOf("dense_wide");
  const sizes = Object.values(space).map((list) => (list as readonly unknown[]).length);
  const all = sizes.reduce((product, size) => product * size, 1);
  expect(total).toBe(all);
  // On are two of three shares of dropout, and one of two of each other regulariser: 1 + 2 + 3 × 1 of 24 stay.
  const left = (all * 6) / 24;
  expect(rejected).toEqual([
    { rule: "at most one regulariser", count: all - left },
    { rule: "SGD takes large steps", count: ((left / 3) * 3) / 5 },
    { rule: "RMSprop and Adam take small steps", count: (((2 * left) / 3) * 2) / 5 },
  ]);
  expect(trials).toHaveLength(36);
});

test("no convolutional network is tried that the report rules out, and what each rule leaves out is counted", () => {
  const { rejected, trials } = searchOf("conv_wide");
  expect(rejected.filter(({ count }) => count === 0)).toEqual([]);
  expect(rejected.map(({ rule }) => rule)).toEqual(
    expect.arrayContaining([
      "at most one regulariser",
      "more than two convolutions are padded",
      "no stride above 1 beside max pooling",
      "no image shrinks to nothing",
    ]),
  );
  const isOn = (value: unknown): boolean => typeof value === "number" && value > 0;
  for (const { values } of trials) {
    const { conv_layers: layers, padding, stride, pool_layers: pools, dropout, batch_norm: norm } = values;
    expect([dropout, norm, values.l2, values.weight_decay].filter(isOn).length).toBeLessThanOrEqual(1);
    expect(Number(layers) > 2 && padding === 0).toBe(false);
    expect(isOn(pools) && Number(stride) > 1).toBe(false);
  }
});

test("rules of convolutional networks refuse what they name, and accept a network like the report's last one", () => {
  const rules = rulesFor("conv_wide");
  const brokenBy = (values: JsonObject): string | undefined => rules.find((rule) => !rule.holds(values))?.name;
  const accepted = {
    ...{ conv_layers: 2, kernels: 32, size: 5, stride: 1, padding: 0, pool_layers: 1, dense_layers: 1, units: 64 },
    ...{ activation: "relu", dropout: 0, batch_norm: 0, l2: 0, weight_decay: 0 },
    ...{ optimizer: "rmsprop", learning_rate: 0.001, batch_size: 64 },
  };
  expect(brokenBy(accepted)).toBeUndefined();
  expect(brokenBy({ ...accepted, conv_layers: 3 })).toBe("more than two convolutions are padded");
  expect(brokenBy({ ...accepted, conv_layers: 3, padding: "same" })).toBeUndefined();
  expect(brokenBy({ ...accepted, stride: 2 })).toBe("no stride above 1 beside max pooling");
  expect(brokenBy({ ...accepted, dropout: 0.5, batch_norm: 1 })).toBe("at most one regulariser");
  expect(brokenBy({ ...accepted, l2: 0.0001, weight_decay: 0.01 })).toBe("at most one regulariser");
  expect(brokenBy({ ...accepted, conv_layers: 5, padding: "same" })).toBe("no image shrinks to nothing");
});

test("nothing in it reads the test set", () => {
  expect(document.ok && document.value.file.text).not.toContain("digits.test");
});

const open = project("stages: {}");
afterAll(() => open.remove());
test("it runs in small: a winner of both families, and nothing the second time", async () => {
  const families = ["dense_best", "conv_best", "best"];
  const only = families.flatMap((name) => ["--only", name]);
  const told = await open.hw1("run", path, "--profile", "quick", ...only, "--json");
  expect(told.err).toBe("");
  expect(told.code).toBe(0);
  const all = Object.values(steps(told));
  expect(all.filter(({ status }) => status !== "ok")).toEqual([]);
  for (const family of families) expect(all.map(({ stage }) => stage)).toContain(family);
  const again = await open.hw1("run", path, "--profile", "quick", ...only, "--json");
  expect(JSON.parse(again.out.trim().split("\n").at(-1)!)).toMatchObject({ status: "ok", ran: 0, failed: 0 });
});
