/**
 * How fast hw1 trains, against PyTorch and tfjs-node: the same networks on the same data, in processes that take turns.
 *
 *   npm run bench -- [--only cnn,mlp,small-cnn,regression,inference] [--threads 1|2] [--processes N]
 *                    [--rounds 7] [--seconds 3] [--peers hw1,pytorch,tfjs-node] [--json] [--write]
 *
 * A round gives each peer the machine for some seconds, one after the other; the numbers are medians over the rounds,
 * and a ratio is the median of the rounds' own ratios. With --processes 2, two processes of a peer train at once and
 * their rates are added. The variable PYTHON names the interpreter that has PyTorch. With `--peers hw1,old`, the
 * variable OLD names the folder of another version of hw1. Peers that are not there are named and left out. Without
 * --only, every network runs with 1 thread, 2 threads and 2 processes, and `docs/benchmarks.md` is written.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import * as tf from "@tensorflow/tfjs-core";
import { installEngine } from "../src/engine-install.js";
import type { PlacedLayer } from "../src/learn/layer.js";
import { sizeOfShape } from "../src/util/shape.js";
import { describe, optionsOf, unitOf, type Workload, workloads } from "./networks.js";
import { type Peer, peers, presence, type Round, Trainer } from "./trainer.js";

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    threads: { type: "string" },
    processes: { type: "string", default: "1" },
    rounds: { type: "string", default: "7" },
    seconds: { type: "string", default: "3" },
    peers: { type: "string", default: peers.join() },
    json: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
  },
});
interface Setting {
  readonly threads: number;
  readonly processes: number;
}
interface Measured {
  readonly name: Workload;
  readonly setting: Setting;
  /** Items a second, per peer and round. */
  readonly rates: ReadonlyMap<Peer, readonly number[]>;
  readonly peakMb: ReadonlyMap<Peer, number>;
  /** Of the machine's matrix-product rate. */
  readonly share: number | null;
}
const median = (list: readonly number[]): number => {
  const sorted = [...list].sort((a, b) => a - b);
  return ((sorted[(sorted.length - 1) >> 1] ?? Number.NaN) + (sorted[sorted.length >> 1] ?? Number.NaN)) / 2;
};
const log = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

const present = new Map<Peer, string>();
const missing: string[] = [];
for (const peer of values.peers.split(",") as Peer[]) {
  const found = presence(peer);
  if ("version" in found) present.set(peer, found.version);
  else missing.push(`${peer} takes no part: ${found.missing}.`);
}
for (const line of missing) log(line);

/**
 * Floating-point operations of one item: two per product, forwards once, and backwards twice but for the first layer's
 * input.
 */
function operations(name: Workload): number {
  const { layers, batchSize } = optionsOf(name, name === "regression" ? [1] : [28, 28, 1]);
  const forward = ({ layer, input, output }: PlacedLayer): number => {
    if (layer.type === "dense") return 2 * sizeOfShape(input) * layer.units;
    if (layer.type === "conv") return 2 * sizeOfShape(output) * layer.size[0] * layer.size[1] * input[2]!;
    return 0;
  };
  const weighted = layers.map(forward).filter((count) => count > 0);
  if (name === "inference") return weighted.reduce((a, b) => a + b, 0);
  return (3 * weighted.reduce((a, b) => a + b, 0) - weighted[0]!) * (name === "regression" ? batchSize : 1);
}

/** Operations a second of a 1536 × 1536 × 1536 product, the best of several. */
async function productRate(threads: number): Promise<number> {
  await installEngine("onnx", threads);
  const size = 1536;
  const [a, b] = [tf.randomNormal([size, size], 0, 1, "float32", 1), tf.randomNormal([size, size], 0, 1, "float32", 2)];
  a.dataSync();
  b.dataSync();
  let best = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < 12; turn++) {
    const begun = performance.now();
    const product = tf.matMul(a, b);
    product.dataSync();
    best = Math.min(best, performance.now() - begun);
    product.dispose();
  }
  return (2 * size ** 3 * 1000) / best;
}

async function measure(name: Workload, setting: Setting): Promise<Measured> {
  const teams = new Map<Peer, readonly Trainer[]>();
  const rates = new Map<Peer, number[]>();
  const peakMb = new Map<Peer, number>();
  try {
    // One after the other, so that nobody warms up while another does.
    for (const peer of present.keys()) {
      const team = Array.from({ length: setting.processes }, () => new Trainer(peer, name, setting.threads));
      teams.set(peer, team);
      await Promise.all(team.map((trainer) => trainer.ready));
      rates.set(peer, []);
    }
    for (let round = 0; round < Number(values.rounds); round++)
      for (const [peer, team] of teams) {
        const told: Round[] = await Promise.all(team.map((trainer) => trainer.round(Number(values.seconds))));
        rates.get(peer)!.push(told.reduce((sum, { count, seconds }) => sum + count / seconds, 0));
        peakMb.set(
          peer,
          Math.max(
            peakMb.get(peer) ?? 0,
            told.reduce((sum, each) => sum + each.peakMb, 0),
          ),
        );
      }
  } finally {
    for (const trainer of [...teams.values()].flat()) trainer.end();
  }
  const product = productRates.get(setting.threads * setting.processes) ?? null;
  return {
    name,
    setting,
    rates,
    peakMb,
    share: product ? (median(rates.get("hw1") ?? []) * operations(name)) / product : null,
  };
}

