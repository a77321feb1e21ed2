/** Learning rates, step by step, against PyTorch's schedulers (`rates.py` writes `rates.json`). */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Rates } from "../../../src/learn/rates.js";
import { optimizerOption, scheduleOf } from "../../../src/stages/optimizer.js";
import type { EpochScore } from "../../../src/values/model.js";

interface Case {
  readonly name: string;
  readonly learning_rate: unknown;
  readonly stepsPerEpoch: number;
  readonly epochs: number;
  /** Of the validation set after each epoch. */
  readonly losses?: readonly number[];
  readonly rates: readonly number[];
}
const cases = JSON.parse(readFileSync(new URL("rates.json", import.meta.url), "utf8")) as readonly Case[];

const historyOf = (losses: readonly number[]): readonly EpochScore[] =>
  losses.map((loss, index) => ({ epoch: index + 1, learningRate: 0, train: { loss: 0 }, validation: { loss } }));

test.each(cases)("$name: as in PyTorch", ({ learning_rate, stepsPerEpoch, epochs, losses, rates: wanted }) => {
  const schedule = scheduleOf(optimizerOption.parse({ sgd: { learning_rate } }));
  const rates = new Rates(schedule, stepsPerEpoch, epochs);
  const history = historyOf(losses ?? []);
  for (let epoch = 0; epoch < epochs; epoch++) {
    rates.hear(history.slice(0, epoch));
    for (let step = epoch * stepsPerEpoch; step < (epoch + 1) * stepsPerEpoch; step++)
      expect(Math.abs(rates.at(step) / wanted[step]! - 1), `step ${step}: ${rates.at(step)}`).toBeLessThan(1e-12);
    if (!losses) continue;
    // Whoever goes on from here has the same rates.
    const resumed = new Rates(schedule, stepsPerEpoch, epochs + 5);
    resumed.hear(history.slice(0, epoch));
    expect(resumed.at(epoch * stepsPerEpoch)).toBe(rates.at(epoch * stepsPerEpoch));
  }
});

test("behind `over` a cosine stays where it came to, and a cycle at its last rate", () => {
  for (const [learning_rate, last] of [
    [{ cosine: { from: 0.1, to: 0.01, over: 3 } }, 0.01],
    [{ one_cycle: { max: 0.1, over: 3 } }, 0.1 / 25 / 10_000],
  ] as const) {
    const schedule = scheduleOf(optimizerOption.parse({ sgd: { learning_rate } }));
    const [short, long] = [new Rates(schedule, 7, 2), new Rates(schedule, 7, 9)];
    for (let step = 0; step < 14; step++) expect(short.at(step)).toBe(long.at(step));
    for (let step = 21; step < 63; step++) expect(long.at(step)).toBeCloseTo(last, 15);
    expect(long.at(19)).toBeGreaterThan(last * 1.01);
  }
});

test("a schedule that judges epochs cannot do without a validation set", () => {
  const schedule = scheduleOf(optimizerOption.parse({ sgd: { learning_rate: { plateau: { from: 0.1 } } } }));
  const rates = new Rates(schedule, 1, 3);
  expect(() => rates.hear([{ epoch: 1, learningRate: 0.1, train: { loss: 1 } }])).toThrow("validation");
});
