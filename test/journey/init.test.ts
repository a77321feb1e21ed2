/** Data of one's own, through the real command: a table or a folder of pictures in, a pipeline out that runs at once. */
import { existsSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PNG } from "pngjs";
import { afterEach, expect, test } from "vitest";
import { greyPng } from "../rig/picture-files.js";
import { type Project, project, verdicts } from "../rig/project.js";

let open: Project | undefined;
afterEach(() => open?.remove());

const lines = (count: number, line: (row: number) => string): string =>
  Array.from({ length: count }, (_, row) => `${line(row)}\n`).join("");
const noise = (row: number): number => {
  const value = Math.sin(row * 12.9898) * 43758.5453;
  return value - Math.floor(value);
};
/** Two classes that `a` tells apart, a column of words, and one that counts the rows. */
const flowers = `id;a;b;colour;kind\n${lines(90, (row) => {
  const isRose = row % 3 === 0;
  return `${row + 1};${isRose ? 2 + noise(row) : noise(row)};${noise(row + 500)};${["red", "blue", "1e3"][row % 3]};${isRose ? "yes" : "no"}`;
})}`;

/** A grey picture, or one in colours: a bright bar, upright or lying. */
function bar(isUpright: boolean, seed: number, isColoured = false, side = 12): Buffer {
  const png = new PNG({ width: side, height: side, colorType: isColoured ? 2 : 0 });
  const at = 2 + (seed % (side - 4));
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) {
      const value = (isUpright ? x : y) === at ? 230 : Math.floor(60 * noise(seed * 997 + y * side + x));
      png.data.set([value, value, isColoured ? 255 - value : value, 255], 4 * (y * side + x));
    }
  return PNG.sync.write(png, { colorType: isColoured ? 2 : 0 });
}
function bars(folder: string, count: number, isColoured = false): void {
  for (const name of ["lying", "upright"]) {
    mkdirSync(join(folder, name), { recursive: true });
    for (let index = 0; index < count; index++)
      writeFileSync(
        join(folder, name, `${index}.png`),
        bar(name === "upright", index + (name === "lying" ? 100 : 0), isColoured),
      );
  }
}

test("a table with words: what is guessed is told, the pipeline is right, runs, and has learned", async () => {
  open = project();
  mkdirSync(join(open.folder, "data"));
  open.write("data/flowers.csv", flowers);
  const told = await open.hw1("init", "--data", "data/flowers.csv", "--target", "kind");
  expect([told.code, told.err]).toEqual([0, ""]);
  expect(
    told.out,
  ).toBe(`data/flowers.csv: 90 rows of 5 columns, semicolons between them; the first row names the columns
  \`kind\` is one of 2 classes, with so many rows: no 60, yes 30
  2 columns of numbers: \`a\`, \`b\`
  \`colour\` is a category: 3 words, an input for each
  \`id\` is left out: it only counts the rows
flowers.yaml is written. Next:
  hw1 run flowers.yaml
  hw1 show flowers.yaml cross_score
  hw1 show flowers.yaml score
  hw1 predict flowers.yaml model NEW.csv
`);
  expect(await open.hw1("check", "flowers.yaml")).toMatchObject({
    code: 0,
    out: "flowers.yaml is right: 15 stages.\n",
    err: "",
  });
  const run = await open.hw1("run", "flowers.yaml", "--json");
  expect(run.code).toBe(0);
  expect(Object.values(verdicts(run))).not.toContain("failed");
  for (const score of ["cross_score", "score"]) {
    const shown = JSON.parse((await open.hw1("show", "flowers.yaml", score, "--json")).out);
    const { accuracy } = shown.metrics;
    expect(accuracy.mean ?? accuracy).toBeGreaterThan(0.95);
  }
  expect(existsSync(join(open.cache, "figures", "flowers", "figure_confusion.svg"))).toBe(true);
  // What comes next: rows without a target, and the stage that is there to be wished for.
  open.write("NEW.csv", "a;b;colour;id\n2.5;0.5;red;1\n0.5;0.5;blue;2\n");
  const predicted = await open.hw1("predict", "flowers.yaml", "model", "NEW.csv", "--json");
  const { inputs } = JSON.parse(predicted.out) as { inputs: readonly { class: string }[] };
  expect(inputs.map((input) => input.class)).toEqual(["yes", "no"]);
  const text = readFileSync(join(open.folder, "flowers.yaml"), "utf8");
  open.write("flowers.yaml", text.replace("  # file: {", "  file: {"));
  expect((await open.hw1("run", "flowers.yaml", "--quiet")).err).toBe("");
  expect((await open.hw1("show", "flowers.yaml", "file")).out).toMatch(/^file {2}export\n/);
});

