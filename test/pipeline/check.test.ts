import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { referencePage } from "../../scripts/reference.js";
import { renderDiagnostics } from "../../src/diagnostic/render.js";
import { checkPipeline } from "../../src/pipeline/check.js";
import type { Kind, Kinds } from "../../src/pipeline/kind.js";
import type { Overrides } from "../../src/pipeline/overrides.js";
import type { Pipeline } from "../../src/pipeline/pipeline.js";
import type { PortInfo } from "../../src/pipeline/port-info.js";
import { readDocument, readText } from "../../src/pipeline/read.js";
import { kinds } from "../../src/stages/kinds.js";
import { npyOf, zipOf } from "../rig/npy-files.js";
import { colourPng } from "../rig/picture-files.js";

const reference = z.string().describe("A stage.");
const dataset: PortInfo = { type: "dataset", shape: [2], classes: null, count: 5 };
const toy = (name: string, row: Partial<Kind<unknown>>): Kind<unknown> => ({
  name,
  version: 1,
  summary: "A toy.",
  schema: z.strictObject({ from: reference.optional() }),
  optionNames: ["from"],
  inputs: [{ option: "from", accepts: ["dataset"], optional: true, description: "What it reads." }],
  usesEngine: false,
  drawsRandomNumbers: false,
  check: () => ({ data: dataset }),
  run: async () => ({}),
  ...row,
});
const toys: Kinds = {
  make: toy("make", {
    drawsRandomNumbers: true,
    schema: z.strictObject({ size: z.number().int().default(3).describe("A size.") }),
    optionNames: ["size"],
    inputs: [],
  }),
  pass: toy("pass", {}),
  both: toy("both", { check: () => ({ model: { type: "model" }, train: dataset, test: dataset }) }),
  judge: toy("judge", { inputs: [{ option: "from", accepts: ["model"], optional: true, description: "A model." }] }),
  source: toy("source", {
    drawsRandomNumbers: (options) => options.from === "chance",
    schema: z.strictObject({ from: z.enum(["chance", "file"]).describe("Where from.") }),
    inputs: [],
  }),
  parts: toy("parts", {
    elements: () => ({ keys: ["1", "2"], of: "folds" }),
    check: () => ({ folds: { ...dataset, type: "folds" }, train: dataset }),
  }),
  grumble: toy("grumble", {
    check: ({ report }) => {
      report({ title: "a warning", message: "Careful.", severity: "warning" });
      return {};
    },
  }),
  doubt: toy("doubt", {
    check: ({ report }) => {
      report({ title: "a doubt", message: "Is it meant?", severity: "warning", name: "fitted_on_held_out" });
      return { data: dataset };
    },
  }),
};

function check(
  text: string,
  overrides: Overrides = {},
): { readonly pipeline: Pipeline | undefined; readonly titles: readonly string[]; readonly told: string } {
  const document = readText("folder/study.yaml", text);
  const checked = document.ok ? checkPipeline(document.value, toys, overrides) : document;
  return {
    pipeline: checked.ok ? checked.value : undefined,
    titles: checked.diagnostics.map((diagnostic) => diagnostic.title),
    told: renderDiagnostics(checked.diagnostics),
  };
}
const stage = (text: string, name: string, overrides: Overrides = {}) => {
  const { pipeline, told } = check(text, overrides);
  const found = pipeline?.stages.find((each) => each.name === name);
  if (!found) throw new Error(told);
  return found;
};

