import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { filesBelow, writeStoreBeforePacks } from "../rig/before-packs.js";
import { digests, loadedModules, type Project, project, smallPipeline, verdicts } from "../rig/project.js";
import { corruptBlobs } from "../rig/stored.js";

let open: Project | undefined;
afterEach(() => open?.remove());

test("help names every command and every exit code", async () => {
  open = project();
  const told = await open.hw1("--help");
  expect(told.code).toBe(0);
  for (const word of ["run", "plan", "check", "explain", "dag", "show", "runs", "schema", "doctor", "130"])
    expect(told.out).toContain(word);
});

test("an unknown flag is refused with a near one, and exit code 2", async () => {
  open = project();
  const told = await open.hw1("run", "p.yaml", "--plian");
  expect(told.code).toBe(2);
  expect(told.err).toBe(
    "error: unknown option '--plian'\n(Did you mean --plain?)\n(`hw1 --help` shows every command)\n",
  );
});

test("an unknown engine is refused with the engines there are", async () => {
  open = project();
  const told = await open.hw1("run", "p.yaml", "--engine", "tensorflw");
  expect(told.code).toBe(2);
  expect(told.err).toBe(
    "error: option '--engine <engine>' argument 'tensorflw' is invalid. Allowed choices are onnx, tensorflow.\n(`hw1 --help` shows every command)\n",
  );
});

test("a cache folder that cannot be one stops before any work with exit code 4", async () => {
  open = project();
  const file = open.write("occupied", "a file");
  const told = await open.hw1("run", "p.yaml", "--cache", join(file, "cache"));
  expect(told.code).toBe(4);
  expect(told.err).toBe(
    `the cache folder ${join(file, "cache")} cannot be used: a file stands where a folder belongs (ENOTDIR at ${join(file, "cache")})\nMove that file away, or name another folder with --cache DIR or HW1_CACHE.\n`,
  );
  expect(told.out).not.toContain("cnn");
});

test("a cache from before packs counts as empty for those who look, and run sets it aside with one line", async () => {
  open = project();
  const files = writeStoreBeforePacks(open.cache);
  const line = "warning: the cache was written by an hw1 from before packs, which this one does not read; ";
  const empty = `${line}it counts as empty, and the next run sets it aside\n`;
  expect(await open.hw1("check", "p.yaml")).toMatchObject({ code: 0, err: "" });
  const planned = await open.hw1("plan", "p.yaml", "--json");
  expect([planned.code, planned.err]).toEqual([10, empty]);
  expect(planned.out).toContain('"reason":"never run"');
  for (const [code, ...args] of [
    [1, "show", "p.yaml", "score"],
    [0, "explain", "p.yaml", "score"],
    [0, "runs"],
  ] as const) {
    const told = await open.hw1(...args);
    expect([told.code, told.err.includes(empty)], args[0]).toEqual([code, true]);
  }
  const seen = JSON.parse((await open.hw1("doctor", "--json")).out);
  expect(seen.checks.cache).toMatchObject({ status: "ok", isBeforePacks: true });
  expect(seen.checks.cache.found).toContain(
    ", from before packs: it counts as empty, and the next run sets it aside; ",
  );
  expect(filesBelow(open.cache)).toEqual(files);

  const ran = await open.hw1("run", "p.yaml", "--json");
  const aside = join(open.cache, "before-packs");
  expect([ran.code, ran.err]).toEqual([
    0,
    `${line}it is set aside whole in ${aside} (delete that folder to free its space)\n`,
  ]);
  expect(new Set(Object.values(verdicts(ran)))).toEqual(new Set(["run"]));
  expect(Object.keys(filesBelow(aside))).toEqual(Object.keys(files).filter((name) => !name.endsWith("-wal")));
  const again = await open.hw1("run", "p.yaml", "--json");
  expect([again.code, again.err]).toEqual([0, ""]);
  expect(new Set(Object.values(verdicts(again)))).toEqual(new Set(["reuse"]));
}, 60_000);

test("a corrupted blob is found on read, set aside and recomputed, and the run is right", async () => {
  open = project();
  const first = await open.hw1("run", "p.yaml", "--json");
  expect(first.code).toBe(0);
  expect(corruptBlobs(open.cache, (bytes) => bytes.length >= 5000)).toBeGreaterThan(1);
  const again = await open.hw1("run", "p.yaml", "--json", "--force", "score");
  expect(again.code).toBe(0);
  expect(again.err).toMatch(
    /^(warning: (score|cnn): A stored blob \(sha256:[0-9a-f]{12}…\) does not match its digest\. It was set aside, and what it held is computed again\.\n)+$/,
  );
  expect(again.out).toContain('"reason":"its stored result was damaged"');
  expect(readdirSync(join(open.cache, "quarantine")).length).toBeGreaterThan(0);
  expect(verdicts(again).score).toBe("run");
});

