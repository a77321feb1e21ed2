/** How many epochs a search takes, and how long: what trainings share is counted once. */
import { expect, test } from "vitest";
import { checkPipeline } from "../../src/pipeline/check.js";
import type { Pipeline } from "../../src/pipeline/pipeline.js";
import { readText } from "../../src/pipeline/read.js";
import type { Decision } from "../../src/plan/decide.js";
import { EpochsAhead } from "../../src/plan/epochs.js";
import { Estimates } from "../../src/plan/estimates.js";
import type { SearchEpochs } from "../../src/plan/planned.js";
import { SharedSteps } from "../../src/plan/shared-steps.js";
import { type Step, searchesOf, stepsOf } from "../../src/plan/steps.js";
import { kinds } from "../../src/stages/kinds.js";
import type { StepRecord, Store } from "../../src/store/store.js";
import { planSearch } from "../../src/text/plan-search.js";

const net = (more: string): string =>
  `{kind: train, each: folds, data: folds.train, validation: folds.validation, loss: mse, batch_size: 16, ${more}}`;
const layers = 'layers: [{dense: {units: "${trial.units}", activation: elu}}, {dense: {units: 1}}]';
const search = (space: string, trial: string, more = "strategy: grid"): string =>
  `{kind: search, ${more}, space: ${space}, trial: ${trial}, objective: {minimize: validation.loss}}`;

/** Two folds; searches by name, in order. */
function plannedFor(searches: Readonly<Record<string, string>>, isStored: (step: Step) => boolean = () => false) {
  const text = `seed: 5
stages:
  points: {kind: load, source: synthetic, generator: gapped_curve, count: 60}
  folds: {kind: fold, data: points.train, k: 2}
${Object.entries(searches)
  .map(([name, stage]) => `  ${name}: ${stage}\n`)
  .join("")}`;
  const document = readText("p.yaml", text);
  const checked = document.ok ? checkPipeline(document.value, kinds) : document;
  if (!checked.ok) throw new Error(checked.diagnostics.map(({ message }) => message).join("\n"));
  const steps = stepsOf(checked.value as Pipeline, kinds, {});
  const ahead = new EpochsAhead(
    new SharedSteps(new Map(steps.map((step) => [step.key, step]))),
    checked.value as Pipeline,
  );
  for (const step of steps) {
    const stored = { verdict: "reuse", resolved: { options: step.stage.options } } as unknown as Decision;
    ahead.add(step, isStored(step) ? stored : { verdict: "wait", missing: "points" });
  }
  const searchesThere = searchesOf(checked.value as Pipeline, steps, () => undefined).map((each) => ({
    ...each,
    epochs: ahead.ofSearch(
      steps.filter(({ cell }) => cell?.search === each.stage && cell.element === each.element),
      each.target !== undefined,
    )!,
  }));
  const of = (name: string): SearchEpochs | null => searchesThere.find(({ stage }) => stage === name)!.epochs;
  const step = (key: string): Step => steps.find((each) => each.key === key)!;
  return { ahead, of, step, searches: searchesThere };
}

const lengths = search(
  "{units: [8, 16], epochs: [3, 12, 6]}",
  net(`${layers}, optimizer: adam, epochs: "\${trial.epochs}"`),
);

test("trainings that differ in their length alone take as many epochs as the longest, and each goes on from the one before", () => {
  const { of, ahead, step, searches } = plannedFor({ lengths });
  expect(of("lengths")).toEqual({ trainings: 12, most: 2 * 2 * 12, least: 2 * 2 * 12, reused: 0, by: [] });
  const own = [3, 12, 6].map((epochs) => ahead.of(step(`lengths/8-${epochs}/1`)));
  expect(own).toEqual([
    { most: 3, least: 3, from: 0 },
    { most: 12, least: 12, from: 6 },
    { most: 6, least: 6, from: 3 },
  ]);
  expect(planSearch(searches, []).slice(1)).toEqual(["48 epochs"]);
});

test("a schedule that depends on the whole length shares nothing", () => {
  const optimizer = "optimizer: {adam: {learning_rate: {cosine: {from: 0.01}}}}";
  const { of } = plannedFor({
    lengths: search("{units: [8], epochs: [3, 12, 6]}", net(`${layers}, ${optimizer}, epochs: "\${trial.epochs}"`)),
  });
  expect(of("lengths")).toMatchObject({ most: 2 * 21, least: 2 * 21 });
});

test("early stopping ends a training after its patience and an epoch at the earliest", () => {
  const early = net(`${layers}, optimizer: adam, epochs: 12, early_stopping: {patience: 4}`);
  const { of, searches } = plannedFor({ early: search("{units: [8, 16]}", early) });
  expect(of("early")).toEqual({ trainings: 4, most: 48, least: 20, reused: 0, by: ["early stopping"] });
  expect(planSearch(searches, []).slice(1)).toEqual(["at most 48 epochs, at least 20 (early stopping)"]);
});

