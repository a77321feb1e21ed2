import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { tensorflowProblem } from "../../src/engine-tensorflow.js";
import { loadedModules, type Project, project, verdicts } from "../rig/project.js";
import { tensorflowLoads, tensorflowTest } from "../rig/tensorflow.js";

const root = join(import.meta.dirname, "..", "..");
let open: Project | undefined;
let elsewhere: string | undefined;
afterEach(() => {
  open?.remove();
  if (elsewhere) rmSync(elsewhere, { recursive: true, force: true });
  elsewhere = undefined;
});

/** The same hw1 beside the same packages, where the folder of @tensorflow/tfjs-node holds these files, or is absent. */
function installation(files: Readonly<Record<string, string>> | null): {
  readonly folder: string;
  readonly package: string;
} {
  elsewhere = mkdtempSync(join(tmpdir(), "hw1-installation-"));
  for (const name of ["bin", "dist", "package.json"])
    cpSync(join(root, name), join(elsewhere, name), { recursive: true });
  const [from, to] = [join(root, "node_modules"), join(elsewhere, "node_modules")];
  mkdirSync(join(to, "@tensorflow"), { recursive: true });
  for (const name of readdirSync(from)) if (name !== "@tensorflow") symlinkSync(join(from, name), join(to, name));
  for (const name of readdirSync(join(from, "@tensorflow")))
    if (name !== "tfjs-node") symlinkSync(join(from, "@tensorflow", name), join(to, "@tensorflow", name));
  const folder = join(to, "@tensorflow", "tfjs-node");
  for (const [name, text] of Object.entries(files ?? {})) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return { folder: elsewhere, package: folder };
}
const manifest = { "package.json": '{"name": "@tensorflow/tfjs-node", "version": "4.22.0"}' };
const addon = "lib/napi-v8/tfjs_binding.node";
/** On a newer Node the engine is refused before it is looked for, which a test below holds of each version. */
const onNode20Or22 = test.runIf(Number.parseInt(process.versions.node, 10) <= 22);

onNode20Or22(
  "an engine that is not installed stops before any work with exit code 4, and says how to add it",
  async () => {
    open = project(undefined, installation(null).folder);
    const told = await open.hw1("run", "p.yaml", "--engine", "tensorflow");
    expect(told.code).toBe(4);
    expect(told.out).toBe("");
    expect(told.err).toBe(
      "The engine `tensorflow` is not installed: there is no package @tensorflow/tfjs-node.\n" +
        "Add it with `npm install @tensorflow/tfjs-node@4.22.0` (its install script downloads a binary; Node 20 or 22),\n" +
        "build it with `node scripts/build-tensorflow-addon.mjs` in a checkout of hw1 (Linux; docs/tensorflow.md),\n" +
        "or leave out `--engine` to use the engine `onnx`, which is part of hw1.\n",
    );
    expect(readdirSync(open.cache)).toEqual([]);
  },
);

onNode20Or22(
  "an engine whose install script left no addon stops before any work, and says which file is missing",
  async () => {
    const { folder, package: installed } = installation(manifest);
    open = project(undefined, folder);
    const told = await open.hw1("run", "p.yaml", "--engine", "tensorflow");
    expect(told.code).toBe(4);
    expect(told.out).toBe("");
    expect(told.err).toBe(
      `The engine \`tensorflow\` is not complete: @tensorflow/tfjs-node is installed, but its native addon is missing at\n${join(installed, addon)}\n` +
        "Its install script did not run, or could not download it. Run it again with `npm rebuild @tensorflow/tfjs-node`,\n" +
        "build it with `node scripts/build-tensorflow-addon.mjs` in a checkout of hw1 (Linux; docs/tensorflow.md),\n" +
        "or leave out `--engine` to use the engine `onnx`, which is part of hw1.\n",
    );
  },
);

