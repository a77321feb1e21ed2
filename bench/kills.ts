/**
 * Kills searches of several rounds with SIGKILL at random moments and lets them go on, until each has been killed ten
 * times; compares what they end with, digest by digest, with runs that were left alone. Beside two small searches that is
 * `pipelines/mnist-search.yaml --profile quick`, seven searches that follow each other.
 *
 *   npx tsx bench/kills.ts [--kills 10] [--seed 1] [--search halving]
 *
 * A moment is a time since the run began, drawn from 0.5 s to the length of a whole run; whether a run goes on with one
 * job or two is drawn, too. hw1 is the built one (`npm run build`).
 */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { stream } from "../src/learn/random.js";
import { roundsPipelines } from "../test/rig/kills.js";
import { digests, type Project, project, type Told } from "../test/rig/project.js";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "10" },
    seed: { type: "string", default: "1" },
    search: { type: "string" },
  },
});
const wanted = Number(values.kills);
const random = stream(Number(values.seed), [], "kills");

interface Case {
  readonly pipeline: string;
  readonly options: readonly string[];
}
const root = join(import.meta.dirname, "..");
const cases: Readonly<Record<string, Case>> = {
  ...Object.fromEntries(
    Object.entries(roundsPipelines).map(([name, pipeline]): [string, Case] => [name, { pipeline, options: [] }]),
  ),
  "mnist-search": {
    pipeline: readFileSync(join(root, "pipelines", "mnist-search.yaml"), "utf8"),
    options: ["--profile", "quick"],
  },
};

/** @param ms  after which it is killed @returns whether it was, before its end */
function killedAfter(open: Project, options: readonly string[], jobs: number, ms: number): Promise<boolean> {
  return new Promise((done) => {
    const child = spawn(
      process.execPath,
      [join(root, "bin", "hw1.js"), "run", "p.yaml", "--quiet", "--jobs", String(jobs), ...options],
      { cwd: open.folder, env: { ...process.env, HW1_CACHE: open.cache }, stdio: "ignore" },
    );
    const timer = setTimeout(() => child.kill("SIGKILL"), ms);
    child.on("close", (_code, signal) => {
      clearTimeout(timer);
      done(signal === "SIGKILL");
    });
  });
}
interface Whole {
  readonly told: Told;
  readonly ms: number;
}
const whole = async (open: Project, options: readonly string[], jobs: number): Promise<Whole> => {
  const begun = performance.now();
  const told = await open.hw1("run", "p.yaml", "--json", "--jobs", String(jobs), ...options);
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

for (const [name, { pipeline, options }] of Object.entries(cases)) {
  if (values.search !== undefined && values.search !== name) continue;
  const one = await within(pipeline, (open) => whole(open, options, 1));
  const two = await within(pipeline, (open) => whole(open, options, 2));
  let [kills, runs, same] = [0, 0, 0];
  const moments: string[] = [];
  while (kills < wanted) {
    const last = await within(pipeline, async (open) => {
      for (let isKilled = true; isKilled && kills < wanted; ) {
        const [jobs, ms] = [1 + random.int(2), Math.round(500 + random.uniform() * Math.max(0, two.ms - 500))];
        isKilled = await killedAfter(open, options, jobs, ms);
        if (isKilled) kills++;
        if (isKilled) moments.push(`${(ms / 1000).toFixed(1)} s of ${jobs === 1 ? "1 job" : "2 jobs"}`);
      }
      return await whole(open, options, 1 + random.int(2));
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
