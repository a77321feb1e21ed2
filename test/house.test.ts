/** Who may import whom: arrows point one way (`src/README.md`). */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { expect, test } from "vitest";

const source = join(import.meta.dirname, "..", "src");
const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((name) => /\.tsx?$/.test(name));

/** Folders of ours, and packages, that a folder's files import; dynamic imports included. */
function imports(folder: string): { readonly folders: ReadonlySet<string>; readonly packages: ReadonlySet<string> } {
  const [folders, packages] = [new Set<string>(), new Set<string>()];
  for (const name of files.filter((file) => file.startsWith(`${folder}/`)))
    for (const [, target] of readFileSync(join(source, name), "utf8").matchAll(
      /(?:from|import\(|import|require\()\s*"([^"]+)"/g,
    )) {
      if (!target!.startsWith(".")) packages.add(target!);
      else folders.add(relative(source, resolve(dirname(join(source, name)), target!)).split("/")[0]!);
    }
  folders.delete(folder);
  return { folders, packages };
}

const allowed: Readonly<Record<string, readonly string[]>> = {
  util: [],
  compute: ["util"],
  diagnostic: ["util"],
  // The engine could be a package of its own: it knows TF.js and ONNX Runtime, and nothing of pipelines, files or
  // epochs.
  engine: ["compute", "util"],
  values: ["diagnostic", "util"],
  learn: ["compute", "values", "diagnostic", "util"],
  figure: ["values", "diagnostic", "util"],
  store: ["values", "diagnostic", "util"],
  pipeline: ["values", "diagnostic", "util"],
  stages: ["pipeline", "learn", "compute", "figure", "values", "diagnostic", "util"],
};

for (const [folder, wanted] of Object.entries(allowed))
  test(`${folder} imports ${wanted.length > 0 ? wanted.join(", ") : "nothing of ours"}, and no other folder`, () => {
    expect([...imports(folder).folders].filter((name) => !wanted.includes(name))).toEqual([]);
  });

test("only the engine knows ONNX Runtime, only the terminal knows React, only the store knows SQLite", () => {
  for (const [name, owner] of [
    ["onnxruntime-node", "engine"],
    ["react", "terminal"],
    ["better-sqlite3", "store"],
  ] as const) {
    const users = [...new Set(files.map((file) => file.split("/")[0]!))].filter((folder) =>
      [...imports(folder).packages].some((used) => used.startsWith(name)),
    );
    expect(users, name).toEqual([owner]);
  }
});

test("only terminal/output.ts writes to stdout and stderr", () => {
  const writers = files.filter((name) =>
    /\bconsole\.|process\.(stdout|stderr)\.write\(|\bwriteSync\(1\b/.test(readFileSync(join(source, name), "utf8")),
  );
  // A child process of the TensorFlow engine answers with its own stdout: that is code in a string.
  expect(writers.filter((name) => name !== "engine-tensorflow.ts")).toEqual(["terminal/output.ts"]);
});
