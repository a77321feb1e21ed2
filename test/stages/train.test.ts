/** What a training says when its numbers go wrong, and that what it proposes helps. */
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { provideCompute } from "../../src/compute/provider.js";
import { MistakeError } from "../../src/diagnostic/diagnostic.js";
import { onnxCompute } from "../../src/engine/compute.js";
import { installOnnx } from "../../src/engine/install.js";
import { normalize } from "../../src/stages/normalize.js";
import { train } from "../../src/stages/train.js";
import { modelOf } from "../../src/values/model.js";
import type { Output } from "../../src/values/output.js";
import { outputOf } from "../../src/values/output.js";
import { checkKind, dataset, runKind } from "../rig/stage.js";

beforeAll(async () => {
  tf.enableProdMode();
  await installOnnx({ threads: 1 });
  provideCompute(onnxCompute());
});

/** Rows [x, y] with y = f(x) for x from 0 to 1. */
const line = (f: (x: number) => number, count = 30, x = (at: number): number => at): Output =>
  dataset(Array.from({ length: count }, (_, row) => [x(row / (count - 1)), f(row / (count - 1))]));
const settings = (more: object = {}): object => ({
  data: "points",
  layers: [{ dense: { units: 4, activation: "tanh" } }, { dense: { units: 1 } }],
  loss: "mse",
  optimizer: "adam",
  epochs: 3,
  ...more,
});
async function trained(
  data: Output,
  more: object = {},
  validation?: Output,
): Promise<{ readonly warnings: readonly string[]; readonly loss: number }> {
  const inputs = { data, ...(validation ? { validation } : {}) };
  const { outputs, warnings } = await runKind(
    train,
    settings({ ...more, ...(validation ? { validation: "rest" } : {}) }),
    { inputs },
  );
  return { warnings, loss: modelOf(outputOf(outputs.model, "model")).metrics.train.loss };
}
async function mistake(made: Promise<unknown>): Promise<MistakeError> {
  const error = await made.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  if (!(error instanceof MistakeError)) throw error ?? new Error("no mistake was found");
  return error;
}
describe("targets and features out of scale", () => {
  test("targets that overflow at once are named as the cause, and scaled as the message says they are learned", async () => {
    for (const size of [1e20, 3e25, 8e37]) {
      const target = (x: number): number => size * (0.1 + x);
      const error = await mistake(trained(line(target)));
      expect(error.title).toBe("the scale of the targets is too large");
      expect(error.message).toContain(
        "In epoch 1, step 1, before any update, the loss is Infinity: the cause is the scale of the target `y`",
      );
      expect(error.at).toEqual(["data"]);
      expect(error.message).toContain("Set `scale_targets: standard` in this stage: it learns (y − mean) / sd");
      const { warnings, loss } = await trained(line(target), { scale_targets: "standard" });
      expect(warnings).toEqual([]);
      expect(loss).toBeLessThan(10);
    }
  });

  test("features that overflow at once are named as the cause, and normalised they are learned", async () => {
    const large = line(
      (x) => x,
      30,
      (x) => 1e30 * (x - 0.3),
    );
    const layers = [{ dense: { units: 4, activation: "relu" } }, { dense: { units: 1 } }];
    const error = await mistake(trained(large, { layers }));
    expect(error.title).toBe("the scale of the features is too large");
    expect(error.message).toContain("the cause is the scale of the feature `x1`, which lies between -3e+29 and 7e+29");
    const ready = (await runKind(normalize, { data: "large" }, { inputs: { data: large } })).outputs.data!;
    expect((await trained(ready, { layers })).loss).toBeLessThan(10);
  });

  test("targets far from 0 that stay far from learned are warned of, and scaled as the warning says they are not", async () => {
    const target = (x: number): number => 5e6 + 1e6 * x;
    const { warnings } = await trained(line(target));
    expect(warnings).toEqual([
      "From the first step on the loss is more than ten times that of predicting the mean (8.908e+10), and after 3 epochs it is still 3.034e+13. The cause is the scale of the target `y`, which lies between 5000000 and 6000000, far from 0, where a network starts. Set `scale_targets: standard`: it learns (y − mean) / sd, and its predictions stay in the units of the target. Or train for longer.",
    ]);
    for (const scale_targets of ["standard", "min_max"])
      expect((await trained(line(target), { scale_targets })).warnings).toEqual([]);
  });

  test("a constant target and small ones are learned without a word", async () => {
    for (const target of [0.1, 0, 1e-30]) expect((await trained(line(() => target))).warnings).toEqual([]);
    expect((await trained(line((x) => 1e-3 * x))).warnings).toEqual([]);
  });
});

