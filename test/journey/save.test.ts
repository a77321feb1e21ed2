import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { writeSaved } from "../../src/commands/saved-folder.js";
import { EnvironmentError } from "../../src/diagnostic/diagnostic.js";
import type { SavedFile } from "../../src/values/saved-array.js";
import { filesBelow } from "../rig/before-packs.js";
import { type Project, project, smallPipeline } from "../rig/project.js";

let open: Project | undefined;
afterEach(() => open?.remove());

interface ArrayFile {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Buffer;
}
/** What NumPy would say of an array file. */
function npy(path: string): ArrayFile {
  const file = readFileSync(path);
  expect(file.subarray(0, 8).toString("latin1")).toBe("\x93NUMPY\x01\x00");
  const length = file.readUInt16LE(8);
  const [, dtype, order, shape] = /'descr': '(.+?)', 'fortran_order': (\w+), 'shape': \((.*?)\)/.exec(
    file.subarray(10, 10 + length).toString(),
  )!;
  expect(order).toBe("False");
  const bytes = file.subarray(10 + length);
  return { dtype: dtype!, shape: shape!.split(",").filter(Boolean).map(Number), bytes };
}
const lines = (path: string): readonly string[] => readFileSync(path, "utf8").trimEnd().split("\n");

const classesPipeline = `${smallPipeline}  curves: {kind: visualize, figure: learning_curves, from: cnn}
`;

test("a data set's rows are gathered in order, a model's parameters and epochs, predictions, a figure: files for others", async () => {
  open = project(classesPipeline);
  const { folder } = open;
  expect((await open.hw1("run", "p.yaml", "--quiet")).code).toBe(0);
  const save = async (stage: string): Promise<string> => {
    const told = await open!.hw1("show", "p.yaml", stage, "--save", `out/${stage}`);
    expect([told.code, told.err]).toEqual([0, ""]);
    return told.out;
  };

  expect(await save("parts")).toBe(
    `out/parts/train/features.npy       uint8 [500, 28, 28, 1]  a model sees value / 255
out/parts/train/labels.npy         int32 [500]
out/parts/validation/features.npy  uint8 [100, 28, 28, 1]  a model sees value / 255
out/parts/validation/labels.npy    int32 [100]
4 files, 462 KiB
`,
  );
  // The two parts are all 600 images, each once, and each with its own label.
  const source = readFileSync(join(folder, "train-images")).subarray(16);
  const sourceLabels = readFileSync(join(folder, "train-labels")).subarray(8);
  const known = new Map(
    [...sourceLabels].map((label, at) => [source.subarray(at * 784, (at + 1) * 784).toString("latin1"), label]),
  );
  const found = ["train", "validation"].flatMap((part) => {
    const images = npy(join(folder, "out/parts", part, "features.npy"));
    const labels = npy(join(folder, "out/parts", part, "labels.npy"));
    expect([images.dtype, labels.dtype]).toEqual(["|u1", "<i4"]);
    expect(images.shape.slice(1)).toEqual([28, 28, 1]);
    return Array.from({ length: labels.shape[0]! }, (_, at) => {
      const image = images.bytes.subarray(at * 784, (at + 1) * 784).toString("latin1");
      expect(labels.bytes.readInt32LE(4 * at)).toBe(known.get(image));
      return image;
    });
  });
  expect(found.length).toBe(600);
  expect(new Set(found)).toEqual(new Set(known.keys()));

  // What was saved can be loaded, and saved again it is the same.
  const part = (name: string): string =>
    `${name}: {features: out/parts/${name}/features.npy, labels: out/parts/${name}/labels.npy}`;
  open.write(
    "q.yaml",
    `stages:\n  back: {kind: load, source: npy, ${part("train")}, ${part("validation")}, classes: 10}\n`,
  );
  expect(await open.hw1("run", "q.yaml", "--quiet")).toMatchObject({ code: 0, err: "" });
  expect((await open.hw1("show", "q.yaml", "back", "--save", "again")).code).toBe(0);
  const own = (name: string) =>
    Object.entries(filesBelow(join(folder, name))).filter(([path]) => !path.startsWith("."));
  expect(own("again")).toEqual(own("out/parts"));

  const told = await save("cnn");
  expect(told).toContain("out/cnn/conv_1.weight.npy   float32 [5, 5, 1, 4]\n");
  expect(readdirSync(join(folder, "out/cnn")).sort()).toEqual([
    ...[".hw1-saved.json", "conv_1.bias.npy", "conv_1.weight.npy", "dense_1.bias.npy", "dense_1.weight.npy"],
    "history.csv",
  ]);
  expect(lines(join(folder, "out/cnn/history.csv"))[0]).toBe(
    "epoch,learning_rate,train.loss,train.accuracy,validation.loss,validation.accuracy",
  );
  expect(lines(join(folder, "out/cnn/history.csv")).length).toBe(3);

  await save("score");
  const judged = lines(join(folder, "out/score/predictions.csv")).map((line) => line.split(","));
  expect(judged[0]).toEqual([
    "label",
    "prediction",
    ...Array.from({ length: 10 }, (_, digit) => `probability ${digit}`),
  ]);
  expect(judged.length).toBe(201);
  const { metrics } = JSON.parse((await open.hw1("show", "p.yaml", "score", "--json")).out);
  expect(judged.slice(1).filter(([label, prediction]) => label === prediction).length).toBe(metrics.correct);
  const probabilities = npy(join(folder, "out/score/predictions.npy"));
  expect([probabilities.dtype, probabilities.shape]).toEqual(["<f4", [200, 10]]);
  for (const [at, row] of judged.slice(1).entries())
    expect(row.slice(2).map((text) => Math.fround(Number(text)))).toEqual(
      Array.from({ length: 10 }, (_, digit) => probabilities.bytes.readFloatLE(4 * (10 * at + digit))),
    );
  expect(lines(join(folder, "out/score/confusion.csv")).length).toBe(11);

  expect(await save("curves")).toMatch(
    /^out\/curves\/learning_curves\.svg {6}picture\nout\/curves\/learning_curves\.png {6}picture\nout\/curves\/learning_curves\.vl\.json {2}specification for Vega-Lite\n3 files, /,
  );
  const figures = join(open.cache, "figures", "small");
  for (const format of ["svg", "png"])
    expect(readFileSync(join(folder, `out/curves/learning_curves.${format}`))).toEqual(
      readFileSync(join(figures, `curves.${format}`)),
    );
  expect(JSON.parse(readFileSync(join(folder, "out/curves/learning_curves.vl.json"), "utf8")).$schema).toBe(
    "https://vega.github.io/schema/vega-lite/v6.json",
  );
}, 120_000);

