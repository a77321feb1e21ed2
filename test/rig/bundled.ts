/**
 * A program of the tests as one file of JavaScript, for tests that start it many times: a process that translates
 * TypeScript by itself takes half a second longer to begin.
 */
import { mkdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { build } from "esbuild";
import { afterAll } from "vitest";

// Where its packages are found.
const folder = join(import.meta.dirname, "..", "..", "node_modules", ".cache", "hw1");

/**
 * To be called where a test file begins; the bundle is gone when that file has ended. Packages are in it, as in dist/:
 * those outside are loaded first, and Ink is to find the environment that our code has made for it.
 */
export async function bundled(program: string): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const outfile = join(folder, `${basename(program).replace(/\.tsx?$/, "")}-${process.pid}.mjs`);
  afterAll(() => rmSync(outfile, { force: true }));
  await build({
    entryPoints: [program],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    external: ["vitest", "vega", "vega-lite", "@resvg/resvg-js", "./devtools.js"],
    define: { "process.env.NODE_ENV": '"production"', "process.env.DEV": '"false"' },
    banner: {
      js: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);',
    },
    logLevel: "warning",
  });
  return outfile;
}
