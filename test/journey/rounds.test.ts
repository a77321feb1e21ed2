/** Promises about searches of several rounds, kept by the real command with real training in real processes. */
import { expect, test } from "vitest";
import { stream } from "../../src/learn/random.js";
import { roundsPipelines, withKills } from "../rig/kills.js";
import { digests, project, steps } from "../rig/project.js";

/** Killed at random moments and gone on with two jobs, against left alone with one. */
async function comparedAfterKills(pipeline: string, seed: number): Promise<void> {
  const [alone, disturbed] = [project(pipeline), project(pipeline)];
  try {
    const whole = await alone.hw1("run", "p.yaml", "--json", "--jobs", "1");
    expect(whole.err).toBe("");
    const random = stream(seed, [], "kills");
    const moments = [15 + random.int(45)];
    const { told, kills } = await withKills(disturbed, ["--jobs", "2"], moments);
    expect(kills, `of seed ${seed}, after ${moments.join(", ")} events`).toBe(1);
    expect(told.code).toBe(0);
    expect(digests(told)).toEqual(digests(whole));
    expect(Object.keys(steps(told))).toContain("final/1");
  } finally {
    alone.remove();
    disturbed.remove();
  }
}

test("a halved search that is killed at a random moment ends with the digests of one left alone, with one job or two", async () => {
  await comparedAfterKills(roundsPipelines.halving, 1);
});

test("so does a search whose configurations follow from scores", async () => {
  await comparedAfterKills(roundsPipelines.tpe, 2);
});

test("who came through the last rung was trained as one who was trained for as long at once", async () => {
  const whole = roundsPipelines.halving
    .replace(/ +halving: .*\n/, "")
    .replace("batch_size: 16\n", "batch_size: 16\n      epochs: 18\n");
  const [rungs, once] = [project(roundsPipelines.halving), project(whole)];
  try {
    const told = await rungs.hw1("run", "p.yaml", "--json");
    const winner = /"round":"rung-3","trials":\[\{"place":"rung-3.1","key":"([^"]+)"/.exec(told.out)?.[1];
    const alone = digests(await once.hw1("run", "p.yaml", "--json", "--only", "tried"));
    const halved = digests(told);
    for (const fold of [1, 2]) expect(halved[`tried/rung-3.1/${fold}`]).toBe(alone[`tried/${winner}/${fold}`]);
    expect(halved["tried/rung-3.1/1"]).toMatch(/^sha256:/);
    // By its own key it is shown as it was trained last.
    const shown = await rungs.hw1("show", "p.yaml", `tried/${winner}`, "--json");
    const { elements } = JSON.parse(shown.out) as { elements: readonly { element: string; digest: string }[] };
    expect(elements.map(({ element, digest }) => [`tried/${element}`, digest])).toEqual(
      [1, 2].map((fold) => [`tried/rung-3.1/${fold}`, halved[`tried/rung-3.1/${fold}`]]),
    );
  } finally {
    rungs.remove();
    once.remove();
  }
});
