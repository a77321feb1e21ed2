/** What a run of the benchmark leaves to read: a line per network while it runs, and `docs/benchmarks.md`. */
import { cpus, totalmem } from "node:os";
import { median } from "../src/util/statistics.js";
import { describe, unitOf, type Workload } from "./networks.js";
import { type Peer, peers, pytorchVariants } from "./peers.js";
import { bestPytorch, type Rates, ratioTo, type Setting } from "./ratios.js";

export interface Measured {
  readonly name: Workload;
  readonly setting: Setting;
  readonly rates: Rates;
  readonly peakMb: ReadonlyMap<Peer, number>;
  /** Of the machine's matrix-product rate. */
  readonly share: number | null;
}
export interface BenchmarkRun {
  /** By peer, its version. */
  readonly present: ReadonlyMap<Peer, string>;
  /** A sentence for each peer that took no part. */
  readonly missing: readonly string[];
  /** Floating-point operations a second, by number of threads. */
  readonly productRates: ReadonlyMap<number, number>;
  readonly seconds: string;
  readonly rounds: string;
}

const settingText = ({ threads, processes }: Setting): string =>
  processes > 1 ? `${processes} processes × ${threads} thread` : `${threads} thread${threads > 1 ? "s" : ""}`;
const titleOf = ({ name, setting }: Measured): string => `${name}, ${settingText(setting)}`;
const rounded = (value: number): string => Math.round(value).toLocaleString("en");
const percent = (share: number): string => `${Math.round(share * 100)} %`;
/** Median (lowest … highest). */
const spread = (list: readonly number[] | undefined): string =>
  list ? `${rounded(median(list))} (${rounded(Math.min(...list))} … ${rounded(Math.max(...list))})` : "–";
/** `eager`, or what a careful user adds to it. */
const variantName = (peer: Peer | null): string =>
  peer === "pytorch"
    ? "eager"
    : (peer?.replace("pytorch-", "").replace("compile-channels", "compile, channels") ?? "–");

export function lineOf(found: Measured): string {
  const { name, rates, peakMb, share } = found;
  const told = [...rates].map(([peer, list]) => `${peer} ${spread(list)} ${unitOf(name)}, ${peakMb.get(peer)} MB`);
  const best = bestPytorch(rates);
  return [
    `${titleOf(found)}: ${told.join("; ")}`,
    ...(best ? [`PyTorch is best as ${variantName(best)}`] : []),
    ...(share === null ? [] : [`${percent(share)} of the product rate`]),
  ].join("; ");
}

export function benchmarksPage(
  all: readonly Measured[],
  { present, missing, productRates, seconds, rounds }: BenchmarkRun,
): string {
  const [cpu] = cpus();
  const versions = [...new Set([...present].map(([peer, version]) => `${productOf(peer)} ${version}`))].join(", ");
  const products = [...productRates].map(
    ([threads, rate]) => `${Math.round(rate / 1e9)} GFLOP/s with ${threads} thread${threads > 1 ? "s" : ""}`,
  );
  const names = [...new Set(all.map(({ name }) => name))];
  return `# Benchmarks

Written by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)}; ${cpu?.model.trim()}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}; ${versions}.
${missing.length > 0 ? `\n${missing.join(" ")}\n` : ""}
Each peer is a process of its own; they take turns of ${seconds} seconds, ${rounds} rounds. A rate is the median over the rounds (lowest … highest); a
ratio is the median of the rounds' own ratios, above 1 where hw1 is faster. Memory is the peak resident size in MB (hw1 / PyTorch's best
variant / tfjs-node; two processes added). The last column is hw1's share of the rate at which this machine multiplies two 1536 × 1536 matrices
through the same engine (${products.join(", ")}).

PyTorch takes part as most people write it (**eager**), and as careful ones do: with model and images in **channels_last** (networks with
convolutions), with **torch.compile** in its default mode, and with both. The careful variants use Adam's fused update; RMSprop has none on
processors, so with torch.compile its step is compiled. Time to compile is not counted, on either side. The ratio that counts is the one to PyTorch's best variant.

${names.map((name) => `- **${name}** (${unitOf(name)}): ${describe[name]}.`).join("\n")}

${behind(all)}

| | ÷ PyTorch's best | which is | ÷ eager | ÷ tfjs-node | peak MB | share |
|---|---|---|---|---|---|---|
${all.map(ratioRow).join("\n")}

Rates:

| | ${peers.map((peer) => (peer.startsWith("pytorch") ? `PyTorch ${variantName(peer)}` : peer)).join(" | ")} |
|---|${peers.map(() => "---|").join("")}
${all.map((found) => `| ${titleOf(found)} | ${peers.map((peer) => spread(found.rates.get(peer))).join(" | ")} |`).join("\n")}
`;
}

function productOf(peer: Peer): string {
  if (peer === "hw1") return "hw1 on";
  return (pytorchVariants as readonly string[]).includes(peer) ? "PyTorch" : peer;
}

/** Where PyTorch at its best is faster, and by how much. */
function behind(all: readonly Measured[]): string {
  const slower = all.flatMap((found) => {
    const best = bestPytorch(found.rates);
    const ratio = ratioTo(best, found.rates);
    return ratio !== null && ratio < 1 ? [`${titleOf(found)} (${ratio.toFixed(2)}, ${variantName(best)})`] : [];
  });
  if (all.every(({ rates }) => bestPytorch(rates) === null)) return "PyTorch took no part.";
  if (slower.length === 0) return "hw1 is nowhere behind PyTorch's best variant.";
  return `**Where hw1 is behind PyTorch's best variant:** ${slower.join("; ")}.`;
}

function ratioRow(found: Measured): string {
  const { rates, peakMb, share } = found;
  const best = bestPytorch(rates);
  const ratio = (peer: Peer | null): string => ratioTo(peer, rates)?.toFixed(2) ?? "–";
  const memory = (["hw1", best, "tfjs-node"] as const).map((peer) => (peer && peakMb.get(peer)) ?? "–").join(" / ");
  const cells = [ratio(best), variantName(best), ratio("pytorch"), ratio("tfjs-node"), memory];
  return `| ${titleOf(found)} | ${cells.join(" | ")} | ${share === null ? "–" : percent(share)} |`;
}
