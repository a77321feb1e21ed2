import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { fingerprint } from "../../src/plan/fingerprint.js";
import { load } from "../../src/stages/load.js";
import type { JsonObject } from "../../src/util/json.js";
import { npyOf } from "../rig/npy-files.js";
import { checkKind } from "../rig/stage.js";

const folder = mkdtempSync(join(tmpdir(), "hw1-pinned-"));
afterAll(() => rmSync(folder, { recursive: true }));
const digests: Record<string, string> = {};
function write(name: string, bytes: Uint8Array | string): void {
  writeFileSync(join(folder, name), bytes);
  digests[name] = createHash("sha256").update(bytes).digest("hex");
}
beforeEach(() => {
  write("a.csv", "x,y\n1,2\n3,4\n");
  write("b.csv", "x,y\n1,2\n3,5\n");
  write("x.npy", npyOf("<f4", [2], [1, 2]));
  write("y.npy", npyOf("<f4", [2], [3, 4]));
});
const one = (sha256?: unknown) => ({
  source: "csv",
  train: "a.csv",
  target: "y",
  ...(sha256 === undefined ? {} : { sha256 }),
});
const two = (sha256: unknown) => ({ source: "npy", train: { features: "x.npy", labels: "y.npy" }, sha256 });
const told = (options: object): readonly string[] =>
  checkKind(load, options, { folder }).told.map(({ title, message, at }) => `${title} at ${at}: ${message}`);
const keyOf = (options: object) =>
  fingerprint(load as never, load.schema.parse(options) as unknown as JsonObject, {
    engine: "onnx",
    seed: 0,
    folds: [],
    folder,
    inputs: {},
  });
const other = "0".repeat(64);

test("files that hold what is pinned are as without a pin, written in whatever letters", () => {
  for (const pin of [digests["a.csv"]!, digests["a.csv"]!.toUpperCase(), `sha256:${digests["a.csv"]!}`]) {
    expect(told(one(pin))).toEqual([]);
    expect(told(one({ "a.csv": pin }))).toEqual([]);
  }
  expect(told(two({ "x.npy": digests["x.npy"] }))).toEqual([]);
  expect(told(two({ "x.npy": digests["x.npy"], "y.npy": digests["y.npy"] }))).toEqual([]);
});

test("a pin is no part of the fingerprint, so that who adds one runs nothing again", () => {
  expect(keyOf(one(digests["a.csv"])).document).toEqual(keyOf(one()).document);
  expect(keyOf(one(digests["a.csv"])).digest).toBe(keyOf(one()).digest);
});

test("a file that holds something else is told at check time, and whenever its step is judged", () => {
  const single =
    `\`a.csv\` has the SHA-256 ${digests["a.csv"]},\nand \`sha256\` says ${other}. Was it changed, or not copied ` +
    `completely?\nPut back the file that is meant; if this one is, write \`sha256: ${digests["a.csv"]}\`.`;
  expect(told(one(other))).toEqual([`not the file that was pinned at sha256: ${single}`]);
  expect(() => keyOf(one(other))).toThrow(single);
  const ofMany =
    `\`y.npy\` has the SHA-256 ${digests["y.npy"]},\nand \`sha256\` says ${other}. Was it changed, or not copied ` +
    `completely?\nPut back the file that is meant; if this one is, write \`sha256: {y.npy: ${digests["y.npy"]}}\`.`;
  expect(told(two({ "y.npy": other }))).toEqual([`not the file that was pinned at sha256.y.npy: ${ofMany}`]);
  expect(() => keyOf(two({ "y.npy": other }))).toThrow(ofMany);
});

test("a file beyond 8 MiB is not read by check, and told when its step is judged", () => {
  write("large.csv", `x,y\n${"1,2\n".repeat(2_200_000)}`);
  expect(told({ ...one(other), train: "large.csv" })).toEqual([]);
  expect(() => keyOf({ ...one(other), train: "large.csv" })).toThrow("`large.csv` has the SHA-256");
});

test("pins of files that the stage does not name, or of nobody", () => {
  expect(told(two(other))).toEqual([
    "one digest for several files at sha256: Say whose it is: `sha256: {x.npy: …, y.npy: …}`.",
  ]);
  expect(told(two({ "x.np": other }))).toEqual([
    "no such file here at sha256.x.np: `sha256` names `x.np`, which no other option of this stage does. " +
      "Did you mean `x.npy`?\n\nFiles of this stage: x.npy, y.npy",
  ]);
});

test("an archive that several parts read is one file", () => {
  write("d.npz", "no archive");
  const part = { file: "d.npz", features: "x", labels: "y" };
  const said = told({ source: "npy", train: part, test: part, sha256: other });
  expect(said.filter((line) => line.startsWith("not the file that was pinned"))).toHaveLength(1);
});
