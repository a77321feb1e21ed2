/**
 * Stage 1 of a regression study, against PyTorch: 36 configurations × 10 folds of small networks, in two processes of
 * one thread each.
 *
 *   npm run bench:study, or npx tsx bench/study.ts [--rounds 5] [--part 3] [--epochs 100] [--processes 2]
 *                            [--peers hw1,pytorch,pytorch-folds] [--seed 1] [--write]
 *
 * A round hands the configurations, a seeded 1/part of them, to each peer's processes, one peer after the other; the
 * clock runs from the first to the last of them. hw1 compiles every configuration anew, so that fewer epochs than a
 * study has make it look slower, not faster. Not counted are the start of the processes, and what hw1 keeps in its
 * store. `--part 1 --epochs 500 --rounds 1` is the whole study.
 *
 * Peers: `pytorch` trains fold after fold, as most people write it; `pytorch-folds` has the folds' weights in one
 * tensor, as hw1 does.
 */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { stream } from "../src/learn/random.js";
import { median } from "../src/util/statistics.js";
import { writeSection } from "./sections.js";

const studyHeading = "Stage 1 of a regression study";

export interface StudyTask {
  readonly depth: number;
  readonly units: number;
  readonly activation: "sigmoid" | "elu" | "gelu";
  readonly learningRate: number;
  readonly folds: number;
  readonly batch: number;
  readonly epochs: number;
  readonly x: readonly number[];
  readonly y: readonly number[];
}
type Peer = "hw1" | "pytorch" | "pytorch-folds";

/** 100 points of a noisy sine that has gaps. */
function points(): { readonly x: readonly number[]; readonly y: readonly number[] } {
  const random = stream(1, [], "study points");
  const x: number[] = [];
  while (x.length < 100) {
    const at = random.uniform() * 4 - 2;
    if (Math.abs(at + 1) > 0.2 && Math.abs(at - 0.6) > 0.3) x.push(at);
  }
  return { x, y: x.map((at) => Math.sin(3 * at) + 0.1 * random.normal()) };
}

export function tasksOf(epochs: number): readonly StudyTask[] {
  const shared = { folds: 10, batch: 18, epochs, ...points() };
  return [2, 3].flatMap((depth) =>
    [16, 32, 64].flatMap((units) =>
      (["sigmoid", "elu", "gelu"] as const).flatMap((activation) =>
        [0.01, 0.001].map((learningRate) => ({ depth, units, activation, learningRate, ...shared })),
      ),
    ),
  );
}

class Worker {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #waiting: { resolve(line: string): void; reject(error: Error): void }[] = [];
  readonly ready: Promise<string>;

  constructor(peer: Peer) {
    const file = (name: string): string => join(import.meta.dirname, name);
    const [command, args] =
      peer === "hw1"
        ? [process.execPath, ["--import", "tsx", file("study-peer.ts")]]
        : [process.env.PYTHON ?? "python3", [file("study.py"), peer === "pytorch" ? "loop" : "folds"]];
    this.#child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
    createInterface({ input: this.#child.stdout }).on("line", (line) => this.#waiting.shift()?.resolve(line));
    this.#child.on("exit", (code) => {
      for (const { reject } of this.#waiting.splice(0)) reject(new Error(`${peer} ended with exit code ${code}`));
    });
    this.ready = this.#answer();
  }
  #answer(): Promise<string> {
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }
  async train(task: StudyTask): Promise<number> {
    const answer = this.#answer();
    this.#child.stdin.write(`${JSON.stringify(task)}\n`);
    return (JSON.parse(await answer) as { loss: number }).loss;
  }
  end(): void {
    this.#child.kill("SIGKILL");
  }
}

/**
 * Seconds that a peer's processes need for all tasks, each taking the next one when it is done, and the mean of the
 * losses.
 */
