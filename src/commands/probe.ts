/**
 * Entry of a process that tries one piece of native code and tells what it found, for `hw1 doctor`.
 *
 * A process each, because a binary that is damaged can take its process down, and because they then try at the same
 * time.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { EnvironmentError } from "../diagnostic/diagnostic.js";
import type { Finding } from "../text/doctor.js";

const require = createRequire(import.meta.url);

function versionOf(name: string): string {
  const read = (path: string): string => (JSON.parse(readFileSync(path, "utf8")) as { version: string }).version;
  try {
    return read(require.resolve(`${name}/package.json`));
  } catch {
    // Not every package lets its package.json be required; then it lies above its entry, which is found as `import`
    // finds it.
    const entry = fileURLToPath(import.meta.resolve(name));
    return read(
      join(entry.slice(0, entry.lastIndexOf(join("node_modules", name))), "node_modules", name, "package.json"),
    );
  }
}

const probes = {
  async SQLite(): Promise<Finding> {
    const { loadDriver } = await import("../store/native.js");
    const { name, Sqlite } = loadDriver();
    const db = new Sqlite(":memory:");
    const { version } = db.prepare("SELECT sqlite_version() AS version").get() as { version: string };
    db.close();
    const driver = versionOf(name);
    return { name: "SQLite", mark: "ok", found: `${version}, by better-sqlite3 ${driver}`, facts: { version, driver } };
  },

  async figures(): Promise<Finding> {
    const { renderSvg } = await import("../figure/svg.js");
    const { renderPng } = await import("../figure/png.js");
    const { svg } = await renderSvg({
      $schema: "https://vega.github.io/schema/vega-lite/v6.json",
      data: { values: [{ digit: "7", count: 1 }] },
      mark: "bar",
      encoding: { x: { field: "digit", type: "nominal" }, y: { field: "count", type: "quantitative" } },
    });
    if ((await renderPng(svg, 1)).length === 0) throw new Error("resvg rendered nothing");
    const versions = { "vega-lite": versionOf("vega-lite"), "@resvg/resvg-js": versionOf("@resvg/resvg-js") };
    return {
      name: "figures",
      mark: "ok",
      found: `drawn by Vega-Lite ${versions["vega-lite"]} and resvg ${versions["@resvg/resvg-js"]}, in DejaVu Sans`,
      facts: { versions },
    };
  },

  /** The whole way: TF.js call, lowering, session. */
  async onnx(): Promise<Finding> {
    const { installEngine } = await import("../engine-install.js");
    const { tf } = await import("../util/tfjs.js");
    const { nativeVersion } = await import("../engine/native.js");
    const { coverage } = await import("../engine/coverage.js");
    await installEngine("onnx", 1);
    const product = [
      ...tf
        .matMul(
          tf.tensor2d([
            [1, 2],
            [3, 4],
          ]),
          tf.tensor2d([
            [5, 6],
            [7, 8],
          ]),
        )
        .dataSync(),
    ];
    const version = nativeVersion();
    const { lowered, fallback } = coverage();
    const facts = { version, lowered: [...lowered], fallback: [...fallback] };
    if (product.join() !== "19,22,43,50")
      return {
        name: "onnx",
        mark: "problem",
        found:
          `ONNX Runtime ${version} computes wrongly: ` +
          `(1 2; 3 4) × (5 6; 7 8) is (${product.join(" ")}), not (19 22 43 50)`,
        remedy: "Remove node_modules/onnxruntime-node and run `npm ci` where hw1 is installed.",
        facts,
      };
    return {
      name: "onnx",
      mark: "ok",
      found:
        `ONNX Runtime ${version} computes. ${lowered.length} of TF.js's kernels are lowered to it; ` +
        `${fallback.length} are left to TF.js's own code, which is slower:`,
      names: fallback,
      facts,
    };
  },

  /** Optional: what is not there is no problem. */
  async tensorflow(): Promise<Finding> {
    const { engineProblem, installEngine } = await import("../engine-install.js");
    const note = (message: string): Finding => {
      const [found = "", ...remedy] = message.split("\n");
      return { name: "tensorflow", mark: "note", found, remedy: remedy.join("\n"), facts: { installed: false } };
    };
    const problem = engineProblem("tensorflow");
    if (problem) return note(problem);
    try {
      await installEngine("tensorflow", 1);
    } catch (error) {
      if (error instanceof EnvironmentError) return note(error.message);
      throw error;
    }
    const version = versionOf("@tensorflow/tfjs-node");
    return {
      name: "tensorflow",
      mark: "ok",
      found: `@tensorflow/tfjs-node ${version} loads`,
      facts: { installed: true, version },
    };
  },
} satisfies Readonly<Record<string, () => Promise<Finding>>>;
export type Probe = keyof typeof probes;

/** What a probe sends: a finding, or the words of what stopped it. */
export type Answer = { readonly finding: Finding } | { readonly failure: string };

async function answer(name: Probe): Promise<Answer> {
  try {
    return { finding: await probes[name]() };
  } catch (error) {
    // The engine's own error is told whole, too: what was found, and what to do.
    if (error instanceof EnvironmentError || (error instanceof Error && error.name === "EngineError"))
      return { failure: error.message };
    return { failure: error instanceof Error ? (error.message.split("\n")[0] ?? error.name) : String(error) };
  }
}
process.send?.(await answer(process.argv[2] as Probe), () => process.disconnect?.());