test("several steps that meet the same damaged blobs mend them once, and figures and show have what a run without damage has", async () => {
  const net = (name: string, units: number): string => `
  ${name}: {kind: train, data: parts.train, layers: [flatten, {dense: {units: ${units}}}, {dense: {units: 10}}], loss: cross_entropy, optimizer: adam, epochs: "\${params.epochs}"}
  ${name}_score: {kind: evaluate, model: ${name}, data: digits.test}
  ${name}_curves: {kind: visualize, figure: learning_curves, from: ${name}}
`;
  const text = `${smallPipeline.slice(0, smallPipeline.indexOf("  cnn:"))}${net("one", 8)}${net("two", 9)}`.replace(
    "epochs: 2",
    "epochs: 1",
  );
  open = project(text);
  expect((await open.hw1("run", "p.yaml", "--quiet")).code).toBe(0);
  expect(corruptBlobs(open.cache, (bytes) => bytes.length >= 400)).toBeGreaterThan(3);
  const told = await open.hw1("run", "p.yaml", "--json", "--jobs", "4", "--set", "epochs=2");
  expect(told.err.split("\n").filter((line) => line !== "" && !/^warning: \w+: A stored blob/.test(line))).toEqual([]);
  expect(told.code).toBe(0);
  const clean = project(text);
  try {
    const undisturbed = await clean.hw1("run", "p.yaml", "--json", "--set", "epochs=2");
    expect(digests(told)).toEqual(digests(undisturbed));
    const shown = async (each: Project): Promise<string> => {
      const { code, out } = await each.hw1("show", "p.yaml", "--json", "--set", "epochs=2");
      return `${code} ${out.replaceAll(each.cache, "").replaceAll(/"(finishedAt|elapsedMs)":("[^"]*"|[\d.]+)/g, "")}`;
    };
    expect((await shown(open)) === (await shown(clean))).toBe(true);
    for (const figure of ["one_curves", "two_curves"]) {
      const drawn = (each: Project): Buffer => readFileSync(join(each.cache, "figures", "small", `${figure}.png`));
      expect(drawn(open).equals(drawn(clean))).toBe(true);
    }
  } finally {
    clean.remove();
  }
  expect((await open.hw1("run", "p.yaml", "--json", "--set", "epochs=2")).err).toBe("");
});

test("check prints every mistake of a file at once, to stderr, and exits with 2", async () => {
  open = project("stages:\n  digits: {kind: laod}\n  cnn: {kind: train, data: nowhere}\n");
  const told = await open.hw1("check", "p.yaml");
  expect(told.code).toBe(2);
  expect(told.out).toBe("");
  expect(told.err).toContain("p.yaml:2:18  unknown kind");
  expect(told.err).toContain("Did you mean `load`?");
  expect(told.err).toContain("p.yaml:3:28");
});

test("labels outside the classes, and a truncated IDX file, fail their step with the file's name", async () => {
  open = project();
  const labels = readFileSync(join(open.folder, "train-labels"));
  labels[8 + 17] = 12;
  open.write("train-labels", labels);
  const outside = await open.hw1("run", "p.yaml");
  expect(outside.code).toBe(1);
  expect(outside.out + outside.err).toContain("12");
  open.write("train-images", readFileSync(join(open.folder, "train-images")).subarray(0, 5000));
  const truncated = await open.hw1("check", "p.yaml");
  expect(truncated.code).toBe(2);
  expect(truncated.err).toContain("train-images");
});

test("a loss that is no longer a number stops the step and says where and what to try", async () => {
  open = project();
  open.write(
    "p.yaml",
    readFileSync(join(open.folder, "p.yaml"), "utf8").replace(
      "adam: {learning_rate: 0.01}",
      "sgd: {learning_rate: 1e30}",
    ),
  );
  const told = await open.hw1("run", "p.yaml");
  expect(told.code).toBe(1);
  expect(told.err).toBe(`p.yaml:23:38  the loss is no longer a number

  23 │     optimizer: {sgd: {learning_rate: 1e30}}
     │                                      ^^^^

  21 │       - dense: {units: 10}
     │         ^^^^^^^^^^^^^^^^^^ the output of \`dense_1\` is infinite

In epoch 1, step 2, the output of \`dense_1\` is infinite, and the loss became NaN (last losses: ${/last losses: (\d\.\d+)/.exec(told.err)?.[1]}, NaN).
The learning rate was 1e+30: try a tenth of it. If that does not help, look at the data: very large or missing values do the same.

What is finished is kept. Once the mistake is corrected, go on with: hw1 run p.yaml
`);
});

