import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Kind } from "../../src/pipeline/kind.js";
import { checkpointFamily, fingerprint } from "../../src/plan/fingerprint.js";
import { differences } from "../../src/plan/reason.js";
import { aggregateMetrics } from "../../src/util/aggregate.js";
import { digestJson } from "../../src/util/digest.js";
import { canonical, type Json, parseCanonical } from "../../src/util/json.js";
import { spreadOf } from "../../src/util/statistics.js";
import { type Toys, toys } from "../rig/toy.js";

let toy: Toys;
beforeEach(() => {
  toy = toys();
});
afterEach(() => toy.close());

test("a plan tells reuse, run and wait, with reasons", async () => {
  const pipeline = (value: string): string => `
    a: {kind: make, value: ${value}}
    b: {kind: pass, data: a, value: two}
    c: {kind: pass, data: b, value: three}
`;
  await toy.run(pipeline("one"));
  const told = toy.plan(pipeline("uno")).planned.map(({ stage, verdict, reason }) => `${stage} ${verdict} ${reason}`);
  expect(told).toEqual(["a run value was one, is uno", "b wait a must run first", "c wait b must run first"]);
  expect(toy.plan(pipeline("one")).planned.map(({ verdict }) => verdict)).toEqual(["reuse", "reuse", "reuse"]);
});

describe("what computes and what draws", () => {
  const text = `
    a: {kind: compute, value: one}
    b: {kind: draw, value: two}
    c: {kind: make, value: three}
`;
  const told = (): readonly string[] =>
    toy
      .plan(text)
      .planned.map(({ stage, verdict, reason }) => `${stage} ${verdict} ${reason.replace(/[\d.]+ s/, "… s")}`);

  test("are part of a key with the versions that are installed", async () => {
    await toy.run(text);
    const { dependencies } = JSON.parse(
      readFileSync(join(import.meta.dirname, "..", "..", "package.json"), "utf8"),
    ) as {
      dependencies: Record<string, string>;
    };
    const document = (key: string) => toy.plan(text).decisions.get(key)!.fingerprint!.document;
    expect(document("a").engine).toEqual({
      name: "onnx",
      "onnxruntime-node": dependencies["onnxruntime-node"],
      "@tensorflow/tfjs-core": dependencies["@tensorflow/tfjs-core"],
    });
    expect(Object.keys(document("b").renderer as object)).toEqual([
      "vega",
      "vega-lite",
      "@resvg/resvg-js",
      "dejavu-fonts-ttf",
    ]);
    expect(Object.values(document("b").renderer as object)).not.toContain(null);
    for (const key of ["engine", "renderer"]) expect(document("c")).not.toHaveProperty(key);
  });

  test("make a step run again where a version is another one, and the reason names it", async () => {
    toy.versions.set("onnxruntime-node", "1.29.0").set("vega", "6.3.0");
    await toy.run(text);
    expect(told()).toEqual([
      "a reuse unchanged, … s saved",
      "b reuse unchanged, … s saved",
      "c reuse unchanged, … s saved",
    ]);
    toy.versions.set("onnxruntime-node", "1.30.0").set("vega", "6.4.0");
    expect(told()).toEqual([
      "a run engine: onnxruntime-node was 1.29.0, is 1.30.0",
      "b run renderer: vega was 6.3.0, is 6.4.0",
      "c reuse unchanged, … s saved",
    ]);
    toy.versions.set("onnxruntime-node", "1.29.0");
    expect(told()[0]).toBe("a reuse unchanged, … s saved");
  });

  test("of files that are decoded the options say what is in the key, and the reason names it", async () => {
    const pictures = "    a: {kind: decode, value: png}\n    b: {kind: decode, value: jpeg}\n";
    const told = (): readonly string[] => toy.plan(pictures).planned.map(({ stage, reason }) => `${stage} ${reason}`);
    toy.versions.set("pngjs", "7.0.0").set("jpeg-js", "0.4.3");
    await toy.run(pictures);
    toy.versions.set("jpeg-js", "0.4.4");
    expect(told()).toEqual([expect.stringMatching(/^a unchanged/), "b decoder: jpeg-js was 0.4.3, is 0.4.4"]);
    const document = (key: string) => toy.plan(pictures).decisions.get(key)!.fingerprint!.document;
    expect(document("a").decoder).toEqual({ pngjs: "7.0.0" });
  });

  test("share no checkpoints with another version", () => {
    const family = (version: string): string => {
      const kind = { ...toy.kinds.fit, usesEngine: true } as unknown as Kind<unknown>;
      const options = { a: 1, b: 0, epochs: 3, bad: [] };
      const context = { engine: "onnx", versionOf: () => version, seed: 0, folds: [], folder: ".", inputs: {} };
      return checkpointFamily(fingerprint(kind, options, context), kind, options).family;
    };
    expect(family("1")).toBe(family("1"));
    expect(family("1")).not.toBe(family("2"));
  });
});

