import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { EnvironmentError } from "../../src/diagnostic/diagnostic.js";
import { claimFolder, publish, publishedFolder, publishedPath, publishedPaths } from "../../src/store/published.js";
import { blobOf } from "../../src/values/blob.js";
import type { Outputs } from "../../src/values/output.js";
import { looseOutput } from "../rig/output.js";
import { scratch } from "./rig.js";

const figure = (text: string): Outputs => ({
  figure: looseOutput(
    "figure",
    {},
    {
      svg: blobOf("bytes", [text.length], Buffer.from(text)),
      png: blobOf("bytes", [text.length], Buffer.from(text)),
    },
  ),
});
/** A cache folder and two pipeline files beside it, both called `pipeline.yaml`. */
function two(): { cache: string; one: string; other: string } {
  const cache = scratch();
  const [one, other] = ["one", "two"].map((name) => {
    mkdirSync(join(cache, "..", name), { recursive: true });
    writeFileSync(join(cache, "..", name, "pipeline.yaml"), "");
    return join(cache, "..", name, "pipeline.yaml");
  });
  return { cache, one: one!, other: other! };
}

test("the first file of a name has the folder of that name, and another gets one with digits of its path", () => {
  const { cache, one, other } = two();
  expect(claimFolder(cache, "figures", { name: "pipeline", path: one })).toBe(join(cache, "figures", "pipeline"));
  const second = claimFolder(cache, "figures", { name: "pipeline", path: other });
  expect(basename(second)).toMatch(/^pipeline-[0-9a-f]{6}$/);
  publish(() => join(cache, "figures", "pipeline"), "pic", null, figure("one"));
  publish(() => second, "pic", null, figure("two"));
  for (const [path, text] of [
    [one, "one"],
    [other, "two"],
  ] as const) {
    const folder = publishedFolder(cache, "figures", { name: "pipeline", path });
    expect(claimFolder(cache, "figures", { name: "pipeline", path })).toBe(folder);
    expect(readFileSync(publishedPath(folder, "pic", null, ".svg"), "utf8")).toBe(text);
  }
});

test("looking makes nothing", () => {
  const { cache, one } = two();
  expect(publishedFolder(cache, "figures", { name: "pipeline", path: one })).toBe(join(cache, "figures", "pipeline"));
  expect(existsSync(cache)).toBe(false);
});

test("a file that moved takes its name along; one that has a folder of its own stays there when the plain name is free", () => {
  const { cache, one, other } = two();
  const own = (path: string): string => claimFolder(cache, "figures", { name: "pipeline", path });
  const [first, second] = [own(one), own(other)];
  rmSync(one);
  expect(own(other)).toBe(second);
  writeFileSync(join(cache, "..", "moved.yaml"), "");
  expect(own(join(cache, "..", "moved.yaml"))).toBe(first);
});

test("whatever a pipeline, a stage and an element are called, a figure is one file in its own folder and has a name that a disk holds", () => {
  const { cache } = two();
  const odd = ["..", ".", "", ".owners", "a/b", "..\\x", "x".repeat(300), "é".repeat(200), "\u0000", "\ud800"];
  const name = fc.oneof(fc.constantFrom(...odd), fc.string());
  fc.assert(
    fc.property(name, name, fc.option(name), (pipeline, stage, element) => {
      const folder = publishedFolder(cache, "figures", { name: pipeline, path: "/p.yaml" });
      const path = publishedPath(folder, stage, element, ".svg");
      expect(join(folder, "..")).toBe(join(cache, "figures"));
      expect(join(path, "..")).toBe(folder);
      for (const part of [basename(folder), basename(path)]) expect(Buffer.byteLength(part)).toBeLessThan(250);
    }),
    { numRuns: 30 },
  );
  for (const text of odd)
    publish((shelf) => claimFolder(cache, shelf, { name: text, path: "/p.yaml" }), text, text, figure("x"));
  const folders = readdirSync(join(cache, "figures"));
  expect(folders.filter((folder) => folder !== ".owners")).toHaveLength(odd.length);
  expect(readdirSync(join(cache, "figures", ".owners")).sort()).toEqual(
    folders.filter((folder) => folder !== ".owners").sort(),
  );
});

test("long keys that begin alike stay apart", () => {
  const [a, b] = ["a", "b"].map((end) => basename(publishedPath("/f", "s", "2-".repeat(150) + end, ".png")));
  expect(a).not.toBe(b);
  expect(publishedPath("/f", "net", "16-elu/3", ".png")).toBe(join("/f", "net.16-elu.3.png"));
});

