/** One judge: what is known decides, whoever asks. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Decision, decide, type Ended, type Known } from "../../src/plan/decide.js";
import type { Plan } from "../../src/plan/plan.js";
import type { Step } from "../../src/plan/steps.js";
import { corruptBlobs } from "../rig/stored.js";
import { type Toys, toys } from "../rig/toy.js";

let toy: Toys;
beforeEach(() => {
  toy = toys();
});
afterEach(() => toy.close());

const chain = (first: string): string => `
    a: {kind: make, value: ${first}, leaves: same}
    b: {kind: pass, data: a, value: two}
`;
const study = `
    d: {kind: make, value: one}
    folds: {kind: part, data: d, k: 2}
    s:
      kind: search
      strategy: grid
      space: {a: [3, 1]}
      trial: {kind: fit, each: folds, data: folds.train, a: "\${trial.a}", bad: [3]}
      objective: {minimize: validation.loss}
    best: {kind: select, from: s}
`;
const stepOf = ({ steps }: Plan, key: string): Step => steps.find((step) => step.key === key)!;

/** What is known where only some steps have ended. */
const knowing = (plan: Plan, ended: Readonly<Record<string, Ended>>, lost: readonly string[] = []): Known => ({
  store: toy.store,
  pipeline: plan.pipeline,
  engine: plan.engine,
  ended: (key) => ended[key],
  resolved: () => undefined,
  step: (key) => plan.steps.find((step) => step.key === key),
  chosen: () => undefined,
  isLost: (key) => lost.includes(key),
});
/** All that a plan found to be there. */
function endedIn(plan: Plan): Record<string, Ended> {
  return Object.fromEntries(
    [...plan.records].map(([key, { artifact }]) => {
      const outputs = plan.outputs.get(key)!;
      return [key, { status: "failure" in outputs ? "failed" : "ok", artifact, outputs }];
    }),
  );
}
const skipped: Ended = { status: "skipped", artifact: null, outputs: {} };
const words = (decision: Decision): string =>
  "reason" in decision ? `${decision.verdict}: ${decision.reason.replace(/[\d.]+ s/, "… s")}` : decision.verdict;

describe("a step that reads another", () => {
  test("waits for it, and is cut off early where the other leaves the same bytes again", async () => {
    await toy.run(chain("one"));
    const b = stepOf(toy.plan(chain("uno")), "b");
    const plan = toy.plan(chain("uno"));
    expect(decide(b, knowing(plan, {}))).toEqual({ verdict: "wait", missing: "a" });

    await toy.run(chain("uno"), { only: ["a"] });
    const known = knowing(plan, endedIn(toy.plan(chain("uno"))));
    expect(words(decide(b, known))).toBe("reuse: unchanged, … s saved");
  });

  test("is skipped where that failed, and runs with a reason where its own result is lost", async () => {
    await toy.run(chain("one"));
    const plan = toy.plan(chain("one"));
    const [a, b] = [stepOf(plan, "a"), stepOf(plan, "b")];
    expect(decide(b, knowing(plan, { a: skipped }))).toEqual({ verdict: "skip", failed: "a" });

    const found = decide(a, knowing(plan, {}));
    const { artifact } = plan.records.get("a")!;
    const [blob] = Object.values(toy.store.artifact(artifact)!.outputs.data!.blobs);
    corruptBlobs(toy.store.folder, (bytes) => bytes.length > 0);
    toy.store.quarantine(blob!.digest!);
    const again = decide(a, knowing(plan, {}, ["a"]));
    expect(words(again)).toBe("run: its stored result was damaged");
    expect(again.fingerprint).toEqual(found.fingerprint);
  });
});

describe("what gathers a search", () => {
  test("reads a trial's failure as its result, and waits while a trial is not known", async () => {
    await toy.run(study);
    const plan = toy.plan(study);
    const s = stepOf(plan, "s");
    const ended = endedIn(plan);
    const known: Known = {
      ...knowing(plan, ended),
      resolved: (key) => {
        const decision = plan.decisions.get(key)!;
        return "resolved" in decision ? decision.resolved : undefined;
      },
    };
    const decision = decide(s, known);
    expect(words(decision)).toBe("reuse: unchanged, … s saved");
    expect("sources" in decision && decision.sources.map(({ output }) => output)).toEqual([
      "failure",
      "failure",
      "model",
      "model",
    ]);
    const { "s/3/1": _one, ...others } = ended;
    expect(decide(s, knowing(plan, others))).toEqual({ verdict: "wait", missing: "s/3/1" });
  });

  test("goes on without what was never run, and others do not", async () => {
    await toy.run(study);
    const plan = toy.plan(study);
    const ended = { ...endedIn(plan), "s/3/1": skipped, s: skipped };
    const decision = decide(stepOf(plan, "s"), knowing(plan, ended));
    expect("sources" in decision && decision.sources.map(({ step }) => step)).toEqual(["s/3/2", "s/1/1", "s/1/2"]);
    expect(decide(stepOf(plan, "best"), knowing(plan, ended))).toEqual({ verdict: "skip", failed: "s" });
  });
});