describe("a loss that grows", () => {
  test("is warned of once, with the epoch, both numbers and a rate that does better", async () => {
    const sgd = (learning_rate: number): object => ({
      optimizer: { sgd: { learning_rate } },
      layers: [{ dense: { units: 1 } }],
      epochs: 12,
      batch_size: 30,
    });
    const steep = line((x) => 20 * x);
    const { warnings } = await trained(steep, sgd(0.9));
    expect(warnings.length).toBe(1);
    expect(warnings[0]).toMatch(
      /^In epoch \d+ the mean loss is \d+(\.\d+)?: more than ten times that of predicting the mean \(35\.63\), and more than in the first epoch \(\d+(\.\d+)?\)\. .* try a tenth of the learning rate, which was 0\.9\.$/,
    );
    expect((await trained(steep, sgd(0.09))).warnings).toEqual([]);
  });

  test("is measured by ln(classes) for classes", async () => {
    const rows = Array.from({ length: 30 }, (_, row) => [(row % 7) * 30, (row * 5) % 3]);
    const classes = dataset(rows, { classes: ["a", "b", "c"] });
    const { warnings } = await trained(classes, {
      loss: "cross_entropy",
      layers: [{ dense: { units: 3 } }],
      optimizer: { sgd: { learning_rate: 5 } },
      epochs: 4,
      batch_size: 10,
    });
    expect(warnings[0]).toContain(
      "more than ten times that of equal probabilities (ln 3 = 1.099), and more than in the first epoch",
    );
  });
});

describe("weights of classes", () => {
  // Classes a and b alternate; there is no c.
  const rows = Array.from({ length: 24 }, (_, row): number[] => [((row * 7) % 24) / 24, row % 2]);
  const ofTwo = dataset(rows, { classes: ["a", "b", "c"] });
  const onlyA = dataset(
    [
      [0.2, 0],
      [0.4, 0],
    ],
    { classes: ["a", "b", "c"] },
  );
  const three = { loss: "cross_entropy", layers: [{ dense: { units: 3 } }] };

  test("that are balanced are 1 for a class without training examples, and that is told", async () => {
    const { warnings, loss } = await trained(ofTwo, { ...three, class_weight: "balanced" });
    expect(warnings).toEqual([
      "The training set has no example of `c`, so that `class_weight: balanced` has no weight there: 1 is used, the " +
        "mean over the examples.",
    ]);
    // 24 / (2 · 12) for both: each counts as without weights.
    expect(loss).toBe((await trained(ofTwo, { ...three, class_weight: [1, 1, 1] })).loss);
    expect((await trained(ofTwo, { ...three, class_weight: [1, 3, 0] })).warnings).toEqual([]);
  });

  test("that leave no example with a weight are refused, in either set", async () => {
    const learned = await mistake(trained(ofTwo, { ...three, class_weight: [0, 0, 1] }));
    expect([learned.title, learned.at]).toEqual(["no example has a weight", ["class_weight"]]);
    expect(learned.message).toBe(
      "All examples of `data` are of classes whose weight in `class_weight` is 0, so that they have no loss. Give one " +
        "of these classes a weight.",
    );
    const judged = await mistake(trained(ofTwo, { ...three, class_weight: [0, 1, 1] }, onlyA));
    expect(judged.message).toContain("All examples of `validation` are of classes whose weight");
  });
});