test("a record of a hw1 whose keys held less gives that as the one reason", async () => {
  const { store } = toy;
  await toy.run("    a: {kind: compute, value: one}\n");
  const [record] = store.nearest("toy", "a", null, "compute");
  const { artifact } = record!;
  const other = toys();
  try {
    const info = store.artifact(artifact)!;
    const document = { ...record!.document, schema: 1, engine: "onnx" };
    other.store.keep({
      ...record!,
      document,
      fingerprint: digestJson(document),
      artifact: other.store.put(info.outputs).digest,
    });
    expect(other.plan("    a: {kind: compute, value: one}\n").planned[0]!.reason).toBe(
      "the keys of results hold more since hw1 changed",
    );
  } finally {
    other.close();
  }
});

test("planning writes nothing", async () => {
  toy.plan("    a: {kind: make, value: one}\n");
  expect(toy.store.runs(10)).toEqual([]);
});

test("canonical text is the same for the same value, and reads back", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonical(value);
      expect(canonical(parseCanonical(text))).toBe(text);
    }),
  );
  expect(canonical({ b: 1, a: [Number.NaN, -0, Number.POSITIVE_INFINITY] })).toBe(
    '{"a":[{"$number":"NaN"},0,{"$number":"Infinity"}],"b":1}',
  );
  expect(parseCanonical(canonical({ x: Number.NaN }))).toEqual({ x: Number.NaN });
});

test("text counts as it is written, and a name that looks like the sign of a number stays a name", () => {
  expect(canonical("café".normalize("NFC"))).not.toBe(canonical("café".normalize("NFD")));
  const values: readonly Json[] = [
    { $number: "NaN" },
    { $$number: 1 },
    { $number: 3, other: Number.NaN },
    { $number: { $number: Number.NaN } },
  ];
  for (const value of values) expect(parseCanonical(canonical(value))).toEqual(value);
  expect(canonical({ $number: "NaN" })).not.toBe(canonical(Number.NaN));
  const named = Object.fromEntries([["__proto__", 1] as const, ["constructor", 2] as const]);
  expect(canonical(named)).toBe('{"__proto__":1,"constructor":2}');
  expect(Object.keys(parseCanonical(canonical(named)) as object)).toEqual(["__proto__", "constructor"]);
  expect(differences({}, named)).toEqual([
    { path: "__proto__", before: undefined, after: 1 },
    { path: "constructor", before: undefined, after: 2 },
  ]);
});

test("differences name every leaf that differs, and only those", () => {
  expect(differences({ a: 1, b: { c: [1, 2], d: "x" } }, { a: 1, b: { c: [1, 3], e: null } })).toEqual([
    { path: "b.c.1", before: 2, after: 3 },
    { path: "b.d", before: "x", after: undefined },
    { path: "b.e", before: undefined, after: null },
  ]);
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(differences(value as Json, value as Json)).toEqual([]);
    }),
  );
});

test("mean, standard deviation and standard error over elements; a confusion matrix is summed", () => {
  expect(spreadOf([1, 2, 3, 4])).toEqual({ mean: 2.5, sd: Math.sqrt(5 / 3), se: Math.sqrt(5 / 3) / 2, count: 4 });
  expect(spreadOf([7])).toEqual({ mean: 7, sd: null, se: null, count: 1 });
  const metrics = aggregateMetrics([
    {
      accuracy: 0.5,
      confusion: [
        [1, 2],
        [3, 4],
      ],
      perClass: [{ class: "a", f1: 0.2 }],
      validation: { loss: 1 },
    },
    {
      accuracy: 0.7,
      confusion: [
        [1, 0],
        [0, 4],
      ],
      perClass: [{ class: "a", f1: 0.4 }],
      validation: { loss: 3 },
    },
  ]);
  expect(metrics.confusion).toEqual([
    [2, 2],
    [3, 8],
  ]);
  expect((metrics.accuracy as { mean: number }).mean).toBeCloseTo(0.6, 12);
  expect((metrics.validation as { loss: { sd: number } }).loss.sd).toBeCloseTo(Math.SQRT2, 12);
  expect((metrics.perClass as { class: string; f1: { mean: number } }[])[0]).toMatchObject({ class: "a" });
});