test("what is stored, and what a stage before computes, is reused as far as it goes", () => {
  const short = search("{units: [8, 16]}", net(`${layers}, optimizer: adam, epochs: 5`));
  const { of, ahead, step, searches } = plannedFor({ short, lengths }, ({ key }) => key === "lengths/8-3/1");
  expect(of("short")).toEqual({ trainings: 4, most: 20, least: 20, reused: 3, by: [] });
  // Of each fold's 12 epochs the search before has 5.
  expect(of("lengths")).toMatchObject({ most: 48, reused: 20 });
  expect(ahead.of(step("lengths/8-3/1"))).toEqual({ most: 3, least: 3, from: 3 });
  expect(ahead.of(step("lengths/8-6/1"))).toEqual({ most: 6, least: 6, from: 5 });
  expect(planSearch(searches.slice(1), []).slice(1)).toEqual(["48 epochs; 20 reused"]);
});

test("of winners that are not chosen yet as many are foreseen as all that may win agree in", () => {
  const coarse = (space: string, more: string): string => search(space, net(`${layers}, optimizer: adam, ${more}`));
  const winners = "{kind: select, from: coarse, top: 2}";
  const longer = search(
    "{epochs: [4, 8]}",
    net('use: winners.trial, epochs: "${trial.epochs}"').replace("loss: mse, batch_size: 16, ", ""),
    "each: winners, strategy: grid",
  );
  const same = plannedFor({ coarse: coarse("{units: [8, 16]}", "epochs: 2"), winners, longer });
  // Of each winner and fold the longer goes on from the shorter.
  expect(same.searches.slice(1).map(({ epochs }) => epochs)).toEqual([
    { trainings: 4, most: 16, least: 16, reused: 0, by: [] },
    { trainings: 4, most: 16, least: 16, reused: 0, by: [] },
  ]);
  expect(planSearch(same.searches.slice(1), [])[1]).toBe("32 epochs");
  const patient = 'epochs: 2, early_stopping: {patience: "${trial.patience}"}';
  const other = plannedFor({ coarse: coarse("{units: [8], patience: [2, 5]}", patient), winners, longer });
  expect(other.of("longer")).toEqual({ trainings: 4, most: 16, least: 6, reused: 0, by: ["early stopping"] });
});

test("a length that a winner decides is not known before", () => {
  const coarse = search("{units: [8, 16]}", net(`${layers}, optimizer: adam, epochs: 2`));
  const again = search(
    "{rate: [0.1, 0.01]}",
    net('use: winners.trial, optimizer: {adam: {learning_rate: "${trial.rate}"}}, epochs: best').replace(
      "loss: mse, batch_size: 16, ",
      "",
    ),
    "each: winners, strategy: grid",
  );
  const { of, searches } = plannedFor({ coarse, winners: "{kind: select, from: coarse}", again });
  expect(of("again")).toBeNull();
  expect(planSearch(searches.slice(1), [])[1]).toBe("how many epochs it takes is not known yet");
});

test("an estimate is a time per epoch computed, from trainings of the same length where there are some", () => {
  const { ahead, step } = plannedFor({ lengths });
  const estimated = (
    key: string | Step,
    records: readonly (readonly [number, number])[],
    place: Partial<StepRecord> = { pipeline: "p", stage: "lengths" },
  ): number | null => {
    const recent = (): readonly StepRecord[] =>
      records.map(([epochs, elapsedMs]) => ({ ...place, elapsedMs, document: { options: { epochs } } }) as StepRecord);
    return new Estimates("p", { recent } as unknown as Store, ahead).of(typeof key === "string" ? step(key) : key);
  };
  const [short, long] = ["lengths/8-3/1", "lengths/8-12/1"];
  expect(estimated(short, [])).toBeNull();
  // A training of 6 epochs computed 3 of them, one of 12 another 6.
  expect(estimated(long, [[6, 300]])).toBe(600);
  expect(
    estimated(short, [
      [3, 90],
      [12, 6000],
      [3, 60],
    ]),
  ).toBe(75);
  expect(
    estimated("folds", [
      [3, 100],
      [3, 50],
    ]),
  ).toBe(75);
  // Where a stage has no times of its own, those of its kind stand in, but for what computes with a network: that differs.
  for (const place of [
    { pipeline: "q", stage: "lengths" },
    { pipeline: "p", stage: "net" },
  ]) {
    expect(estimated("folds", [[3, 100]], place)).toBe(100);
    expect(estimated(short, [[3, 90]], place)).toBeNull();
    const computing = { ...step("folds"), kind: { ...step("folds").kind, usesEngine: true } };
    expect(estimated(computing, [[3, 100]], place)).toBeNull();
  }
});

