/** Promises about searches, kept by the real command with real training in real processes. */
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { digests, type Project, project, steps, type Told } from "../rig/project.js";

const open: Project[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each.remove();
});
function study(text: string): Project {
  const made = project(text);
  open.push(made);
  return made;
}

/** Two searches in a chain on the synthetic curve; `options` stand in the trial. */
const pipeline = (activations: string, options = "optimizer: {adam: {learning_rate: 0.01}}"): string => `name: s
seed: 5
params: {lengths: [3, 12, 6]}
stages:
  points: {kind: load, source: synthetic, generator: gapped_curve, count: 60}
  mixed: {kind: shuffle, data: points.train}
  folds: {kind: fold, data: mixed, k: 3}
  coarse:
    kind: search
    strategy: grid
    space: {units: [8, 16], activation: [${activations}]}
    trial:
      kind: train
      each: folds
      data: folds.train
      validation: folds.validation
      layers: [{dense: {units: "\${trial.units}", activation: "\${trial.activation}"}}, {dense: {units: 1}}]
      loss: mse
      ${options}
      batch_size: 16
      epochs: 4
    objective: {minimize: validation.loss}
  best: {kind: select, from: coarse}
  length:
    kind: search
    each: best
    strategy: grid
    space: {epochs: "\${params.lengths}"}
    trial: {kind: train, each: folds, use: best.trial, data: folds.train, validation: folds.validation, epochs: "\${trial.epochs}"}
    objective: {minimize: validation.loss}
  winner: {kind: select, from: length}
  final: {kind: train, each: winner, use: winner.trial, data: mixed}
  score: {kind: evaluate, each: winner, model: final, data: points.test}
`;
const names = (told: Told, verdict: string): readonly string[] =>
  Object.values(steps(told))
    .filter((step) => step.verdict === verdict)
    .map((step) => `${String(step.stage)}${step.element === null ? "" : `/${String(step.element)}`}`)
    .sort();

test("one more activation runs its own cells and what is chosen from them, and nothing else", async () => {
  const p = study(pipeline("tanh, elu"));
  const first = await p.hw1("run", "p.yaml", "--json");
  expect(first.err).toBe("");
  expect(first.code).toBe(0);
  p.write("p.yaml", pipeline("tanh, elu, softplus"));
  const second = await p.hw1("run", "p.yaml", "--json");
  expect(names(second, "run").filter((name) => name.startsWith("coarse/"))).toEqual(
    ["16", "8"].flatMap((units) => ["1", "2", "3"].map((fold) => `coarse/${units}-softplus/${fold}`)),
  );
  expect((await p.hw1("plan", "p.yaml")).code).toBe(0);
});

test("lengths that share their beginning leave what separate trainings leave, whatever ran at the same time", async () => {
  const chain = study(pipeline("tanh"));
  const together = digests(await chain.hw1("run", "p.yaml", "--json", "--jobs", "2"));
  for (const [jobs, length] of [
    ["1", 12],
    ["2", 6],
  ] as const) {
    // In a cache of its own nothing is gone on from.
    const alone = digests(
      await study(pipeline("tanh")).hw1("run", "p.yaml", "--json", "--jobs", jobs, "--set", `lengths=[${length}]`),
    );
    for (const fold of ["1", "2", "3"]) {
      const name = `length/1/${length}/${fold}`;
      expect(alone[name], name).toMatch(/^sha256:/);
      expect(together[name], name).toBe(alone[name]);
    }
    // Folds that trained side by side leave what one alone leaves.
    expect(alone["coarse/8-tanh/1"]).toBe(together["coarse/8-tanh/1"]);
  }
});

