/** Optimisers and schedules as a file spells them: which spellings are one, and what a training shares by them. */
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { provideCompute } from "../../src/compute/provider.js";
import { onnxCompute } from "../../src/engine/compute.js";
import { installOnnx } from "../../src/engine/install.js";
import { optimizerOption } from "../../src/stages/optimizer.js";
import { train } from "../../src/stages/train.js";
import { canonical } from "../../src/util/json.js";
import { historyOf } from "../../src/values/model.js";
import { outputOf } from "../../src/values/output.js";
import { checkKind, dataset, runKind } from "../rig/stage.js";

beforeAll(async () => {
  tf.enableProdMode();
  await installOnnx({ threads: 1 });
  provideCompute(onnxCompute());
});

const parsed = (option: unknown): string => canonical(optimizerOption.parse(option));
const rate = (learning_rate: unknown): object => ({ optimizer: { sgd: { learning_rate } } });
const settings = (more: object): object => ({
  data: "points",
  layers: [{ dense: { units: 4, activation: "tanh" } }, { dense: { units: 1 } }],
  loss: "mse",
  optimizer: "sgd",
  batch_size: 10,
  epochs: 6,
  ...more,
});
const points = dataset(Array.from({ length: 30 }, (_, row) => [row / 30, (row / 30) ** 2]));

test("what is written out as it is by itself is the same step", () => {
  expect(parsed("sgd")).toBe(parsed({ sgd: { learning_rate: 0.01, momentum: 0, weight_decay: 0 } }));
  const warm = (warm_up: unknown): string => parsed({ adam: { learning_rate: { constant: 0.1, warm_up } } });
  expect(warm({ epochs: 2 })).toBe(warm(2));
  expect(warm({ steps: 2 })).not.toBe(warm(2));
  const sgd = { learning_rate: 0.1, momentum: 0.9 };
  expect(parsed({ sgd: { ...sgd, nesterov: false } })).toBe(parsed({ sgd }));
  expect(parsed({ sgd: { ...sgd, nesterov: true } })).not.toBe(parsed({ sgd }));
  expect(parsed("adamw")).toBe(parsed({ adamw: { weight_decay: 0.01 } }));
  const plateau = (more: object): string => parsed({ sgd: { learning_rate: { plateau: { from: 0.1, ...more } } } });
  expect(plateau({ factor: 0.1, patience: 10, min_delta: 0, to: 0 })).toBe(plateau({}));
});

test("what a file says today is spelled as ever", () => {
  expect(parsed("sgd")).toBe('{"sgd":{"learning_rate":0.01,"momentum":0,"weight_decay":0}}');
  expect(parsed("rmsprop")).toBe('{"rmsprop":{"alpha":0.99,"epsilon":1e-8,"learning_rate":0.01,"weight_decay":0}}');
  expect(parsed({ adam: { learning_rate: { cosine: { from: 0.002 }, warm_up: 1 } } })).toBe(
    '{"adam":{"beta1":0.9,"beta2":0.999,"epsilon":1e-8,' +
      '"learning_rate":{"cosine":{"from":0.002,"to":0},"warm_up":1},"weight_decay":0}}',
  );
});

describe("trainings of several lengths", () => {
  const prefixOf = (learning_rate: unknown, more: object = {}): unknown =>
    train.prefix!(train.schema.parse(settings({ ...rate(learning_rate), ...more })));

  test("share a prefix where the rate of a step does not depend on how many there are", () => {
    for (const shared of [
      { cosine: { from: 0.1, over: 5 } },
      { one_cycle: { max: 0.1, over: 5 } },
      { plateau: { from: 0.1 } },
      { constant: 0.1, warm_up: { steps: 3 } },
    ]) {
      expect(prefixOf(shared, { epochs: 9 })).toEqual({ ...(prefixOf(shared) as object), length: 9 });
      expect(prefixOf(shared)).toMatchObject({ length: 6 });
    }
    expect(prefixOf({ cosine: { from: 0.1, over: 5 } })).not.toEqual(prefixOf({ cosine: { from: 0.1, over: 6 } }));
  });

  test("share none where it does", () => {
    for (const whole of [{ cosine: { from: 0.1 } }, { one_cycle: { max: 0.1 } }])
      expect(prefixOf(whole)).toBeUndefined();
  });
});

test("folds whose rates follow their own losses do not go together", () => {
  const goes = (learning_rate: unknown): boolean =>
    train.goTogether!(train.schema.parse(settings(rate(learning_rate))), {
      model: { type: "model", inputShape: [1] },
    } as never);
  expect(goes({ constant: 0.1 })).toBe(true);
  expect(goes({ one_cycle: { max: 0.1 } })).toBe(true);
  expect(goes({ plateau: { from: 0.1 } })).toBe(false);
});

test("a warm-up in steps longer than `over` is refused at the run where check did not know how many examples there are", async () => {
  const options = settings({ ...rate({ cosine: { from: 0.1, over: 2 }, warm_up: { steps: 6 } }), epochs: 2 });
  expect(checkKind(train, options, { inputs: { data: { type: "dataset", shape: [1] } } }).told).toEqual([]);
  const known = { data: { type: "dataset", shape: [1], count: 30 } } as const;
  const [told] = checkKind(train, options, { inputs: known }).told;
  expect(told).toMatchObject({ title: "over before the warm-up is", at: "optimizer.sgd.learning_rate.cosine.over" });
  await expect(runKind(train, options, { inputs: { data: points } })).rejects.toMatchObject({
    message: told!.message,
    at: ["optimizer", "sgd", "learning_rate", "cosine", "over"],
  });
  const enough = settings(rate({ cosine: { from: 0.1, over: 3 }, warm_up: { steps: 6 } }));
  expect(checkKind(train, { ...enough, epochs: 3 }, { inputs: known }).told).toEqual([]);
});

test("a training's history tells the rates that it had", async () => {
  const { outputs } = await runKind(
    train,
    settings({
      ...rate({ plateau: { from: 0.2, patience: 0, factor: 0.5, min_delta: 10 } }),
      validation: "points",
    }),
    { inputs: { data: points, validation: points } },
  );
  // Against no loss at all the first one is better; then no fall is one of 10.
  const rates = historyOf(outputOf(outputs.model, "model")).map(({ learningRate }) => learningRate);
  expect(rates).toEqual([0.2, 0.2, 0.1, 0.05, 0.025, 0.0125]);
});

test("examples that steer the rates have had a say, and a score on them is doubted", () => {
  const rows = (id: string) => ({ id, within: [] }) as never;
  const inputs = {
    data: { type: "dataset", shape: [1], rows: rows("train") },
    validation: { type: "dataset", shape: [1], rows: rows("validation") },
  } as const;
  const learned = (learning_rate: unknown): unknown =>
    checkKind(train, settings({ ...rate(learning_rate), validation: "rest" }), { inputs }).ports.model!.learned?.map(
      ({ how }) => how,
    );
  expect(learned(0.1)).toEqual(["trained"]);
  expect(learned({ plateau: { from: 0.1 } })).toEqual(["trained", "steered"]);
});
