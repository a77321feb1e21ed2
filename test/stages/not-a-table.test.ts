import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { load } from "../../src/stages/load.js";
import { jsonOf } from "../rig/output.js";
import { checkKind, rowsIn, runKind } from "../rig/stage.js";

const folder = mkdtempSync(join(tmpdir(), "hw1-other-"));
afterAll(() => rmSync(folder, { recursive: true }));
const write = (name: string, content: string | Uint8Array): string => {
  writeFileSync(join(folder, name), content);
  return name;
};
const told = (train: string, source: Readonly<Record<string, unknown>> = { source: "csv", target: "y" }): string =>
  checkKind(load, { ...source, train }, { folder })
    .told.map(({ title, message }) => `${title}: ${message}`)
    .join("\n");
const bytes = (text: string): Buffer => Buffer.from(text, "latin1");

describe("a file that is no table", () => {
  const others: readonly (readonly [string, Buffer, string])[] = [
    ["t.xlsx", bytes(`PK\x03\x04${"\x00".repeat(26)}[Content_Types].xml`), "a spreadsheet (xlsx)"],
    [
      "t.ods",
      bytes(`PK\x03\x04${"\x00".repeat(26)}mimetypeapplication/vnd.oasis.opendocument.spreadsheet`),
      "a spreadsheet (OpenDocument)",
    ],
    ["t.npz", bytes(`PK\x03\x04${"\x00".repeat(26)}x.npy`), "an archive of NumPy arrays (npz)"],
    ["t.zip", bytes(`PK\x03\x04${"\x00".repeat(26)}t.csv`), "a ZIP archive"],
    ["t.xls", bytes("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "a spreadsheet or another document of old Office (xls)"],
    ["t.parquet", bytes("PAR1\x15\x04\x15"), "a Parquet file"],
    ["t.feather", bytes("ARROW1\x00\x00\xff\xff"), "an Arrow or Feather file"],
    ["t.npy", bytes("\x93NUMPY\x01\x00v\x00{'descr': '<f8'"), "a NumPy array (npy)"],
    ["t.h5", bytes("\x89HDF\r\n\x1a\n"), "an HDF5 file"],
    ["t.pkl", bytes("\x80\x04\x95\x10\x00\x00\x00"), "a Python pickle"],
    ["t.db", bytes("SQLite format 3\x00\x10\x00"), "an SQLite database"],
    ["t.pdf", bytes("%PDF-1.7\n"), "a PDF document"],
    ["t.png", bytes("\x89PNG\r\n\x1a\n"), "a PNG image"],
    ["t.jpg", bytes("\xff\xd8\xff\xe0\x00\x10JFIF"), "a JPEG image"],
    ["t.bz2", bytes("BZh91AY&SY"), "a bzip2 file"],
    ["t.xz", bytes("\xfd7zXZ\x00"), "an xz file"],
    ["t.idx", bytes("\x00\x00\x08\x01\x00\x00\x00\x02\x01\x02"), "an IDX file"],
    ["t.html", Buffer.from("\n<!DOCTYPE html>\n<html>"), "a web page"],
    ["t.xml", Buffer.from('<?xml version="1.0"?>\n<rows/>'), "a web page or another text in HTML or XML"],
    ["t.json", Buffer.from('[{"x": 1, "y": 2}]'), "JSON"],
    ["t.jsonl", Buffer.from('{"x": 1, "y": 2}\n{"x": 2, "y": 3}\n'), "JSON"],
    ["lists.json", Buffer.from("[[1, 2],\n [3, 4]]\n"), "JSON"],
    [
      "t.lfs",
      Buffer.from("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n"),
      "a pointer of Git LFS",
    ],
    ["t.bin", bytes("x,y\x00\x01\x02\x03\x00\x00"), "no text"],
  ];
  test.each(others)("is named as what it is: %s", (name, content, what) => {
    expect(told(write(name, content))).toMatch(
      new RegExp(`^not a table: \`${name}\` is ${what.replace(/[()]/g, "\\$&")}`),
    );
    expect(told(write(`${name}.gz`, gzipSync(content)))).toContain(` is ${what}`);
  });
  test("is text in UTF-16, with a mark at its start or without", () => {
    expect(told(write("wide.csv", Buffer.from("\ufeffx,y\n1,2\n", "utf16le")))).toBe(
      "not UTF-8: `wide.csv` is text in UTF-16. Save it as UTF-8.",
    );
    expect(told(write("wide.csv", Buffer.from("x,y\n1,2\n", "utf16le")))).toContain("is text in UTF-16");
  });
  test("is no file at all: a folder, a pipe or a device, none of which is opened", () => {
    mkdirSync(join(folder, "deep"));
    execFileSync("mkfifo", [join(folder, "pipe")]);
    for (const options of [
      { source: "csv", target: "y" },
      { source: "idx", train: undefined },
    ]) {
      const say = (path: string): string =>
        options.source === "csv"
          ? told(path)
          : checkKind(load, { source: "idx", train: { images: path, labels: path } }, { folder })
              .told.map(({ title, message }) => `${title}: ${message}`)
              .join();
      expect(say("deep")).toBe("a folder, not a file: `deep` is a folder. Name a file in it.");
      expect(say("pipe")).toContain("not a file: `pipe` is a pipe, which can be read only once");
      expect(say("/dev/zero")).toContain("`/dev/zero` is a device");
    }
  });
});

describe("a file that is a table", () => {
  test("may be called and begin like another", async () => {
    for (const text of [
      "PAR1,y\n1,2\n",
      "ORC,y\n1,2\n",
      "<5,y\n1,2\n",
      '"[x]",y\n1,2\n',
      "{x},y\n1,2\n",
      "II,y\n1,2\n",
      "MZ,y\n1,2\n",
    ])
      expect([
        text,
        await rowsOf({ train: write("t.parquet", text), features: [text.split(",")[0]!.replaceAll('"', "")] }),
      ]).toEqual([text, [[1, 2]]]);
  });
  test("may be packed, in one piece or several", async () => {
    const text = `x,y\n${Array.from({ length: 5000 }, (_, row) => `${row},${row}`).join("\n")}\n`;
    const half = text.indexOf("\n", text.length / 2) + 1;
    const packed = Buffer.concat([gzipSync(text.slice(0, half)), gzipSync(text.slice(half))]);
    expect((await rowsOf({ train: write("t.csv.gz", packed) }))[4999]).toEqual([4999, 4999]);
    expect(checkKind(load, { source: "csv", target: "y", train: "t.csv.gz" }, { folder }).ports.train!.count).toBe(
      5000,
    );
    write("short.csv.gz", packed.subarray(0, packed.length - 9));
    expect(told("short.csv.gz")).toContain("broken gzip file");
    await expect(rowsOf({ train: "short.csv.gz" })).rejects.toThrow("cannot be unpacked");
  });
});

describe("a large file", () => {
  const rows = 1_250_000;
  const large = `x,y\n${"12.5,3\n".repeat(rows)}`;
  const check = (options: Readonly<Record<string, unknown>>) =>
    checkKind(load, { source: "csv", target: "y", ...options }, { folder });

  test("has its header and first rows read by check, its columns known and its rows not counted", () => {
    for (const train of [write("large.csv", large), write("large.csv.gz", gzipSync(large))]) {
      const { ports, told } = check({ train });
      expect(told).toEqual([]);
      expect([ports.train!.count, ports.train!.shape, ports.train!.featureNames]).toEqual([null, [1], ["x"]]);
      expect(check({ train, target: "z" }).told.map(({ title }) => title)).toEqual(["no such column"]);
    }
  });
  test("has mistakes in its first rows told, and nothing that only all rows can tell", () => {
    expect(
      check({ train: write("bad.csv", large.replace("12.5", "twelve")) }).told.map(({ message }) => message),
    ).toEqual(["`bad.csv:2`, column `x`: `twelve` stands where a number belongs."]);
    const file = write("split.csv", `part,x,y\n${"a,12.5,3\n".repeat(rows)}${"b,1,2\n".repeat(10)}`);
    expect(check({ file, split: { column: "part", train: "a", test: "b" } }).told).toEqual([]);
    expect(check({ train: "large.csv", classes: 3 }).told.map(({ title }) => title)).toEqual([
      "label outside the classes",
    ]);
    expect(check({ train: "large.csv", classes: ["a", "b", "c", "d"] }).told).toEqual([]);
  });
  test("is read whole by a run", async () => {
    const { outputs } = await runKind(load, { source: "csv", target: "y", train: "large.csv.gz" }, { folder });
    expect([jsonOf(outputs.train).count, outputs.train!.blobs.features!.dtype]).toEqual([rows, "float32"]);
  });
  test("that a small one unpacks to is refused by a run where it grows beyond what data do", async () => {
    write(
      "bomb.csv.gz",
      gzipSync(Buffer.concat([Buffer.from("x,y\n"), Buffer.alloc(70 << 20, `${"a".repeat(1 << 20)},2\n`)])),
    );
    await expect(rowsOf({ train: "bomb.csv.gz" })).rejects.toThrow("The limit `gzip_ratio` is 300 times its size.");
  });
  test("in one row is refused by its limit", async () => {
    write("row.csv", Buffer.concat([Buffer.from('x,y\n1,"'), Buffer.alloc(70 << 20, "a")]));
    await expect(rowsOf({ train: "row.csv" })).rejects.toThrow(
      "The limit `row_size` is 67,108,864 bytes. Close the quote",
    );
  });
});

async function rowsOf(options: Readonly<Record<string, unknown>>): Promise<readonly (readonly number[])[]> {
  const { outputs } = await runKind(load, { source: "csv", target: "y", ...options }, { folder });
  return rowsIn(outputs.train!);
}
