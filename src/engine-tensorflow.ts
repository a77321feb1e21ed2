/**
 * The engine `tensorflow`: @tensorflow/tfjs-node under TF.js, whether it can be loaded here, and the one thing it
 * lacks.
 *
 * To ask is cheap and loads no TF.js: a package, an addon, and a process that opens the addon and ends. To load it is
 * the worker's part.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type * as Tf from "@tensorflow/tfjs-core";
import { EnvironmentError } from "./diagnostic/diagnostic.js";

const packageName = "@tensorflow/tfjs-node";
const require = createRequire(import.meta.url);
/** Node 23 removed functions of `util` that tfjs-node 4.22 calls; 20 and 22 are the versions it is promised for. */
const newestNode = 22;
/** The newest Node-API that tfjs-node 4.22 is built for; every Node that runs hw1 has it. */
const addonFile = join("lib", "napi-v8", "tfjs_binding.node");

/** What hinders the engine here, with the remedy, or null. */
export function tensorflowProblem(
  nodeVersion: string = process.versions.node,
  resolve: (name: string) => string = require.resolve,
): string | null {
  if (Number.parseInt(nodeVersion, 10) > newestNode)
    return (
      `The engine \`tensorflow\` does not run on Node ${nodeVersion}: ` +
      `${packageName} 4.22 is made for Node 20 and 22.\n` +
      `Use one of these, or leave out \`--engine\` to use the engine \`onnx\`, which runs here.`
    );
  let folder: string;
  try {
    folder = dirname(resolve(`${packageName}/package.json`));
  } catch {
    return (
      `The engine \`tensorflow\` is not installed: there is no package ${packageName}.\n` +
      `Add it with \`npm install ${packageName}@4.22.0\` (${installScript}),\n${otherRemedies}`
    );
  }
  const addon = join(folder, addonFile);
  if (!existsSync(addon))
    return (
      `The engine \`tensorflow\` is not complete: ${packageName} is installed, but its native addon is missing at\n` +
      `${addon}\nIts install script did not run, or could not download it. ` +
      `Run it again with \`npm rebuild ${packageName}\`,\n${otherRemedies}`
    );
  const complaint = complaintOf(addon);
  if (complaint !== null)
    return (
      `The engine \`tensorflow\` cannot be loaded: its native addon does not open (${complaint}).\n` +
      `Install it anew with \`npm rebuild ${packageName}\` (${installScript}),\n${otherRemedies}`
    );
  return null;
}

const installScript = "its install script downloads a binary; Node 20 or 22";
const otherRemedies =
  "build it with `node scripts/build-tensorflow-addon.mjs` in a checkout of hw1 (Linux; docs/tensorflow.md),\n" +
  "or leave out `--engine` to use the engine `onnx`, which is part of hw1.";

/**
 * What opening the addon ends with, or null. In a process of its own: a broken addon, or one for another processor, can
 * end it.
 */
function complaintOf(addon: string): string | null {
  const code =
    `try { process.dlopen({ exports: {} }, ${JSON.stringify(addon)}); } ` +
    "catch (error) { process.stdout.write(error.message); process.exitCode = 1; }";
  const env = { ...process.env, NODE_OPTIONS: "", TF_CPP_MIN_LOG_LEVEL: "3" };
  const { status, signal, stdout } = spawnSync(process.execPath, ["-e", code], {
    env,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  if (status === 0) return null;
  return (
    stdout.trim().split("\n")[0] ||
    `the process that tried ended ${signal ? `by ${signal}` : `with exit code ${status}`}`
  );
}

let loading: Promise<void> | undefined;

/**
 * Loads TensorFlow into this process and makes it TF.js's backend.
 *
 * TensorFlow reads its number of threads once, while it is loaded. So a process keeps the number it had at its first
 * call: a warm worker that is given another one later goes on with its own.
 *
 * @throws EnvironmentError when it cannot be loaded, with the remedy
 */
export function loadTensorflow(threads: number): Promise<void> {
  loading ??= load(threads);
  return loading;
}

async function load(threads: number): Promise<void> {
  // One op runs at a time, so threads between ops would have nothing to do. Level 2 leaves errors in TensorFlow's log.
  Object.assign(process.env, {
    TF_NUM_INTRAOP_THREADS: String(threads),
    OMP_NUM_THREADS: String(threads),
    TF_NUM_INTEROP_THREADS: "1",
  });
  process.env.TF_CPP_MIN_LOG_LEVEL ??= "2";
  const tf = await import("@tensorflow/tfjs-core");
  try {
    await import(packageName as string);
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    throw new EnvironmentError(tensorflowProblem() ?? `The engine \`tensorflow\` cannot be loaded: ${cause}`);
  }
  for (const kernel of ["Conv2DBackpropInput", "Conv2DBackpropFilter"] as const) takeExplicitPadding(tf, kernel);
  await tf.setBackend("tensorflow");
}

/** What is used of tfjs-node's backend. */
interface NodeBackend {
  readonly binding: {
    readonly TF_ATTR_TYPE: number;
    readonly TF_ATTR_INT: number;
    readonly TF_ATTR_STRING: number;
    readonly TF_FLOAT: number;
  };
  executeSingleOutput(name: string, attributes: readonly object[], inputs: readonly Tf.TensorInfo[]): Tf.TensorInfo;
}
interface GradientAttributes {
  readonly strides: number | readonly [number, number];
  readonly pad: string | number | readonly (readonly [number, number])[];
  readonly dataFormat: string;
  /** Of the input for its gradient, of the filter for the filter's. */
  readonly inputShape?: number[];
  readonly filterShape?: number[];
}

/**
 * tfjs-node convolves with explicit padding but refuses the gradients, though TensorFlow's own ops take it. Its kernel
 * still answers every other padding. Strides and padding of height and width, NHWC and no dilation: what a `conv` layer
 * asks for.
 */
function takeExplicitPadding(tf: typeof Tf, kernelName: "Conv2DBackpropInput" | "Conv2DBackpropFilter"): void {
  const own = tf.getKernel(kernelName, "tensorflow");
  const kernelFunc: Tf.KernelFunc = (call) => {
    const { strides, pad, dataFormat, inputShape, filterShape } = call.attrs as GradientAttributes & Tf.NamedAttrMap;
    if (!Array.isArray(pad) || dataFormat !== "NHWC") return own.kernelFunc(call);
    const backend = call.backend as NodeBackend;
    const { binding } = backend;
    const [down, right] = typeof strides === "number" ? [strides, strides] : strides;
    const attributes = [
      { name: "T", type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT },
      { name: "strides", type: binding.TF_ATTR_INT, value: [1, down, right, 1] },
      { name: "padding", type: binding.TF_ATTR_STRING, value: "EXPLICIT" },
      { name: "explicit_paddings", type: binding.TF_ATTR_INT, value: pad.flat() },
      { name: "data_format", type: binding.TF_ATTR_STRING, value: "NHWC" },
    ];
    const { x, dy, filter } = call.inputs as { x?: Tf.TensorInfo; dy: Tf.TensorInfo; filter?: Tf.TensorInfo };
    const shape = tf.tensor1d((inputShape ?? filterShape)!, "int32");
    const gradient = backend.executeSingleOutput(
      kernelName,
      attributes,
      filter ? [shape, filter, dy] : [x!, shape, dy],
    );
    shape.dispose();
    return gradient;
  };
  tf.unregisterKernel(kernelName, "tensorflow");
  tf.registerKernel({ kernelName, backendName: "tensorflow", kernelFunc });
}
