/**
 * What augmentation costs: trainings with and without a recipe, and beside PyTorch with torchvision's transforms.
 *
 *   npm run bench:augmented, or npx tsx bench/augmented.ts [--networks third,small-cnn,mlp] [--threads 1,2] [--rounds 7]
 *                            [--seconds 4] [--peers pytorch,pytorch-channels-last] [--workers 0,1,2] [--write]
 *
 * The recipe is rotation, shear and scale (`affine`) and an elastic distortion. The trainings take turns of some seconds,
 * each in a process of its own; PyTorch takes part with each number of DataLoader workers, and the ratio is that to the
 * fastest. The augmentation's own core time is that of making pictures in one thread, measured in every round too.
 */
import { cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { Pictures } from "../src/learn/pictures.js";
import { median } from "../src/util/statistics.js";
import { describe, type Workload } from "./networks.js";
import { type Peer, presence, suits } from "./peers.js";
import { writeSection } from "./sections.js";
import { Trainer } from "./trainer.js";
import { augmentedData } from "./workload-data.js";

const { values } = parseArgs({
  options: {
    networks: { type: "string", default: "third,small-cnn,mlp" },
    threads: { type: "string", default: "1,2" },
    rounds: { type: "string", default: "7" },
    seconds: { type: "string", default: "4" },
    peers: { type: "string", default: "pytorch,pytorch-channels-last" },
    workers: { type: "string", default: "0,1,2" },
    write: { type: "boolean", default: false },
  },
});
const numbers = (text: string): readonly number[] => text.split(",").map(Number);

/** Milliseconds of a core for each picture. */
function ownMs(seconds: number): number {
  const { augmentation, shape, rows } = augmentedData("third");
  const pictures = new Pictures({ ...augmentation!, shape, seed: 1, folds: [] });
  const repetitions = new Int32Array(64);
  const begun = performance.now();
  let [made, elapsed] = [0, 0];
  while (elapsed < seconds * 1000) {
    pictures.of({ epoch: 1, rows: rows.slice(made % 50_000, (made % 50_000) + 64), repetitions });
    made += 64;
    elapsed = performance.now() - begun;
  }
  return elapsed / made;
}

interface Team {
  readonly label: string;
  readonly trainer: Trainer;
  /** Milliseconds of each image, by round. */
  readonly ms: number[];
}
interface Line {
  readonly name: Workload;
  readonly threads: number;
  readonly without: number;
  readonly with: number;
  readonly own: number;
  /** Time with ÷ time without. */
  readonly longer: number;
  /** What an image takes longer ÷ the augmentation's own core time. */
  readonly added: number;
  /** PyTorch's fastest ÷ hw1, both augmented. */
  readonly pytorch: number | null;
  readonly best: string | null;
}

async function measure(name: Workload, threads: number, peers: readonly Peer[]): Promise<Line> {
  const teams: Team[] = [];
  const own: number[] = [];
  try {
    const add = async (label: string, peer: Peer, workers: number | null): Promise<void> => {
      const trainer = new Trainer(peer, name, threads, workers);
      teams.push({ label, trainer, ms: [] });
      await trainer.ready;
    };
    await add("without", "hw1", null);
    await add("with", "hw1", 0);
    for (const peer of peers.filter((each) => suits(each, name)))
      for (const workers of numbers(values.workers)) await add(`${peer}, ${workers} workers`, peer, workers);
    ownMs(0.5);
    for (let round = 0; round < Number(values.rounds); round++) {
      own.push(ownMs(0.5));
      for (const { trainer, ms } of teams) {
        const { count, seconds } = await trainer.round(Number(values.seconds));
        ms.push((seconds * 1000) / count);
      }
    }
  } finally {
    for (const { trainer } of teams) trainer.end();
  }
  const [without, augmented, ...others] = teams as [Team, Team, ...Team[]];
  const ratio = (a: readonly number[], b: readonly number[]): number =>
    median(a.map((each, round) => each / b[round]!));
  const added = augmented.ms.map((each, round) => (each - without.ms[round]!) / own[round]!);
  const best = others.reduce<Team | null>(
    (fastest, each) => (fastest && median(fastest.ms) <= median(each.ms) ? fastest : each),
    null,
  );
  for (const { label, ms } of teams)
    process.stderr.write(`${name}, ${threads}: ${label} ${ms.map((each) => each.toFixed(3)).join(" ")} ms\n`);
  return {
    name,
    threads,
    without: median(without.ms),
    with: median(augmented.ms),
    own: median(own),
    longer: ratio(augmented.ms, without.ms),
    added: median(added),
    pytorch: best && ratio(best.ms, augmented.ms),
    best: best?.label ?? null,
  };
}

const present: Peer[] = [];
const missing: string[] = [];
for (const peer of values.peers.split(",").filter((name) => name !== "") as Peer[]) {
  const found = presence(peer);
  if ("version" in found) present.push(peer);
  else missing.push(`${peer} takes no part: ${found.missing}.`);
}
for (const line of missing) process.stderr.write(`${line}\n`);

const lines: Line[] = [];
for (const threads of numbers(values.threads))
  for (const name of values.networks.split(",") as Workload[]) {
    lines.push(await measure(name, threads, present));
    console.log(JSON.stringify(lines.at(-1)));
  }

if (values.write) {
  const names = [...new Set(lines.map(({ name }) => name))];
  const rows = lines.map((line) => {
    const { name, threads, without, longer, own, added, pytorch, best } = line;
    const rate = (ms: number): string => Math.round(1000 / ms).toLocaleString("en");
    const beside = pytorch === null ? "–" : `${pytorch.toFixed(2)} (${best})`;
    const cells = [
      `${rate(without)} → ${rate(line.with)}`,
      longer.toFixed(2),
      own.toFixed(3),
      added.toFixed(2),
      beside,
    ];
    return `| ${name}, ${threads} thread${threads > 1 ? "s" : ""} | ${cells.join(" | ")} |`;
  });
  writeSection(
    "Training with augmentation",
    `Written by \`npm run bench:augmented\`: trainings on MNIST with and without rotation, shear and scale (\`affine: {degrees: 10, scale: [0.9, 1.1],
shear: 10}\`) and \`elastic: {alpha: 34, sigma: 4}\`; ${cpus().length} cores, load ${loadavg()[0]!.toFixed(1)}, Node ${process.versions.node}. Threads are those that a step may use: pictures are made beside it by threads of their own,
or by PyTorch's DataLoader, image by image with torchvision's transforms v2. The trainings take turns of ${values.seconds} seconds, ${values.rounds} rounds, and are stopped in
between (workers of the DataLoader are not, and make two batches ahead); numbers are medians, ratios medians of the rounds' own. The augmentation's own core time is what one thread takes to make a picture, measured in every round;
what is added is how much longer an image takes than without, as a share of that (1 on one core; less where other cores make the pictures). The last
column is PyTorch's time with augmentation ÷ hw1's with augmentation, for the best of ${values.peers.replaceAll(",", ", ")} with ${values.workers.replaceAll(",", ", ")} workers.

${names.map((name) => `- **${name}**: ${describe[name]}.`).join("\n")}
${missing.length > 0 ? `\n${missing.join(" ")}\n` : ""}
| | images/s, without → with | time with ÷ without | own core ms an image | added ÷ own | PyTorch ÷ hw1 |
|---|---|---|---|---|---|
${rows.join("\n")}
`,
  );
}