describe("a checked pipeline", () => {
  test("has its stages in an order in which each comes after what it reads", () => {
    const { pipeline } = check("stages: {c: {kind: pass, from: b}, a: {kind: make}, b: {kind: pass, from: a}}\n");
    expect(pipeline!.stages.map(({ name }) => name)).toEqual(["a", "b", "c"]);
  });
  test("is named after its file, unless it has a name", () => {
    expect(check("stages: {a: {kind: make}}\n").pipeline!.name).toBe("study");
    expect(check("name: mine\nstages: {a: {kind: make}}\n").pipeline!.name).toBe("mine");
    expect(check("name: my study\nstages: {a: {kind: make}}\n").titles).toEqual(["wrong type"]);
  });
  test("has defaults filled in, and options as given otherwise", () => {
    expect(stage("stages: {a: {kind: make}}\n", "a").options).toEqual({ size: 3 });
    expect(stage("stages: {a: {kind: make, size: 7}}\n", "a").options).toEqual({ size: 7 });
  });
  test("gives each stage the seed of the pipeline, or its own", () => {
    expect(stage("stages: {a: {kind: make}}\n", "a").seed).toBe(0);
    expect(stage("seed: 4\nstages: {a: {kind: make}}\n", "a").seed).toBe(4);
    expect(stage("seed: 4\nstages: {a: {kind: make, seed: 5}}\n", "a").seed).toBe(5);
    expect(stage("seed: 4\nstages: {a: {kind: make}}\n", "a", { set: ["seed=6"] }).seed).toBe(6);
    expect(stage("seed: 4\nstages: {a: {kind: source, from: chance, seed: 5}}\n", "a").seed).toBe(5);
    expect(check("stages: {a: {kind: source, from: file, seed: 5}}\n").titles).toEqual(["unknown option"]);
    expect(check("seed: -1\nstages: {a: {kind: make}}\n").titles).toEqual(["wrong type"]);
    expect(check("stages: {a: {kind: make, seed: x}}\n").titles).toEqual(["wrong type"]);
  });
  test("with a warning is a pipeline still", () => {
    const { pipeline, titles } = check("stages: {a: {kind: grumble}}\n");
    expect(titles).toEqual(["a warning"]);
    expect(pipeline).toBeDefined();
  });
});

describe("a reference", () => {
  const read = (from: string): readonly unknown[] =>
    stage(`stages: {a: {kind: both}, b: {kind: pass, from: ${from}}}\n`, "b").inputs.map(({ stage, output }) => [
      stage,
      output,
    ]);
  test("names an output", () => expect(read("a.test")).toEqual([["a", "test"]]));
  test("without an output means the only one that fits", () => {
    expect(stage("stages: {a: {kind: both}, b: {kind: judge, from: a}}\n", "b").inputs[0]!.output).toBe("model");
    expect(stage("stages: {a: {kind: make}, b: {kind: pass, from: a}}\n", "b").inputs[0]!.output).toBe("data");
  });
  test("without an output is refused where several fit, with their names and a remedy that works", () => {
    const { told } = check("stages: {a: {kind: both}, b: {kind: pass, from: a}}\n");
    expect(told).toContain("folder/study.yaml:1:49  which output");
    expect(told).toContain(
      "`a` has several outputs that `b` could read: `a.train` and `a.test`. Name one of them, such as `from: a.train`.",
    );
    expect(read("a.train")).toEqual([["a", "train"]]);
  });
  test("to an output that is not there, or of the wrong type, is told", () => {
    expect(check("stages: {a: {kind: both}, b: {kind: pass, from: a.tset}}\n").titles).toEqual(["no such output"]);
    expect(check("stages: {a: {kind: both}, b: {kind: pass, from: a.model}}\n").titles).toEqual([
      "wrong type of input",
    ]);
    expect(check("stages: {a: {kind: make}, b: {kind: judge, from: a}}\n").titles).toEqual(["wrong type of input"]);
  });
  test("to a broken stage raises nothing more", () => {
    expect(
      check("stages: {a: {kind: make, sise: 3}, b: {kind: pass, from: a}, c: {kind: pass, from: b.data}}\n").titles,
    ).toEqual(["unknown option"]);
    expect(check("stages: {a: {kind: maek}, b: {kind: pass, from: a}}\n").titles).toEqual(["unknown kind"]);
  });
});

