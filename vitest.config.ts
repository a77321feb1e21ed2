import { defineConfig } from "vitest/config";

/** Folders whose tests change nothing of the process: their files share one, which loads hw1's code once. */
const together = [
  ...["augment", "diagnostic", "figure", "inspect", "learn", "mistakes", "pipeline", "plan"],
  ...["run", "stages", "statistics", "text", "util", "values"],
];
/** Files of these folders that replace a module before anything has loaded it, so each has a process of its own. */
const alone = ["test/figure/lazy.test.ts", "test/learn/pictures.test.ts"];
const filesOf = (folders: readonly string[]): string[] =>
  folders.map((folder) => `test/${folder}/**/*.test.{ts,tsx}`);

export default defineConfig({
  test: {
    // Training, child processes and pseudo-terminals share two cores with each other.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    pool: "forks",
    maxWorkers: 2,
    projects: [
      { extends: true, test: { name: "together", include: filesOf(together), exclude: alone, isolate: false } },
      { extends: true, test: { name: "alone", include: alone } },
      { extends: true, test: { name: "apart", include: ["test/**/*.test.{ts,tsx}"], exclude: filesOf(together) } },
    ],
  },
});
