/**
 * Installs @tensorflow/tfjs-node with a native addon that is compiled here, for machines where its own install script
 * cannot fetch one.
 *
 *   node scripts/build-tensorflow-addon.mjs [WHEEL]
 *
 * The addon speaks TensorFlow's C API, and the wheel tensorflow-cpu on PyPI holds that library with its headers. So this
 * needs Linux, the npm registry, PyPI, python3 with pip, and g++. Give a WHEEL that is already here to download none;
 * any tensorflow or tensorflow-cpu wheel for this machine that holds libtensorflow_cc.so.2 will do.
 *
 * Everything is put into one folder, node_modules/@tensorflow/tfjs-node, about 1.1 GB; package.json and package-lock.json
 * stay as they are. `npm ci` removes the folder: run this again. A folder that was there is replaced once the new one works.
 */
import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const tfjsVersion = "4.22.0";
const wheelVersion = "2.21.0";
/** The addon uses Node-API 8, which every Node since 15.12 has, so one build serves them all. */
const headersVersion = "1.9.0";
const napiVersion = 8;

const modules = join(dirname(fileURLToPath(import.meta.url)), "..", "node_modules");
const target = join(modules, "@tensorflow", "tfjs-node");
/** TF.js keeps its backends in one registry, so these must be hw1's own copies, not a second one. */
const shared = ["tfjs-core", "tfjs-layers", "tfjs-backend-cpu"];

if (process.platform !== "linux")
  stop(
    `this works on Linux; on ${process.platform}, \`npm install @tensorflow/tfjs-node@${tfjsVersion}\` downloads an addon`,
  );
for (const name of shared) {
  const path = join(modules, "@tensorflow", name, "package.json");
  if (!existsSync(path)) stop(`@tensorflow/${name} is not installed; run \`npm ci\` first`);
  const { version } = JSON.parse(readFileSync(path, "utf8"));
  if (version !== tfjsVersion)
    stop(`@tensorflow/${name} is ${version}, but tfjs-node ${tfjsVersion} needs ${tfjsVersion}`);
}
for (const tool of ["python3", "g++"]) {
  if (spawnSync(tool, ["--version"]).status !== 0) stop(`${tool} is not installed`);
}

// Inside node_modules, so that the last step is a rename; npm overlooks names that begin with a dot.
const stage = mkdtempSync(join(modules, ".tfjs-node-"));
process.on("exit", () => rmSync(stage, { recursive: true, force: true }));
for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
])
  process.on(signal, () => process.exit(code));

const wheel = process.argv[2] ? resolve(process.argv[2]) : downloadWheel();
if (!existsSync(wheel)) stop(`there is no file ${wheel}`);

say(`npm: @tensorflow/tfjs-node ${tfjsVersion}, without its install script`);
writeFileSync(join(stage, "package.json"), '{"private": true}\n');
run("npm", [
  "install",
  "--prefix",
  stage,
  "--ignore-scripts",
  "--no-package-lock",
  "--no-audit",
  "--no-fund",
  "--loglevel=error",
  `@tensorflow/tfjs-node@${tfjsVersion}`,
  `node-api-headers@${headersVersion}`,
]);
const built = join(stage, "node_modules", "@tensorflow", "tfjs-node");
const library = join(built, "deps", "lib");
const addon = join(built, "lib", `napi-v${napiVersion}`, "tfjs_binding.node");

say(`wheel: the C library and its headers, from ${wheel}`);
mkdirSync(library, { recursive: true });
run("python3", ["-c", unpacking(), wheel, library, join(stage, "include")]);

say("g++: the addon");
mkdirSync(dirname(addon), { recursive: true });
run("g++", [
  "-shared",
  "-fPIC",
  "-O2",
  "-std=c++17",
  `-DNAPI_VERSION=${napiVersion}`,
  `-I${join(stage, "node_modules", "node-api-headers", "include")}`,
  `-I${join(stage, "include")}`,
  join(built, "binding", "tfjs_backend.cc"),
  join(built, "binding", "tfjs_binding.cc"),
  `-L${library}`,
  "-Wl,--no-as-needed",
  "-l:libtensorflow_cc.so.2",
  "-l:libtensorflow_framework.so.2",
  "-Wl,-rpath,$ORIGIN/../../deps/lib",
  "-o",
  addon,
]);

say("check: two matrices");
gatherDependencies();
const old = join(stage, "old");
if (existsSync(target)) renameSync(target, old);
renameSync(built, target);
const product = multiply();
if (product !== "19,22,43,50") {
  renameSync(target, join(stage, "broken"));
  if (existsSync(old)) renameSync(old, target);
  stop(`the addon was built, but does not compute:\n${product}`);
}
console.log(`[1 2; 3 4] × [5 6; 7 8] = [19 22; 43 50] with TensorFlow ${wheelVersionOf(wheel)}

package   ${target}
addon     ${join(target, "lib", `napi-v${napiVersion}`, "tfjs_binding.node")}
library   ${join(target, "deps", "lib", "libtensorflow_cc.so.2")}

Use it with \`hw1 run FILE --engine tensorflow\`.`);

