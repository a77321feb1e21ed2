/** The machine at hand, as `doctor` tells it and as each run is remembered with it. */
import { readFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { engineVersions } from "../plan/made-with.js";
import { ownVersion } from "../util/entries.js";
import { machineMemory } from "../util/memory.js";
import type { Machine } from "../values/computed.js";

type Hardware = Pick<Machine, "platform" | "arch" | "cpu" | "simd" | "cores" | "memoryBytes">;

export const hardware = (): Hardware => ({
  platform: process.platform,
  arch: process.arch,
  cpu: cpus()[0]?.model.trim() || "an unknown processor",
  simd: simdOf(),
  cores: availableParallelism(),
  memoryBytes: machineMemory(),
});

export const machineFor = (engine: string, jobs: number): Machine => ({
  ...hardware(),
  node: process.versions.node,
  hw1: ownVersion(),
  engine: engineVersions(engine),
  jobs,
});

/** The vector instructions that decide how fast products are, where the system tells. */
function simdOf(): readonly string[] {
  if (process.platform !== "linux") return [];
  try {
    const flags = new Set(
      /^(?:flags|Features)\s*:\s*(.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1]?.split(/\s+/),
    );
    return ["avx2", "fma", "avx512f", "avx512_vnni", "amx_tile", "asimd", "sve"].filter((name) => flags.has(name));
  } catch {
    return [];
  }
}
