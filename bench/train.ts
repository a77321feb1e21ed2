/**
 * How fast hw1 trains, against PyTorch and tfjs-node: the same networks on the same data, in processes that take turns.
 *
 *   npm run bench -- [--only cnn,mlp,small-cnn,regression,inference] [--threads 1|2] [--processes N]
 *                    [--rounds 7] [--seconds 3] [--peers hw1,pytorch,pytorch-channels-last] [--json] [--write]
 *
 * A round gives each peer the machine for some seconds, one after the other; the numbers are medians over the rounds,
 * and a ratio is the median of the rounds' own ratios. With --processes 2, two processes of a peer train at once and
 * their rates are added. PyTorch takes part in four variants (`peers.ts`, `peer.py`), and the ratio `pytorch` is that to
 * the fastest of them. The variable PYTHON names the interpreter that has it. With `--peers hw1,old`, the variable OLD
 * names the folder of another version of hw1. Peers that are not there are named and left out. Without --only, every
 * network runs with 1 thread, 2 threads and 2 processes, and `docs/benchmarks.md` is written.
 */
import { parseArgs } from "node:util";
import * as tf from "@tensorflow/tfjs-core";
import { installEngine } from "../src/engine-install.js";
import type { PlacedLayer } from "../src/learn/layer.js";
import { sizeOfShape } from "../src/util/shape.js";
import { median } from "../src/util/statistics.js";
import { optionsOf, type Workload, workloads } from "./networks.js";
import { benchmarksPage, lineOf, type Measured } from "./page.js";
import { type Peer, peers, presence, suits } from "./peers.js";
import { ratioLine, type Setting } from "./ratios.js";
import { writeOpening } from "./sections.js";
import { type Round, Trainer } from "./trainer.js";

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
const log = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

const present = new Map<Peer, string>();
const missing: string[] = [];
for (const peer of values.peers.split(",")) {
  const found = presence(peer);
  if ("version" in found) present.set(peer as Peer, found.version);
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
      if (!suits(peer, name)) continue;
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
    if (!values.json) log(lineOf(found));
    console.log(JSON.stringify(ratioLine(name, setting, found.rates)));
  }

if (values.write || (!values.only && !values.threads)) {
  const run = { present, missing, productRates, seconds: values.seconds, rounds: values.rounds };
  writeOpening(benchmarksPage(all, run));
}
