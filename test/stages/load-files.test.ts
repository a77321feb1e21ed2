import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ChangedFileError } from "../../src/pipeline/run-context.js";
import { fingerprint } from "../../src/plan/fingerprint.js";
import { load } from "../../src/stages/load.js";
import { digestFile, readFile, readPieces } from "../../src/stages/load-files.js";
import type { JsonObject } from "../../src/util/json.js";
import { runKind } from "../rig/stage.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hw1-files-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, content: string | Uint8Array): void => writeFileSync(join(folder, name), content);
const csv = (slope: number): string => `x,y\n${[0, 1, 2, 3].map((x) => `${x},${slope * x}`).join("\n")}\n`;
const keyOf = (options: object) =>
  fingerprint(
    load as never,
    load.schema.parse({
      source: "csv",
      ...("source" in options ? {} : { target: "y" }),
      ...options,
    }) as unknown as JsonObject,
    {
      engine: "onnx",
      seed: 0,
      folds: [],
      folder,
      inputs: {},
    },
  );

describe("the key of what was loaded", () => {
  test("says which file stands in which option, whatever the files are called", () => {
    for (const [one, other] of [
      ["2019", "2020"],
      ["b.csv", "a.csv"],
      ["__proto__", "constructor"],
    ] as const) {
      write(one, csv(1));
      write(other, csv(2));
      const straight = keyOf({ train: one, test: other });
      const exchanged = keyOf({ train: other, test: one });
      expect(exchanged.digest).not.toBe(straight.digest);
      expect(straight.document.files).toEqual({ train: digestFile(folder, one), test: digestFile(folder, other) });
    }
  });

  test("is that of what files hold, so that another name for them changes nothing", () => {
    for (const name of ["a.csv", "b.csv", "__proto__", "7"]) write(name, csv(1));
    expect(new Set(["a.csv", "b.csv", "__proto__", "7"].map((train) => keyOf({ train }).digest)).size).toBe(1);
  });

  test("counts a file that is called __proto__", () => {
    write("__proto__", csv(1));
    const before = keyOf({ train: "__proto__" });
    write("__proto__", csv(2));
    expect(keyOf({ train: "__proto__" }).digest).not.toBe(before.digest);
  });

  test("keeps the text of an option that only looks like a path", () => {
    for (const name of ["x", "y"]) write(name, csv(1));
    expect(keyOf({ train: "y", target: "y", features: ["x"] }).document.options).toMatchObject({
      train: "(file)",
      target: "y",
      features: ["x"],
    });
    expect(keyOf({ train: "y", test: "x", target: "y" }).digest).not.toBe(
      keyOf({ train: "y", test: "x", target: "x" }).digest,
    );
  });

  test("tells two files of one pair apart", () => {
    for (const name of ["1", "0"]) write(name, name);
    const pair = (images: string, labels: string) => keyOf({ source: "idx", train: { images, labels } });
    expect(pair("1", "0").digest).not.toBe(pair("0", "1").digest);
    expect(pair("1", "0").document.files).toEqual({
      "train.images": digestFile(folder, "1"),
      "train.labels": digestFile(folder, "0"),
    });
  });

  test("compares text as it was written", () => {
    write("a.csv", csv(1));
    const [composed, apart] = ["café".normalize("NFC"), "café".normalize("NFD")];
    expect(keyOf({ train: "a.csv", target: composed }).digest).not.toBe(
      keyOf({ train: "a.csv", target: apart }).digest,
    );
  });
});

describe("what is read is what was judged", () => {
  const options = { source: "csv", train: "a.csv", test: "b.csv", target: "y" };
  const judgedBy = (): readonly { option: readonly string[]; digest: `sha256:${string}` }[] =>
    keyOf(options).files as never;

  test("so a file that changed in between is no data", async () => {
    write("a.csv", csv(1));
    write("b.csv", csv(2));
    const files = judgedBy();
    await expect(runKind(load, options, { folder, files })).resolves.toBeDefined();
    write("b.csv", csv(3));
    await expect(runKind(load, options, { folder, files })).rejects.toThrow(new ChangedFileError("b.csv"));
    write("b.csv", "this,is\nno,table");
    await expect(runKind(load, options, { folder, files })).rejects.toThrow(ChangedFileError);
    rmSync(join(folder, "b.csv"));
    await expect(runKind(load, options, { folder, files })).rejects.toThrow(ChangedFileError);
    mkdirSync(join(folder, "b.csv"));
    await expect(runKind(load, options, { folder, files })).rejects.toThrow(ChangedFileError);
    rmSync(join(folder, "b.csv"), { recursive: true });
    write("b.csv", csv(2));
    await expect(runKind(load, options, { folder, files })).resolves.toBeDefined();
  });

  test("packed or not", () => {
    write("a.gz", gzipSync(csv(1)));
    const judged = digestFile(folder, "a.gz");
    expect(new TextDecoder().decode(readFile(folder, "a.gz", judged))).toBe(csv(1));
    write("a.gz", gzipSync(csv(2)));
    expect(() => readFile(folder, "a.gz", judged)).toThrow(ChangedFileError);
  });

  test("piece by piece, too, even where the first pieces are enough or are a mistake", async () => {
    write("big", Buffer.alloc(3 * 2 ** 20, "a"));
    const judged = digestFile(folder, "big");
    const first = (pieces: Iterable<Uint8Array>): number => {
      for (const piece of pieces) return piece[0]!;
      return -1;
    };
    const lengths: number[] = [];
    readPieces(folder, "big", judged, (pieces) => {
      for (const piece of pieces) lengths.push(piece.length);
    });
    expect(lengths.reduce((a, b) => a + b)).toBe(3 * 2 ** 20);
    expect(readPieces(folder, "big", judged, first)).toBe(97);
    write("big", Buffer.concat([Buffer.alloc(3 * 2 ** 20 - 1, "a"), Buffer.from("b")]));
    expect(() => readPieces(folder, "big", judged, first)).toThrow(ChangedFileError);
    const wrong = (): never => {
      throw new Error("no table");
    };
    expect(() => readPieces(folder, "big", judged, wrong)).toThrow(ChangedFileError);
    expect(() => readPieces(folder, "big", digestFile(folder, "big"), wrong)).toThrow("no table");
    await expect(readPieces(folder, "big", judged, async (pieces) => first(pieces))).rejects.toThrow(ChangedFileError);
    await expect(readPieces(folder, "big", judged, async () => wrong())).rejects.toThrow(ChangedFileError);
    await expect(readPieces(folder, "big", undefined, async (pieces) => first(pieces))).resolves.toBe(97);
  });
});
