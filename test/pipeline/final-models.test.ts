/** pipelines/mnist-final.yaml has the report's three networks, as it gives them, and judges each once by the test images. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { networksIn } from "../../src/commands/networks.js";
import { checkPipeline } from "../../src/pipeline/check.js";
import type { Pipeline } from "../../src/pipeline/pipeline.js";
import { readDocument } from "../../src/pipeline/read.js";
import { planRun } from "../../src/plan/plan.js";
import { kinds } from "../../src/stages/kinds.js";
import { opened, scratch } from "../store/rig.js";

function finalModels(profile?: string): Pipeline {
  const document = readDocument(join(import.meta.dirname, "..", "..", "pipelines", "mnist-final.yaml"));
  const checked = document.ok ? checkPipeline(document.value, kinds, { profile }) : document;
  if (!checked.ok) throw new Error(JSON.stringify(checked.diagnostics));
  return checked.value;
}
const trainingOf = (pipeline: Pipeline, name: string): Readonly<Record<string, unknown>> =>
  pipeline.stages.find((stage) => stage.name === name)!.options as Readonly<Record<string, unknown>>;

test.each([undefined, "quick"])("parameters and shapes of the three networks, profile %s", (profile) => {
  const told = networksIn(finalModels(profile).stages).map(({ stages, total, layers }) => ({
    stages: stages.map(({ stage }) => stage),
    parameters: total.parameters,
    shapes: layers
      .filter(({ name, output }) => output.length === 3 || /^(flatten|dense)/.test(name))
      .map(({ output }) => output.join("×")),
  }));
  expect(told).toEqual([
    // Weights and biases, and two numbers of each unit that is normalised.
    { stages: ["m1"], parameters: 7_420_938 + 10_240, shapes: ["784", "4096", "1024", "10"] },
    {
      stages: ["m2"],
      parameters: 227_130 + 1_024,
      shapes: [...["26×26×16", "13×13×16", "11×11×64", "9×9×16", "4×4×16", "2×2×64"], ...["256", "512", "128", "10"]],
    },
    {
      stages: ["m3"],
      parameters: 544_842,
      shapes: ["24×24×128", "12×12×128", "8×8×128", "4×4×128", "2048", "64", "10"],
    },
  ]);
});

test("optimisers, learning rates and epochs are those of the report, without an average or a falling rate", () => {
  const pipeline = finalModels();
  const [m1, m2, m3] = ["m1", "m2", "m3"].map((name) => trainingOf(pipeline, name));
  expect(m1).toMatchObject({ optimizer: { adam: { learning_rate: 0.003 } }, epochs: 40 });
  expect(m2).toMatchObject({ optimizer: { rmsprop: { learning_rate: { constant: 0.003 } } } });
  expect(m3).toMatchObject({ optimizer: { rmsprop: { learning_rate: { constant: 0.001 } } }, epochs: 32 });
  for (const training of [m1, m2, m3])
    for (const absent of ["weight_average", "average", "early_stopping", "validation"])
      expect(training![absent]).toBeUndefined();
});

test.each([undefined, "quick"])("profile %s plans, and shows each model the test images once", (profile) => {
  const pipeline = finalModels(profile);
  const { steps } = planRun(pipeline, kinds, opened(scratch()), { engine: "onnx" });
  const judging = steps.filter(({ stage }) => stage.kind === "evaluate");
  expect(judging.map(({ stage }) => [stage.name, stage.options])).toEqual(
    ["m1", "m2", "m3"].map((model) => [`${model}_score`, { model, data: "digits.test" }]),
  );
  expect(steps.length).toBe(pipeline.stages.length);
});