const foldsPipeline = `seed: 3
stages:
  points: {kind: load, source: synthetic, generator: gapped_curve, count: 60}
  look: {kind: explore, data: points.train, test: points.test}
  outer: {kind: fold, data: points.train, k: 3}
  coarse:
    kind: search
    strategy: grid
    space: {units: [2, 4]}
    each: outer
    trial: {kind: train, data: outer.train, validation: outer.validation, layers: [{dense: {units: "\${trial.units}"}}, {dense: {units: 1}}], loss: mse, optimizer: adam, epochs: 2}
    objective: {minimize: validation.loss}
  best: {kind: select, from: coarse}
  net: {kind: train, each: outer, data: outer.train, layers: [{dense: {units: 1}}], loss: mse, optimizer: adam, epochs: 1}
  score: {kind: evaluate, each: outer, model: net, data: points.test}
`;

test("a folder for each element, none for one that is named; tables of profile, search and winners; --json lists the files", async () => {
  open = project(foldsPipeline);
  const { folder } = open;
  expect((await open.hw1("run", "p.yaml", "--quiet")).code).toBe(0);
  const saved = async (...args: string[]): Promise<readonly string[]> => {
    const told = await open!.hw1("show", "p.yaml", ...args, "--json");
    expect(told.code, told.err).toBe(0);
    return JSON.parse(told.out).saved.map(({ path, holds }: { path: string; holds: string }) => `${path}: ${holds}`);
  };
  const ofOne = (where: string): readonly string[] => [
    `${where}/predictions.csv: 60 rows of 3 columns`,
    `${where}/predictions.npy: float32 [60, 1]`,
    `${where}/curve.npy: float32 [401, 2]`,
    `${where}/features.npy: float32 [60, 1]`,
    `${where}/labels.npy: float32 [60, 1]`,
  ];
  expect([...(await saved("score", "--save", "out"))].sort()).toEqual(
    ["1", "2", "3"].flatMap((fold) => ofOne(`out/${fold}`)).sort(),
  );
  expect([...(await saved("score/2", "--save", "./two"))].sort()).toEqual([...ofOne("two")].sort());
  expect(await saved("outer", "--save", "folds")).toEqual([
    ...["folds/features.npy: float32 [60, 1]", "folds/labels.npy: float32 [60, 1]", "folds/assignment.npy: int32 [60]"],
  ]);
  expect(await saved("look", "--save", "profile")).toEqual([
    ...["profile/columns.csv: 2 rows of 10 columns", "profile/empty_intervals.csv: 1 row of 4 columns"],
  ]);
  await saved("coarse", "--save", "search");
  expect(lines(join(folder, "search/trials.csv"))[0]).toBe(
    "rank,trial,units,validation.loss,sd,se,folds,p,tied,weights,best_epoch,status,error",
  );
  expect(
    lines(join(folder, "search/trials.csv"))
      .slice(1)
      .map((line) => line.split(",")[0]),
  ).toEqual(["1", "2"]);
  expect(lines(join(folder, "search/cells.csv")).length).toBe(7);
  const [columns, ...epochs] = lines(join(folder, "search/curves.csv")).map((line) => line.split(","));
  expect(columns).toEqual([
    ...["trial", "stage", "epoch", "cells", "train.loss", "train.loss.sd", "validation.loss", "validation.loss.sd"],
  ]);
  expect(epochs.map((line) => line.slice(0, 4).join())).toEqual([
    ...["2,trial,1,3", "2,trial,2,3", "4,trial,1,3", "4,trial,2,3"],
  ]);
  expect(epochs.flat().every((cell) => cell !== "")).toBe(true);
  await saved("best", "--save", "winners");
  expect(lines(join(folder, "winners/winners.csv")).length).toBe(2);
}, 120_000);

