/** A search among ensembles, kept by the real command: networks shared, results the same however they were computed. */
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { digests, type Project, project, steps } from "../rig/project.js";

const open: Project[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each.remove();
});
const study = (): Project => {
  open.push(project("stages: {}"));
  return open.at(-1)!;
};
const file = join(import.meta.dirname, "..", "..", "pipelines", "regression-ensemble.yaml");
const quick = [file, "--profile", "quick"];

test("the study of ensembles runs in small, trains each network once, and leaves the same with one job and with two", async () => {
  const p = study();
  const told = await p.hw1("run", ...quick, "--json", "--jobs", "2");
  expect([told.err, told.code]).toEqual(["", 0]);
  const trained = Object.values(steps(told)).filter(
    ({ stage, verdict }) => verdict === "run" && /^choice\.(one|two)$/.test(String(stage)),
  );
  // Two settings under four seeds on three folds, though four ensembles of four networks are scored on each.
  expect(trained).toHaveLength(2 * 4 * 3);
  const alone = digests(await study().hw1("run", ...quick, "--json", "--jobs", "1", "--only", "score"));
  const wanted = digests(told);
  expect(Object.keys(alone).length).toBeGreaterThan(60);
  expect(alone).toEqual(Object.fromEntries(Object.keys(alone).map((name) => [name, wanted[name]])));

  // Its networks are no models that saw the test set; those that were judged one by one are.
  const shown = JSON.parse((await p.hw1("show", ...quick, "score", "--json")).out) as {
    readonly metrics: Readonly<Record<string, unknown>>;
    readonly ledger: readonly { readonly opened: number; readonly models: number; readonly afterSelection: boolean }[];
  };
  expect(shown.metrics).toMatchObject({ mse: { count: 1 } });
  expect(shown.ledger).toMatchObject([{ opened: 5, models: 5, afterSelection: true }]);
  const members = await p.hw1("show", ...quick, "ensemble/1");
  expect(members.out).toContain("Members: the mean of 4 members (2372 parameters)");
  expect(members.out).toMatch(/^ {2}3 +model 2, seed 101 +593 +40 epochs, best 40, train loss [\d.]+$/m);
  expect((await p.hw1("plan", ...quick)).code).toBe(0);
});

test("the best regression keeps all settings but the worst quarter, which speak as one, and opens the test set once", async () => {
  const p = study();
  const best = [join(file, "..", "regression-best.yaml"), "--profile", "quick"];
  const told = await p.hw1("run", ...best, "--json", "--only", "score");
  expect([told.err, told.code]).toEqual(["", 0]);
  interface Chosen {
    readonly trials: readonly { readonly key: string; readonly rank: number }[];
    readonly winners: readonly { readonly key: string }[];
  }
  const chosen = async (stage: string): Promise<Chosen> =>
    JSON.parse((await p.hw1("show", ...best, stage, "--json")).out).outputs[0].data;
  const ranked = [...(await chosen("choice")).trials].sort((a, b) => a.rank - b.rank);
  expect(ranked).toHaveLength(4);
  expect((await chosen("kept")).winners.map(({ key }) => key)).toEqual(ranked.slice(0, 3).map(({ key }) => key));
  expect((await p.hw1("show", ...best, "ensemble")).out).toContain("Members: the mean of 6 members");
  const score = JSON.parse((await p.hw1("show", ...best, "score", "--json")).out) as { readonly ledger: unknown };
  expect(score.ledger).toMatchObject([{ opened: 1, models: 1, afterSelection: true }]);
});