test("a table with gaps: these are filled inside the folds, and no warning is left", async () => {
  open = project();
  const gap = (row: number): string => (row % 7 === 3 ? "NA" : String(noise(row + 700)));
  open.write(
    "gaps.csv",
    `a,b,kind\n${lines(90, (row) => `${noise(row) + (row % 2)},${gap(row)},${row % 2 ? "x" : "y"}`)}`,
  );
  const told = await open.hw1("init", "--data", "gaps.csv", "--target", "kind");
  expect([told.code, told.err]).toEqual([0, ""]);
  expect(told.out).toContain("  1 column of numbers or dates with missing values: `b`\n");
  expect(await open.hw1("check", "gaps.yaml")).toMatchObject({ code: 0, err: "" });
  const run = await open.hw1("run", "gaps.yaml", "--quiet", "--profile", "quick");
  expect([run.code, run.err]).toEqual([0, ""]);
});

test("numbers to predict: the pipeline is right, runs, and has learned", async () => {
  open = project();
  open.write(
    "line.csv",
    `x,y\n${lines(120, (row) => `${10 * noise(row)},${1000 + 300 * noise(row) + noise(row + 999)}`)}`,
  );
  expect(await open.hw1("init", "--data", "line.csv", "--target", "y")).toMatchObject({ code: 0, err: "" });
  expect((await open.hw1("run", "line.yaml", "--quiet")).err).toBe("");
  const { metrics } = JSON.parse((await open.hw1("show", "line.yaml", "score", "--json")).out);
  expect(metrics.r2.mean ?? metrics.r2).toBeGreaterThan(0.97);
});

test("a folder of pictures, with a folder for each class: the pipeline is right, runs, and has learned", async () => {
  open = project();
  bars(join(open.folder, "bars"), 40);
  const told = await open.hw1("init", "--data", "bars/", "--output", "study/own.yaml");
  expect([told.code, told.err]).toEqual([0, ""]);
  expect(told.out).toBe(`bars/: 80 pictures
  2 classes, a folder each, with so many pictures: lying 40, upright 40
  there is no folder \`test\` beside a folder \`train\`, so a fifth of the pictures is held out as a test set
  all have 12 × 12 pixels (height × width)
  they are grey
study/own.yaml is written. Next:
  hw1 run study/own.yaml
  hw1 show study/own.yaml valid_score
  hw1 show study/own.yaml score
  hw1 predict study/own.yaml model NEW.png
`);
  const text = readFileSync(join(open.folder, "study/own.yaml"), "utf8");
  expect(text).toContain('\n    train: "../bars"\n');
  expect(text).toContain("\nname: bars\n");
  expect(await open.hw1("check", "study/own.yaml")).toMatchObject({ code: 0, err: "" });
  expect((await open.hw1("run", "study/own.yaml", "--quiet")).err).toBe("");
  const { metrics } = JSON.parse((await open.hw1("show", "study/own.yaml", "score", "--json")).out);
  expect(metrics.accuracy.mean ?? metrics.accuracy).toBeGreaterThan(0.9);
});

