import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { loadSqlite } from "../../src/store/native.js";
import type { Computed } from "../../src/values/computed.js";
import { installationWithout } from "../rig/installation.js";
import { digests, type Project, project, smallPipeline, steps, type Told, verdicts } from "../rig/project.js";

let open: Project | undefined;
afterEach(() => open?.remove());

test("the first run trains, the second reuses everything, a changed option runs what reads it, and back runs nothing", async () => {
  open = project();
  const first = await open.hw1("run", "p.yaml", "--json");
  expect(first.err).toBe("");
  expect(first.code).toBe(0);
  expect(verdicts(first)).toEqual({ digits: "run", parts: "run", cnn: "run", score: "run" });

  const second = await open.hw1("run", "p.yaml", "--json");
  expect(verdicts(second)).toEqual({ digits: "reuse", parts: "reuse", cnn: "reuse", score: "reuse" });
  expect(digests(second)).toEqual(digests(first));

  const plan = await open.hw1("plan", "p.yaml", "--json", "--set", "epochs=3");
  expect(plan.code).toBe(10);
  const planned = JSON.parse(plan.out) as { steps: { stage: string; verdict: string; reason: string }[] };
  expect(planned.steps.find((step) => step.stage === "cnn")?.reason).toContain("epochs was 2, is 3");

  const longer = await open.hw1("run", "p.yaml", "--json", "--set", "epochs=3");
  expect(verdicts(longer)).toEqual({ digits: "reuse", parts: "reuse", cnn: "run", score: "run" });

  open.write("p.yaml", `# another comment\n${smallPipeline.replace("name: small\nseed: 3", "seed: 3\nname: small")}`);
  expect((await open.hw1("plan", "p.yaml")).code).toBe(0);
});

test("one job and two jobs, and a longer training that continues a shorter one or cannot, give the same digests", async () => {
  open = project();
  const one = await open.hw1("run", "p.yaml", "--json", "--jobs", "1", "--set", "epochs=3");
  const elsewhere = project();
  try {
    await elsewhere.hw1("run", "p.yaml", "--json", "--jobs", "2");
    const two = await elsewhere.hw1("run", "p.yaml", "--json", "--jobs", "2", "--set", "epochs=3");
    expect(digests(two)).toEqual(digests(one));

    // Without the state, which is no part of any result, all is as it was, and a longer training begins anew.
    const db = new (loadSqlite())(join(elsewhere.cache, "hw1.sqlite"));
    expect(db.prepare("DELETE FROM checkpoints").run().changes).toBe(1);
    db.close();
    expect(Object.values(verdicts(await elsewhere.hw1("run", "p.yaml", "--json", "--set", "epochs=3")))).toEqual(
      Array(4).fill("reuse"),
    );
    const epochsOf = ({ out }: Told): readonly number[] =>
      out
        .split("\n")
        .filter((line) => line.includes('"progress"'))
        .map((line) => (JSON.parse(line) as { epoch: number }).epoch);
    const anew = await elsewhere.hw1("run", "p.yaml", "--json", "--set", "epochs=4");
    const longer = await open.hw1("run", "p.yaml", "--json", "--set", "epochs=4");
    expect([epochsOf(anew)[0], epochsOf(longer)[0]]).toEqual([1, 4]);
    expect(digests(anew)).toEqual(digests(longer));
  } finally {
    elsewhere.remove();
  }
});

test("a run killed with SIGKILL in mid-training goes on and ends with the digests of a run that was left alone", async () => {
  open = project();
  const killed = await open.watch(["run", "p.yaml", "--json", "--set", "epochs=30"], (event) =>
    event.event === "progress" && Number(event.epoch) >= 4 ? "kill" : undefined,
  );
  expect(killed.signal).toBe("SIGKILL");
  const continued = await open.hw1("run", "p.yaml", "--json", "--set", "epochs=30");
  expect(continued.code).toBe(0);
  const elsewhere = project();
  try {
    const alone = await elsewhere.hw1("run", "p.yaml", "--json", "--set", "epochs=30");
    expect(digests(continued)).toEqual(digests(alone));
    // Its time is of the epochs of this run, so what came before is told beside it.
    const { computed, elapsedMs } = await shownIn(open);
    expect(computed).toMatchObject({ run: 2, resumed: { epochs: expect.any(Number), elapsedMs: expect.any(Number) } });
    expect(computed.resumed!.epochs).toBeGreaterThanOrEqual(1);
    expect(computed.resumed!.elapsedMs).toBeGreaterThan(0);
    expect(computed.wallMs).toBeGreaterThan(elapsedMs);
    expect((await shownIn(elsewhere)).computed).not.toHaveProperty("resumed");
  } finally {
    elsewhere.remove();
  }
});

test("what a result was computed on, and in which run, stays known when it is reused", async () => {
  open = project();
  await open.hw1("run", "p.yaml", "--set", "epochs=30");
  const { computed, options, seeds } = await shownIn(open);
  expect(computed).toMatchObject({
    run: 1,
    machine: {
      node: process.versions.node,
      platform: process.platform,
      cpu: expect.stringMatching(/./),
      cores: expect.any(Number),
      engine: { name: "onnx", "onnxruntime-node": expect.stringMatching(/^\d/) },
    },
  });
  expect({ options, seeds }).toMatchObject({ options: { epochs: 30 }, seeds: { seed: 3, folds: [] } });
  await open.hw1("run", "p.yaml", "--set", "epochs=30");
  expect((await shownIn(open)).computed).toEqual(computed);
});