test("a network or a batch that does not fit into memory fails its step at once, with its size and the place", async () => {
  open = project(smallPipeline.replace("dense: {units: 10}", "dense: {units: 2000000000}\n      - dense: {units: 10}"));
  const wide = await open.hw1("run", "p.yaml");
  expect(wide.code).toBe(1);
  expect(wide.err).toMatch(
    /too large for this machine\n[\s\S]*dense: \{units: 2000000000\}[\s\S]*Training [\d,]+ parameters takes at least [\d,.]+ GiB of memory, and [\d.]+ GiB are free\.\nUse fewer units or kernels\./,
  );
});

test("it works from another folder, and show, dag and runs tell what was left", async () => {
  open = project();
  expect((await open.hw1("run", "p.yaml", "--quiet")).code).toBe(0);
  mkdirSync(join(open.folder, "sub"));
  const shown = await open.hw1("show", "p.yaml", "score", "--json");
  expect(shown.code).toBe(0);
  const score = JSON.parse(shown.out) as { stage: string; metrics: { accuracy: number; count: number } };
  expect(score.metrics.count).toBe(200);
  expect(score.metrics.accuracy).toBeGreaterThan(0.5);
  expect((await open.hw1("dag", "p.yaml", "--mermaid")).out).toContain("cnn");
  expect((await open.hw1("runs")).out).toContain("small");
  expect((await open.hw1("show", "p.yaml", "digits")).out).toContain("28");
});

test("an `expect` that does not hold ends with exit code 3, its result kept", async () => {
  open = project(
    smallPipeline.replace("data: digits.test}", "data: digits.test, expect: {accuracy: '>= 0.999', count: '== 200'}}"),
  );
  const told = await open.hw1("run", "p.yaml");
  expect(told.code).toBe(3);
  expect(told.err).toMatch(/^An expectation does not hold: score: accuracy is 0\.\d+, expected >= 0\.999\.\n$/);
  expect((await open.hw1("plan", "p.yaml")).code).toBe(0);
});

test("--set of a name that does not exist, and a profile that does not, are refused with what there is", async () => {
  open = project();
  const set = await open.hw1("run", "p.yaml", "--set", "epoch=3");
  expect(set.code).toBe(2);
  expect(set.err).toContain("Did you mean `epochs`?");
  const profile = await open.hw1("check", "p.yaml", "--profile", "quik");
  expect(profile.code).toBe(2);
});

test("--only of a stage that does not exist is refused with a near name", async () => {
  open = project();
  const told = await open.hw1("run", "p.yaml", "--only", "scor");
  expect(told.code).toBe(2);
  expect(told.err).toBe(
    "no such stage\n\n--only names `scor`, but there is no such stage. Did you mean `score`?\n\nStages: digits, parts, cnn, score\n",
  );
});

test("without a terminal a run is told line by line; --quiet says nothing when all is well", async () => {
  open = project();
  const plain = await open.hw1("run", "p.yaml");
  expect(plain.out).toMatch(
    /^small: 4 steps, 0 to reuse, 1 to run, 3 to be judged later; \d+ jobs?, engine onnx\ndigits runs: never run\n/,
  );
  expect(plain.out).toMatch(
    /cnn epoch 2 of 2: loss [\d.]+, accuracy [\d.]+ %; validation loss [\d.]+, accuracy [\d.]+ %\n/,
  );
  expect(plain.out).not.toContain("\u001b");
  const quiet = await open.hw1("run", "p.yaml", "--quiet");
  expect([quiet.code, quiet.out, quiet.err]).toEqual([0, "", ""]);
});