onNode20Or22("an engine whose addon does not open stops before any work, and says what the system said", async () => {
  open = project(undefined, installation({ ...manifest, [addon]: "no library\n" }).folder);
  const told = await open.hw1("run", "p.yaml", "--engine", "tensorflow");
  expect(told.code).toBe(4);
  expect(told.out).toBe("");
  expect(told.err).toMatch(
    /^The engine `tensorflow` cannot be loaded: its native addon does not open \(.*tfjs_binding\.node.*\)\.\nInstall it anew with `npm rebuild/,
  );
});

test("a Node that is too new for the engine is named, with those that are not", () => {
  const message =
    "The engine `tensorflow` does not run on Node 24.1.0: @tensorflow/tfjs-node 4.22 is made for Node 20 and 22.\n" +
    "Use one of these, or leave out `--engine` to use the engine `onnx`, which runs here.";
  expect(tensorflowProblem("24.1.0")).toBe(message);
  expect(tensorflowProblem("23.0.0")).toBe(message.replace("24.1.0", "23.0.0"));
  const absent = (): never => {
    throw new Error("Cannot find module");
  };
  for (const version of ["20.19.0", "22.12.0"])
    expect(tensorflowProblem(version, absent)).toContain("is not installed");
});

for (const engine of ["onnx", ...(tensorflowLoads ? ["tensorflow"] : [])]) {
  test(`the engine ${engine} says nothing on stderr, which a crash report would show`, () => {
    const code = `
      import * as tf from "@tensorflow/tfjs-core";
      import { installEngine } from "./src/engine-install.js";
      await installEngine(${JSON.stringify(engine)}, 1);
      await installEngine(${JSON.stringify(engine)}, 1);
      const product = tf.matMul(tf.ones([2, 2]), tf.ones([2, 2])).dataSync()[0];
      const unique = tf.unique(tf.tensor1d([3, 3, 5])).values.dataSync().length;
      process.stdout.write(product + " " + unique + " " + tf.getBackend());`;
    const { stdout, stderr } = spawnSync(process.execPath, ["--import", "tsx", "--input-type=module", "-e", code], {
      cwd: root,
      encoding: "utf8",
    });
    expect([stdout, stderr]).toEqual([`2 2 ${engine}`, ""]);
  });
}

/** A pipeline of `pipelines/` with the small data set of the tests in place of MNIST. */
const shrunk = (name: string): string =>
  readFileSync(join(root, "pipelines", `${name}.yaml`), "utf8")
    .replace(
      /\{kind: load, source: mnist\}/,
      "{kind: load, source: idx, classes: 10, train: {images: train-images, labels: train-labels}, test: {images: test-images, labels: test-labels}}",
    )
    .replace(/validation: \d+, stratify/, "validation: 100, stratify");

for (const [name, model, tolerance] of [
  // In mnist-cnn Adam divides the rounding of biases before batch norm by its own size; both engines round differently.
  ["mnist-cnn", "cnn", { accuracy: 0.02, loss: 0.02 }],
  ["mnist-mlp", "mlp", { accuracy: 0.005, loss: 0.001 }],
] as const) {
  tensorflowTest(`both engines agree on the metrics of ${name} on 500 images`, async () => {
    open = project(shrunk(name));
    const metrics: { accuracy: number; loss: number; validation: number }[] = [];
    for (const engine of ["onnx", "tensorflow"]) {
      const told = await open.hw1(
        "run",
        "p.yaml",
        "--profile",
        "quick",
        "--set",
        "epochs=2",
        "--engine",
        engine,
        "--only",
        "score",
        "--json",
      );
      expect(told.err).toBe("");
      expect(told.code).toBe(0);
      const show = async (stage: string): Promise<{ metrics: Record<string, never> }> =>
        JSON.parse(
          (
            await open!.hw1(
              "show",
              "p.yaml",
              stage,
              "--profile",
              "quick",
              "--set",
              "epochs=2",
              "--engine",
              engine,
              "--json",
            )
          ).out,
        );
      const score = (await show("score")).metrics as unknown as { accuracy: number; loss: number };
      const trained = (await show(model)).metrics as unknown as { validation: { loss: number } };
      metrics.push({ accuracy: score.accuracy, loss: score.loss, validation: trained.validation.loss });
    }
    const [onnx, tensorflow] = [metrics[0]!, metrics[1]!];
    expect(Math.abs(tensorflow.accuracy - onnx.accuracy)).toBeLessThanOrEqual(tolerance.accuracy);
    expect(Math.abs(tensorflow.loss - onnx.loss)).toBeLessThanOrEqual(tolerance.loss);
    expect(Math.abs(tensorflow.validation - onnx.validation)).toBeLessThanOrEqual(tolerance.loss);
  });
}

tensorflowTest("another engine trains and scores again, but reuses what was loaded and split", async () => {
  open = project();
  expect((await open.hw1("run", "p.yaml", "--quiet")).code).toBe(0);
  const plan = await open.hw1("plan", "p.yaml", "--engine", "tensorflow", "--json");
  expect(plan.code).toBe(10);
  const { steps } = JSON.parse(plan.out) as { steps: { stage: string; verdict: string; reason: string }[] };
  expect(steps.map(({ stage, verdict }) => [stage, verdict])).toEqual([
    ["digits", "reuse"],
    ["parts", "reuse"],
    ["cnn", "run"],
    ["score", "wait"],
  ]);
  expect(steps[2]!.reason).toBe("engine was onnx, is tensorflow");
  const told = await open.hw1("run", "p.yaml", "--engine", "tensorflow", "--json");
  expect(verdicts(told)).toEqual({ digits: "reuse", parts: "reuse", cnn: "run", score: "run" });
  for (const engine of ["onnx", "tensorflow"])
    expect((await open.hw1("plan", "p.yaml", "--engine", engine)).code).toBe(0);
  const loaded = await loadedModules(open, ["plan", "p.yaml", "--engine", "tensorflow"]);
  expect(loaded.some((module) => /node_modules\/zod\//.test(module))).toBe(true);
  expect(loaded.filter((module) => /node_modules\/(@tensorflow|onnxruntime-node)\//.test(module))).toEqual([]);
});

tensorflowTest(
  "Ctrl-C ends a training of the engine tensorflow with 130, and the same command goes on from its checkpoint",
  async () => {
    open = project();
    const told = await open.watch(
      ["run", "p.yaml", "--engine", "tensorflow", "--json", "--set", "epochs=400"],
      (event) => (event.event === "progress" && Number(event.epoch) >= 3 ? "int" : undefined),
    );
    expect(told.code).toBe(130);
    expect(told.err).toContain("hw1 run p.yaml");
    expect(told.err).toContain("--engine tensorflow");
    let first: unknown;
    await open.watch(["run", "p.yaml", "--engine", "tensorflow", "--json", "--set", "epochs=400"], (event) => {
      if (event.event !== "progress") return undefined;
      first ??= event.epoch;
      return "int";
    });
    expect(first).toBeGreaterThan(1);
  },
);