test("a folder that cannot be written is told with its path, and leaves no part of a figure", () => {
  const { cache, one } = two();
  mkdirSync(cache);
  writeFileSync(join(cache, "figures"), "a file");
  expect(() => claimFolder(cache, "figures", { name: "p", path: one })).toThrow(EnvironmentError);
  rmSync(join(cache, "figures"));
  const folder = claimFolder(cache, "figures", { name: "p", path: one });
  publish(() => folder, "pic", null, figure("whole"));
  expect(readdirSync(folder).sort()).toEqual(["pic.png", "pic.svg"]);
});

test("what stands in the way of a file is named with what to do, and no part of one is left", () => {
  const { cache, one } = two();
  const folderOf = (shelf: "figures" | "models"): string => claimFolder(cache, shelf, { name: "p", path: one });
  const blobs = {
    "model.json": blobOf("bytes", [2], Buffer.from("{}")),
    "weights.bin": blobOf("bytes", [0], Buffer.of()),
  };
  const web = { exported: looseOutput("exported", { format: "tfjs" }, blobs) };
  const folder = folderOf("models");
  const failing = (): unknown => publish(folderOf, "web", null, web);

  writeFileSync(join(folder, "web"), "a file");
  expect(failing).toThrow(
    new EnvironmentError(
      `The file ${join(folder, "web", "model.json")} cannot be written: ${join(folder, "web")} is a file where a folder ` +
        "belongs. Move it away, then run again.",
    ),
  );
  rmSync(join(folder, "web"));
  mkdirSync(join(folder, "web", "model.json"), { recursive: true });
  expect(failing).toThrow(
    new EnvironmentError(
      `The file ${join(folder, "web", "model.json")} cannot be written: a folder stands where it belongs. Move that ` +
        "folder away, then run again.",
    ),
  );
  rmSync(join(folder, "web"), { recursive: true });
  rmSync(cache, { recursive: true });
  mkdirSync(cache);
  writeFileSync(join(cache, "models"), "a file");
  expect(() => claimFolder(cache, "models", { name: "p", path: one })).toThrow(
    new EnvironmentError(
      `The file ${join(cache, "models")} cannot be written: ${join(cache, "models")} is a file where a folder belongs. ` +
        "Move it away, then run again.",
    ),
  );
});

test("a disk that is full keeps no part of a figure", () => {
  const { cache, one } = two();
  const folder = claimFolder(cache, "figures", { name: "p", path: one });
  const part = join(folder, `.${process.pid}.tmp`);
  symlinkSync("/dev/full", part);
  expect(() => publish(() => folder, "pic", null, figure("whole"))).toThrow(
    /cannot be written: ENOSPC: .*\. Free some space or correct the folder's permissions, then run again\.$/,
  );
  expect(readdirSync(folder)).toEqual([]);
});

test("an exported model is one file with its format behind the name, or several in a folder of that name", () => {
  const { cache, one } = two();
  const bytes = (text: string) => blobOf("bytes", [text.length], Buffer.from(text));
  const owner = { name: "pipeline", path: one };
  const folderOf = (shelf: "figures" | "models"): string => claimFolder(cache, shelf, owner);
  const onnx = { exported: looseOutput("exported", { format: "onnx" }, { "model.onnx": bytes("graph") }) };
  const tfjs = {
    exported: looseOutput(
      "exported",
      { format: "tfjs" },
      { "model.json": bytes("{}"), "weights.bin": bytes("numbers") },
    ),
  };
  const folder = join(cache, "models", "pipeline");
  expect(publish(folderOf, "file", "16-elu/3", onnx)).toEqual([
    { shelf: "models", path: join(folder, "file.16-elu.3.onnx") },
  ]);
  const files = ["model.json", "weights.bin"].map((name) => join(folder, "web", name));
  expect(publish(folderOf, "web", null, tfjs).map(({ path }) => path)).toEqual(files);
  expect(files.map((path) => readFileSync(path, "utf8"))).toEqual(["{}", "numbers"]);
  expect(publishedPaths(cache, owner, "web", null, tfjs).map(({ path }) => path)).toEqual(files);
  // A file that was removed is written again.
  rmSync(folder, { recursive: true });
  publish(folderOf, "file", null, onnx);
  expect(readFileSync(join(folder, "file.onnx"), "utf8")).toBe("graph");
  expect(readdirSync(folder)).toEqual(["file.onnx"]);
});
