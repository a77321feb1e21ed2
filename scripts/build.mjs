/**
 * Compiles src/ to dist/ with the TypeScript compiler, and nothing else.
 *
 * It runs as npm's `prepare` script, so `npm ci` builds. A package installed from the registry already
 * holds dist/ and has no compiler; then there is nothing to do.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
if (!existsSync(join(root, "src"))) process.exit(0);
const require = createRequire(import.meta.url);
let tsc;
try {
  tsc = join(dirname(require.resolve("typescript/package.json")), "bin", "tsc");
} catch {
  console.error("hw1: the TypeScript compiler is not installed; run `npm ci` with development packages to build.");
  process.exit(existsSync(join(root, "dist", "cli.js")) ? 0 : 1);
}
const { status } = spawnSync(process.execPath, [tsc, "-p", join(root, "tsconfig.build.json")], {
  stdio: "inherit",
  cwd: root,
});
process.exit(status ?? 1);
