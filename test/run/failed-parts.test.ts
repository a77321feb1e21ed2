/** A trial of several stages, one of which gathers what an earlier one left of each fold. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { MistakeError } from "../../src/diagnostic/diagnostic.js";
import type { Kind } from "../../src/pipeline/kind.js";
import type { SearchData } from "../../src/values/search.js";
import { type Toys, toys } from "../rig/toy.js";

let toy: Toys;
beforeEach(() => {
  toy = toys();
});
afterEach(() => toy.close());

test("a trial of which a fold failed fails whole: what gathers its folds does not go on with the others", async () => {
  const pass = toy.kinds.pass as Kind<{ value: string }>;
  let calls = 0;
  const once: typeof pass = {
    ...pass,
    name: "once",
    async run(context) {
      if (context.options.value === "v1" && calls++ === 0)
        throw new MistakeError({ title: "no number", message: "The first fold.", at: ["value"] });
      return await pass.run(context);
    },
  };
  Object.assign(toy.kinds, { once });
  const text = `
    d: {kind: make, value: one}
    folds: {kind: part, data: d, k: 2}
    s:
      kind: search
      strategy: grid
      space: {a: [1, 2]}
      trial:
        each_fold: {kind: once, each: folds, data: folds.train, value: "v\${trial.a}"}
        joined: {kind: view, all: each_fold, value: "j\${trial.a}"}
        last: {kind: fit, data: joined, a: "\${trial.a}"}
      objective: {minimize: last.validation.loss}
`;
  const run = await toy.run(text, { jobs: 1 });
  expect([run.status, run.failed]).toEqual(["ok", 1]);
  expect(run.told).toMatch(/s\.joined\/1 skipped: s\.each_fold\/1\/[12] failed/);
  const [output] = Object.values(toy.store.artifact(run.artifacts.get("s") as never)!.outputs);
  const { trials } = output!.data as unknown as SearchData;
  expect(trials.map(({ key, status, cells }) => [key, status, cells[0]!.error])).toEqual([
    ["1", "failed", "an earlier stage of it failed"],
    ["2", "ok", null],
  ]);
  expect((await toy.run(text)).ran).toBe(0);
});