test("of rungs each place takes what its rung is longer than the one before, whichever trial comes to stand there", () => {
  const halved = (more: string): string =>
    search(
      "{units: [8, 16, 32, 64]}",
      net(`${layers}, optimizer: adam${more}`),
      "strategy: grid, halving: {epochs: [2, 6, 18], factor: 2}",
    );
  const { of, ahead, step, searches } = plannedFor({ halved: halved("") });
  // Of two folds: 4 trials for 2 epochs, 2 for 4 more, one for 12 more.
  expect(of("halved")).toEqual({ trainings: 14, most: 2 * (8 + 8 + 12), least: 2 * (8 + 8 + 12), reused: 0, by: [] });
  expect(ahead.of(step("halved/rung-3.1/2"))).toEqual({ most: 18, least: 18, from: 6 });
  expect(planSearch(searches, []).slice(1)).toEqual(["rungs: 4 for 2 epochs, 2 for 6, 1 for 18", "56 epochs"]);
  // Patience of 3 lets none end in rung 1; in rung 2 after 2 more; nothing of rung 3 need be trained.
  const patient = plannedFor({ halved: halved(", early_stopping: {patience: 3}") });
  expect(patient.of("halved")).toEqual({
    trainings: 14,
    most: 56,
    least: 2 * (8 + 2 * 2),
    reused: 0,
    by: ["early stopping"],
  });
  expect(patient.ahead.of(patient.step("halved/rung-3.1/2"))).toEqual({ most: 18, least: 4, from: 6 });
});

test("a target may end a search after its first round, and what is proposed is as long as what is known", () => {
  const tuned = (more: string, epochs: string): string =>
    search(
      "{units: {integer: [2, 64]}}",
      net(`${layers}, optimizer: adam${epochs}`),
      `strategy: tpe, budget: 10, batch: 4${more}`,
    );
  const { of } = plannedFor({ tuned: tuned("", ", epochs: 3") });
  expect(of("tuned")).toEqual({ trainings: 20, most: 2 * 30, least: 2 * 30, reused: 0, by: [] });
  const target = ", target: {validation.loss: '<= 0.1'}, halving: {epochs: [2, 6], factor: 2}";
  const early = plannedFor({ tuned: tuned(target, "") });
  // Generations of 4, 4 and 2: all for 2 epochs, half of each for 4 more; of two folds.
  expect(early.of("tuned")).toEqual({
    trainings: 30,
    most: 2 * (20 + 5 * 4),
    least: 2 * 8,
    reused: 0,
    by: ["the target"],
  });
  expect(planSearch(early.searches, []).slice(1)).toEqual([
    "3 generations of at most 4, each chosen from the scores before",
    "rungs of each: 4 for 2 epochs, 2 for 6",
    "ends as soon as a round has a trial with validation.loss <= 0.1",
    "at most 80 epochs, at least 16 (the target)",
  ]);
});

test("of a value that is proposed the ends are known: a length that follows from one is not, the least patience is", () => {
  const tuned = (space: string, more: string): string =>
    search(space, net(`${layers}, optimizer: adam, ${more}`), "strategy: tpe, budget: 12, batch: 2");
  const lengths = plannedFor({
    tuned: tuned("{units: [8, 16], epochs: {integer: [3, 90]}}", 'epochs: "${trial.epochs}"'),
  });
  expect(lengths.of("tuned")).toBeNull();
  const patience = 'epochs: 30, early_stopping: {patience: "${trial.patience}"}';
  const { of, searches } = plannedFor({ tuned: tuned("{units: [8, 16], patience: {integer: [2, 20]}}", patience) });
  // Of the first ten what they have is known; of the last two that each is 2 at least.
  const known = searches[0]!.trials.map(({ values }) => Number(values.patience) + 1);
  expect(known).toHaveLength(10);
  const least = known.reduce((sum, each) => sum + each, 0) + 2 * 3;
  expect(of("tuned")).toEqual({
    trainings: 24,
    most: 2 * 12 * 30,
    least: 2 * least,
    reused: 0,
    by: ["early stopping"],
  });
});

test("where a score reads several trainings, the plan tells cells and trainings apart", () => {
  const nets = net(
    'layers: [{dense: {units: "${trial.units}"}}, {dense: {units: 1}}], optimizer: adam, epochs: 3',
  ).replace("each: folds", "each: [folds, seeds]");
  const trial = `{net: ${nets}, pool: {kind: ensemble, each: folds, models: net}, score: {kind: evaluate, each: folds, model: pool, data: folds.validation}}`;
  const { searches } = plannedFor({
    seeds: "{kind: seeds, count: 3}",
    pools: search("{units: [4, 8]}", trial).replace("validation.loss", "score.mse"),
  });
  expect(planSearch(searches, [])).toEqual(["2 configurations × 2 folds = 4 cells of 12 trainings: ", "36 epochs"]);
});
