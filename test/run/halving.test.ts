import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { SearchData } from "../../src/values/search.js";
import { type Toys, toys } from "../rig/toy.js";

let toy: Toys;
beforeEach(() => {
  toy = toys();
});
afterEach(() => toy.close());

type Options = { readonly more?: string; readonly epochs?: string; readonly factor?: number; readonly space?: string };
/** The loss of `a-b` after so many epochs is a + b / epochs + fold / 10, over folds 1 and 2. */
const halved = ({ more = "", epochs = "[1, 3, 9]", factor = 3, space = "" }: Options = {}): string => `
    d: {kind: make, value: one}
    folds: {kind: part, data: d, k: 2}
    s:
      kind: search
      strategy: grid
      space: {${space || "a: [9, 4, 2], b: [0, 9]"}}
      halving: {epochs: ${epochs}, factor: ${factor}}
      trial: {kind: fit, each: folds, data: folds.train, a: "\${trial.a}", b: "\${trial.b}"${more}}
      objective: {minimize: validation.loss}
`;
function resultsOf<T>(run: { readonly artifacts: ReadonlyMap<string, string> }, key: string): T {
  const [output] = Object.values(toy.store.artifact(run.artifacts.get(key) as never)!.outputs);
  return output!.data as unknown as T;
}
const standings = ({ trials }: SearchData): readonly string[] =>
  trials.map(
    ({ key, status, rank, round, rungs }) =>
      `${key} ${status} ${rank} ${round!.epochs}: ${rungs!.map(({ score }) => score?.mean.toFixed(2) ?? "–").join(" ")}`,
  );

describe("a halved search", () => {
  test("trains the best third of a rung's trials on, and says of each how far it went", async () => {
    const run = await toy.run(halved(), { jobs: 1 });
    expect(run.status).toBe("ok");
    expect(standings(resultsOf<SearchData>(run, "s"))).toEqual([
      "9-0 stopped 3 1: 9.15",
      "9-9 stopped 6 1: 18.15",
      "4-0 stopped 2 3: 4.15 4.15",
      "4-9 stopped 5 1: 13.15",
      "2-0 ok 1 9: 2.15 2.15 2.15",
      "2-9 stopped 4 1: 11.15",
    ]);
    // Two cells of each: six trials for an epoch, two for two more, one for another six.
    expect(toy.trained.epochs).toBe(2 * (6 * 1 + 2 * 2 + 6));
    const { rounds, trials } = resultsOf<SearchData>(run, "s");
    expect(rounds!.map(({ rung, epochs, places, ran }) => [rung, epochs, places, ran])).toEqual([
      [1, 1, 6, 6],
      [2, 3, 2, 2],
      [3, 9, 1, 1],
    ]);
    expect(trials.map(({ options }) => options.trial!.epochs)).toEqual([1, 1, 3, 1, 9, 1]);
    expect(trials.map(({ p }) => p)).toEqual([null, null, null, null, 1, null]);
  });

  test("has its steps from the start: places wait for the step that chooses, and are told when it has", async () => {
    expect(
      toy
        .plan(halved())
        .planned.slice(-9)
        .map(({ element, verdict, reason }) => `${element} ${verdict}: ${reason}`),
    ).toEqual(
      [
        "2-9/2 wait: folds must run first",
        "rung-2 wait: its trials must run first",
        "rung-2.1/1 wait: s/rung-2 must run first",
        "rung-2.1/2 wait: s/rung-2 must run first",
        "rung-2.2/1 wait: s/rung-2 must run first",
        "rung-2.2/2 wait: s/rung-2 must run first",
        "rung-3 wait: its trials must run first",
        "rung-3.1/1 wait: s/rung-3 must run first",
        "rung-3.1/2 wait: s/rung-3 must run first",
        "null wait: its trials must run first",
      ].slice(1),
    );
    const run = await toy.run(halved());
    expect(run.events.filter(({ event }) => event === "trials")).toEqual([
      {
        event: "trials",
        stage: "s",
        element: null,
        round: "rung-2",
        trials: [
          { place: "rung-2.1", key: "4-0", values: { a: 4, b: 0 } },
          { place: "rung-2.2", key: "2-0", values: { a: 2, b: 0 } },
        ],
      },
      {
        event: "trials",
        stage: "s",
        element: null,
        round: "rung-3",
        trials: [{ place: "rung-3.1", key: "2-0", values: { a: 2, b: 0 } }],
      },
    ]);
    const again = toy.plan(halved());
    expect(again.planned.every(({ verdict }) => verdict === "reuse")).toBe(true);
    expect(again.searches[0]!.rounds.map(({ name, chosen }) => [name, chosen?.map(({ key }) => key)])).toEqual([
      ["rung-1", undefined],
      ["rung-2", ["4-0", "2-0"]],
      ["rung-3", ["2-0"]],
    ]);
    expect((await toy.run(halved())).ran).toBe(0);
  });
});
