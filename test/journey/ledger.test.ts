/** The ledger of a test set, from runs to what `show` and `runs` tell. */
import { renameSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Project, project, verdicts } from "../rig/project.js";

const table = (from: number, count: number): string =>
  `a,b,y\n${Array.from({ length: count }, (_, at) => from + at)
    .map((at) => `${Math.sin(at).toFixed(4)},${Math.cos(1.7 * at).toFixed(4)},${(at % 7) / 3}`)
    .join("\n")}\n`;
const net = (data: string, more = ""): string =>
  `{kind: train, data: ${data}, layers: [{dense: {units: 1}}], loss: mse, optimizer: adam, epochs: 2, batch_size: 8${more}}`;
const pipeline = (more = ""): string => `name: study
stages:
  points: {kind: load, source: csv, train: a.csv, test: t.csv, target: y}
  parts: {kind: split, data: points.train, validation: 0.25}
  ready: {kind: normalize, data: parts.train}
  first: ${net("ready", ", validation: parts.validation")}
  tune:
    kind: search
    strategy: grid
    space: {rate: [0.1, 0.01]}
    trial: ${net("parts.train", ", validation: parts.validation").replace("adam", '{adam: {learning_rate: "${trial.rate}"}}')}
    objective: {minimize: validation.loss}
  best: {kind: select, from: tune}
  final: {kind: train, each: best, use: best.trial, data: points.train}
  seen: {kind: evaluate, model: first, data: parts.validation}
  score: {kind: evaluate, model: first, data: points.test}
  last: {kind: evaluate, each: best, model: final, data: points.test}
  inside: {kind: inspect, model: first, data: points.test, inputs: {rows: [1]}, what: [activations]}
${more}`;

interface Told {
  readonly ledger?: readonly {
    readonly opened: number;
    readonly models: number;
    readonly looks: number;
    readonly afterSelection: boolean;
    readonly later: readonly { readonly what: string; readonly stage: string; readonly pipeline: string }[];
    readonly openings: readonly { readonly stage: string; readonly element: string | null; readonly run: number }[];
  }[];
}
const ledgerOf = async (open: Project, file: string, stage: string) =>
  (JSON.parse((await open.hw1("show", file, stage, "--json")).out) as Told).ledger?.[0];
const lastLine = (text: string): string => text.trimEnd().split("\n").at(-1)!;

test("a study that opens its test set at the end is told so, whatever it is called, beside other studies, and when it is computed again", async () => {
  const open = project(pipeline());
  try {
    open.write("a.csv", table(0, 40));
    open.write("t.csv", table(100, 20));
    const first = await open.hw1("run", "p.yaml", "--json", "--jobs", "2");
    expect(first.code).toBe(0);
    // Nothing that decides comes after the first step that opens the test set.
    const order = Object.keys(verdicts(first)).map((key) => key.split("/")[0]!);
    const opened = order.findIndex((stage) => stage === "score" || stage === "last");
    for (const stage of ["first", "tune", "best", "final"]) expect(order.lastIndexOf(stage)).toBeLessThan(opened);

    const sentence = "test set opened 2 times, for 2 models, after selection";
    expect(lastLine((await open.hw1("show", "p.yaml")).out)).toBe(sentence);
    expect((await open.hw1("show", "p.yaml", "score")).out).toContain(`\n${sentence}\n`);
    expect(await ledgerOf(open, "p.yaml", "seen")).toBeUndefined();
    const ledger = await ledgerOf(open, "p.yaml", "last");
    expect(ledger).toMatchObject({ opened: 2, models: 2, looks: 0, afterSelection: true, later: [] });
    expect(ledger!.openings.map(({ stage, element, run }) => [stage, element, run]).sort()).toEqual([
      ["last", "1", 1],
      ["score", null, 1],
    ]);

    // Reused, under another name, and after a study of other data.
    open.write(
      "q.yaml",
      `name: other\nstages:\n  points: {kind: load, source: csv, train: b.csv, target: y}\n  net: ${net("points.train")}\n`,
    );
    open.write("b.csv", table(300, 30));
    expect((await open.hw1("run", "q.yaml")).code).toBe(0);
    renameSync(join(open.folder, "p.yaml"), join(open.folder, "renamed.yaml"));
    renameSync(join(open.folder, "a.csv"), join(open.folder, "renamed.csv"));
    open.write("renamed.yaml", pipeline().replace("a.csv", "renamed.csv").replace("name: study\n", ""));
    expect((await open.hw1("run", "renamed.yaml")).code).toBe(0);
    expect(lastLine((await open.hw1("show", "renamed.yaml")).out)).toBe(`${sentence}; 2 looks`);
    const runs = await open.hw1("runs");
    expect(runs.out).toMatch(/renamed .* 2 looks\n/);
    expect(runs.out).toMatch(/study .* opened 2 times\n/);
    expect(lastLine(runs.out)).toBe(`study: ${sentence}; 2 looks`);
    const listed = JSON.parse((await open.hw1("runs", "--json")).out) as {
      ledger: { opened: number; looks: number }[];
    }[];
    expect(listed.map(({ ledger }) => ledger.map(({ opened: count, looks }) => [count, looks]))).toEqual([
      [[0, 2]],
      [],
      [[2, 0]],
    ]);

    // Computed again, it is opened again, for the same model; trainings that only come again decide nothing.
    expect((await open.hw1("run", "renamed.yaml", "--force", "first", "--force", "score")).code).toBe(0);
    expect(await ledgerOf(open, "renamed.yaml", "score")).toMatchObject({
      opened: 3,
      models: 2,
      looks: 3,
      afterSelection: true,
    });

    // Another training on the same data, though under another name and for nothing that is opened yet.
    open.write(
      "more.yaml",
      `name: more\nstages:\n  points: {kind: load, source: csv, train: renamed.csv, target: y}\n  again: ${net("points.train", ", seed: 9")}\n`,
    );
    expect((await open.hw1("run", "more.yaml")).code).toBe(0);
    const later = await ledgerOf(open, "renamed.yaml", "score");
    expect(later!.afterSelection).toBe(false);
    expect(later!.later.map(({ what, stage, pipeline: of }) => [what, stage, of])).toEqual([
      ["training", "again", "more"],
    ]);
    expect(lastLine((await open.hw1("show", "renamed.yaml")).out)).toBe(
      "test set opened 3 times, for 2 models, before selection ended " +
        "(training `again` of more finished after the first opening); 3 looks",
    );
  } finally {
    open.remove();
  }
});
