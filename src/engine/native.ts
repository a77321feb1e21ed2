/**
 * ONNX Runtime's native library: looked at, then loaded, or why it cannot be.
 *
 * It is looked at first, because the system maps a library into memory without asking whether all of it is there:
 * loading one that was cut off ends the process with a bus error, and no message. Loading takes about 5 ms; computing
 * also wants it initialised (`session.ts`), which whoever only asks leaves out.
 */
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { grouped } from "../util/numbers.js";
import { plural } from "../util/words.js";
import { EngineError } from "./error.js";

const require = createRequire(import.meta.url);
const bindingName = "onnxruntime_binding.node";
/** What onnxruntime-node 1.30.0 ships. */
export const shipped = ["darwin-arm64", "linux-arm64", "linux-x64", "win32-arm64", "win32-x64"];

/** The machine, as far as it decides what can be loaded. */
interface Machine {
  readonly platform: string;
  readonly arch: string;
  /** Version of the C library; null where it is not glibc. */
  readonly glibc: string | null;
}

/** @throws EngineError that names the platform, what was found and what to do */
export function loadNative(): void {
  const folder = binaryFolder(process);
  const fault = faultIn(folder, process);
  if (fault) throw new EngineError(cannotLoad(process, fault, reinstall));
  // ONNX Runtime 1.30 reports its use to Microsoft, from Linux too, unless this is set before it is initialised.
  process.env.ORT_DISABLE_TELEMETRY ??= "1";
  try {
    require(join(folder, bindingName));
  } catch (error) {
    throw new EngineError(explainLoading(error instanceof Error ? error.message : String(error), machine()));
  }
}

/** The message of the failure, or null where ONNX Runtime loads. */
export function nativeProblem(): string | null {
  try {
    loadNative();
    return null;
  } catch (error) {
    if (error instanceof EngineError) return error.message;
    throw error;
  }
}

/** @throws Error where the package is not installed */
export function nativeVersion(): string {
  return (JSON.parse(readFileSync(require.resolve("onnxruntime-node/package.json"), "utf8")) as { version: string })
    .version;
}

/** Asked after a failure only: the report behind it takes some milliseconds. */
export function machine(): Machine {
  const report = process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined;
  return { platform: process.platform, arch: process.arch, glibc: report?.header?.glibcVersionRuntime ?? null };
}

type Place = Pick<Machine, "platform" | "arch">;
const reinstall = "Remove node_modules/onnxruntime-node and run `npm ci` where hw1 is installed.";
const cannotLoad = ({ platform, arch }: Place, found: string, remedy: string): string =>
  `ONNX Runtime cannot be loaded on ${platform}-${arch}: ${found}.\n${remedy}`;

function binaryFolder(place: Place): string {
  let root: string;
  try {
    root = dirname(require.resolve("onnxruntime-node/package.json"));
  } catch {
    throw new EngineError(
      cannotLoad(place, "the npm package onnxruntime-node is not installed", "Run `npm ci` where hw1 is installed."),
    );
  }
  const bin = join(root, "bin");
  const versions = existsSync(bin) ? readdirSync(bin).filter((name) => name.startsWith("napi-v")) : [];
  const found = versions
    .map((version) => join(bin, version, place.platform, place.arch))
    .find((folder) => existsSync(join(folder, bindingName)));
  if (found) return found;
  const name = `${place.platform}-${place.arch}`;
  if (shipped.includes(name))
    throw new EngineError(
      cannotLoad(place, `${bindingName} is missing from the npm package onnxruntime-node`, reinstall),
    );
  throw new EngineError(
    cannotLoad(
      place,
      `onnxruntime-node has no binary for it, only for ${shipped.join(", ")}`,
      "Run hw1 on one of those (a container will do), or add @tensorflow/tfjs-node and use `--engine tensorflow`.",
    ),
  );
}

/** What is wrong with the libraries there, or undefined. */
function faultIn(folder: string, place: Place): string | undefined {
  const libraries = readdirSync(folder).filter(
    (name) => name === bindingName || /^(lib)?onnxruntime\b.*\.(so|dll|dylib)/.test(name),
  );
  for (const name of libraries) {
    const fault = faultOfFile(join(folder, name), place);
    if (fault) return fault;
  }
  if (libraries.length < 2)
    return `the library that ${bindingName} needs is missing from the npm package onnxruntime-node`;
  return undefined;
}

/** Code of a processor in an ELF header. Source: System V ABI, e_machine. */
const elfMachines: Readonly<Record<string, number>> = { x64: 62, arm64: 183 };

/**
 * What is wrong with a library's file, or undefined. An ELF file ends with its table of sections, so a header that
 * promises more than there is is of one that was cut off. Other systems check that themselves when they load.
 */
function faultOfFile(path: string, place: Place): string | undefined {
  const name = basename(path);
  const { size } = statSync(path);
  if (size === 0) return `${name} is damaged: the file is empty`;
  if (place.platform !== "linux") return undefined;
  const header = Buffer.alloc(64);
  const file = openSync(path, "r");
  try {
    if (readSync(file, header, 0, 64, 0) < 64) return `${name} is damaged: it ends after ${bytes(size)}`;
  } finally {
    closeSync(file);
  }
  if (header.readUInt32BE(0) !== 0x7f454c46) return `${name} is damaged: it is no library (invalid ELF header)`;
  if (elfMachines[place.arch] !== undefined && header.readUInt16LE(18) !== elfMachines[place.arch])
    return `${name} is of another processor`;
  const wanted = Number(header.readBigUInt64LE(40)) + header.readUInt16LE(58) * header.readUInt16LE(60);
  return size < wanted ? `${name} is damaged: it ends after ${bytes(size)} of ${bytes(wanted)}` : undefined;
}
const bytes = (count: number): string => plural(count, "byte", grouped(count));

/** What the system's loader said, in our words. */
export function explainLoading(message: string, machine: Machine): string {
  const line = message.split("\n")[0] ?? "";
  const version = /version [`'](GLIBC|GLIBCXX|CXXABI)_([\d.]+)' not found/.exec(message);
  if (
    machine.platform === "linux" &&
    (machine.glibc === null || /^Error (loading shared library|relocating)/.test(line))
  )
    return cannotLoad(
      machine,
      `its binary needs glibc, and the C library here is another (musl, as in Alpine): ${line}`,
      "Run hw1 on a Linux with glibc, such as Debian, Ubuntu or Fedora (as an image: node:22-slim).",
    );
  if (version?.[1] === "GLIBC")
    return cannotLoad(
      machine,
      `its binary needs glibc ${version[2]} or newer, and here is ${machine.glibc}`,
      "Run hw1 on a newer Linux (a container will do); glibc cannot be updated on its own.",
    );
  if (version)
    return cannotLoad(
      machine,
      `its binary needs a newer libstdc++ (${version[1]}_${version[2]})`,
      "Update libstdc++ (Debian and Ubuntu: the package libstdc++6), or run hw1 on a newer Linux.",
    );
  const missing = /^([^\s:/]+\.so[\w.]*): cannot open shared object file/.exec(line)?.[1];
  if (missing && !missing.startsWith("libonnxruntime"))
    return cannotLoad(
      machine,
      `the system's library ${missing} is missing`,
      `Install the system's package that has ${missing}.`,
    );
  if (machine.platform === "win32" && /specified module could not be found/i.test(line))
    return cannotLoad(
      machine,
      `a library that it needs is missing: ${line.replace(/\.$/, "")}`,
      "Install the Microsoft Visual C++ Redistributable of 2019 or newer.",
    );
  return cannotLoad(machine, line.replace(/\.$/, ""), reinstall);
}
