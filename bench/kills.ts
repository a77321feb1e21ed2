/**
 * Kills searches of several rounds with SIGKILL at random moments and lets them go on, until each has been killed ten
 * times; compares what they end with, digest by digest, with runs that were left alone.
 *
 *   npx tsx bench/kills.ts [--kills 10] [--seed 1]
 *
 * A moment is a time since the run began, drawn from 0.5 s to the length of a whole run; whether a run goes on with one
 * job or two is drawn, too. hw1 is the built one (`npm run build`).
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { stream } from "../src/learn/random.js";
import { roundsPipelines } from "../test/rig/kills.js";
import { digests, type Project, project, type Told } from "../test/rig/project.js";

const { values } = parseArgs({
  options: { kills: { type: "string", default: "10" }, seed: { type: "string", default: "1" } },
});
const wanted = Number(values.kills);
const random = stream(Number(values.seed), [], "kills");

/** @param ms  after which it is killed @returns whether it was, before its end */
function killedAfter(open: Project, jobs: number, ms: number): Promise<boolean> {
  return new Promise((done) => {
    const child = spawn(
      process.execPath,
      [join(import.meta.dirname, "..", "bin", "hw1.js"), "run", "p.yaml", "--quiet", "--jobs", String(jobs)],
      { cwd: open.folder, env: { ...process.env, HW1_CACHE: open.cache }, stdio: "ignore" },
    );
    const timer = setTimeout(() => child.kill("SIGKILL"), ms);
    child.on("close", (_code, signal) => {
      clearTimeout(timer);
      done(signal === "SIGKILL");
    });
  });
}
const whole = async (open: Project, jobs: number): Promise<{ readonly told: Told; readonly ms: number }> => {
  const begun = performance.now();
  const told = await open.hw1("run", "p.yaml", "--json", "--jobs", String(jobs));
  if (told.code !== 0) throw new Error(`a run ended with ${told.code}: ${told.err}`);
  return { told, ms: performance.now() - begun };
};
const text = (told: Told): string => JSON.stringify(Object.entries(digests(told)).sort());
async function within<T>(pipeline: string, work: (open: Project) => Promise<T>): Promise<T> {
  const open = project(pipeline);
  try {
    return await work(open);
  } finally {
    open.remove();
  }
}

for (const [name, pipeline] of Object.entries(roundsPipelines)) {
  const one = await within(pipeline, (open) => whole(open, 1));
  const two = await within(pipeline, (open) => whole(open, 2));
  let [kills, runs, same] = [0, 0, 0];
  const moments: string[] = [];
  while (kills < wanted) {
    const last = await within(pipeline, async (open) => {
      for (let isKilled = true; isKilled && kills < wanted; ) {
        const [jobs, ms] = [1 + random.int(2), Math.round(500 + random.uniform() * Math.max(0, two.ms - 500))];
        isKilled = await killedAfter(open, jobs, ms);
        if (isKilled) kills++;
        if (isKilled) moments.push(`${(ms / 1000).toFixed(1)} s of ${jobs === 1 ? "1 job" : "2 jobs"}`);
      }
      return await whole(open, 1 + random.int(2));
    });
    runs++;
    if (text(last.told) === text(one.told)) same++;
  }
  console.log(
    JSON.stringify({
      ...{ search: name, seed: Number(values.seed), kills, runs, same },
      oneJobAsTwo: text(one.told) === text(two.told),
      steps: Object.keys(digests(one.told)).length,
      wholeSeconds: [one, two].map(({ ms }) => Number((ms / 1000).toFixed(1))),
      moments,
    }),
  );
  if (same < runs || text(one.told) !== text(two.told)) process.exitCode = 1;
}
