/**
 * Tables whose numbers need more than 32 bits: kept, normalised, explored, merged, shown; and what is said before a
 * network rounds them.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { provideCompute } from "../../src/compute/provider.js";
import { onnxCompute } from "../../src/engine/compute.js";
import { installOnnx } from "../../src/engine/install.js";
import { checkPipeline } from "../../src/pipeline/check.js";
import { readText } from "../../src/pipeline/read.js";
import { evaluate } from "../../src/stages/evaluate.js";
import { explore } from "../../src/stages/explore.js";
import { kinds } from "../../src/stages/kinds.js";
import { load } from "../../src/stages/load.js";
import { merge } from "../../src/stages/merge.js";
import { normalize } from "../../src/stages/normalize.js";
import { shuffle } from "../../src/stages/shuffle.js";
import { train } from "../../src/stages/train.js";
import { sizeBytesOf } from "../../src/store/manifest.js";
import { featuresOf, numbersOf } from "../../src/values/blob.js";
import type { Output } from "../../src/values/output.js";
import type { ProfileData } from "../../src/values/profile.js";
import { jsonOf } from "../rig/output.js";
import { checkKind, dataset, runKind } from "../rig/stage.js";

const folder = mkdtempSync(join(tmpdir(), "hw1-wide-"));
afterAll(() => rmSync(folder, { recursive: true }));

beforeAll(async () => {
  tf.enableProdMode();
  await installOnnx({ threads: 1 });
  provideCompute(onnxCompute());
});
const start = 1_700_000_000;
const times = `time,y\n${Array.from({ length: 40 }, (_, row) => `${start + ((row * 7) % 40)},${row % 3}`).join("\n")}\n`;
writeFileSync(join(folder, "times.csv"), times);
writeFileSync(join(folder, "small.csv"), "time,y\n0.5,1\n1.25,2\n");
async function loaded(options: Readonly<Record<string, unknown>> = {}): Promise<Readonly<Record<string, Output>>> {
  return (await runKind(load, { source: "csv", train: "times.csv", target: "y", ...options }, { folder })).outputs;
}
const told = (stages: string): readonly string[] => {
  const document = readText(join(folder, "p.yaml"), `stages:\n${stages.replace(/^/gm, "  ")}\n`);
  return (document.ok ? checkPipeline(document.value, kinds) : document).diagnostics.map(
    ({ severity, name, title, message }) => `${severity} ${name ?? ""} ${title}: ${message}`,
  );
};

describe("numbers that 32 bits cannot tell apart", () => {
  test("are kept in 64, in all parts of a load, and others in 32", async () => {
    const { train } = await loaded();
    expect(train!.blobs.features!.dtype).toBe("float64");
    expect(featuresOf(train!.blobs.features!)[1]).toBe(start + 7);
    expect(train!.blobs.features!.bytes().length).toBe(sizeBytesOf("float64", [40, 1]));
    const both = await loaded({ test: "small.csv" });
    expect(both.test!.blobs.features!.dtype).toBe("float64");
    expect((await loaded({ train: "small.csv" })).train!.blobs.features!.dtype).toBe("float32");
  });
  test("are kept in 64 where one stands alone, so that what learned from its neighbours can place it, and merged with another they differ", async () => {
    for (const [name, time] of [
      ["one.csv", start + 37],
      ["other.csv", start + 38],
      ["tenth.csv", 0.1],
    ] as const)
      writeFileSync(join(folder, name), `time,y\n${time},1\n`);
    const [one, other, tenth] = [
      await loaded({ train: "one.csv" }),
      await loaded({ train: "other.csv" }),
      await loaded({ train: "tenth.csv" }),
    ];
    expect([...numbersOf(one.train!.blobs.features!)]).toEqual([start + 37]);
    expect(tenth.train!.blobs.features!.dtype).toBe("float32");
    const both = (await runKind(merge, { data: ["a", "b"] }, { list: [one.train!, other.train!] })).outputs.data!.blobs
      .features!;
    expect([...numbersOf(both)]).toEqual([start + 37, start + 38]);
    const rounded = `p: {kind: load, source: csv, train: one.csv, target: y}\nm: {kind: train, data: p.train, layers: [{dense: {units: 1}}], loss: mse, optimizer: {sgd: {learning_rate: 0.1}}, epochs: 1}`;
    expect(told(rounded)).toEqual([]);
  });
  test("are normalised with all their digits, to 32 bits", async () => {
    const { train } = await loaded();
    const { outputs } = await runKind(normalize, { data: "d", method: "min_max" }, { inputs: { data: train! } });
    const features = outputs.data!.blobs.features!;
    expect(features.dtype).toBe("float32");
    expect([...featuresOf(features)].slice(0, 3)).toEqual([0, Math.fround(7 / 39), Math.fround(14 / 39)]);
  });
  test("are explored as they are", async () => {
    const { train } = await loaded();
    const { outputs } = await runKind(explore, { data: "d" }, { inputs: { data: train! } });
    const { columns, duplicates } = outputs.profile!.data as unknown as ProfileData;
    expect([columns[0]!.min, columns[0]!.max, columns[0]!.distinct, duplicates.rows]).toEqual([
      start,
      start + 39,
      40,
      0,
    ]);
  });
  test("are found again among numbers of 32 bits", async () => {
    const { train } = await loaded();
    const beside = dataset(
      [[start, 1]].map(([time, y]) => [time! - (time! % 1), y!]),
      { featureNames: ["time"] },
    );
    const { outputs } = await runKind(explore, { data: "d", test: "t" }, { inputs: { data: train!, test: beside } });
    expect((outputs.profile!.data as unknown as ProfileData).duplicates.test).toBe(
      Math.fround(start) === start ? 1 : 0,
    );
  });
  test("stay so when they are shuffled and merged with others", async () => {
    const { train } = await loaded();
    const mixed = (await runKind(shuffle, { data: "d" }, { inputs: { data: train! } })).outputs.data!;
    expect(mixed.blobs.features!.dtype).toBe("float64");
    const narrow = dataset([[0.5, 1]], { featureNames: ["time"] });
    const both = (await runKind(merge, { data: ["a", "b"] }, { list: [narrow, train!] })).outputs.data!.blobs.features!;
    expect([both.dtype, [...numbersOf(both)].slice(0, 3)]).toEqual(["float64", [0.5, start, start + 7]]);
  });
});

describe("a network", () => {
  const data = "pts: {kind: load, source: csv, train: times.csv, target: y}\n";
  const net = (from: string): string =>
    `net: {kind: train, data: ${from}, layers: [{dense: {units: 1}}], loss: mse, optimizer: adam, epochs: 1}\n`;
  const score = (from: string): string => `score: {kind: evaluate, model: net, data: ${from}}`;

  test("that rounds its features is warned of by their names, wherever they were cut, and normalised they are not", () => {
    const mixed = "mixed: {kind: shuffle, data: pts.train}\nparts: {kind: split, data: mixed, validation: 0.25}\n";
    const warned = told(`${data}${mixed}${net("parts.train")}${score("parts.validation")}`);
    expect(warned.map((text) => text.slice(0, 70))).toEqual([
      "warning rounded_features features that 32 bits cannot hold: A network ",
      "warning rounded_features features that 32 bits cannot hold: A network ",
    ]);
    expect(warned[0]).toContain("`time`");
    expect(
      told(`${data}${mixed}ready: {kind: normalize, data: parts.train}\n${net("ready")}${score("parts.validation")}`),
    ).toEqual([]);
    expect(told(`${data}${net("pts.train").replace("epochs: 1", "epochs: 1, allow: [rounded_features]")}`)).toEqual([]);
  });
  test("whose target 32 bits cannot tell apart is warned of by its name, and shifted as the warning says it is not", async () => {
    writeFileSync(join(folder, "late.csv"), `x,when\n0,${start}\n1,${start + 1}\n2,${start + 2}\n`);
    const [warned] = told("pts: {kind: load, source: csv, train: late.csv, target: when}");
    expect(warned).toContain("warning rounded_target a target that 32 bits cannot hold: Numbers of the target `when`");
    expect(warned).toContain(`${start + 1} becomes ${start}`);
    writeFileSync(join(folder, "late.csv"), "x,when\n0,0\n1,1\n2,2\n");
    expect(told("pts: {kind: load, source: csv, train: late.csv, target: when}")).toEqual([]);
  });
  test("is warned of by the run, too, where check could not know, and evaluation of a raw model likewise", async () => {
    const { train: data } = await loaded();
    const net = { data: "d", layers: [{ dense: { units: 1 } }], loss: "mse", optimizer: "adam", epochs: 1 };
    const trained = await runKind(train, net, { inputs: { data: data! } });
    expect(
      trained.warnings.filter((text) => text.includes("the numbers of `time` differ by less than 32 bits can tell")),
    ).toHaveLength(1);
    const judged = await runKind(
      evaluate,
      { model: "m", data: "d" },
      { inputs: { model: trained.outputs.model!, data: data! } },
    );
    expect(judged.warnings.filter((text) => text.includes("`time`"))).toHaveLength(1);
    const ready = (await runKind(normalize, { data: "d" }, { inputs: { data: data! } })).outputs.data!;
    const own = await runKind(train, net, { inputs: { data: ready } });
    const raw = await runKind(
      evaluate,
      { model: "m", data: "d" },
      { inputs: { model: own.outputs.model!, data: data! } },
    );
    const same = await runKind(
      evaluate,
      { model: "m", data: "d" },
      { inputs: { model: own.outputs.model!, data: ready } },
    );
    expect([own.warnings, raw.warnings].flat().filter((text) => text.includes("`time`"))).toEqual([]);
    expect(jsonOf(raw.outputs.evaluation).metrics).toEqual(jsonOf(same.outputs.evaluation).metrics);
  });
  test("in a search is warned of once", () => {
    const search = `look:\n  kind: search\n  strategy: grid\n  space: {units: [1, 2, 3]}\n  trial: {kind: train, data: pts.train, validation: pts.train, layers: [{dense: {units: "\${trial.units}"}}, {dense: {units: 1}}], loss: mse, optimizer: adam, epochs: 1}\n  objective: {minimize: validation.loss}\n`;
    expect(told(`${data}${search}`).filter((text) => text.includes("rounded_features"))).toHaveLength(1);
  });
});

test("check knows which columns lose", () => {
  const { ports } = checkKind(load, { source: "csv", train: "times.csv", target: "y" }, { folder });
  expect(ports.train!.rounded).toEqual(["time"]);
});