test("a fan-out runs per fold; show gives mean, sd and standard error, and the summed confusion matrix", async () => {
  const folded = smallPipeline
    .replace(
      "  cnn:\n    kind: train\n    data: parts.train\n    validation: parts.validation\n",
      "  folds: {kind: fold, data: parts.train, k: 3, stratify: true}\n  cnn:\n    kind: train\n    each: folds\n    data: folds.train\n    validation: folds.validation\n",
    )
    .replace(
      "score: {kind: evaluate, model: cnn, data: digits.test}",
      "score: {kind: evaluate, each: folds, model: cnn, data: folds.validation}\n  confusion: {kind: visualize, each: folds, figure: confusion_matrix, from: score}",
    );
  open = project(folded);
  const told = await open.hw1("run", "p.yaml", "--json");
  expect(told.err).toBe("");
  expect(Object.keys(verdicts(told)).sort()).toEqual([
    "cnn/1",
    "cnn/2",
    "cnn/3",
    "confusion/1",
    "confusion/2",
    "confusion/3",
    "digits",
    "folds",
    "parts",
    "score/1",
    "score/2",
    "score/3",
  ]);
  const shown = JSON.parse((await open.hw1("show", "p.yaml", "score", "--json")).out) as {
    metrics: { accuracy: { mean: number; sd: number; se: number }; confusion: number[][] };
    elements: { element: string; metrics: { accuracy: number } }[];
  };
  const values = shown.elements.map((element) => element.metrics.accuracy);
  expect(values).toHaveLength(3);
  expect(shown.metrics.accuracy.mean).toBeCloseTo(values.reduce((sum, value) => sum + value, 0) / 3, 12);
  expect(shown.metrics.accuracy.se).toBeCloseTo(shown.metrics.accuracy.sd / Math.sqrt(3), 12);
  expect(shown.metrics.confusion.flat().reduce((sum, value) => sum + value, 0)).toBe(500);
  expect((await open.hw1("run", "p.yaml")).out).toMatch(
    /\nscore over 3 folds: accuracy [\d.]+ % ± [\d.]+ % \([\d.]+ %\), loss [\d.]+ ± [\d.]+ \([\d.]+\)\n/,
  );
  expect(readdirSync(join(open.cache, "figures", "small")).sort()).toEqual([
    "confusion.1.png",
    "confusion.1.svg",
    "confusion.2.png",
    "confusion.2.svg",
    "confusion.3.png",
    "confusion.3.svg",
  ]);
});

test("neither check nor plan loads Ink, TF.js or Vega, and 200 stages are no trouble", async () => {
  const stages = Array.from(
    { length: 199 },
    (_, index) => `  s${index}: {kind: shuffle, data: ${index === 0 ? "digits.train" : `s${index - 1}`}}`,
  );
  open = project(`${smallPipeline.slice(0, smallPipeline.indexOf("  parts:"))}${stages.join("\n")}\n`);
  for (const verb of ["check", "plan"]) {
    const told = await open.hw1(verb, "p.yaml");
    expect(told.err).toBe("");
    expect(told.code).toBe(verb === "check" ? 0 : 10);
  }
  open.write("small.yaml", smallPipeline);
  for (const command of [
    ["plan", "p.yaml"],
    ["check", "small.yaml", "--verbose"],
  ]) {
    const loaded = await loadedModules(open, command);
    expect(loaded.some((name) => /node_modules\/zod\//.test(name))).toBe(true);
    expect(
      loaded.filter((name) =>
        /node_modules\/(ink|react|@tensorflow|vega|vega-lite|onnxruntime-node|@resvg)\//.test(name),
      ),
    ).toEqual([]);
  }
});

test("a damaged figure is drawn again though everything else is reused, and show sets damage aside", async () => {
  open = project(`${smallPipeline}  confusion: {kind: visualize, figure: confusion_matrix, from: score}\n`);
  expect((await open.hw1("run", "p.yaml", "--quiet")).code).toBe(0);
  const figure = join(open.cache, "figures", "small", "confusion.svg");
  const drawn = readFileSync(figure);
  expect(corruptBlobs(open.cache, (bytes) => bytes.equals(drawn))).toBe(1);
  const again = await open.hw1("run", "p.yaml");
  expect(again.code).toBe(0);
  expect(again.err).toMatch(
    /^warning: A stored file \(sha256:[0-9a-f]{12}…\) does not match its digest\. It was set aside and is made again\.\n$/,
  );
  expect(readFileSync(figure).equals(drawn)).toBe(true);
  expect(corruptBlobs(open.cache, (bytes) => bytes.length === 200 * 10 * 4)).toBe(1);
  const shown = await open.hw1("show", "p.yaml", "score");
  expect(shown.code).toBe(4);
  expect(shown.err).toMatch(
    /^A stored blob \(sha256:[0-9a-f]{12}…\) does not match its digest\. It was set aside; `hw1 run` computes again what it held\.\n$/,
  );
  const third = await open.hw1("run", "p.yaml", "--json");
  expect(verdicts(third)).toEqual({ digits: "reuse", parts: "reuse", cnn: "reuse", score: "run", confusion: "reuse" });
});