test("a run that is killed in the middle of a search goes on with exactly the cells that are not finished", async () => {
  const text = pipeline("tanh, elu, gelu, sigmoid");
  const whole = digests(await study(text).hw1("run", "p.yaml", "--json"));
  const p = study(text);
  let finished = 0;
  await p.watch(["run", "p.yaml", "--json"], (event) => {
    if (event.event === "step" && event.stage === "coarse" && event.status === "ok") finished++;
    return finished >= 6 ? "kill" : undefined;
  });
  const plan = JSON.parse((await p.hw1("plan", "p.yaml", "--json")).out) as {
    steps: { stage: string; element: string | null; verdict: string }[];
  };
  const missing = plan.steps
    .filter((step) => step.stage === "coarse" && step.element !== null && step.verdict !== "reuse")
    .map((step) => `coarse/${step.element}`)
    .sort();
  expect(missing.length).toBeGreaterThan(0);
  expect(missing.length).toBeLessThanOrEqual(24 - 6);
  const again = await p.hw1("run", "p.yaml", "--json");
  expect(names(again, "run").filter((name) => name.startsWith("coarse/"))).toEqual(missing);
  expect(digests(again)).toEqual(whole);
});

test("a trial that diverges is left out and told, and the search goes on", async () => {
  const p = study(
    pipeline("tanh, elu")
      .replace("activation: [tanh, elu]", "activation: [tanh, elu], rate: [0.01, 1.0e+30]")
      .replace("learning_rate: 0.01", 'learning_rate: "${trial.rate}"'),
  );
  const told = await p.hw1("run", "p.yaml", "--json");
  expect(told.code).toBe(0);
  const failed = Object.values(steps(told)).filter((step) => step.status === "failed");
  expect(failed.length).toBeGreaterThan(0);
  expect(
    failed.every(
      (step) =>
        String(step.element).includes("-1e+30/") && String(step.error).includes("the loss is no longer a number"),
    ),
  ).toBe(true);
  expect(told.err).toContain("trials failed and are left out of the ranking");
  expect((await p.hw1("plan", "p.yaml")).code).toBe(0);
  expect((await p.hw1("show", "p.yaml", "coarse")).out).toContain("the loss is no longer a number");
});

const pipelines = join(import.meta.dirname, "..", "..", "pipelines");

test("a plan of the regression study tells what its searches cost before anything has run", async () => {
  const { out } = await study("stages: {}").hw1("plan", join(pipelines, "regression.yaml"));
  expect(out).toMatch(/^coarse +36 configurations × 10 folds = 360 fold trainings: all wait/m);
  expect(out).toMatch(/^wide +36 configurations × 10 folds = 360 fold trainings: all wait/m);
  expect(out).toMatch(
    /^more +72 configurations × 10 folds = 720 fold trainings: 360 reused, 0 to run, 360 to be judged later/m,
  );
  expect(out).toMatch(/^length +6 configurations × 10 folds for each of 2 winners = 120 fold trainings: all wait/m);
  // The preset is a configuration of stage 1, so its fold mean is that of the search.
  expect(out).toMatch(/^regression-elu 1 … 10 +reused +the same as coarse\/…/m);
});

test("the regression study runs in small, draws every figure, and does nothing the second time", async () => {
  const p = study("stages: {}");
  const told = await p.hw1("run", join(pipelines, "regression.yaml"), "--profile", "quick", "--json");
  expect(told.code).toBe(0);
  const drawn = Object.values(steps(told)).filter(
    (step) => String(step.stage).startsWith("figure_") || String(step.stage).startsWith("gallery_"),
  );
  expect(drawn.length).toBeGreaterThanOrEqual(21);
  expect(drawn.every((step) => step.status === "ok")).toBe(true);
  // The two presets are the configurations of stage 1 and the report's; what stage 3 shares with stage 1 is reused.
  expect(names(told, "reuse").filter((name) => name.startsWith("more/"))).toHaveLength(6 * 3);
  const again = JSON.parse(
    (await p.hw1("run", join(pipelines, "regression.yaml"), "--profile", "quick", "--json")).out
      .trim()
      .split("\n")
      .at(-1)!,
  ) as Record<string, unknown>;
  expect(again).toMatchObject({ event: "run", status: "ok", ran: 0, failed: 0 });
});

