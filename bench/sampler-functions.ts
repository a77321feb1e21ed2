/**
 * Functions that optimisers are tried on, each with its space as a pipeline spells it, and a search over one of them.
 *
 * Sources: Dixon & Szegő (1978), Towards global optimisation 2 (Branin, Hartmann 6); Rosenbrock (1960); ranges as in
 * Surjanovic & Bingham's Virtual library of simulation experiments. The mixed space is made up: an activation, a number
 * of layers and a learning rate that go together, as those of a network do.
 */
import { stream } from "../src/learn/random.js";
import { type Observation, proposed, startUpTrials } from "../src/stages/samplers/tpe.js";
import { drawnFrom, type Space } from "../src/stages/space.js";
import type { JsonObject } from "../src/util/json.js";

export interface StandardFunction {
  readonly name: string;
  readonly space: Space;
  /** What is minimised. */
  value(x: JsonObject): number;
}

const numbersOf = (x: JsonObject): readonly number[] => Object.values(x) as number[];
const box = (count: number, from: number, to: number): Space =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`x${index + 1}`, { uniform: [from, to] }]));

const hartmann = {
  alpha: [1, 1.2, 3, 3.2],
  a: [
    [10, 3, 17, 3.5, 1.7, 8],
    [0.05, 10, 17, 0.1, 8, 14],
    [3, 3.5, 1.7, 10, 17, 8],
    [17, 8, 0.05, 10, 0.1, 14],
  ],
  p: [
    [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
    [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
    [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.665],
    [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
  ],
};
const bestWidths: Readonly<Record<string, number>> = { relu: 5, gelu: 3, tanh: 2 };
const handicaps: Readonly<Record<string, number>> = { relu: 0.3, gelu: 0, tanh: 0.6 };

export const standardFunctions: readonly StandardFunction[] = [
  {
    name: "sphere",
    space: box(5, -5.12, 5.12),
    value: (x) => numbersOf(x).reduce((sum, each) => sum + each * each, 0),
  },
  {
    name: "Rosenbrock",
    space: box(2, -5, 10),
    value(x) {
      const [a, b] = numbersOf(x) as [number, number];
      return 100 * (b - a * a) ** 2 + (1 - a) ** 2;
    },
  },
  {
    name: "Branin",
    space: { x1: { uniform: [-5, 10] }, x2: { uniform: [0, 15] } },
    value(x) {
      const [a, b] = numbersOf(x) as [number, number];
      const curve = b - (5.1 / (4 * Math.PI ** 2)) * a * a + (5 / Math.PI) * a - 6;
      return curve ** 2 + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(a) + 10;
    },
  },
  {
    name: "Hartmann 6",
    space: box(6, 0, 1),
    value(x) {
      const at = numbersOf(x);
      const { alpha, a, p } = hartmann;
      return -alpha.reduce((sum, weight, i) => {
        const distance = at.reduce((total, each, j) => total + a[i]![j]! * (each - p[i]![j]!) ** 2, 0);
        return sum + weight * Math.exp(-distance);
      }, 0);
    },
  },
  {
    name: "mixed",
    space: {
      activation: ["relu", "gelu", "tanh"],
      layers: { integer: [1, 8] },
      rate: { log_uniform: [1e-5, 1] },
      dropout: { uniform: [0, 0.8] },
    },
    value({ activation, layers, rate, dropout }) {
      const [depth, name] = [layers as number, activation as string];
      // Deeper networks want smaller rates.
      const order = Math.log10(rate as number) + 1.5 + 0.25 * depth;
      return (
        handicaps[name]! + 0.1 * (depth - bestWidths[name]!) ** 2 + order ** 2 + 4 * ((dropout as number) - 0.3) ** 2
      );
    },
  },
];

/** The lowest value of so many evaluations. */
export function lowestAtRandom({ space, value }: StandardFunction, evaluations: number, seed: number): number {
  return Math.min(...trialsOf(space, evaluations, seed).map(value));
}
/** The same of TPE in batches; its first trials are those of the random search, as in a search with `strategy: tpe`. */
export function lowestOfTpe(
  { space, value }: StandardFunction,
  evaluations: number,
  batch: number,
  seed: number,
): number {
  const observations: Observation[] = [];
  for (let generation = 1; observations.length < evaluations; generation++) {
    const count = Math.min(batch, evaluations - observations.length);
    const next =
      observations.length < startUpTrials
        ? trialsOf(space, observations.length + count, seed).slice(observations.length)
        : proposed({
            ...{ space, rules: [], observations, direction: "minimize", count },
            random: stream(seed, [], "proposals", generation),
          });
    observations.push(...next.map((values) => ({ values, score: value(values), epochs: null })));
  }
  return Math.min(...observations.map(({ score }) => score!));
}

function trialsOf(space: Space, count: number, seed: number): readonly JsonObject[] {
  const found = drawnFrom(space, [], count, seed);
  if ("problem" in found) throw new Error(found.problem.message);
  return found.trials.map(({ values }) => values);
}