/** Of the training, after 30 epochs. */
async function shownIn({ hw1 }: Project): Promise<{
  readonly computed: Computed;
  readonly elapsedMs: number;
  readonly options: unknown;
  readonly seeds: unknown;
}> {
  return JSON.parse((await hw1("show", "p.yaml", "cnn", "--json", "--set", "epochs=30")).out);
}

test("Ctrl-C ends with 130, keeps what is finished and says how to go on", async () => {
  open = project();
  const told = await open.watch(["run", "p.yaml", "--json", "--set", "epochs=200"], (event) =>
    event.event === "progress" ? "int" : undefined,
  );
  expect(told.code).toBe(130);
  expect(told.err).toContain("hw1 run p.yaml");
  expect((await open.hw1("plan", "p.yaml", "--json")).out).toContain(
    '"stage":"digits","element":null,"verdict":"reuse"',
  );
});

/** Kills the worker in each of the first attempts at the training, `once` or `always`, when it has said something. */
async function withLostWorkers(
  epochs: number,
  times: "once" | "always",
): Promise<{ readonly told: Told; readonly epochs: readonly number[][] }> {
  const { cache } = open!;
  const attempts: number[][] = [];
  const killed = new Set<number>();
  const told = await open!.watch(["run", "p.yaml", "--json", "--set", `epochs=${epochs}`], (event) => {
    if (event.event === "start" && event.stage === "cnn") attempts.push([]);
    if (event.event === "progress" && event.stage === "cnn") {
      const attempt = attempts.length;
      attempts[attempt - 1]!.push(Number(event.epoch));
      const last = attempts[attempt - 1]!.at(-1)!;
      // The first epoch leaves a checkpoint at once.
      if (last >= 3 && !killed.has(attempt) && (times === "always" || attempt === 1)) {
        killed.add(attempt);
        execFileSync("pkill", ["-9", "-f", `worker.js ${cache}`]);
      }
    }
    return undefined;
  });
  return { told, epochs: attempts };
}

test("a step whose worker process dies is tried once more, from its checkpoint, and ends with the same digest", async () => {
  open = project();
  const { told, epochs } = await withLostWorkers(60, "once");
  expect(told.code).toBe(0);
  expect(epochs).toHaveLength(2);
  expect(epochs[1]![0]).toBeGreaterThan(1);
  expect(told.err).toContain("warning: cnn: The worker process ended by SIGKILL. The step is tried once more, alone.");
  const undisturbed = await open.hw1("run", "p.yaml", "--json", "--set", "epochs=60", "--force", "cnn");
  expect(digests(undisturbed)).toEqual(digests(told));
});

test("a worker process that dies again costs its step alone, which says so", async () => {
  open = project();
  const { told, epochs } = await withLostWorkers(200, "always");
  expect(epochs).toHaveLength(2);
  expect(told.code).toBe(1);
  expect(steps(told).digits?.status).toBe("ok");
  expect(steps(told).cnn?.error).toBe(
    `p.yaml:12:3  the step's process was lost

  12 │   cnn:
     │   ^^^

The worker process ended by SIGKILL.
Run the same command again: it goes on from the last checkpoint.`,
  );
  expect(steps(told).score?.status).toBe("skipped");
});

test("--force trains again from the start, though a finished training's state is there", async () => {
  open = project();
  expect((await open.hw1("run", "p.yaml", "--quiet")).code).toBe(0);
  const forced = await open.hw1("run", "p.yaml", "--json", "--force", "cnn");
  expect(forced.code).toBe(0);
  const told = forced.out.split("\n").filter((line) => line.includes('"progress"') && line.includes('"cnn"'));
  expect(told.map((line) => (JSON.parse(line) as { epoch: number }).epoch)).toContain(1);
});

test("another version of the engine's packages computes again, and plan and explain say which", async () => {
  open = project(`stages:
  curve: {kind: load, source: synthetic, generator: gapped_curve, count: 20}
  net: {kind: train, data: curve.train, layers: [{dense: {units: 1}}], loss: mse, optimizer: sgd, epochs: 1}
`);
  expect((await open.hw1("run", "p.yaml", "--quiet")).code).toBe(0);
  const other = installationWithout("onnxruntime-node");
  try {
    mkdirSync(other.replaced);
    const description = JSON.parse(readFileSync(join(other.real, "package.json"), "utf8")) as { version: string };
    writeFileSync(join(other.replaced, "package.json"), JSON.stringify({ ...description, version: "9.9.9" }));
    const later = project(readFileSync(join(open.folder, "p.yaml"), "utf8"), other.folder);
    const plan = await later.hw1("plan", "p.yaml", "--cache", open.cache, "--json");
    const explained = await later.hw1("explain", "p.yaml", "net", "--cache", open.cache);
    later.remove();
    expect(explained.out).toContain(`engine.onnxruntime-node: "${description.version}" → "9.9.9"`);
    const reasons = (JSON.parse(plan.out) as { steps: { verdict: string; reason: string }[] }).steps.map(
      ({ verdict, reason }) => `${verdict} ${reason}`,
    );
    expect(reasons[0]).toMatch(/^reuse/);
    expect(reasons[1]).toBe(`run engine: onnxruntime-node was ${description.version}, is 9.9.9`);
  } finally {
    other.remove();
  }
});