test("files of an earlier --save are replaced and what is left over goes; files of the user are never written over", async () => {
  const text = (units: string): string => `seed: 3
stages:
  points: {kind: load, source: synthetic, generator: gapped_curve, count: 60}
  folds: {kind: fold, data: points.train, k: ${units === "" ? 2 : 3}}
  net: {kind: train, each: folds, data: folds.train, layers: [${units}{dense: {units: 1}}], loss: mse, optimizer: adam, epochs: 1}
  look: {kind: explore, data: points.train}
`;
  open = project(text("{dense: {units: 3}}, "));
  const { folder } = open;
  const out = join(folder, "out");
  const save = async (stage: string, code = 0) => {
    const told = await open!.hw1("show", "p.yaml", stage, "--save", "out");
    expect(told.code, told.err).toBe(code);
    return told;
  };
  expect((await open.hw1("run", "p.yaml", "--quiet")).code).toBe(0);
  await save("net");
  await save("look");
  const first = filesBelow(out);
  expect(Object.keys(first)).toContain("3/dense_2.weight.npy");
  writeFileSync(join(out, "notes.txt"), "mine");

  open.write("p.yaml", text(""));
  expect((await open.hw1("run", "p.yaml", "--quiet")).code).toBe(0);
  await save("net");
  const second = filesBelow(out);
  expect(
    Object.keys(second)
      .filter((name) => /^\d/.test(name))
      .sort(),
  ).toEqual(
    ["1", "2"].flatMap((fold) => [`${fold}/dense_1.bias.npy`, `${fold}/dense_1.weight.npy`, `${fold}/history.csv`]),
  );
  expect(existsSync(join(out, "3"))).toBe(false);
  expect(second["columns.csv"]).toBe(first["columns.csv"]);
  expect(readFileSync(join(out, "notes.txt"), "utf8")).toBe("mine");
  expect(Object.keys(second).filter((name) => name.includes("saving"))).toEqual([]);

  mkdirSync(join(folder, "data"));
  for (const name of ["features.npy", "labels.npy"]) writeFileSync(join(folder, "data", name), "mine");
  writeFileSync(join(folder, "data", "assignment.npy"), "mine");
  const refused = await open.hw1("show", "p.yaml", "folds", "--save", "data");
  expect([refused.code, refused.out]).toEqual([2, ""]);
  expect(refused.err).toBe(
    `2 warnings: hw1 check p.yaml
3 files in the way

\`${join(folder, "data/features.npy")}\`, \`${join(folder, "data/labels.npy")}\` and \`${join(folder, "data/assignment.npy")}\` are there already, and no earlier --save into this folder wrote them. Nothing was written. Name another folder, or move them away.
`,
  );
  expect(readdirSync(join(folder, "data")).sort()).toEqual(["assignment.npy", "features.npy", "labels.npy"]);
  expect(readFileSync(join(folder, "data", "labels.npy"), "utf8")).toBe("mine");

  // A list that leads elsewhere is not believed.
  writeFileSync(join(folder, "precious"), "mine");
  writeFileSync(join(out, ".hw1-saved.json"), JSON.stringify({ saved: { x: ["../precious", "columns.csv"] } }));
  expect((await save("look", 2)).err).toContain("files in the way");
  expect(readFileSync(join(folder, "precious"), "utf8")).toBe("mine");
}, 120_000);

