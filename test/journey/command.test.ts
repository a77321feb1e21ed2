import { mkdirSync, readdirSync, readFileSync, writeFileSync, chmodSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { type Project, project, verdicts } from "../rig/project.js";

let open: Project | undefined;
afterEach(() => open?.remove());

test("help names every command and every exit code", async () => {
  open = project();
  const told = await open.hw1("--help");
  expect(told.code).toBe(0);
  for (const word of ["run", "plan", "check", "explain", "dag", "show", "runs", "schema", "130"]) expect(told.out).toContain(word);
});

test("an unknown flag is refused with a near one, and exit code 2", async () => {
  open = project();
  const told = await open.hw1("run", "p.yaml", "--plian");
  expect(told.code).toBe(2);
  expect(told.err).toBe("error: unknown option '--plian'\n(Did you mean --plain?)\n(`hw1 --help` shows every command)\n");
});

test("an unknown engine is refused with the engines there are", async () => {
  open = project();
  const told = await open.hw1("run", "p.yaml", "--engine", "tensorflw");
  expect(told.code).toBe(2);
  expect(told.err).toContain("error: option '--engine <engine>' argument 'tensorflw' is invalid. Allowed choices are onnx, tensorflow.");
});

test("a cache folder that cannot be one stops before any work with exit code 4", async () => {
  open = project();
  const file = open.write("occupied", "a file");
  const told = await open.hw1("run", "p.yaml", "--cache", join(file, "cache"));
  expect(told.code).toBe(4);
  expect(told.err).toContain(join(file, "cache"));
  expect(told.out).not.toContain("cnn");
});

test("a corrupted blob is found on read, set aside and recomputed, and the run is right", async () => {
  open = project();
  const first = await open.hw1("run", "p.yaml", "--json");
  expect(first.code).toBe(0);
  let damaged = 0;
  for (const shard of readdirSync(join(open.cache, "blobs"))) {
    for (const name of readdirSync(join(open.cache, "blobs", shard))) {
      const path = join(open.cache, "blobs", shard, name);
      if (statSync(path).size < 5000) continue;
      chmodSync(path, 0o644);
      const bytes = readFileSync(path);
      bytes[bytes.length - 1]! ^= 1;
      writeFileSync(path, bytes);
      damaged++;
    }
  }
  expect(damaged).toBeGreaterThan(1);
  const again = await open.hw1("run", "p.yaml", "--json", "--force", "score");
  expect(again.code).toBe(0);
  expect(again.err).toContain("set aside");
  expect(readdirSync(join(open.cache, "quarantine")).length).toBeGreaterThan(0);
  expect(verdicts(again)["score"]).toBe("run");
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
  open.write("p.yaml", readFileSync(join(open.folder, "p.yaml"), "utf8").replace("adam: {learning_rate: 0.01}", "sgd: {learning_rate: 1e30}"));
  const told = await open.hw1("run", "p.yaml");
  expect(told.code).toBe(1);
  expect(told.out + told.err).toMatch(/loss is no longer a number/);
  expect(told.out + told.err).toMatch(/epoch 1, step \d+/);
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
