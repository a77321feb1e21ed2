/**
 * Slips on the command line, and names that JavaScript has a meaning for: each is told with what to do, and none is
 * taken for a bug.
 */
import { spawnSync } from "node:child_process";
import { homedir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, onTestFinished, test } from "vitest";
import { jobsFor } from "../../src/commands/run.js";
import { cacheFolder } from "../../src/commands/shared.js";
import { renderDiagnostics } from "../../src/diagnostic/render.js";
import { checkPipeline } from "../../src/pipeline/check.js";
import { readDocument, readText } from "../../src/pipeline/read.js";
import { kinds } from "../../src/stages/kinds.js";
import { type Project, project } from "../rig/project.js";

let open: Project | undefined;
afterEach(() => open?.remove());

describe("the cache folder", () => {
  const named = (value: string | undefined): void => {
    const before = process.env.HW1_CACHE;
    onTestFinished(() => {
      if (before === undefined) delete process.env.HW1_CACHE;
      else process.env.HW1_CACHE = before;
    });
    if (value === undefined) delete process.env.HW1_CACHE;
    else process.env.HW1_CACHE = value;
  };

  test("that is empty on the command line is refused; an empty variable is none", () => {
    named("");
    expect(() => cacheFolder("")).toThrow("--cache is empty. Name a folder, or leave --cache out.");
    expect(cacheFolder(undefined)).toBe(cacheFolder(undefined));
    expect(cacheFolder(undefined)).toMatch(/cache$/);
  });

  test("whose `~` no shell has expanded is refused, with how to write it", () => {
    named("~/x");
    expect(() => cacheFolder(undefined)).toThrow(
      'HW1_CACHE is `~/x`: the shell has not expanded `~`, as it does not in quotes. Write `"$HOME/x"`',
    );
    expect(() => cacheFolder("~somebody")).toThrow(
      "Write the folder's full path; a folder that is really called so is `./~somebody`.",
    );
    // Both remedies work.
    expect(cacheFolder(`${homedir()}/x`)).toBe(join(homedir(), "x"));
    expect(cacheFolder("./~somebody")).toBe(join(process.cwd(), "~somebody"));
  });
});

test("more jobs than a machine has use for are as many as it has, and said so", () => {
  const told: string[] = [];
  expect([undefined, 1, 16, 99_999].map((wanted) => jobsFor(wanted, 2, (message) => told.push(message)))).toEqual([
    2, 1, 16, 16,
  ]);
  expect(jobsFor(400, 64, (message) => told.push(message))).toBe(256);
  expect(told[0]).toBe(
    "--jobs 99999 is more than this machine has use for: at most 16 steps run at the same time (2 cores)",
  );
  expect(told).toHaveLength(2);
});

test("`-` is no pipeline: a pipeline's paths are relative to its file", () => {
  const read = readDocument("-");
  expect(read.ok ? "" : renderDiagnostics(read.diagnostics)).toContain(
    "`-` is standard input elsewhere. A pipeline is read from a file",
  );
});

test("a profile of no letter is told with the profiles that there are", () => {
  const document = readText("p.yaml", "profiles: {quick: {}}\nstages: {d: {kind: load, source: mnist}}\n");
  const checked = checkPipeline(document.ok ? document.value : (undefined as never), kinds, { profile: "" });
  expect(renderDiagnostics(checked.diagnostics)).toContain(
    "`--profile` names a profile by no letter at all.\n\nProfiles of this file: quick\n",
  );
});

test("a working folder that was deleted is the environment's mistake, for every command", {
  timeout: 60_000,
}, async () => {
  open = project();
  const script =
    'mkdir gone && cd gone && rmdir ../gone && for words in "run ../p.yaml" "check ../p.yaml" "runs"; do "$NODE" "$HW1" $words; echo $?; done';
  const env = { ...process.env, NODE: process.execPath, HW1: join(import.meta.dirname, "..", "..", "bin", "hw1.js") };
  const told = spawnSync("bash", ["-c", script], { cwd: open.folder, env, encoding: "utf8" });
  expect(told.stdout).toBe("4\n4\n4\n");
  expect(told.stderr).toBe(
    "the working folder is gone: it was deleted or moved\nChange to a folder that is there, and give the same command again.\n".repeat(
      3,
    ),
  );
});

describe.each(["hasOwnProperty", "constructor", "toString", "__proto__"])("`%s`", (word) => {
  const text = (space: string): string => `params: {${word}: 2}
profiles: {${word}: {params: {${word}: 1}}}
stages:
  ${word}: {kind: load, source: synthetic, generator: gapped_curve, count: 60}
  folds: {kind: fold, data: ${word}.train, k: 2}
  find:
    kind: search
    strategy: grid
    space: {${space}: [1, 2]}
    trial: {kind: train, each: folds, data: folds.train, layers: [{dense: {units: "\${trial.${space}}"}}, {dense: {units: 1}}], loss: mse, optimizer: adam, epochs: "\${params.${word}}"}
    objective: {minimize: train.loss}
  winners: {kind: select, from: [find], top: 1}
`;
  const checked = (space: string): ReturnType<typeof checkPipeline> => {
    const document = readText("p.yaml", text(space));
    return checkPipeline(document.ok ? document.value : (undefined as never), kinds, {
      profile: word,
      set: [`${word}=3`],
    });
  };

  test("names a parameter, a profile and a stage like any other word", () => {
    const pipeline = checked("units");
    expect(renderDiagnostics(pipeline.diagnostics)).not.toContain(word);
    expect(pipeline.ok && pipeline.value.stages.map(({ name }) => name)).toEqual([word, "folds", "find", "winners"]);
    const [trial] = (pipeline.ok && pipeline.value.stages[2]!.search!.trials) || [];
    expect(trial!.stages.get("trial")!.options.epochs).toBe(3);
  });

  test("names a parameter of a search's space, or is refused there", () => {
    const pipeline = checked(word);
    if (word !== "__proto__")
      expect(pipeline.ok && pipeline.value.stages[2]!.search!.trials.map(({ values }) => values[word])).toEqual([1, 2]);
    else
      expect(renderDiagnostics(pipeline.diagnostics)).toContain(
        "`__proto__` is a word of JavaScript's own and cannot be a name here. Choose another.",
      );
  });
});
