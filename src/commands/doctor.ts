/**
 * `hw1 doctor`: the machine, as hw1 sees it, each problem with its remedy.
 *
 * It creates nothing, the cache folder included. Every check stands alone: what one throws, or a process that it takes
 * down, is that check's finding.
 */

import { fork } from "node:child_process";
import { cpus } from "node:os";
import { EnvironmentError } from "../diagnostic/diagnostic.js";
import { surveyFolder } from "../store/survey.js";
import { modeOf } from "../terminal/mode.js";
import { printPainted } from "../terminal/output.js";
import { colorOnStdout } from "../text/color.js";
import { type Finding, renderFindings } from "../text/doctor.js";
import { entryFile } from "../util/entries.js";
import { jsonText } from "../util/escape.js";
import { formatBytes } from "../util/numbers.js";
import { plural } from "../util/words.js";
import { hardware } from "./machine.js";
import type { Answer, Probe } from "./probe.js";
import { cacheFolder, columns } from "./shared.js";

export interface DoctorFlags {
  readonly cache?: string;
  readonly json?: boolean;
  readonly color?: boolean;
}

/** @returns 0 when everything that hw1 needs works, else 4 */
export async function doctor(flags: DoctorFlags, version: string): Promise<number> {
  // They take longest and start first; the rest is looked at while they work.
  const probed = [
    probe("SQLite", "Run `npm ci` where hw1 is installed."),
    probe("figures", reinstallAll),
    probe("onnx", reinstallAll),
    probe("tensorflow", "It is optional: without `--engine tensorflow` hw1 does not need it."),
  ];
  const findings = [
    { name: "hw1", mark: "ok", found: version, facts: { version } } as const,
    await caught("Node", () => nodeFinding(process.version)),
    await caught("machine", machineFinding),
    await caught("terminal", terminalFinding),
    await caught("cache", () => cacheFinding(flags.cache)),
    await caught("MNIST", mnistFinding),
    ...(await Promise.all(probed)),
  ];
  const isWell = findings.every(({ mark }) => mark !== "problem");
  const text = flags.json
    ? `${jsonText({ ok: isWell, checks: Object.fromEntries(findings.map(jsonOf)) })}\n`
    : renderFindings(findings, { color: colorOnStdout(flags), columns: columns() });
  printPainted(text);
  return isWell ? 0 : 4;
}

const reinstallAll = "Remove node_modules and run `npm ci` where hw1 is installed.";
const jsonOf = ({ name, mark, found, remedy, facts }: Finding): [string, object] => [
  name,
  { status: mark, found, remedy: remedy ?? null, ...facts },
];

async function caught(name: string, check: () => Finding | Promise<Finding>): Promise<Finding> {
  try {
    return await check();
  } catch (error) {
    return problem(name, error instanceof Error ? error.message : String(error));
  }
}

/** Messages of hw1 have their remedy from the second line on. */
function problem(name: string, message: string, otherwise?: string): Finding {
  const [found = "", ...rest] = message.trimEnd().split("\n");
  const remedy = rest.length > 0 ? rest.join("\n") : otherwise;
  return { name, mark: name === "tensorflow" ? "note" : "problem", found, ...(remedy ? { remedy } : {}) };
}

/** Those in which hw1 is tested are even: the releases that are maintained for long. */
export function nodeFinding(version: string): Finding {
  const [major = 0, minor = 0] = version.slice(1).split(".").map(Number);
  const base = {
    name: "Node",
    facts: { version: version.slice(1), promised: [20, 22, 24].includes(major) && (major > 20 || minor >= 19) },
  };
  if (base.facts.promised) return { ...base, mark: "ok", found: version.slice(1) };
  const remedy = "Use Node 24, 22, or 20 from 20.19 on, and run `npm ci` where hw1 is installed after the change.";
  if (major < 20 || (major === 20 && minor < 19))
    return { ...base, mark: "problem", found: `${version.slice(1)} is too old`, remedy };
  return { ...base, mark: "warning", found: `${version.slice(1)} is none that hw1 is tested with`, remedy };
}

