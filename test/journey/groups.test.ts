/** Groups from a CSV to a score: who is where, what is said of it, and what repeated folds make of means and tests. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { type Project, project, steps } from "../rig/project.js";

const visits = (): string => {
  const rows = Array.from({ length: 18 }, (_, patient) =>
    Array.from({ length: 1 + ((patient * 7) % 5) }, (_, visit) => {
      const [day, dose] = [100 + ((patient * 5 + visit * 3) % 40), ((patient * 31 + visit * 13) % 100) / 50];
      return `p${patient},${day},${patient + visit / 8},${dose},${patient % 3 === 0 ? "yes" : "no"}`;
    }),
  );
  return `patient,day,age,dose,sick\n${rows.flat().join("\n")}\n`;
};
const pipeline = `seed: 2
stages:
  visits: {kind: load, source: csv, train: v.csv, target: sick, classes: auto, group: patient, order: day}
  mixed:  {kind: shuffle, data: visits.train}
  parts:  {kind: split, data: mixed, validation: 0.2, test: 0.2, by: group}
  late:   {kind: split, data: mixed, validation: 0.2, order: day}
  folds:  {kind: fold, data: parts.train, k: 3, by: group, repeats: 2}
  ready:  {kind: normalize, each: folds, data: folds.train}
  widths:
    kind: search
    strategy: grid
    space: {units: [1, 3]}
    trial:
      net:
        kind: train
        each: folds
        data: ready
        layers: [{dense: {units: "\${trial.units}", activation: tanh}}, {dense: {units: 2}}]
        loss: cross_entropy
        optimizer: adam
        epochs: 2
      score: {kind: evaluate, each: folds, model: net, data: folds.validation}
    objective: {minimize: loss}
  net:
    kind: train
    each: folds
    data: ready
    layers: [{dense: {units: 2}}]
    loss: cross_entropy
    optimizer: adam
    epochs: 2
  score:  {kind: evaluate, each: folds, model: net, data: folds.validation}
`;
const open: Project[] = [];
afterAll(() => {
  for (const each of open) each.remove();
});

interface Spread {
  readonly mean: number;
  readonly sd: number;
  readonly se: number;
  readonly count: number;
}
interface Shown {
  readonly metrics: { readonly loss: Spread; readonly confusion: readonly (readonly number[])[] };
  readonly each: readonly object[];
  readonly elements: readonly { readonly element: string; readonly metrics: { readonly count: number } }[];
  readonly outputs: readonly {
    readonly data: {
      readonly comparison: object;
      readonly trials: readonly { readonly score: Spread; readonly cells: readonly object[] }[];
    };
  }[];
}

test("whole groups are cut, travel, and repeated folds tell no more than the examples do", async () => {
  const p = project(pipeline);
  open.push(p);
  p.write("v.csv", visits());
  const run = await p.hw1("run", "p.yaml", "--json");
  expect(run.code).toBe(0);
  // Said while checking, and of this run as it was.
  expect(run.out).toMatch(/have examples on both sides of the split/);
  const trained = Object.values(steps(run)).filter(({ stage }) => stage === "net");
  expect(trained.map(({ element }) => element)).toEqual(["1", "2", "3", "4", "5", "6"]);

  await p.hw1("show", "p.yaml", "parts", "--save", "saved");
  const wordsIn = (part: string): readonly string[] =>
    readFileSync(join(p.folder, "saved", part, "groups.csv"), "utf8")
      .trim()
      .split("\n")
      .slice(1);
  const parts = ["train", "validation", "test"].map(wordsIn);
  expect(parts.map(({ length }) => length)).toEqual([32, 11, 11]);
  const groups = parts.map((words) => [...new Set(words)]);
  expect(new Set(groups.flat()).size).toBe(18);
  expect(groups.flat()).toHaveLength(18);
  expect((await p.hw1("show", "p.yaml", "folds")).out).toContain("2 × 3 folds of 32 examples");

  const score = JSON.parse((await p.hw1("show", "p.yaml", "score", "--json")).out) as Shown;
  const { mean, sd, se, count } = score.metrics.loss;
  expect([count, se]).toEqual([6, expect.closeTo(sd / Math.sqrt(3), 12)]);
  expect(mean).toBeGreaterThan(0);
  expect(score.each).toEqual([{ stage: "folds", of: "folds", count: 6, repeats: 2 }]);
  const counts = score.elements.map(({ metrics }) => metrics.count);
  for (const start of [0, 3]) expect(counts.slice(start, start + 3).reduce((sum, one) => sum + one)).toBe(32);
  expect(score.metrics.confusion.flat().reduce((sum, one) => sum + one)).toBe(64);
  const shown = (await p.hw1("show", "p.yaml", "score")).out;
  expect(shown).toContain("Metrics over 2 × 3 folds: mean ± sd (se)");
  expect(shown).toContain("True class (rows) by predicted class, each example 2 times");
  expect(shown).toMatch(/Repetitions are of the same examples, so se is that\s+of one\./);
  expect((await p.hw1("show", "p.yaml", "score/4")).out).toMatch(/predicted class$/m);

  const search = JSON.parse((await p.hw1("show", "p.yaml", "widths", "--json")).out) as Shown;
  const { comparison, trials } = search.outputs[0]!.data;
  expect(comparison).toEqual({ test: "corrected_t", over: "folds", count: 6, ratio: 0.5 });
  for (const trial of trials) {
    expect(trial.cells).toHaveLength(6);
    expect(trial.score.se).toBeCloseTo(trial.score.sd / Math.sqrt(3), 12);
  }
}, 120_000);