describe("each", () => {
  const over = (rest: string): string => `stages: {all: {kind: make}, folds: {kind: parts, from: all}, ${rest}}\n`;
  test("stands on what offers elements", () =>
    expect(stage(over("a: {kind: pass, each: folds, from: folds.train}"), "a").each).toBe("folds"));
  test("may name a stage that runs over the same elements", () => {
    expect(
      stage(over("a: {kind: pass, each: folds, from: folds.train}, b: {kind: pass, each: a, from: a}"), "b").each,
    ).toBe("folds");
  });
  test("is wanted where many values are offered", () => {
    expect(check(over("a: {kind: pass, from: folds.train}")).titles).toEqual(["one value wanted, many offered"]);
    expect(check(over("a: {kind: pass, each: folds, from: folds.train}, b: {kind: pass, from: a}")).titles).toEqual([
      "one value wanted, many offered",
    ]);
  });
  test("over one thing does not fit values of another", () => {
    expect(
      check(over("other: {kind: parts, from: all}, a: {kind: pass, each: other, from: folds.train}")).titles,
    ).toEqual(["one value wanted, many offered"]);
  });
  test("lets a stage outside be read within", () =>
    expect(check(over("a: {kind: pass, each: folds, from: all}")).titles).toEqual([]));
  test("over what offers nothing, or is not there, is told", () => {
    expect(check(over("a: {kind: pass, each: all}")).titles).toEqual(["nothing to fan out over"]);
    expect(check(over("a: {kind: pass, each: fold}")).titles).toEqual(["no such stage"]);
  });
  test("counts as reading", () =>
    expect(check("stages: {a: {kind: parts, each: b}, b: {kind: pass, from: a}}\n").titles).toEqual([
      "stages wait for each other",
    ]));
});

describe("all mistakes are told at once, in file order", () => {
  test("of keys, kinds, options and references", () => {
    expect(
      check(
        "nme: x\nparams: 5\nprofiles: {q: {stage: {}}}\nstages:\n  a: {kind: maek}\n  b: {from: a}\n  c: {kind: make, size: many}\n  d: {kind: pass, from: zz}\n  e: 5\n",
      ).titles,
    ).toEqual([
      "unknown key",
      "wrong type",
      "unknown key",
      "unknown kind",
      "no kind",
      "wrong type",
      "no such stage",
      "wrong type",
    ]);
  });
});

