/** Warnings are said where there is work, counted where there is none, and what is allowed stays visible. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { project } from "../rig/project.js";

const pipeline = (more = ""): string => `
stages:
  points: {kind: load, source: synthetic, generator: gapped_curve}
  ready: {kind: normalize, data: points.train}
  folds: {kind: fold, data: ready, k: 3${more}}
  kept: {kind: fold, data: points.train, k: 3, shuffle: false}
`;

test("a run and a plan with work say warnings once; without work they are a line with the command that says them", async () => {
  const open = project(pipeline());
  try {
    const names = (text: string): readonly string[] =>
      [...text.matchAll(/`allow: \[(\w+)\]`/g)].map(([, name]) => name!);
    const expected = ["normalised_before_folds", "sorted_folds"];
    const check = await open.hw1("check", "p.yaml");
    expect([check.code, names(check.err)]).toEqual([0, expected]);
    const json = JSON.parse((await open.hw1("check", "p.yaml", "--json")).out) as {
      diagnostics: { name: string; severity: string; line: number }[];
    };
    expect(json.diagnostics.map(({ name, severity, line }) => [name, severity, line])).toEqual([
      ["normalised_before_folds", "warning", 5],
      ["sorted_folds", "warning", 6],
    ]);
    expect(names((await open.hw1("plan", "p.yaml")).err)).toEqual(expected);
    const first = await open.hw1("run", "p.yaml", "--plain");
    expect([first.code, names(first.err)]).toEqual([0, expected]);
    // The run finds the same order again, and does not say so again.
    expect(first.err).not.toMatch(/^warning:/m);
    for (const verb of ["run", "plan", "show"])
      expect((await open.hw1(verb, "p.yaml")).err).toBe("2 warnings: hw1 check p.yaml\n");
  } finally {
    open.remove();
  }
});

test("what a stage allows is not said, runs nothing again, and is told by show and the summary", async () => {
  const open = project(pipeline());
  try {
    await open.hw1("run", "p.yaml");
    open.write("p.yaml", pipeline(", allow: normalised_before_folds"));
    const again = await open.hw1("run", "p.yaml", "--plain");
    expect(again.err).toBe("1 warning: hw1 check p.yaml\n");
    expect(again.out).toContain("0 ran, 4 reused");
    expect(again.out).toContain("Allowed: normalised_before_folds (folds)\n");
    expect((await open.hw1("show", "p.yaml", "folds")).out).toContain("\nallowed: normalised_before_folds\n");
    const shown = JSON.parse((await open.hw1("show", "p.yaml", "folds", "--json")).out) as {
      allowed?: readonly string[];
    };
    expect(shown.allowed).toEqual(["normalised_before_folds"]);
    expect(JSON.parse((await open.hw1("show", "p.yaml", "kept", "--json")).out)).not.toHaveProperty("allowed");
    // Also of what was made before, and only as long as the file says so.
    const saved = join(open.folder, "saved", "allowed.csv");
    await open.hw1("show", "p.yaml", "folds", "--save", "saved");
    expect(readFileSync(saved, "utf8")).toBe("warning,stage\nnormalised_before_folds,folds\n");
    open.write("p.yaml", pipeline());
    await open.hw1("show", "p.yaml", "folds", "--save", "saved");
    expect(existsSync(saved)).toBe(false);
  } finally {
    open.remove();
  }
});
