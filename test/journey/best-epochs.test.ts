/** Promises about `epochs: best` and averages of the weights, kept by the real command with real training. */
import { afterEach, expect, test } from "vitest";
import { digests, type JsonEvent, type Project, project, steps } from "../rig/project.js";

const open: Project[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each.remove();
});
function study(text: string): Project {
  const made = project(text);
  open.push(made);
  return made;
}

/** Nested cross-validation; the trial ends in a training, or in an evaluation of it. */
const nested = (epochs: string, isScored: boolean, used = `epochs: ${epochs}, early_stopping: null`): string => {
  const training = `kind: train
        each: inner
        data: inner.train
        validation: inner.validation
        layers: [{dense: {units: "\${trial.units}", activation: tanh}}, {dense: {units: 1}}]
        loss: mse
        optimizer: {adam: {learning_rate: 0.05}}
        epochs: 30
        early_stopping: {patience: 3}`;
  const trial = isScored
    ? `
      net:
        ${training}
      score: {kind: evaluate, each: inner, model: net, data: inner.validation, allow: [scored_on_tuning_data]}`
    : `
        ${training}`;
  return `name: n
seed: 5
stages:
  points: {kind: load, source: synthetic, generator: gapped_curve, count: 90}
  mixed: {kind: shuffle, data: points.train}
  outer: {kind: fold, data: mixed, k: 2}
  inner: {kind: fold, each: outer, data: outer.train, k: 3}
  tune:
    kind: search
    each: outer
    strategy: grid
    space: {units: [4, 12]}
    trial:${trial}
    objective: {minimize: ${isScored ? "score.mse" : "validation.loss"}}
  best: {kind: select, each: outer, from: tune}
  final: {kind: train, each: best, use: best.${isScored ? "net" : "trial"}, data: outer.train, ${used}}
  score: {kind: evaluate, each: best, model: final, data: outer.validation}
`;
};
interface Shown<M> {
  readonly metrics: M;
  readonly outputs: readonly { readonly data: Readonly<Record<string, unknown>> }[];
  readonly elements: readonly (Shown<M> & { readonly element: string })[];
}
interface Lengths {
  readonly epochs: number;
  readonly bestEpoch: number;
}
/** What `show --json` tells of a stage or an element. */
const shown = async (p: Project, stage: string): Promise<Shown<Lengths>> =>
  JSON.parse((await p.hw1("show", "p.yaml", stage, "--json")).out) as Shown<Lengths>;
interface Winner {
  readonly key: string;
  readonly bestEpochs: Readonly<Record<string, { mean: number; count: number }>>;
}

for (const [isScored, title] of [
  [false, "which are what is scored"],
  [true, "where an evaluation is what is scored"],
] as const)
  test(`epochs: best is the mean best epoch of the winner's cells, ${title}`, async () => {
    const p = study(nested("best", isScored));
    const before = await p.hw1("plan", "p.yaml", "--json");
    expect(before.code).toBe(10);
    expect((await p.hw1("explain", "p.yaml", "final")).out).toContain("nor what `epochs: best` comes to");
    const told: JsonEvent[] = [];
    const ran = await p.watch(["run", "p.yaml", "--json"], (event) => {
      told.push(event);
      return undefined;
    });
    expect([ran.code, ran.err]).toEqual([0, ""]);
    const part = isScored ? "net" : "trial";
    const [best, final] = [await shown(p, "best"), await shown(p, "final")];
    const seen = ["1", "2"].map((outer) => {
      const [winner] = best.elements.find(({ element }) => element === outer)!.outputs[0]!.data.winners as [Winner];
      const { mean, count } = winner.bestEpochs[part]!;
      expect(count).toBe(3);
      const wanted = Math.max(1, Math.floor(mean + 0.5));
      expect(final.elements.find(({ element }) => element === `${outer}/1`)!.metrics.epochs).toBe(wanted);
      // Progress says how long it is.
      const progress = told.filter(
        ({ event, stage, element }) => event === "progress" && `${stage}/${element}` === `final/${outer}/1`,
      );
      for (const { epochs } of progress) expect(epochs).toBe(wanted);
      return { key: winner.key, mean, wanted };
    });
    const [{ key, mean, wanted }] = seen as [(typeof seen)[number]];
    const cells = await Promise.all(
      ["1", "2", "3"].map((inner) => shown(p, `${isScored ? "tune.net" : "tune"}/1/${key}/${inner}`)),
    );
    const bestOnes = cells.map(({ elements: [cell] }) => cell!.metrics.bestEpoch);
    expect(bestOnes.reduce((sum, epoch) => sum + epoch, 0) / 3).toBeCloseTo(mean, 12);
    expect((await p.hw1("show", "p.yaml", "best/1")).out).toContain(`→ ${wanted}`);
    expect((await p.hw1("explain", "p.yaml", "final/1/1")).out).toContain(`options.epochs: ${wanted}`);
    expect((await p.hw1("plan", "p.yaml")).code).toBe(0);
    // Written out, the number is the same step.
    p.write("p.yaml", nested(String(wanted), isScored));
    const after = await p.hw1("plan", "p.yaml", "--json");
    const { steps: planned } = JSON.parse(after.out) as {
      steps: { stage: string; element: string; verdict: string }[];
    };
    expect(planned.find(({ stage, element }) => `${stage}/${element}` === "final/1/1")?.verdict).toBe("reuse");
  });

test("a training that averages goes on from where it was killed to the same bits, and by any metric", async () => {
  const text = (average: string): string => `name: a
seed: 3
stages:
  digits:
    kind: load
    source: idx
    classes: 10
    train: {images: train-images, labels: train-labels}
    test: {images: test-images, labels: test-labels}
  parts: {kind: split, data: digits.train, validation: 100, stratify: true}
  cnn:
    kind: train
    data: parts.train
    validation: parts.validation
    layers: [{conv: {kernels: 4, size: 5}}, batch_norm, {max_pool: 2}, flatten, {dense: {units: 10}}]
    loss: cross_entropy
    optimizer: {adam: {learning_rate: 0.01}}
    epochs: 25
    early_stopping: {metric: validation.accuracy, patience: 20}
    ${average}
`;
  for (const average of ["weight_average: {decay: 0.95}", "average: {last: 4}"]) {
    const [whole, killed] = [study(text(average)), study(text(average))];
    const wanted = await whole.hw1("run", "p.yaml", "--json");
    expect(wanted.code).toBe(0);
    const ended = await killed.watch(["run", "p.yaml", "--json"], ({ event, stage, epoch }) =>
      event === "progress" && stage === "cnn" && Number(epoch) >= 5 ? "kill" : undefined,
    );
    expect(ended.signal).toBe("SIGKILL");
    const resumed = await killed.hw1("run", "p.yaml", "--json");
    expect(digests(resumed).cnn).toBe(digests(wanted).cnn);
    expect(steps(resumed).cnn!.verdict).toBe("run");
    const shows = (await whole.hw1("show", "p.yaml", "cnn")).out;
    expect(shows).toContain("best epoch by validation.accuracy");
    expect(shows).toContain(
      average.startsWith("weight") ? "exponential average, decay 0.95" : "average of the last 4 epochs",
    );
    expect(shows).toContain("unaveraged.accuracy");
  }
});
