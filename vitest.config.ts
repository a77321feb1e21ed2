import { defineConfig } from "vitest/config";

/** Folders whose tests change nothing of the process: their files share one, which loads hw1's code once. */
const together = [
  ...["augment", "diagnostic", "inspect", "mistakes", "pipeline", "plan"],
  ...["run", "stages", "statistics", "text", "util", "values"],
];
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
      { extends: true, test: { name: "together", include: filesOf(together), isolate: false } },
      { extends: true, test: { name: "apart", include: ["test/**/*.test.{ts,tsx}"], exclude: filesOf(together) } },
    ],
  },
});
