/** A trained model asked about pictures and rows, by the command itself: the same as `evaluate`, to the bit. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { greyPng, jpegOf } from "../rig/picture-files.js";
import { type Project, project, smallPipeline } from "../rig/project.js";

let open: Project | undefined;
afterEach(() => open?.remove());

const table = (path: string): readonly (readonly string[])[] =>
  readFileSync(path, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => line.split(","));
const cells = (text: string): readonly (readonly string[])[] =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => line.split(","));

test("pictures have the probabilities of `evaluate` to the last digit, whoever else is asked about; nothing is noted", async () => {
  open =
    project(`${smallPipeline}  all: {kind: evaluate, model: cnn, data: digits.train, allow: [scored_on_training_data]}
  folds: {kind: fold, data: digits.train, k: 2}
  nets:
    kind: train
    each: folds
    data: folds.train
    layers: [flatten, {dense: {units: 10}}]
    loss: cross_entropy
    optimizer: adam
    epochs: 1
  pair: {kind: ensemble, models: nets}
  together: {kind: evaluate, model: pair, data: digits.test}
  both: {kind: evaluate, model: pair, data: digits.train, allow: [scored_on_training_data]}
`);
  const { folder } = open;
  expect((await open.hw1("run", "p.yaml", "--quiet")).code).toBe(0);
  const draw = (into: string, from: string, count: number): void => {
    const images = readFileSync(join(folder, from)).subarray(16);
    mkdirSync(join(folder, into));
    for (let at = 0; at < count; at++)
      writeFileSync(
        join(folder, into, `${String(at).padStart(3, "0")}.png`),
        greyPng(28, 28, (y, x) => images[784 * at + 28 * y + x]!),
      );
  };
  draw("some", "train-images", 300);
  draw("tested", "test-images", 200);
  const ledger = (await open.hw1("show", "p.yaml", "score", "--json")).out;
  for (const [model, judged] of [
    ["cnn", "all"],
    ["pair", "both"],
  ] as const) {
    await open.hw1("show", "p.yaml", judged, "--save", `out/${judged}`);
    const [heads, ...known] = table(join(folder, "out", judged, "predictions.csv"));
    const asked = await open.hw1("predict", "p.yaml", model, "some", "--csv");
    expect([asked.code, asked.err]).toEqual([0, ""]);
    const [own, ...rows] = cells(asked.out);
    expect(own).toEqual(["input", "class", ...heads!.slice(2)]);
    expect(rows).toHaveLength(300);
    expect(rows.map(([name]) => name)[7]).toBe("some/007.png");
    expect(rows.map((row) => row.slice(1))).toEqual(known.slice(0, 300).map((row) => row.slice(1)));
    for (const files of [["some/004.png"], ["some/299.png", "some/000.png", "some/123.png"]]) {
      const few = cells((await open.hw1("predict", "p.yaml", model, ...files, "--csv")).out).slice(1);
      expect(few).toEqual(files.map((name) => rows.find(([input]) => input === name)));
    }
  }
  // An evaluation of fewer images than a batch was asked with a smaller one, and says the same here.
  await open.hw1("show", "p.yaml", "score", "--save", "out/score");
  const few = cells((await open.hw1("predict", "p.yaml", "cnn", "tested", "--csv")).out).slice(1);
  const [, ...scored] = table(join(folder, "out", "score", "predictions.csv"));
  expect(few.map((row) => row.slice(1))).toEqual(scored.map((row) => row.slice(1)));

  const [first] = cells((await open.hw1("predict", "p.yaml", "cnn", "some/000.png", "--csv")).out).slice(1);
  const json = JSON.parse((await open.hw1("predict", "p.yaml", "cnn", "some/000.png", "--json")).out);
  expect(json.inputs).toHaveLength(1);
  expect(json.inputs[0].input).toBe("some/000.png");
  expect(json.inputs[0].class).toBe(first![1]);
  expect(Object.keys(json.inputs[0].probabilities)).toEqual(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
  expect(Object.values(json.inputs[0].probabilities).map(String)).toEqual(first!.slice(2));

  const shown = await open.hw1("predict", "p.yaml", "cnn", "some/000.png", "some/001.png");
  expect(shown.out.split("\n")[0]).toBe("input         class  probability  next");
  expect(shown.out.split("\n")).toHaveLength(4);

  expect((await open.hw1("show", "p.yaml", "score", "--json")).out).toBe(ledger);
  expect(await open.hw1("predict", "p.yaml", "nets", "some/000.png")).toMatchObject({
    code: 2,
    err: `several models

\`nets\` has 2 models: nets/1, nets/2. Name one of them; a stage \`{kind: ensemble, models: nets}\` makes one model of all.
`,
  });
  expect((await open.hw1("predict", "p.yaml", "nets/2", "some/000.png")).code).toBe(0);
  expect(await open.hw1("predict", "p.yaml", "nets/3", "some/000.png")).toMatchObject({
    code: 2,
    err: `no such element

predict names \`nets/3\`, but there is no such element. Did you mean \`nets/1\`?

Elements of \`nets\`: nets/1, nets/2
`,
  });
});

test("what a model of pictures does not take is said: another size, no picture, a table, a stage without a model, an old result", async () => {
  open = project();
  const { folder } = open;
  const refused = async (...args: readonly string[]): Promise<string> => {
    const told = await open!.hw1("predict", "p.yaml", ...args);
    expect([told.code, told.out]).toEqual([2, ""]);
    return told.err;
  };
  writeFileSync(
    join(folder, "small.png"),
    greyPng(8, 9, () => 7),
  );
  expect(await refused("cnn", "small.png")).toBe(`not up to date

\`cnn\` has no result for the file as it is now (digits: never run). Run it first:

hw1 run p.yaml --only cnn
`);
  expect(await refused("cnn", "small.png", "--cache", "other one")).toContain(
    "hw1 run p.yaml --only cnn --cache 'other one'\n",
  );
  expect((await open.hw1("run", "p.yaml", "--quiet")).code).toBe(0);
  expect(await refused("cnn", "small.png")).toBe(`another size

\`small.png\` has 8 × 9 pixels (height × width), and the model takes in 28 × 28: bring it to that size first.
`);
  writeFileSync(join(folder, "rows.csv"), "a,b\n1,2\n");
  expect(await refused("cnn", "rows.csv")).toBe(`no picture

\`rows.csv\` is neither a PNG nor a JPEG. Put it right, or leave it out.
`);
  expect(await refused("score", "small.png")).toBe(`no model

\`score\` is a stage of the kind \`evaluate\`, which leaves no model to predict with.

Stages that leave a model: cnn
`);
  expect(await refused("cnnn", "small.png")).toBe(`no such stage

predict names \`cnnn\`, but there is no such stage. Did you mean \`cnn\`?

Stages: digits, parts, cnn, score
`);
  expect(await refused("cnn", "none.png")).toBe(`no such file

There is no file \`none.png\`. Inputs are named from the folder that you are in.
`);
  mkdirSync(join(folder, "empty"));
  expect(await refused("cnn", "empty")).toBe("an empty folder\n\nThere is no file in the folder `empty`.\n");
  mkdirSync(join(folder, "tree/cat"), { recursive: true });
  mkdirSync(join(folder, "tree/dog"));
  expect(await refused("cnn", "tree")).toBe(
    "an empty folder\n\nThere is no file in the folder `tree`, and the folders in it are not looked into. " +
      "Name these: `tree/cat`, `tree/dog`.\n",
  );
  // What people and systems leave in a folder is no picture, as in `load`; what was put there is read or named.
  writeFileSync(
    join(folder, "tree/dog/a.png"),
    greyPng(28, 28, (y) => y),
  );
  for (const name of ["Thumbs.db", "desktop.ini", ".DS_Store"]) writeFileSync(join(folder, "tree/dog", name), "");
  symlinkSync("../cat", join(folder, "tree/dog/linked"));
  const asked = await open.hw1("predict", "p.yaml", "cnn", "tree/dog", "--csv");
  expect([asked.err, asked.out.match(/^tree.*?,/gm)]).toEqual(["", ["tree/dog/a.png,"]]);
  symlinkSync("nowhere", join(folder, "tree/dog/b.png"));
  expect(await refused("cnn", "tree/dog")).toBe(
    "cannot be read\n\n`tree/dog/b.png` is a link to nothing. Remove it from the folder.\n",
  );
  rmSync(join(folder, "tree/dog/b.png"));
  execFileSync("mkfifo", [join(folder, "tree/dog/b")]);
  expect(await refused("cnn", "tree/dog")).toBe(
    "cannot be read\n\n`tree/dog/b` is no file, but a pipe, a socket or a device. Remove it from the folder.\n",
  );
  expect(await refused("cnn", "-", "-")).toBe("standard input twice\n\n`-` is standard input, which is read once.\n");
  writeFileSync(join(folder, "p.yaml"), smallPipeline.replace("size: 5", "size: 3"));
  expect(await refused("cnn", "small.png")).toBe(`not up to date

\`cnn\` has no result for the file as it is now (cnn: layers.0.conv.size was 5, is 3). Run it first:

hw1 run p.yaml --only cnn
`);
  // Another stage that has never run is no reason.
  writeFileSync(
    join(folder, "p.yaml"),
    smallPipeline.replace("size: 5", "size: 3").replace("stages:\n", "stages:\n  more: {kind: load, source: mnist}\n"),
  );
  expect(await refused("cnn", "small.png")).toContain("(cnn: layers.0.conv.size was 5, is 3). Run it first:");
  // A JPEG in colours becomes grey for a model of one channel.
  writeFileSync(join(folder, "p.yaml"), smallPipeline);
  writeFileSync(join(folder, "red.jpg"), jpegOf(28, 28, [200, 10, 10]));
  expect((await open.hw1("predict", "p.yaml", "cnn", "red.jpg")).code).toBe(0);
  expect(existsSync(join(folder, "cache"))).toBe(true);
});

const rows = Array.from({ length: 400 }, (_, at) => {
  const [x, colour] = [((at * 37) % 100) / 100, ["red", "green", "blue"][at % 3]!];
  return { x, colour, label: x + (colour === "red" ? 0.5 : 0) > 0.7 ? "yes" : "no", y: 3 * x + (at % 3) };
});
const csv = (names: readonly (keyof (typeof rows)[number])[], of: typeof rows): string =>
  [names.join(","), ...of.map((row) => names.map((name) => row[name]).join(","))].join("\n");
const tables = `
seed: 1
stages:
  data: {kind: load, source: csv, train: rows.csv, target: label, features: [x, colour], categories: [colour], classes: auto}
  ready: {kind: normalize, data: data.train}
  net:
    kind: train
    data: ready
    layers: [{dense: {units: 8, activation: relu}}, {dense: {units: 2}}]
    loss: cross_entropy
    optimizer: {adam: {learning_rate: 0.02}}
    epochs: 5
  score: {kind: evaluate, model: net, data: data.train, allow: [scored_on_training_data]}
  numbers: {kind: load, source: csv, train: rows.csv, target: y, features: [x]}
  line:
    kind: train
    data: numbers.train
    layers: [{dense: {units: 1}}]
    loss: mse
    optimizer: {adam: {learning_rate: 0.1}}
    epochs: 3
`;

test("rows of a table, in other columns' order and without the target, from a file or standard input", async () => {
  open = project();
  const { folder, cache } = open;
  open.write("p.yaml", tables);
  open.write("rows.csv", csv(["x", "colour", "label", "y"], rows));
  expect((await open.hw1("run", "p.yaml", "--quiet")).code).toBe(0);
  await open.hw1("show", "p.yaml", "score", "--save", "out");
  const [heads, ...known] = table(join(folder, "out", "predictions.csv"));
  open.write("new.csv", csv(["colour", "x"], rows));
  const asked = await open.hw1("predict", "p.yaml", "net", "new.csv", "--csv");
  expect([asked.code, asked.err]).toEqual([0, ""]);
  const [own, ...said] = cells(asked.out);
  const probabilities = heads!.length - 2;
  expect(own).toEqual(["input", "class", "probability no", "probability yes"]);
  expect(said.map((row) => row.slice(2))).toEqual(known.map((row) => row.slice(probabilities)));
  expect([said[0]![0], said[399]![0]]).toEqual(["new.csv:2", "new.csv:401"]);

  const piped = spawnSync(
    process.execPath,
    [join(import.meta.dirname, "../../bin/hw1.js"), "predict", "p.yaml", "net", "-", "--json"],
    {
      cwd: folder,
      env: { ...process.env, HW1_CACHE: cache, NO_COLOR: "1" },
      input: csv(["colour", "x"], rows.slice(0, 2)),
      encoding: "utf8",
    },
  );
  const { inputs } = JSON.parse(piped.stdout);
  expect(inputs.map(({ input }: { input: string }) => input)).toEqual(["-:2", "-:3"]);
  expect(Object.values(inputs[1].probabilities).map(String)).toEqual(said[1]!.slice(2));

  const line = await open.hw1("predict", "p.yaml", "line", "new.csv", "--json");
  expect(Object.keys(JSON.parse(line.out).inputs[0])).toEqual(["input", "values"]);
  expect(Object.keys(JSON.parse(line.out).inputs[0].values)).toEqual(["y"]);

  open.write("bad.csv", "colour,x\npink,0.5\n");
  expect(await open.hw1("predict", "p.yaml", "net", "bad.csv")).toMatchObject({
    code: 2,
    err: `an unknown category

\`bad.csv:2\`, column \`colour\`: \`pink\` is no category of the training rows.

Categories: blue, green, red

A model takes only what it has seen: correct the cell, or train with rows that have it.
`,
  });
  open.write("lacks.csv", "x,z\n0.5,1\n");
  expect((await open.hw1("predict", "p.yaml", "net", "lacks.csv")).err).toBe(`a missing column

\`lacks.csv\` lacks the column \`colour\`, from which the model learned.

Columns: x, z
The model's: x, colour
`);
  writeFileSync(
    join(folder, "a.png"),
    greyPng(4, 4, () => 7),
  );
  expect((await open.hw1("predict", "p.yaml", "net", "a.png")).err).toBe(`not a table

\`a.png\` is a picture, and the model learned from a table. Name CSV files with its columns: x, colour.
`);
});

test("few rows, and a network of one output, have the bits of `evaluate`, too", async () => {
  open = project();
  const { folder } = open;
  const names = Array.from({ length: 30 }, (_, column) => `x${column}`);
  const examples = Array.from({ length: 262 }, (_, row) => {
    const features = names.map((_, column) => Math.sin(1 + row * 31 + column * column).toFixed(4));
    return { features, label: "abcdefghij"[row % 10]!, y: Math.sin(row).toFixed(4) };
  });
  const written = (some: typeof examples): string =>
    [
      [...names, "label", "y"].join(","),
      ...some.map(({ features, label, y }) => [...features, label, y].join(",")),
    ].join("\n");
  open.write("rows.csv", written(examples.slice(0, -7)));
  open.write("few.csv", written(examples.slice(-7)));
  open.write(
    "p.yaml",
    `stages:
  words: {kind: load, source: csv, train: rows.csv, test: few.csv, target: label, leave_out: [y], classes: auto}
  net:
    kind: train
    data: words.train
    layers: [{dense: {units: 300, activation: relu}}, {dense: {units: 10}}]
    loss: cross_entropy
    optimizer: adam
    epochs: 2
  few: {kind: evaluate, model: net, data: words.test}
  numbers: {kind: load, source: csv, train: rows.csv, target: y, leave_out: [label]}
  line: {kind: train, data: numbers.train, layers: [{dense: {units: 64, activation: relu}}, {dense: {units: 1}}], loss: mse, optimizer: adam, epochs: 2}
  all: {kind: evaluate, model: line, data: numbers.train, allow: [scored_on_training_data]}
`,
  );
  expect(await open.hw1("run", "p.yaml", "--quiet")).toMatchObject({ code: 0 });
  for (const [model, judged, file, count] of [
    ["net", "few", "few.csv", 7],
    ["line", "all", "rows.csv", 255],
  ] as const) {
    await open.hw1("show", "p.yaml", judged, "--save", `out/${judged}`);
    const [, ...known] = table(join(folder, "out", judged, "predictions.csv"));
    const [, ...said] = cells((await open.hw1("predict", "p.yaml", model, file, "--csv")).out);
    expect(said).toHaveLength(count);
    expect(said.map(([, ...own]) => own)).toEqual(known.map((row) => row.slice(names.length + 1)));
  }
});

test("words for no value are those of the training data, in a table of numbers, too", async () => {
  open = project(`stages:
  table: {kind: load, source: csv, train: own.csv, target: y, missing: [-999, ""], on_missing: keep, allow: missing_values}
  filled: {kind: impute, data: table.train, method: mean}
  net: {kind: train, data: filled, layers: [{dense: {units: 1}}], loss: mse, optimizer: adam, epochs: 1}
`);
  const rows = Array.from({ length: 40 }, (_, row) => `${row % 8 === 0 ? -999 : row},${row % 5},${2 * row}\n`);
  open.write("own.csv", `a,b,y\n${rows.join("")}`);
  open.write("new.csv", "a,b\n-999,1\n,1\n");
  expect(await open.hw1("run", "p.yaml", "--quiet")).toMatchObject({ code: 0 });
  const [, coded, empty] = cells((await open.hw1("predict", "p.yaml", "net", "new.csv", "--csv")).out);
  expect(coded![1]).toBe(empty![1]);
});
test("an ensemble whose members learned from the columns in another order says what `evaluate` keeps", async () => {
  open = project();
  const { folder } = open;
  const three = Array.from({ length: 60 }, (_, at) => [Math.sin(at), 10 * Math.cos(at), 2 * Math.sin(at) - at / 9]);
  open.write("rows.csv", ["x,z,y", ...three.map((row) => row.map((value) => value.toFixed(3)).join(","))].join("\n"));
  const net = (data: string): string =>
    `{kind: train, data: ${data}.train, layers: [{dense: {units: 1}}], loss: mse, optimizer: {adam: {learning_rate: 0.1}}, epochs: 3}`;
  open.write(
    "p.yaml",
    `stages:
  one: {kind: load, source: csv, train: rows.csv, target: y, features: [x, z]}
  two: {kind: load, source: csv, train: rows.csv, target: y, features: [z, x]}
  a: ${net("one")}
  b: ${net("two")}
  pair: {kind: ensemble, models: [a, b]}
  score: {kind: evaluate, model: pair, data: one.train, allow: [scored_on_training_data]}
`,
  );
  expect(await open.hw1("run", "p.yaml", "--quiet")).toMatchObject({ code: 0 });
  await open.hw1("show", "p.yaml", "score", "--save", "out");
  const [, ...known] = table(join(folder, "out", "predictions.csv"));
  const [, ...said] = cells((await open.hw1("predict", "p.yaml", "pair", "rows.csv", "--csv")).out);
  expect(said).toHaveLength(60);
  expect(said.map(([, value]) => value)).toEqual(known.map((row) => row.at(-1)));
});

test("digits that 32 bits cannot hold count in an input as they did in training", async () => {
  open = project();
  const { folder } = open;
  const precise = Array.from({ length: 300 }, (_, at) => {
    // The last two are one number in 32 bits, so that all are kept in 64; of the others alone nothing would tell.
    const x = at < 298 ? Math.sin(at) : 0.3 + at * 1e-12;
    return { x, z: at / 7, label: x > 0.1 ? "high" : "low" };
  });
  open.write("rows.csv", ["x,z,label", ...precise.map(({ x, z, label }) => `${x},${z},${label}`)].join("\n"));
  open.write(
    "p.yaml",
    `stages:
  data: {kind: load, source: csv, train: rows.csv, target: label, classes: auto}
  ready: {kind: normalize, data: data.train}
  net: {kind: train, data: ready, layers: [{dense: {units: 2}}], loss: cross_entropy, optimizer: adam, epochs: 3}
  score: {kind: evaluate, model: net, data: data.train, allow: [scored_on_training_data]}
`,
  );
  expect(await open.hw1("run", "p.yaml", "--quiet")).toMatchObject({ code: 0 });
  await open.hw1("show", "p.yaml", "score", "--save", "out");
  const [, ...known] = table(join(folder, "out", "predictions.csv"));
  for (const few of [250, 1]) {
    open.write("new.csv", ["x,z", ...precise.slice(0, few).map(({ x, z }) => `${x},${z}`)].join("\n"));
    const [, ...said] = cells((await open.hw1("predict", "p.yaml", "net", "new.csv", "--csv")).out);
    expect(said.map((row) => row.slice(2))).toEqual(known.slice(0, few).map((row) => row.slice(-2)));
  }
});
