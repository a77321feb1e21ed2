/** Promises about searches of several rounds, kept by the real command with real training in real processes. */
import { expect, test } from "vitest";
import { stream } from "../../src/learn/random.js";
import { roundsPipelines, withKills } from "../rig/kills.js";
import { digests, type JsonEvent, type Project, project, steps, type Told } from "../rig/project.js";

/**
 * Killed at random moments and gone on with two jobs, against left alone with one.
 *
 * @param look  at the latter, and at what it told
 */
async function comparedAfterKills(
  pipeline: string,
  seed: number,
  look: (alone: Project, whole: Told) => Promise<void> = async () => undefined,
): Promise<void> {
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
    await look(alone, whole);
  } finally {
    alone.remove();
    disturbed.remove();
  }
}

/** The values of the trial that came through the last rung, with the key that they have. */
function winnerOf({ out }: Told): { readonly key: string; readonly values: Readonly<Record<string, unknown>> } {
  const events = out.split("\n").flatMap((line) => (line.startsWith("{") ? [JSON.parse(line) as JsonEvent] : []));
  const { trials } = events.find(({ event, round }) => event === "trials" && round === "rung-3") as never as {
    readonly trials: readonly ReturnType<typeof winnerOf>[];
  };
  return trials[0]!;
}

/** To the last bit; and by its own key it is shown as it was trained last. */
async function isAsTrainedAtOnce(alone: Project, whole: Told): Promise<void> {
  const { key, values } = winnerOf(whole);
  const space = ["units", "activation", "learning_rate"].map((name) => `${name}: [${String(values[name])}]`);
  const once = project(
    roundsPipelines.halving
      .replace(/ +halving: .*\n/, "")
      .replace(/space: .*/, `space: {${space.join(", ")}}`)
      .replace("batch_size: 16\n", "batch_size: 16\n      epochs: 18\n"),
  );
  try {
    const trained = digests(await once.hw1("run", "p.yaml", "--json", "--only", "tried"));
    const halved = digests(whole);
    for (const fold of [1, 2]) expect(halved[`tried/rung-3.1/${fold}`]).toBe(trained[`tried/${key}/${fold}`]);
    expect(halved["tried/rung-3.1/1"]).toMatch(/^sha256:/);
    const shown = await alone.hw1("show", "p.yaml", `tried/${key}`, "--json");
    const { elements } = JSON.parse(shown.out) as { elements: readonly { element: string; digest: string }[] };
    expect(elements.map(({ element, digest }) => [`tried/${element}`, digest])).toEqual(
      [1, 2].map((fold) => [`tried/rung-3.1/${fold}`, halved[`tried/rung-3.1/${fold}`]]),
    );
  } finally {
    once.remove();
  }
}

test("a halved search that is killed at a random moment ends with the digests of one left alone; who came through was trained as at once", async () => {
  await comparedAfterKills(roundsPipelines.halving, 1, isAsTrainedAtOnce);
});

test("a search whose configurations follow from scores ends so, too", async () => {
  await comparedAfterKills(roundsPipelines.tpe, 2);
});