function machineFinding(): Finding {
  const all = cpus().length;
  const { platform, arch, cpu, simd, cores, memoryBytes } = hardware();
  const place = `${platform}-${arch}`;
  const counted = `${plural(cores, "core")}${all > cores ? ` of ${all}` : ""}`;
  const processor = `${cpu}${simd.length > 0 ? ` (${simd.join(", ")})` : ""}`;
  return {
    name: "machine",
    mark: "ok",
    found: `${place}, ${processor}, ${counted}, ${formatBytes(memoryBytes)} of memory`,
    facts: { platform, arch, cpu, simd: [...simd], cores, memoryBytes },
  };
}

function terminalFinding(): Finding {
  const mode = modeOf(
    {},
    { stdout: process.stdout.isTTY === true, stdin: process.stdin.isTTY === true, env: process.env },
  );
  const size = process.stdout.isTTY ? `${process.stdout.columns} × ${process.stdout.rows} cells, ` : "";
  const found =
    mode === "screen"
      ? `${size}runs are shown live; after one that was killed, \`reset\` brings it back`
      : `${size}runs are told line by line`;
  return { name: "terminal", mark: "ok", found, facts: { mode, columns: process.stdout.columns ?? null } };
}

const leastFreeBytes = 1024 ** 3;

function cacheFinding(flag: string | undefined): Finding {
  const folder = cacheFolder(flag);
  try {
    const { exists, sizeBytes, freeBytes, isBeforePacks } = surveyFolder(folder);
    const facts = { folder, exists, writable: true, sizeBytes, freeBytes, ...(isBeforePacks && { isBeforePacks }) };
    const size = exists ? formatBytes(sizeBytes) : "not there yet, can be made";
    const aside = isBeforePacks ? ", from before packs: it counts as empty, and the next run sets it aside" : "";
    const found = `${folder}: ${size}${aside}; ${formatBytes(freeBytes)} free on its disk`;
    if (freeBytes >= leastFreeBytes) return { name: "cache", mark: "ok", found, facts };
    return {
      name: "cache",
      mark: "warning",
      found,
      remedy: "Free some space there, or name another folder with --cache DIR or HW1_CACHE.",
      facts,
    };
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    return { ...problem("cache", error.message), facts: { folder, writable: false } };
  }
}

/** Loads it as `load: mnist` does, so that damage is found. */
async function mnistFinding(): Promise<Finding> {
  const { loadMnist } = await import("../stages/load-mnist.js");
  loadMnist();
  return { name: "MNIST", mark: "ok", found: "60,000 + 10,000 images, each file with its known SHA-256" };
}

const probeMs = 20_000;

/** A check in a process of its own. @param otherwise  the remedy where the failure names none */
function probe(name: Probe, otherwise: string): Promise<Finding> {
  return new Promise((resolve) => {
    let complaint = "";
    const child = fork(entryFile("probe"), [name], {
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      timeout: probeMs,
      killSignal: "SIGKILL",
    });
    child.stderr?.on("data", (chunk: Buffer) => {
      complaint = (complaint + chunk.toString()).slice(-2000);
    });
    child.on("message", (answer: Answer) =>
      resolve("finding" in answer ? answer.finding : problem(name, answer.failure, otherwise)),
    );
    child.on("error", (error) => resolve(problem(name, error.message, otherwise)));
    child.on("close", (code, signal) => {
      const words = complaint.split("\n").find((line) => /Error:/.test(line));
      const why = words ? `: ${words.trim()}` : ", so a binary is damaged";
      resolve(problem(name, `the process that tried it ${endText(code, signal)}${why}`, otherwise));
    });
  });
}

function endText(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal === "SIGKILL") return `gave no answer within ${probeMs / 1000} s`;
  return signal ? `was ended by ${signal}` : `ended with exit code ${code}`;
}
