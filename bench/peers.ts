/** Who takes part in the benchmark, and whether it can here. */
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { hasConvolutions, type Workload } from "./networks.js";

/** PyTorch as most people write it, and as careful ones do; `peer.py` says what each is. */
export const pytorchVariants = [
  "pytorch",
  "pytorch-channels-last",
  "pytorch-compile",
  "pytorch-compile-channels-last",
] as const;
export const peers = ["hw1", ...pytorchVariants, "tfjs-node"] as const;
/** `old`: another version of hw1, in the folder that the variable OLD names. It takes part where it is asked for. */
export type Peer = (typeof peers)[number] | "old";

export const python = process.env.PYTHON ?? "python3";
export const oldFolder = process.env.OLD;

export const isPytorch = (peer: string): boolean => (pytorchVariants as readonly string[]).includes(peer);
/** Whether a peer is anything of its own for a network: to dense layers, the order of an image's axes is nothing. */
export const suits = (peer: Peer, name: Workload): boolean => !peer.endsWith("channels-last") || hasConvolutions(name);

type Presence = { readonly version: string } | { readonly missing: string };

/** Why a peer cannot take part here, or its version. */
export function presence(peer: string): Presence {
  if (peer === "hw1") {
    const { version } = createRequire(import.meta.url)("onnxruntime-node/package.json") as { version: string };
    return { version: `ONNX Runtime ${version}` };
  }
  if (peer === "old") return oldFolder ? { version: oldFolder } : { missing: "the variable OLD names no folder" };
  if (isPytorch(peer)) return pytorchPresence(peer);
  if (peer !== "tfjs-node") return { missing: `there is no such peer (${[...peers, "old"].join(", ")})` };
  const load =
    "import('./src/engine-install.ts').then(m => m.installEngine('tensorflow', 1)).then(() => process.exit(0), () => process.exit(1))";
  const { status } = spawnSync(process.execPath, ["--import", "tsx", "-e", load], {
    cwd: join(import.meta.dirname, ".."),
  });
  return status === 0 ? { version: "4.22.0" } : { missing: "it cannot be loaded" };
}

/** `torch.compile` is tried, because it wants a C++ compiler that works. */
function pytorchPresence(peer: string): Presence {
  const ask = (script: string): { readonly told: string | null; readonly why: string } => {
    const { status, stdout, stderr } = spawnSync(python, ["-c", `import torch; ${script}`], { encoding: "utf8" });
    const why = stderr?.split("\n").findLast((line) => /^[\w.]*(Error|Exception|Compiler)\b.*:/.test(line)) ?? "";
    return { told: status === 0 ? stdout.trim() : null, why };
  };
  const { told } = ask("print(torch.__version__)");
  if (told === null) return { missing: `${python} has no torch (the variable PYTHON names another interpreter)` };
  if (!peer.includes("compile")) return { version: told };
  const tried = ask("torch.compile(lambda x: torch.sin(x) + 1)(torch.ones(3))");
  return tried.told === null ? { missing: `torch.compile does not work here (${tried.why})` } : { version: told };
}