test("pictures in `train` and `test`, of several sizes, grey and in colours, and a file that is none", async () => {
  open = project();
  const { folder } = open;
  bars(join(folder, "own/train"), 20);
  bars(join(folder, "own/test"), 5, true);
  mkdirSync(join(folder, "own/val"));
  writeFileSync(join(folder, "own/train/lying/large.png"), bar(false, 3, false, 100));
  writeFileSync(join(folder, "own/train/lying/notes.txt"), "no picture");
  const told = await open.hw1("init", "--data", "own", "--name", "mixed");
  expect([told.code, told.err]).toEqual([0, ""]);
  expect(told.out).toContain(`  the test set is a folder of its own: 10 pictures
  they have 12 to 100 × 12 to 100 pixels (height × width); all are brought to 12 × 12
  some are grey and some in colours: all are made grey
  1 of 52 files cannot be read and will be left out: \`own/train/lying/notes.txt\` is neither a PNG nor a JPEG
  the folder \`val\` beside \`train\` is not read
`);
  expect((await open.hw1("check", "mixed.yaml")).code).toBe(0);
  expect((await open.hw1("run", "mixed.yaml", "--quiet", "--profile", "quick", "--only", "score")).code).toBe(0);
});

test("a folder `train` with pictures in it is a class; few pictures are learned in small batches, of which none is too large", async () => {
  open = project();
  const { folder } = open;
  bars(join(folder, "rides"), 6);
  renameSync(join(folder, "rides/lying"), join(folder, "rides/train"));
  mkdirSync(join(folder, "rides/__MACOSX"));
  writeFileSync(
    join(folder, "rides/train/tall.png"),
    greyPng(20, 12, () => 9),
  );
  const told = await open.hw1("init", "--data", "rides");
  expect([told.code, told.err]).toEqual([0, ""]);
  expect(told.out).toContain("2 classes, a folder each, with so many pictures: train 7, upright 6\n");
  expect(told.out).toContain("  they have 12 to 20 × 12 pixels (height × width); all are brought to 12 × 12\n");
  expect(readFileSync(join(folder, "rides.yaml"), "utf8")).toContain("    batch_size: 4\n");
  expect((await open.hw1("run", "rides.yaml", "--quiet", "--profile", "quick", "--only", "score")).code).toBe(0);
});

test("a folder may be named from the root, and a link that leads to itself is a file that cannot be read", async () => {
  open = project();
  const { folder } = open;
  bars(join(folder, "own"), 6);
  symlinkSync("loop", join(folder, "own/loop"));
  symlinkSync("loop", join(folder, "own/lying/loop"));
  const told = await open.hw1("init", "--data", join(folder, "own"), "--output", "sub/own.yaml");
  expect([told.code, told.err]).toEqual([0, ""]);
  expect(told.out).toContain("/own/lying/loop` cannot be opened by this user\n");
  expect(readFileSync(join(folder, "sub/own.yaml"), "utf8")).toContain('    train: "../own"\n');
  expect((await open.hw1("check", "sub/own.yaml")).code).toBe(0);
  expect(await open.hw1("init", "--data", "own/loop")).toMatchObject({
    ...{ code: 2, out: "" },
    err: "cannot be read\n\n`own/loop` cannot be read (ELOOP).\n",
  });
});

test("nothing is written over: not a file that is there, nor the data", async () => {
  open = project();
  open.write("flowers.csv", flowers);
  open.write("flowers.yaml", "mine");
  const args = ["init", "--data", "flowers.csv", "--target", "kind"];
  expect(await open.hw1(...args)).toMatchObject({
    ...{ code: 2, out: "" },
    err: "the file is there\n\n`flowers.yaml` is there already and stays as it is. Name another file with --output, or write over it with --force.\n",
  });
  expect(readFileSync(join(open.folder, "flowers.yaml"), "utf8")).toBe("mine");
  expect(await open.hw1(...args, "--output", "flowers.csv", "--force")).toMatchObject({
    ...{ code: 2, out: "" },
    err: "the data as output\n\n`flowers.csv` is the data. Name another file with --output.\n",
  });
  expect(readFileSync(join(open.folder, "flowers.csv"), "utf8")).toBe(flowers);
  expect(await open.hw1(...args, "--output", ".")).toMatchObject({
    ...{ code: 2, out: "" },
    err: "a folder, not a file\n\n`.` is a folder. Name the file to write, such as `--output ./study.yaml`.\n",
  });
  expect((await open.hw1(...args, "--force")).code).toBe(0);
  expect(readFileSync(join(open.folder, "flowers.yaml"), "utf8")).toContain("kind: load");
});

