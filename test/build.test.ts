/** What `npm run build` leaves in `dist/`. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "hw1-build-"));
let pieces: ReadonlyMap<string, string>;
beforeAll(() => {
  writeFileSync(join(folder, "left-by-an-earlier-build.js"), "");
  execFileSync(process.execPath, [join(root, "scripts", "build.mjs"), folder]);
  pieces = new Map(
    readdirSync(folder)
      .filter((name) => name.endsWith(".js"))
      .map((name) => [name, readFileSync(join(folder, name), "utf8")]),
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("every entry is there, and nothing of an earlier build", () => {
  const names = [...pieces.keys()];
  for (const entry of ["cli.js", "worker.js", "probe.js", "picture-thread.js", "decoding-thread.js"])
    expect(names).toContain(entry);
  expect(names).not.toContain("left-by-an-earlier-build.js");
});

test("a class that several processes know exists once, so that `instanceof` means the same in all pieces", () => {
  for (const name of ["EnvironmentError", "MistakeError", "CorruptBlobError", "ChangedFileError"]) {
    const homes = [...pieces].filter(([, text]) => new RegExp(`(?:class ${name}|var ${name} = class)\\b`).test(text));
    expect(homes.length, name).toBe(1);
  }
});

test("a thread that makes pictures loads neither TF.js nor the engine", () => {
  const loaded = new Set<string>();
  const load = (name: string): void => {
    if (loaded.has(name)) return;
    loaded.add(name);
    for (const [, piece] of pieces.get(name)!.matchAll(/(?:\bfrom|\bimport)\s*"\.\/([^"]+)"/g)) load(piece!);
  };
  load("picture-thread.js");
  expect(loaded.size).toBeGreaterThan(3);
  for (const name of loaded) expect(pieces.get(name), name).not.toMatch(/tensorflow|onnxruntime/);
});

test("what is imported from outside is a dependency, and what is bundled comes with its licence", () => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Record<
    "dependencies" | "devDependencies",
    Record<string, string>
  >;
  const outside = new Set(
    [...pieces.values()].flatMap((text) =>
      [...text.matchAll(/(?:^(?:import\b.*|\} )from |\bimport\()"([@a-z][\w@/:.-]*)"/gm)].map(([, name]) => name!),
    ),
  );
  expect(outside).toContain("vega");
  const isOwn = (name: string): boolean => name.startsWith("node:") || builtinModules.includes(name);
  expect([...outside].filter((name) => !isOwn(name) && !(name in dependencies))).toEqual([]);
  const licences = readFileSync(join(folder, "third-party-licences.txt"), "utf8");
  const bundled = new Set(
    [...pieces.keys()].flatMap((name) =>
      (JSON.parse(readFileSync(join(folder, `${name}.map`), "utf8")) as { sources: string[] }).sources.flatMap(
        (source) => /node_modules\/((?:@[^/]+\/)?[^/]+)(?!.*node_modules)/.exec(source)?.[1] ?? [],
      ),
    ),
  );
  expect([...bundled].filter((name) => name in devDependencies).length).toBeGreaterThan(5);
  for (const name of bundled) expect(licences).toMatch(new RegExp(`^${name.replaceAll("/", "\\/")} \\d`, "m"));
});