test("nested cross-validation of the regression takes 44 trainings, plans their cost, and tells mean and sd over the outer folds", async () => {
  const p = study("stages: {}");
  const file = join(pipelines, "regression-nested.yaml");
  expect((await p.hw1("plan", file)).out).toContain(
    "nested cross-validation: 44 trainings; a flat one would take 11, a hold-out 3",
  );
  const told = await p.hw1("run", file, "--profile", "quick", "--json");
  expect(told.code).toBe(0);
  expect(
    Object.values(steps(told)).filter(
      (step) =>
        step.verdict === "run" &&
        (step.stage === "final" || (step.stage === "depth" && String(step.element).split("/").length === 3)),
    ),
  ).toHaveLength(44);
  const shown = JSON.parse((await p.hw1("show", file, "score", "--profile", "quick", "--json")).out) as {
    elements: unknown[];
    metrics: { mse: { mean: number; sd: number } };
  };
  expect(shown.elements).toHaveLength(4);
  expect(shown.metrics.mse.mean).toBeLessThan(1);
  expect(shown.metrics.mse.sd).toBeGreaterThan(0);
});

test("a trial that finds too little memory at one moment is no failed trial: the run ends as the machine's trouble, and the next one tries again", async () => {
  const rows = Array.from({ length: 30 }, (_, x) => `${(x * 7) % 30},${x % 3}`);
  const project = study(`seed: 1
stages:
  pts: {kind: load, source: csv, train: a.csv, target: y}
  parts: {kind: split, data: pts.train, validation: 10}
  s:
    kind: search
    strategy: grid
    space: {units: [2, 3400]}
    trial:
      kind: train
      data: parts.train
      validation: parts.validation
      layers: [{dense: {units: "\${trial.units}"}}, {dense: {units: "\${trial.units}"}}, {dense: {units: 1}}]
      loss: mse
      optimizer: adam
      epochs: 1
    objective: {minimize: validation.loss}
`);
  project.write("a.csv", `x,y\n${rows.join("\n")}\n`);
  const before = process.env.NODE_OPTIONS;
  const shortage = project.write(
    "shortage.cjs",
    `process.availableMemory = () => 3e6;\nrequire("node:os").freemem = () => 3e6;\nrequire("node:module").syncBuiltinESMExports();\n`,
  );
  process.env.NODE_OPTIONS = `--require ${shortage}`;
  let told: Told;
  try {
    told = await project.hw1("run", "p.yaml", "--json", "--keep-going");
  } finally {
    if (before === undefined) delete process.env.NODE_OPTIONS;
    else process.env.NODE_OPTIONS = before;
  }
  expect(told.code).toBe(4);
  expect(told.err).toContain("The step is tried once more, alone.");
  expect(told.err).toMatch(
    /takes at least [\d.]+ GiB of memory, and 0\.00\d+ GiB are free\.\n[\s\S]*configuration `3400` of `s`/,
  );
  expect(steps(told).s).toMatchObject({ status: "skipped", reason: "s/3400 failed" });
  const plan = await project.hw1("plan", "p.yaml", "--json");
  expect(JSON.parse(plan.out)).toMatchObject({ run: 1, wait: 1 });
});

test("trials that never ran, because a search has reached its target, are missing nowhere", async () => {
  const project = study(`seed: 1
stages:
  pts: {kind: load, source: synthetic, generator: gapped_curve, count: 20}
  s:
    kind: search
    strategy: tpe
    space: {units: {integer: [1, 64]}}
    budget: 4
    batch: 2
    target: {train.loss: '< 1e9'}
    trial: {kind: train, data: pts.train, layers: [{dense: {units: "\${trial.units}"}}, {dense: {units: 1}}], loss: mse, optimizer: adam, epochs: 1}
    objective: {minimize: train.loss}
  again: {kind: train, each: s, use: s.trial, data: pts.test}
`);
  expect((await project.hw1("run", "p.yaml")).code).toBe(0);
  const shown = await project.hw1("show", "p.yaml", "again", "--save", "out", "--json");
  expect(shown.code).toBe(0);
  expect((JSON.parse(shown.out) as { elements: unknown[] }).elements).toHaveLength(2);
});