test("`--output -` prints the pipeline alone; what was guessed goes to stderr", async () => {
  open = project();
  open.write("flowers.csv", flowers);
  const told = await open.hw1("init", "--data", "flowers.csv", "--target", "kind", "--output", "-");
  expect(told.code).toBe(0);
  expect(told.err).toContain("`id` is left out: it only counts the rows\nSave it, then:\n  hw1 run flowers.yaml\n");
  open.write("printed.yaml", told.out);
  expect(existsSync(join(open.folder, "flowers.yaml"))).toBe(false);
  expect(await open.hw1("check", "printed.yaml")).toMatchObject({ code: 0, err: "" });
});

test("what is no data, or leaves something open, is told, and nothing is written", async () => {
  open = project();
  const { folder } = open;
  open.write("flowers.csv", flowers);
  mkdirSync(join(folder, "empty"));
  mkdirSync(join(folder, "hollow/a"), { recursive: true });
  mkdirSync(join(folder, "text/a"), { recursive: true });
  mkdirSync(join(folder, "text/b"), { recursive: true });
  for (const name of ["a", "b"]) writeFileSync(join(folder, "text", name, "1.txt"), "text");
  bars(join(folder, "bars"), 2);
  const said = async (...args: string[]): Promise<string> => {
    const { code, out, err } = await open!.hw1("init", "--data", ...args);
    expect([code, out]).toEqual([2, ""]);
    return err;
  };
  expect(await said("flower.csv", "--target", "kind")).toBe(
    "no such file\n\nThere is no file or folder `flower.csv`. Did you mean `flowers.csv`?\n",
  );
  expect(await said("", "--target", "kind")).toBe(
    "no data named\n\n--data is empty. Name a CSV file, or a folder of pictures.\n",
  );
  expect(await said("flowers.csv", "--target", "kin")).toBe(
    "no such column\n\n`flowers.csv` has no column `kin`. Did you mean `kind`?\n\nColumns: id, a, b, colour, kind\n",
  );
  expect(await said("flowers.csv")).toContain("Most likely it is `kind`: hw1 init --data flowers.csv --target kind\n");
  expect(await said("flowers.csv", "--target", "kind", "--name", "a b")).toBe(
    "wrong name\n\n--name is `a b`. A pipeline's name is a word of letters, digits, `-`, `_` and `.`, up to 100 of them.\n",
  );
  expect(await said("bars", "--target", "kind")).toBe(
    "a target of pictures\n\n`bars` is a folder, so the class of a picture is the folder that it lies in. Leave out --target.\n",
  );
  expect(await said("empty")).toBe(
    "no class folder\n\n`empty` holds no folder. It needs one for each class, with the pictures of that class: `empty/cat/1.png`.\n",
  );
  expect(await said("hollow")).toBe(
    "an empty class folder\n\n`hollow/a` holds no picture. Put pictures of that class there, or remove the folder.\n",
  );
  expect(await said("text")).toBe(
    "no pictures\n\nNone of the 2 files that were looked at in `text` is a picture: `text/a/1.txt` is neither a PNG nor a JPEG.\n",
  );
  bars(join(folder, "deep/all"), 2);
  expect(await said("deep")).toBe(
    "a folder in a class folder\n\n`deep/all/lying` is a folder, and `deep/all` is read as a class. Put its pictures into " +
      "`deep/all` itself; if the folders in it are the classes, write `--data deep/all`, or call the folders of the " +
      "training and of the test pictures `train` and `test`.\n",
  );
  bars(join(folder, "few"), 1);
  expect(await said("few")).toBe(
    "too few pictures\n\n`few` holds 2 pictures. Some are to learn from and some to be judged by: put at least 4 there, " +
      "better some dozens of each class.\n",
  );
  expect(existsSync(join(folder, "flowers.yaml"))).toBe(false);
});
