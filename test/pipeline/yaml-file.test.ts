import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { placeOf } from "../../src/diagnostic/source.js";
import { plain } from "../../src/pipeline/document.js";
import { readDocument } from "../../src/pipeline/read.js";

const folder = mkdtempSync(join(tmpdir(), "hw1-yaml-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function read(bytes: Buffer): { readonly data: unknown; readonly told: readonly string[] } {
  const path = join(folder, "p.yaml");
  writeFileSync(path, bytes);
  return readPath(path);
}
function readPath(path: string): { readonly data: unknown; readonly told: readonly string[] } {
  const document = readDocument(path);
  return {
    data: document.ok ? JSON.parse(JSON.stringify(plain(document.value.root))) : undefined,
    told: document.diagnostics.map(({ title, span }) => {
      const place = span && placeOf(span.file, span.start);
      return place ? `${place.line}:${place.column} ${title}` : title;
    }),
  };
}
const swapped = (bytes: Buffer): Buffer => Buffer.from(bytes).swap16();

describe("a pipeline is read", () => {
  const text = "# grüße\na: é\nb: 2\n";
  const wanted = { a: "é", b: 2 };
  test.each([
    ["UTF-8", Buffer.from(text)],
    ["UTF-8 with a byte order mark", Buffer.from(`\ufeff${text}`)],
    ["UTF-16, little end first", Buffer.from(`\ufeff${text}`, "utf16le")],
    ["UTF-16, big end first", swapped(Buffer.from(`\ufeff${text}`, "utf16le"))],
    ["UTF-16 without a mark", Buffer.from(text, "utf16le")],
    ["UTF-16 without a mark, big end first", swapped(Buffer.from(text, "utf16le"))],
    ["lines that end in CR LF", Buffer.from(text.replaceAll("\n", "\r\n"))],
    ["lines that end in CR", Buffer.from(text.replaceAll("\n", "\r"))],
  ])("in %s", (_name, bytes) => expect(read(bytes)).toEqual({ data: wanted, told: [] }));
  test("with a replacement character that was written", () =>
    expect(read(Buffer.from("a: \ufffd\n")).told).toEqual([]));
});

describe("refused with its place", () => {
  test.each([
    ["Latin-1", Buffer.from("a: 1\n# gr\xfc\xdfe\n", "latin1"), "2:5 not UTF-8"],
    ["a cut character", Buffer.concat([Buffer.from("a: \ufffd é"), Buffer.from([0xc3])]), "1:7 not UTF-8"],
    ["an empty file", Buffer.from(""), "1:1 empty file"],
    ["comments alone", Buffer.from("# a\n# b\n"), "1:1 not a pipeline"],
  ])("%s", (_name, bytes, told) => expect(read(bytes).told).toEqual([told]));
});

describe("refused without being read", () => {
  test("a file that is too large", () => expect(read(Buffer.alloc(50_000_000, "a")).told).toEqual(["too large"]));
  test("a folder, a device, a pipe, what is not there", () => {
    expect(readPath(folder).told).toEqual(["a folder, not a file"]);
    expect(readPath("/dev/zero").told).toEqual(["not a file"]);
    const pipe = join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
    expect(readPath(pipe).told).toEqual(["not a file"]);
    expect(readPath(join(folder, "p.yaml", "deeper")).told).toEqual(["no such file"]);
  });
});