test("--save says what is wrong with the stage or the folder", async () => {
  open = project(foldsPipeline.slice(0, foldsPipeline.indexOf("  outer")));
  const { folder } = open;
  const refused = async (...args: string[]): Promise<readonly [number | null, string, string]> => {
    const { code, out, err } = await open!.hw1("show", "p.yaml", ...args);
    return [code, out, err.replaceAll(/^\d warnings?: hw1 check p.yaml\n/gm, "")];
  };
  expect(await refused("--save", "out")).toEqual([
    2,
    "",
    "no stage named\n\n--save writes what one stage left: name it before --save.\n\nStages: points, look\n",
  ]);
  expect(await refused("look", "--save", "")).toEqual([
    2,
    "",
    "no folder named\n\n--save is empty. Name a folder, or leave --save out.\n",
  ]);
  expect(await refused("look", "--save", "out")).toEqual([
    1,
    "",
    "Nothing is saved: look waits: points must run first\nhw1 run p.yaml --only look\n",
  ]);
  expect(existsSync(join(folder, "out"))).toBe(false);
  expect((await open.hw1("run", "p.yaml", "--quiet")).code).toBe(0);
  writeFileSync(join(folder, "occupied"), "a file");
  expect(await refused("look", "--save", "occupied/out")).toEqual([
    4,
    "",
    `${join(folder, "occupied/out")} cannot be written: a file stands where a folder belongs\nName another folder with --save, or mend this one. Files that were written before are whole.\n`,
  ]);
  mkdirSync(join(folder, "columns", "columns.csv"), { recursive: true });
  expect((await refused("look", "--save", "columns"))[2]).toContain("1 file in the way");
  const full = await refused("look", "--save", "/proc/hw1");
  expect(full[0]).toBe(4);
  expect(full[2]).toContain("/proc/hw1 cannot be written: ");
}, 120_000);

test("a disk that is full halfway leaves the file that was there, nothing half-written, and one message", () => {
  open = project();
  const out = join(open.folder, "deep", "out");
  const file = (name: string, pieces: () => Iterable<Uint8Array>): { path: string; file: SavedFile } => ({
    path: `1/${name}`,
    file: { name, holds: "", pieces },
  });
  const text = (content: string) => () => [Buffer.from(content), Buffer.from("!")];
  expect(writeSaved(out, "p.yaml net", [file("a", text("one")), file("b", text("two two"))])).toEqual([4, 8]);
  const fails = function* (): Generator<Uint8Array> {
    yield Buffer.from("half");
    throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
  };
  const again = (): unknown =>
    writeSaved(out, "p.yaml net", [file("a", text("new")), file("b", fails), file("c", text("c"))]);
  expect(again).toThrow(EnvironmentError);
  expect(again).toThrow(
    `${join(out, "1/b")} cannot be written: no space is left\nName another folder with --save, or mend this one. Files that were written before are whole.`,
  );
  const left = filesBelow(out);
  expect(Object.keys(left)).toEqual([".hw1-saved.json", "1/a", "1/b"]);
  expect([left["1/a"], left["1/b"]].map((base64) => Buffer.from(base64!, "base64").toString())).toEqual([
    "new!",
    "two two!",
  ]);
  // What is not left any more goes, and so do folders that are empty then; and what a killed process has left.
  const [killed, alive] = [join(out, ".hw1-saving-2147483646"), join(out, ".hw1-saving-1")];
  writeFileSync(killed, "half");
  writeFileSync(alive, "half");
  expect(writeSaved(out, "p.yaml net", [{ ...file("d", text("d")), path: "d" }])).toEqual([2]);
  expect(Object.keys(filesBelow(out))).toEqual([".hw1-saved.json", ".hw1-saving-1", "d"]);
  expect(existsSync(join(out, "1"))).toBe(false);
});
