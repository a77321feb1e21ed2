/**
 * How the house is built (`src/README.md`): arrows point one way, there are no circles, files stay readable.
 *
 * The table goes from the ground up. A folder may import what stands above it in the table, and of that what its row
 * names; a folder without a row is refused until somebody says where it belongs.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { expect, test } from "vitest";

const source = join(import.meta.dirname, "..", "src");
const texts: ReadonlyMap<string, string> = new Map(
  readdirSync(source, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.tsx?$/.test(name))
    .sort()
    .map((name) => [name, readFileSync(join(source, name), "utf8")]),
);

/** What a file imports, types and dynamic imports included: files of ours, and packages by name. */
function importsOf(name: string): { readonly files: readonly string[]; readonly packages: readonly string[] } {
  const [files, packages]: [string[], string[]] = [[], []];
  for (const [, target] of texts.get(name)!.matchAll(/(?:\bfrom|\bimport\(|\bimport|\brequire\()\s*"([^"]+)"/g)) {
    if (!target!.startsWith(".")) packages.push(target!);
    else {
      const path = relative(source, resolve(dirname(join(source, name)), target!)).replace(/\.js$/, "");
      const file = [`${path}.ts`, `${path}.tsx`].find((candidate) => texts.has(candidate));
      if (file) files.push(file);
    }
  }
  return { files, packages };
}
const graph: ReadonlyMap<string, readonly string[]> = new Map(
  [...texts.keys()].map((name) => [name, importsOf(name).files]),
);

/** A folder, or a file that stands beside the folders. */
const placeOf = (name: string): string => name.split("/")[0]!;
const places = [...new Set([...texts.keys()].map(placeOf))];
const filesOf = (place: string): readonly string[] => [...texts.keys()].filter((name) => placeOf(name) === place);

const allowed: Readonly<Record<string, readonly string[]>> = {
  util: [],
  // Pure functions on numbers: distributions, intervals, tests.
  statistics: ["util"],
  compute: ["util"],
  diagnostic: ["util"],
  // The format of ONNX: a graph under construction, and its bytes.
  onnx: [],
  // The engine could be a package of its own: it knows TF.js and ONNX Runtime, and nothing of pipelines, files or
  // epochs.
  engine: ["onnx", "compute", "util"],
  // Images in, images out: what a transform draws and does.
  augment: ["util"],
  values: ["augment", "diagnostic", "statistics", "util"],
  learn: ["compute", "augment", "values", "diagnostic", "statistics", "util"],
  // What a trained network is like inside, as numbers: of its weights, its layers' outputs and its units.
  inspect: ["learn", "compute", "values", "statistics", "diagnostic", "util"],
  // A trained network as a file of another program's.
  export: ["learn", "onnx", "compute", "values", "util"],
  figure: ["values", "diagnostic", "util"],
  store: ["values", "diagnostic", "util"],
  pipeline: ["values", "diagnostic", "util"],
  stages: [
    ...[
      "pipeline",
      "export",
      "inspect",
      "learn",
      "augment",
      "compute",
      "figure",
      "values",
      "diagnostic",
      "statistics",
      "util",
    ],
  ],
  // Data of one's own: what they hold, and the text of a pipeline for them.
  init: ["stages", "pipeline", "diagnostic", "util"],
  // Both are handed the table of kinds, and know no kind by name.
  plan: ["pipeline", "store", "values", "diagnostic", "util"],
  run: ["plan", "pipeline", "store", "values", "diagnostic", "compute", "util"],
  text: ["run", "plan", "pipeline", "store", "values", "diagnostic", "statistics", "util"],
  terminal: ["text", "run", "pipeline", "values", "diagnostic", "util"],
  "engine-tensorflow.ts": ["diagnostic", "util"],
  "engine-install.ts": ["engine-tensorflow.ts", "engine", "compute", "diagnostic", "util"],
  // One file per verb, which joins the folders above.
  commands: [
    ...[
      "engine-install.ts",
      "terminal",
      "text",
      "run",
      "plan",
      "init",
      "stages",
      "pipeline",
      "store",
      "figure",
      "engine",
    ],
    ...["values", "diagnostic", "statistics", "util"],
  ],
  "cli.ts": ["commands", "terminal", "run", "diagnostic", "util"],
  "worker.ts": [
    ...["engine-install.ts", "run", "stages", "pipeline", "store", "engine", "compute", "values", "diagnostic", "util"],
  ],
};

for (const [place, wanted] of Object.entries(allowed))
  test(`${place} imports ${wanted.length > 0 ? wanted.join(", ") : "nothing of ours"}, and nothing else of ours`, () => {
    const others = filesOf(place).flatMap((name) =>
      graph
        .get(name)!
        .filter((target) => placeOf(target) !== place && !wanted.includes(placeOf(target)))
        .map((target) => `${name} → ${target}`),
    );
    expect(others).toEqual([]);
  });

test("every folder has its row, and rows name only what stands before them", () => {
  const order = Object.keys(allowed);
  expect([...places].sort()).toEqual([...order].sort());
  for (const [place, wanted] of Object.entries(allowed))
    expect(
      wanted.filter((name) => order.indexOf(name) >= order.indexOf(place)),
      place,
    ).toEqual([]);
});

/** The shortest way from a file back to itself. */
function circleThrough(start: string): readonly string[] | undefined {
  const ways = [[start]];
  const seen = new Set<string>();
  for (const way of ways) {
    for (const next of graph.get(way.at(-1)!)!) {
      if (next === start) return [...way, start];
      if (!seen.has(next)) ways.push([...way, next]);
      seen.add(next);
    }
  }
  return undefined;
}

test("no files import each other in a circle, not for types or at a later moment either", () => {
  const inCircles = new Set<string>();
  const circles = [...texts.keys()].flatMap((name) => {
    const circle = inCircles.has(name) ? undefined : circleThrough(name);
    for (const file of circle ?? []) inCircles.add(file);
    return circle ? [circle.join(" → ")] : [];
  });
  expect(circles).toEqual([]);
});

test("only the engine knows ONNX Runtime, only the terminal knows React, only the store knows SQLite", () => {
  for (const [name, owner] of [
    ["onnxruntime-node", "engine"],
    ["react", "terminal"],
    ["better-sqlite3", "store"],
  ] as const) {
    const users = places.filter((place) =>
      filesOf(place).some((file) => importsOf(file).packages.some((used) => used.startsWith(name))),
    );
    expect(users, name).toEqual([owner]);
  }
});

test("only terminal/output.ts writes to stdout and stderr", () => {
  const writers = [...texts].filter(([, text]) =>
    /\bconsole\.|process\.(stdout|stderr)\.write\(|\bwriteSync\(1\b/.test(text),
  );
  // A child process of the TensorFlow engine answers with its own stdout: that is code in a string.
  expect(writers.map(([name]) => name).filter((name) => name !== "engine-tensorflow.ts")).toEqual([
    "terminal/output.ts",
  ]);
});

/** Every line of `src` that matches, with its place. */
const linesWhere = (matches: (line: string) => boolean): readonly string[] =>
  [...texts].flatMap(([name, text]) =>
    text.split("\n").flatMap((line, at) => (matches(line) ? [`${name}:${at + 1}  ${line.trim()}`] : [])),
  );

test("a file has at most 400 lines, but for the tables of ops", () => {
  const long = [...texts]
    .filter(([name]) => !name.startsWith("engine/ops/"))
    .map(([name, text]) => ({ name, count: text.split("\n").length - 1 }))
    .filter(({ count }) => count > 400);
  expect(long).toEqual([]);
});

test("fewer than 60 lines are longer than 120", () => {
  const long = linesWhere((line) => [...line].length > 120);
  expect(long.length, long.join("\n")).toBeLessThan(60);
});

test("fewer than 15 casts go around the types", () => {
  const casts = linesWhere((line) => /\bas unknown as\b|\bas never\b/.test(line));
  expect(casts.length, casts.join("\n")).toBeLessThan(15);
});