function downloadWheel() {
  if (process.arch !== "x64")
    stop(
      `PyPI's wheel tensorflow-cpu ${wheelVersion} is known for x64 alone; name a wheel for ${process.arch}: node scripts/build-tensorflow-addon.mjs WHEEL`,
    );
  say(`pip: tensorflow-cpu ${wheelVersion}, 270 MB`);
  const folder = join(stage, "wheel");
  // The library does not depend on Python's version, so any wheel serves, whatever python3 is here.
  const wanted = [
    "--only-binary=:all:",
    "--python-version",
    "3.11",
    "--implementation",
    "cp",
    "--abi",
    "cp311",
    "--platform",
    "manylinux_2_27_x86_64",
  ];
  run("python3", [
    "-m",
    "pip",
    "download",
    "--quiet",
    "--no-deps",
    "--dest",
    folder,
    ...wanted,
    `tensorflow-cpu==${wheelVersion}`,
  ]);
  return join(folder, readdirSync(folder)[0]);
}

/** Python that copies from a wheel what a C program needs: two libraries, and the headers that c_api.h reaches. */
function unpacking() {
  return `
import os, shutil, sys, zipfile
wheel, library, include = sys.argv[1:]
names = ("libtensorflow_cc.so.2", "libtensorflow_framework.so.2")
headers = tuple("tensorflow/include/" + part for part in ("tensorflow/c/", "tensorflow/core/platform/", "xla/tsl/", "tsl/"))
with zipfile.ZipFile(wheel) as files:
    for name in files.namelist():
        if name.startswith("tensorflow/lib") and os.path.basename(name) in names:
            path = os.path.join(library, os.path.basename(name))
        elif name.startswith(headers) and name.endswith((".h", ".inc")):
            path = os.path.join(include, *name.split("/")[2:])
        else:
            continue
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with files.open(name) as source, open(path, "wb") as copy:
            shutil.copyfileobj(source, copy, 1 << 20)
for name in names:
    if not os.path.exists(os.path.join(library, name)):
        sys.exit(wheel + " holds no " + name)
`;
}

/** What tfjs-node requires moves into its own node_modules, except for what it must share with hw1. */
function gatherDependencies() {
  const from = join(stage, "node_modules");
  const to = join(built, "node_modules");
  mkdirSync(join(to, "@tensorflow"), { recursive: true });
  for (const name of shared) rmSync(join(from, "@tensorflow", name), { recursive: true });
  for (const name of [".package-lock.json", ".bin", "node-api-headers"])
    rmSync(join(from, name), { recursive: true, force: true });
  for (const name of readdirSync(from)) {
    if (name === "@tensorflow") {
      for (const part of readdirSync(join(from, name)).filter((part) => part !== "tfjs-node"))
        renameSync(join(from, name, part), join(to, name, part));
    } else renameSync(join(from, name), join(to, name));
  }
}

/** The numbers of a product, or what went wrong. In a process of its own: a broken addon can end it. */
function multiply() {
  const code = `
    const util = require("node:util");
    util.isNullOrUndefined ??= (value) => value === null || value === undefined;
    util.isArray ??= Array.isArray;
    const core = require("@tensorflow/tfjs-core");
    const tf = require("@tensorflow/tfjs-node");
    if (core.getBackend() !== "tensorflow") throw new Error("the backend is " + core.getBackend());
    process.stdout.write(String(core.matMul(core.tensor2d([[1, 2], [3, 4]]), core.tensor2d([[5, 6], [7, 8]])).dataSync()));`;
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, ["-e", code], {
    cwd: dirname(modules),
    encoding: "utf8",
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: "2" },
  });
  return status === 0 ? stdout.trim().split("\n").at(-1) : `${signal ?? `exit code ${status}`}\n${stderr}`;
}

function wheelVersionOf(path) {
  return /-(\d+\.\d+[^-]*)-/.exec(path)?.[1] ?? "of that wheel";
}

function run(command, args) {
  try {
    execFileSync(command, args, { stdio: ["ignore", "inherit", "inherit"] });
  } catch (error) {
    stop(`${command} failed (${error.code ?? `exit code ${error.status}`})`);
  }
}

function say(text) {
  console.log(`· ${text}`);
}

function stop(text) {
  console.error(`build-tensorflow-addon: ${text}`);
  process.exit(1);
}
