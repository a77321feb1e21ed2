/** Promises about `each: seeds`, kept by the real command with real training. */
import { afterEach, expect, test } from "vitest";
import { digests, type Project, project, verdicts } from "../rig/project.js";

const open: Project[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each.remove();
});
function study(text: string): Project {
  const made = project(text);
  open.push(made);
  return made;
}

/** Everything that draws, data upstream too. @param over  `each: seeds` where it runs over seeds, else nothing */
const everything = (over: string, seeds = ""): string => `name: s
seed: 5
stages:
${seeds}  points: {kind: load, source: synthetic, generator: gapped_curve, count: 60${over}}
  mixed: {kind: shuffle, data: points.train${over}}
  parts: {kind: split, data: mixed, validation: 12${over}}
  folds: {kind: fold, data: parts.train, k: 2${over}}
  net:
    kind: train
    each: folds
    data: folds.train
    validation: folds.validation
    layers: [{dense: {units: 4, activation: tanh}}, {dropout: 0.1}, {dense: {units: 1}}]
    loss: mse
    optimizer: adam
    epochs: 3
  tune:
    kind: search
    each: folds
    strategy: grid
    space: {units: [2, 4]}
    trial:
      kind: train
      data: folds.train
      validation: folds.validation
      layers: [{dense: {units: "\${trial.units}", activation: tanh}}, {dense: {units: 1}}]
      loss: mse
      optimizer: adam
      epochs: 2
    objective: {minimize: validation.loss}
  best: {kind: select, from: tune${over}}
  final: {kind: train, each: best, use: best.trial, data: parts.train}
  score: {kind: evaluate, each: best, model: final, data: parts.validation}
  alone: {kind: train, data: parts.train, layers: [{dense: {units: 1}}], loss: mse, optimizer: adam, epochs: 2${over}}
  told: {kind: evaluate, model: alone, data: parts.validation${over}}
  error: {kind: visualize, figure: test_error, from: told${over}}
`;

test("in the element of a seed every step is the one that `--set seed` gives: data, trainings, trials, figures", async () => {
  const p = study(everything(", each: seeds", "  seeds: {kind: seeds, values: [3, 8]}\n"));
  const over = await p.hw1("run", "p.yaml", "--json");
  expect([over.code, over.err]).toEqual([0, ""]);
  p.write("p.yaml", everything(""));
  for (const seed of ["3", "8"]) {
    const alone = await p.hw1("run", "p.yaml", "--json", "--set", `seed=${seed}`);
    expect(alone.code).toBe(0);
    const found = digests(alone);
    expect(new Set(Object.values(verdicts(alone)))).toEqual(new Set(["reuse"]));
    for (const [name, digest] of Object.entries(found)) {
      const [stage, element] = name.split(/\/(.*)/s);
      expect([name, digests(over)[[stage, seed, ...(element ? [element] : [])].join("/")]]).toEqual([name, digest]);
    }
    expect(Object.keys(found).length).toBe(17);
  }
  expect(digests(over)["net/3/1"]).not.toBe(digests(over)["net/8/1"]);
});

/** A fixed split, small dense networks that are trained together, and one that is not. */
const networks = (count: number): string => `name: n
seed: 5
stages:
  points: {kind: load, source: synthetic, generator: gapped_curve, count: 80}
  parts: {kind: split, data: points.train, validation: 20}
  seeds: {kind: seeds, count: ${count}}
  stacked:
    kind: train
    each: seeds
    data: parts.train
    validation: parts.validation
    layers: [{dense: {units: 6, activation: tanh}}, {dropout: 0.2}, {dense: {units: 1}}]
    loss: mse
    optimizer: adam
    epochs: 40
  patient:
    kind: train
    each: seeds
    data: parts.train
    validation: parts.validation
    layers: [{dense: {units: 6, activation: tanh}}, {dense: {units: 1}}]
    loss: mse
    optimizer: adam
    epochs: 40
    early_stopping: {patience: 5}
`;

test("seeds have the bits that they have alone: with one job or two, killed and resumed, and more of them run only the new ones", async () => {
  const [whole, killed] = [study(networks(4)), study(networks(4))];
  const wanted = digests(await whole.hw1("run", "p.yaml", "--json", "--jobs", "2"));
  expect(Object.keys(wanted).length).toBe(11);
  const ended = await killed.watch(["run", "p.yaml", "--json", "--jobs", "1"], ({ event, stage, epoch }) =>
    event === "progress" && stage === "stacked" && Number(epoch) >= 5 ? "kill" : undefined,
  );
  expect(ended.signal).toBe("SIGKILL");
  expect(digests(await killed.hw1("run", "p.yaml", "--json", "--jobs", "1"))).toEqual(wanted);
  // Trained by itself, a seed has the bits that it has among the others.
  const lone = study(networks(4).replace("count: 4", "values: [3]"));
  const third = digests(await lone.hw1("run", "p.yaml", "--json", "--only", "stacked"));
  expect(third["stacked/3"]).toBe(wanted["stacked/3"]);
  whole.write("p.yaml", networks(5));
  const more = verdicts(await whole.hw1("run", "p.yaml", "--json"));
  expect(
    Object.entries(more)
      .flatMap(([name, verdict]) => (verdict === "run" ? [name] : []))
      .sort(),
  ).toEqual(["patient/5", "seeds", "stacked/5"]);
});