const ratio = ({ rates }: Measured, peer: Peer): number | null => {
  const [own, other] = [rates.get("hw1"), rates.get(peer)];
  return own && other ? Math.round(median(own.map((rate, round) => rate / other[round]!)) * 100) / 100 : null;
};
const spread = (list: readonly number[] | undefined): string =>
  list
    ? `${Math.round(median(list)).toLocaleString("en")} (${Math.round(Math.min(...list)).toLocaleString("en")} … ${Math.round(Math.max(...list)).toLocaleString("en")})`
    : "–";
const settingText = ({ threads, processes }: Setting): string =>
  processes > 1 ? `${processes} processes × ${threads} thread` : `${threads} thread${threads > 1 ? "s" : ""}`;

const names = values.only ? (values.only.split(",") as Workload[]) : workloads;
const settings: readonly Setting[] =
  values.threads || values.only
    ? [{ threads: Number(values.threads ?? 1), processes: Number(values.processes) }]
    : [
        { threads: 1, processes: 1 },
        { threads: 2, processes: 1 },
        { threads: 1, processes: 2 },
      ];
const productRates = new Map<number, number>();
for (const { threads, processes } of settings)
  if (present.has("hw1")) productRates.set(threads * processes, await productRate(threads * processes));

const all: Measured[] = [];
for (const setting of settings)
  for (const name of names) {
    const found = await measure(name, setting);
    all.push(found);
    const lines = [...found.rates].map(
      ([peer, list]) => `${peer} ${spread(list)} ${unitOf(name)}, ${found.peakMb.get(peer)} MB`,
    );
    if (!values.json)
      log(
        `${name}, ${settingText(setting)}: ${lines.join("; ")}${found.share === null ? "" : `; ${Math.round(found.share * 100)} % of the product rate`}`,
      );
    console.log(
      JSON.stringify({
        name,
        threads: setting.threads,
        ...(setting.processes > 1 ? { processes: setting.processes } : {}),
        ratios: {
          pytorch: ratio(found, "pytorch"),
          "tfjs-node": ratio(found, "tfjs-node"),
          ...(present.has("old") ? { old: ratio(found, "old") } : {}),
        },
      }),
    );
  }

if (values.write || (!values.only && !values.threads)) {
  const file = join(import.meta.dirname, "..", "docs", "benchmarks.md");
  // What `bench/study.ts` wrote below stays.
  const [, ...others] = readFileSync(file, "utf8").split("\n## ");
  writeFileSync(file, [page(), ...others].join("\n## "));
}

function page(): string {
  const [cpu] = cpus();
  const rows = all.map((found) => {
    const cells = (["hw1", "pytorch", "tfjs-node"] as const).map((peer) => spread(found.rates.get(peer)));
    const memory = (["hw1", "pytorch", "tfjs-node"] as const).map((peer) => found.peakMb.get(peer) ?? "–").join(" / ");
    const ratios = (["pytorch", "tfjs-node"] as const).map((peer) => ratio(found, peer)?.toFixed(2) ?? "–");
    const share = found.share === null ? "–" : `${Math.round(found.share * 100)} %`;
    return `| ${found.name}, ${settingText(found.setting)} | ${cells.join(" | ")} | ${ratios.join(" | ")} | ${memory} | ${share} |`;
  });
  const versions = [...present]
    .map(([peer, version]) => (peer === "hw1" ? `hw1 on ${version}` : `${peer} ${version}`))
    .join(", ");
  return `# Benchmarks

Written by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)}; ${cpu?.model.trim()}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}; ${versions}.
${missing.length > 0 ? `\n${missing.join(" ")}\n` : ""}
Each peer is a process of its own; they take turns of ${values.seconds} seconds, ${values.rounds} rounds. A rate is the median over the rounds (lowest … highest); a
ratio is the median of the rounds' own ratios, above 1 where hw1 is faster. Memory is the peak resident size in MB (hw1 / PyTorch / tfjs-node;
two processes added). The last column is hw1's share of the rate at which this machine multiplies two 1536 × 1536 matrices through the
same engine (${[...productRates].map(([threads, rate]) => `${Math.round(rate / 1e9)} GFLOP/s with ${threads} thread${threads > 1 ? "s" : ""}`).join(", ")}).

${names.map((name) => `- **${name}** (${unitOf(name)}): ${describe[name]}.`).join("\n")}

| | hw1 | PyTorch | tfjs-node | ÷ PyTorch | ÷ tfjs-node | peak MB | share |
|---|---|---|---|---|---|---|---|
${rows.join("\n")}
`;
}
