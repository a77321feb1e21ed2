/**
 * Bundles src/ into dist/ with esbuild: the command line and the entries of its other processes and threads, in one
 * build with shared pieces, so that a class exists once and a command loads a few files instead of some hundred.
 *
 * Packages in `dependencies` stay outside and are loaded when they are needed: native code, TF.js, Vega, data, fonts.
 * What is bundled is in `devDependencies`, and its licences are in dist/third-party-licences.txt. Types are checked by
 * `npm run typecheck`.
 *
 *   node scripts/build.mjs [FOLDER]
 *
 * It runs as npm's `prepare` script, so `npm ci` builds. A package installed from the registry already holds dist/ and
 * has no bundler; then there is nothing to do.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const dist = process.argv[2] ?? join(root, "dist");
if (!existsSync(join(root, "src"))) process.exit(0);

const { build } = await import("esbuild").catch(() => {
  console.error("hw1: esbuild is not installed; run `npm ci` with development packages to build.");
  process.exit(existsSync(join(dist, "cli.js")) ? 0 : 1);
});

/** Of packages that say they are under MIT and come without its text. */
const holders = { "yoga-layout": "Meta Platforms, Inc. and affiliates." };
const mit = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;

const { outputFiles, metafile } = await build({
  absWorkingDir: root,
  entryPoints: {
    cli: "src/cli.ts",
    worker: "src/worker.ts",
    probe: "src/commands/probe.ts",
    "picture-thread": "src/learn/picture-thread.ts",
    "decoding-thread": "src/stages/decoding-thread.ts",
  },
  outdir: dist,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20.19",
  // The same code as ES modules, of which what writes YAML is left out.
  alias: { yaml: "./node_modules/yaml/browser/index.js" },
  // Only those that are imported: what `createRequire` loads is none of the bundler's business. The last is Ink's own, for
  // who debugs Ink with DEV=true, which is not done here.
  external: ["@resvg/resvg-js", "@tensorflow/tfjs-core", "vega", "vega-lite", "./devtools.js"],
  define: { "process.env.NODE_ENV": '"production"', "process.env.DEV": '"false"' },
  // CommonJS packages in the bundle require Node's own modules.
  banner: {
    js: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);',
  },
  // `node --enable-source-maps` names the lines of src/; nothing reads them else.
  sourcemap: true,
  sourcesContent: false,
  metafile: true,
  write: false,
  logLevel: "warning",
}).catch(() => process.exit(1));

const licences = licencesOf(metafile);
// Nothing of an earlier build stays.
rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });
for (const { path, contents } of outputFiles) writeFileSync(path, contents);
writeFileSync(join(dist, "third-party-licences.txt"), licences);

/** The licence of every package of which something is in the bundle. Throws where one has none. */
function licencesOf({ outputs }) {
  const folders = new Set();
  for (const { inputs } of Object.values(outputs))
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const folder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0];
      if (folder && bytesInOutput > 0) folders.add(folder);
    }
  const texts = [...folders].map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
    return { title: `${name} ${version} (${license})`, text: licenceText(join(root, folder), name) };
  });
  // The same version of a package may lie in two places.
  const byTitle = new Map(texts.map(({ title, text }) => [title, text]));
  const sections = [...byTitle].sort(([a], [b]) => (a < b ? -1 : 1)).map(([title, text]) => `${title}\n\n${text}\n`);
  const rule = `\n${"-".repeat(80)}\n\n`;
  return `The files beside this one contain code of these packages.\n${rule}${sections.join(rule)}`;
}

function licenceText(folder, name) {
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|notice)/i.test(file));
  if (files.length > 0) return files.map((file) => readFileSync(join(folder, file), "utf8").trim()).join("\n\n");
  const holder = holders[name];
  if (!holder) throw new Error(`${name} is bundled, and there is no licence file in ${folder}`);
  return `Copyright (c) ${holder}\n\n${mit}`;
}