describe("every example of the documentation is free of mistakes", () => {
  const folder = mkdtempSync(join(tmpdir(), "hw1-examples-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  // The files that examples name: two images of 4 × 4, their labels, and tables.
  const idx = (...axes: readonly number[]): Buffer => {
    const header = Buffer.alloc(4 + 4 * axes.length);
    header.set([0, 0, 8, axes.length]);
    for (const [index, length] of axes.entries()) header.writeUInt32BE(length, 4 + 4 * index);
    return Buffer.concat([header, Buffer.alloc(axes.reduce((product, length) => product * length, 1))]);
  };
  writeFileSync(join(folder, "train-images.idx"), idx(2, 4, 4));
  writeFileSync(join(folder, "train-labels.idx"), idx(2));
  writeFileSync(join(folder, "scans.npy"), npyOf("|u1", [1, 2, 2], [1, 2, 3, 4]));
  writeFileSync(join(folder, "labels.npy"), npyOf("<i8", [1], [3]));
  const arrays = { x: npyOf("|u1", [1, 2, 2], [1, 2, 3, 4]), y: npyOf("<i8", [1], [3]) };
  const entries = Object.entries(arrays).map(([name, bytes]) => ({ name: `${name}.npy`, bytes }));
  writeFileSync(join(folder, "held-out.npz"), zipOf(entries));
  const tableFrom = (first: number): string =>
    ["input,label", ...Array.from({ length: 20 }, (_, row) => `${first + ((row * 7) % 20)},${row % 3}`), ""].join("\n");
  for (const [place, file] of ["points.csv", "more.csv", "more-points.csv"].entries())
    writeFileSync(join(folder, file), tableFrom(place / 3));
  writeFileSync(join(folder, "flowers.csv"), "length,species,part\n5.1,setosa,training\n6.2,virginica,test\n");
  writeFileSync(
    join(folder, "visits.csv"),
    "id,note_1,ward,visited,patient,age,outcome\n1,a,east,2024-01-03,p1,41,well\n2,b,west,2024-01-04,p2,52,ill\n",
  );
  for (const place of ["train/cat", "train/dog", "test/dog"]) {
    mkdirSync(join(folder, "photos", place), { recursive: true });
    writeFileSync(join(folder, "photos", place, "1.png"), colourPng(3, 4, [1, 2, 3]));
  }
  const told = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    const document = readDocument(join(folder, name));
    return renderDiagnostics((document.ok ? checkPipeline(document.value, kinds) : document).diagnostics);
  };
  test.each((Object.values(kinds) as Kind<unknown>[]).map((kind) => [kind.name, kind.example ?? ""]))(
    "of %s",
    (name, example) => {
      expect(example).toContain(`kind: ${name}`);
      expect(told(`${name}.yaml`, example)).toBe("");
    },
  );
  test("of the language", () => {
    const blocks = [
      ...referencePage(kinds)
        .split("## Kinds")[0]!
        .matchAll(/```yaml\n([^`]*)```/g),
    ].map((match) => match[1]!);
    const whole = blocks.filter((block) => block.includes("stages:"));
    expect(whole.length).toBeGreaterThan(1);
    for (const block of whole) expect(told("language.yaml", block)).toBe("");
  });
  test("of the pipelines that come with hw1", () => {
    const pipelines = join(import.meta.dirname, "..", "..", "pipelines");
    for (const name of readdirSync(pipelines).filter((file) => file.endsWith(".yaml"))) {
      const document = readDocument(join(pipelines, name));
      const { diagnostics } = document.ok ? checkPipeline(document.value, kinds) : document;
      // What `explore` finds in its data is a warning, and no mistake of the file.
      expect(renderDiagnostics(diagnostics.filter((diagnostic) => diagnostic.severity === "error"))).toBe("");
    }
  });
});

describe("warnings that are meant", () => {
  test("a warning with a name says how it is silenced, and `allow` on its stage silences it", () => {
    const one = check(
      "stages:\n  a: {kind: doubt}\n  b: {kind: doubt, allow: fitted_on_held_out}\n  c: {kind: doubt, allow: [fitted_on_held_out]}",
    );
    expect(one.told).toBe(`folder/study.yaml:2:3  warning: a doubt

  2 │   a: {kind: doubt}
    │   ^

Is it meant?
If it is meant: \`allow: [fitted_on_held_out]\` on the stage.
`);
    expect(one.pipeline!.stages.map(({ allow }) => allow)).toEqual([
      [],
      ["fitted_on_held_out"],
      ["fitted_on_held_out"],
    ]);
  });
  test("a warning without a name and an error are told, whatever is allowed", () => {
    expect(check("stages:\n  a: {kind: grumble, allow: [fitted_on_held_out]}").titles).toEqual(["a warning"]);
    expect(check("stages:\n  a: {kind: doubt, allow: [fitted_on_held_out], size: 3}").titles).toEqual([
      "unknown option",
    ]);
  });
  test("a name that no warning has is a mistake with a near name", () => {
    const wrong = check("stages:\n  a: {kind: doubt, allow: [fitted_on_heldout, 3, {x: 1}]}");
    expect(wrong.titles).toEqual(["a doubt", "no such warning", "no such warning", "no such warning"]);
    expect(wrong.told).toContain("`fitted_on_heldout` is none. Did you mean `fitted_on_held_out`?");
  });
});
