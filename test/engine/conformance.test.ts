/** TF.js core's own test suite (`@tensorflow/tfjs-core/dist/tests.js`) against the engine, in a process of its own. */
import { execFile } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { expect, test } from "vitest";
import { ops } from "../../src/engine/ops/ops.js";
import type { Report } from "./conformance/suite.js";

const root = join(import.meta.dirname, "..", "..");

/**
 * Specs that need not pass, with the reason. There is none: complex numbers and strings are computed by TF.js's own
 * kernels, through the fallback, and arguments that a lowering refuses are refused there, in TF.js's own words.
 */
const excluded: Readonly<Record<string, string>> = {};

async function runSuite(): Promise<Report> {
  const folder = join(root, "node_modules", ".cache", "hw1");
  mkdirSync(folder, { recursive: true });
  const bundle = join(folder, `conformance-${process.pid}.cjs`);
  await build({
    entryPoints: [join(import.meta.dirname, "conformance", "suite.ts")],
    outfile: bundle,
    bundle: true,
    platform: "node",
    format: "cjs",
    // The suite imports the modules of TF.js core one by one; the engine must get the same ones.
    mainFields: ["module", "main"],
    ignoreAnnotations: true,
    external: ["jasmine", "jasmine-core", "onnxruntime-node", "onnxruntime-common"],
    plugins: [
      {
        name: "the suite's own TF.js",
        setup: ({ onResolve }) =>
          onResolve({ filter: /\/util\/tfjs\.js$/ }, () => ({
            path: join(import.meta.dirname, "conformance", "tfjs.ts"),
          })),
      },
    ],
    define: { "import.meta.url": "moduleUrl" },
    banner: { js: "const moduleUrl = require('node:url').pathToFileURL(__filename).href;" },
    logLevel: "warning",
  });
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [bundle, "onnx"], { maxBuffer: 1 << 28 });
    return JSON.parse(stdout.trim().split("\n").at(-1)!) as Report;
  } finally {
    rmSync(bundle);
  }
}

test("TF.js core's own suite passes on the engine", { timeout: 900_000 }, async () => {
  const { passed, failed, skipped, fallbacks } = await runSuite();
  const names = Object.keys(fallbacks);
  console.log(
    `TF.js core's suite: ${passed} passed, ${failed.length} failed, ${skipped} skipped by the suite itself. ` +
      `Kernels answered by TF.js's own code in some calls (${names.length}): ${names.map((name) => `${name} ${fallbacks[name]}`).join(", ")}.`,
  );
  expect(
    failed
      .filter(({ name }) => !Object.hasOwn(excluded, name))
      .map(({ name, message }) => `${name}\n${message.split("\n")[0]}`),
  ).toEqual([]);
  // Whoever is excluded and passes no longer belongs into the list.
  expect(Object.keys(excluded).filter((name) => !failed.some((spec) => spec.name === name))).toEqual([]);
  // The whole suite ran, not a part of it.
  expect(passed).toBeGreaterThan(4200);
  // A fallback of a kernel that has a row is for arguments that the row refuses: rare.
  const calls = names.reduce((sum, name) => sum + (Object.hasOwn(ops, name) ? fallbacks[name]! : 0), 0);
  expect(calls).toBeLessThan(300);
});