async function race(
  workers: readonly Worker[],
  tasks: readonly StudyTask[],
): Promise<{ seconds: number; loss: number }> {
  const begun = performance.now();
  const left = [...tasks];
  const losses = new Map<StudyTask, number>();
  await Promise.all(
    workers.map(async (worker) => {
      for (let task = left.shift(); task; task = left.shift()) losses.set(task, await worker.train(task));
    }),
  );
  return {
    seconds: (performance.now() - begun) / 1000,
    loss: tasks.reduce((sum, task) => sum + losses.get(task)!, 0) / tasks.length,
  };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "5" },
      part: { type: "string", default: "3" },
      epochs: { type: "string", default: "100" },
      processes: { type: "string", default: "2" },
      peers: { type: "string", default: "hw1,pytorch,pytorch-folds" },
      seed: { type: "string", default: "1" },
      write: { type: "boolean", default: false },
    },
  });
  const peers = values.peers.split(",") as Peer[];
  const all = tasksOf(Number(values.epochs));
  const order = stream(Number(values.seed), [], "study part").permutation(all.length);
  const tasks = [...order.slice(0, Math.ceil(all.length / Number(values.part)))].map((index) => all[index]!);
  const processes = new Map(
    peers.map((peer) => [peer, Array.from({ length: Number(values.processes) }, () => new Worker(peer))]),
  );
  const seconds = new Map(peers.map((peer): [Peer, number[]] => [peer, []]));
  const steps = tasks.reduce(
    (sum, { folds, epochs, x, batch }) => sum + folds * epochs * Math.ceil((x.length * (1 - 1 / folds)) / batch),
    0,
  );
  let known: number | undefined;
  try {
    for (const workers of processes.values()) await Promise.all(workers.map((worker) => worker.ready));
    // A short task each, so that nobody's first round pays for loading code.
    for (const workers of processes.values())
      await race(
        workers,
        workers.map(() => ({ ...all[0]!, epochs: 3 })),
      );
    for (let round = 1; round <= Number(values.rounds); round++)
      for (const [peer, workers] of processes) {
        const result = await race(workers, tasks);
        if (peer === "hw1") {
          known ??= result.loss;
          // Its results do not depend on how they were run; a benchmark of wrong ones would mean nothing.
          if (result.loss !== known) throw new Error(`hw1 is at odds with itself: ${known} and ${result.loss}`);
        }
        seconds.get(peer)!.push(result.seconds);
        process.stderr.write(
          `round ${round}, ${peer}: ${result.seconds.toFixed(1)} s, mean validation loss ${result.loss.toFixed(6)}\n`,
        );
      }
  } finally {
    for (const workers of processes.values()) for (const worker of workers) worker.end();
  }
  const own = seconds.get("hw1");
  const lines = [...seconds].map(([peer, list]) => ({
    peer,
    seconds: Number(median(list).toFixed(2)),
    stepsPerSecond: Math.round(steps / median(list)),
    ratio: own ? Number(median(list.map((value, round) => value / own[round]!)).toFixed(2)) : null,
  }));
  const summary = {
    configurations: tasks.length,
    folds: 10,
    epochs: Number(values.epochs),
    processes: Number(values.processes),
    rounds: Number(values.rounds),
  };
  console.log(JSON.stringify({ ...summary, steps, peers: lines }));
  if (!values.write) return;
  const rows = lines.map(({ peer, seconds: taken, stepsPerSecond, ratio }) => {
    const list = seconds.get(peer)!;
    const spread = list.length > 1 ? ` (${Math.min(...list).toFixed(1)} … ${Math.max(...list).toFixed(1)})` : "";
    return `| ${peer} | ${taken.toFixed(1)}${spread} | ${stepsPerSecond.toLocaleString("en")} | ${peer === "hw1" || ratio === null ? "–" : ratio.toFixed(1)} |`;
  });
  writeSection(
    studyHeading,
    `Written by \`npm run bench:study\`: ${summary.configurations} of the 36 configurations (2 or 3 hidden layers of 16, 32 or 64 units; sigmoid, ELU or GELU; learning
rate 0.01 or 0.001), each with ${summary.folds} folds of 90 + 10 points, batch 18, Adam, ${summary.epochs} epochs, validated after each: ${steps.toLocaleString("en")} steps of one fold. ${summary.processes} processes of
one thread each; the peers take turns, ${summary.rounds} round${summary.rounds === 1 ? "" : "s"}; seconds are medians (lowest … highest), the ratio is the median of the rounds' own, above 1 where hw1 is
faster. hw1 trains the folds of a configuration side by side and compiles every configuration anew, which is counted; its store is not. \`pytorch\` trains
fold after fold, as most people write it; \`pytorch-folds\` has the folds' weights in one tensor (\`baddbmm\`). Both use Adam's fused update.
Wide spreads mean that the machine had other work to do.

| | seconds | steps/s | × hw1's time |
|---|---|---|---|
${rows.join("\n")}
`,
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main();
