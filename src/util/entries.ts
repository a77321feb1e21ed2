/**
 * Where hw1's own files are: the entries of its other processes and threads, and its package.json.
 *
 * The build puts every entry and every shared piece of code into one folder, `dist`. Where hw1 runs from its source
 * (`npm run dev`, benchmarks), they are where the source has them.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";

/** By name as scripts/build.mjs has them: the path in `src`. */
const sources = {
  worker: "worker",
  probe: "commands/probe",
  "picture-thread": "learn/picture-thread",
  "decoding-thread": "stages/decoding-thread",
} as const;

/** Is it this file that runs, or a bundle that it is part of? */
const isSource = import.meta.url.endsWith("/src/util/entries.ts");
const under = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The file that such a process is started with. */
export const entryFile = (name: keyof typeof sources): string =>
  under(isSource ? `../${sources[name]}.ts` : `./${name}.js`);

/**
 * The module that such a thread is started with. A thread knows no TypeScript, not even where its process does: from
 * source it begins by learning it.
 */
export function threadEntry(name: keyof typeof sources): URL {
  const module = pathToFileURL(entryFile(name));
  if (!isSource) return module;
  const [learn, entry] = [import.meta.resolve("tsx/esm/api"), module.href].map((url) => JSON.stringify(url));
  const code = `import { register } from ${learn}; register(); await import(${entry});`;
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`);
}

/** The version of hw1. */
export function ownVersion(): string {
  const text = readFileSync(under(isSource ? "../../package.json" : "../package.json"), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}
