/** Models that leave as files: where a run lays them, that they come back, and what show and --save say of them. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { onnx } from "onnx-proto";
import { afterEach, expect, test } from "vitest";
import { type Project, project } from "../rig/project.js";

let open: Project | undefined;
afterEach(() => open?.remove());

const pipeline = `name: leaving
seed: 3
stages:
  digits:
    kind: load
    source: idx
    classes: 10
    train: {images: train-images, labels: train-labels}
    test: {images: test-images, labels: test-labels}
  scaled: {kind: normalize, data: digits.train}
  seeds: {kind: seeds, count: 2}
  net:
    kind: train
    each: seeds
    data: scaled
    layers: [flatten, {dense: {units: 8, activation: gelu}}, {dense: {units: 10}}]
    loss: cross_entropy
    optimizer: adam
    epochs: 1
  both: {kind: ensemble, models: net}
  score: {kind: evaluate, model: both, data: digits.test}
  file: {kind: export, model: both, format: onnx, data: digits.test}
  web: {kind: export, each: seeds, model: net, format: tfjs}
`;

test("files of models lie under the names of their stages, are written again, shown and saved", async () => {
  open = project(pipeline);
  const { folder } = open;
  const models = join(folder, "cache", "models", "leaving");
  const ran = await open.hw1("run", "p.yaml", "--plain");
  expect([ran.code, ran.err]).toEqual([0, ""]);
  expect(ran.out).toContain(`Exported models: ${models}/\n`);
  expect(ran.out).toMatch(/^file ran in .*ONNX, opset 17, 52 KiB, checked on 200 examples \(test\)$/m);
  const files = ["file.onnx", ...["web.1", "web.2"].flatMap((name) => [`${name}/model.json`, `${name}/weights.bin`])];
  expect(files.map((name) => existsSync(join(models, name)))).toEqual(files.map(() => true));
  const bytes = readFileSync(join(models, "file.onnx"));
  expect(onnx.ModelProto.decode(bytes).graph!.input!.map(({ name }) => name)).toEqual(["images"]);

  // Nothing is computed for files that were removed.
  rmSync(models, { recursive: true });
  const again = await open.hw1("run", "p.yaml", "--plain");
  expect(again.out).toContain("Done: 0 ran, 10 reused");
  expect(readFileSync(join(models, "file.onnx")).equals(bytes)).toBe(true);

  const shown = await open.hw1("show", "p.yaml", "file");
  expect(shown.code).toBe(0);
  for (const line of [
    "File: ONNX, opset 17",
    "  parameters  2 members, 12740",
    "  images         float32 [batch, 28, 28, 1]  height, width, channels; bytes as they are, 0 … 255",
    "  logits         float32 [batch, 10]         ln of the members' mean probabilities",
    '  classes      ["0","1","2","3","4","5","6","7","8","9"]',
    `  ${join(models, "file.onnx")}`,
  ])
    expect(shown.out.split("\n")).toContain(line);
  expect(shown.out).toMatch(/Checked: loaded by onnxruntime-node [\d.]+, on 200 examples \(test\)/);
  const score = JSON.parse((await open.hw1("show", "p.yaml", "score", "--json")).out) as {
    readonly metrics: { readonly correct: number };
  };
  expect(shown.out).toContain(`correct ${score.metrics.correct}, `);
  const json = JSON.parse((await open.hw1("show", "p.yaml", "web/2", "--json")).out) as Record<string, unknown>;
  expect(JSON.stringify(json)).toContain(JSON.stringify(join(models, "web.2", "weights.bin")));

  const saved = await open.hw1("show", "p.yaml", "web", "--save", "out");
  expect(saved.out).toBe(
    `out/1/model.json   model
out/1/weights.bin  model
out/2/model.json   model
out/2/weights.bin  model
4 files, 55 KiB
`,
  );
  expect(readFileSync(join(folder, "out", "2", "weights.bin"))).toEqual(
    readFileSync(join(models, "web.2", "weights.bin")),
  );
  // A check by test examples is an opening of the test set, as the evaluation is.
  expect(shown.out).toContain("test set opened 2 times, for 1 model");
});

test("a layer that a format lacks is told before anything runs, at the format", async () => {
  open = project(pipeline.replace("activation: gelu", "activation: {elu: {alpha: 0.5}}"));
  const checked = await open.hw1("check", "p.yaml");
  expect(checked.code).toBe(2);
  expect(checked.err).toContain("TF.js lacks a layer");
  expect(checked.err.replace(/\s+/g, " ")).toContain(
    "`format: tfjs` has nothing for `elu` with `alpha: 0.5`: its layer has an `alpha` of 1 alone. Write `format: onnx`, " +
      "which has all that hw1 has, or train without it.",
  );
});