describe("a training that diverges", () => {
  test("in its last step says so, with epoch, step and rate, and its model is no result", async () => {
    const wild = { optimizer: { sgd: { learning_rate: 1e30 } }, epochs: 1 };
    const layers = [
      { dense: { units: 8, activation: "relu" } },
      { dense: { units: 8, activation: "relu" } },
      { dense: { units: 1 } },
    ];
    const error = await mistake(
      trained(
        line((x) => x),
        { ...wild, layers },
      ),
    );
    expect(error.title).toBe("the loss is no longer a number");
    expect(error.message).toMatch(
      /^In epoch 1, step 1, the last update left a network in which the output of `dense_2` is infinite, and whose loss is (NaN|Infinity) \(mean training loss of the epoch: \d\S+\)\./,
    );
    expect(error.message).toContain("The learning rate was 1e+30: try a tenth of it.");
    expect(error.at).toEqual(["optimizer", "sgd", "learning_rate"]);
    const judged = await mistake(
      trained(
        line((x) => x),
        { ...wild, layers },
        line((x) => x, 7),
      ),
    );
    expect(judged.title).toBe("the validation loss is no longer a number");
    expect(judged.message).toMatch(
      /^In epoch 1, step 1, the update left a network in which the output of `dense_2` is infinite for `validation`, so nothing is scored from it \(mean training loss of the epoch: \d\S+\)\./,
    );
  });

  test("of a validation set whose loss float32 cannot hold fails as it would without one", async () => {
    const layers = [{ dense: { units: 8, activation: "relu" } }, { dense: { units: 1 } }];
    const far = { optimizer: { sgd: { learning_rate: 1e12 } }, epochs: 1, batch_size: 30, layers };
    const target = (x: number): number => x * x;
    expect((await mistake(trained(line(target), far))).title).toBe("the loss is no longer a number");
    expect((await mistake(trained(line(target), far, line(target, 7)))).title).toBe(
      "the validation loss is no longer a number",
    );
  });

  test("on the way names a target that is out of scale", async () => {
    const error = await mistake(
      trained(
        line((x) => 1e12 * x),
        {
          optimizer: { sgd: { learning_rate: 0.5 } },
          epochs: 200,
          layers: [{ dense: { units: 30 } }, { dense: { units: 1 } }],
        },
      ),
    );
    expect(error.message).toContain(
      "look at the target `y`, which lies between 0 and 1e+12: `scale_targets: standard` learns (y − mean) / sd",
    );
  });
});

describe("batch normalisation", () => {
  const layers = [{ dense: { units: 4 } }, "batch_norm", { dense: { units: 1 } }];
  const ports = (count: number | null) => ({ data: { type: "dataset", shape: [2], classes: null, count } }) as const;

  test("is refused where every batch has one number per channel", () => {
    const told = (more: object, count: number | null = 30): readonly string[] =>
      checkKind(train, settings({ layers, ...more }), { inputs: ports(count) }).told.map(
        ({ title, at }) => `${title} @ ${at}`,
      );
    expect(told({ batch_size: 1 })).toEqual(["batch_norm needs more than one number per channel @ batch_size"]);
    expect(told({ batch_size: 1 }, null)).toEqual(["batch_norm needs more than one number per channel @ batch_size"]);
    expect(told({}, 1)).toEqual(["batch_norm needs more than one number per channel @ data"]);
    expect(told({ batch_size: 2 })).toEqual([]);
    expect(told({ batch_size: 29 })).toEqual([]);
  });

  test("is refused when the only row is seen at the run", async () => {
    const error = await mistake(trained(dataset([[1, 2]]), { layers }));
    expect([error.title, error.at]).toEqual(["batch_norm needs more than one number per channel", ["data"]]);
    expect(error.message).toContain(
      "`batch_norm_1` takes the mean and variance of each channel over a batch of [4], and of data with one example that is one number",
    );
  });

  test("over maps larger than 1 × 1 takes batches of one image", () => {
    const images = { data: { type: "dataset", shape: [4, 4, 1], classes: null, count: 30 } } as const;
    const at = (size: number): number =>
      checkKind(
        train,
        settings({
          layers: [{ conv: { kernels: 2, size } }, "batch_norm", "flatten", { dense: { units: 1 } }],
          batch_size: 1,
        }),
        {
          inputs: images,
        },
      ).told.length;
    expect([at(3), at(4)]).toEqual([0, 1]);
  });
});
