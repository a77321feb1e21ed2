import { fork } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, rmSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { FromWorker } from "../../src/run/messages.js";
import { type Installation, installationWithout } from "../rig/installation.js";
import { type Project, project, smallPipeline } from "../rig/project.js";

let installed: Installation | undefined;
let open: Project | undefined;
afterEach(() => {
  open?.remove();
  installed?.remove();
});

const here = `${process.platform}-${process.arch}`;
const binaries = join("bin", "napi-v6", process.platform, process.arch);
const reinstall = "Remove node_modules/onnxruntime-node and run `npm ci` where hw1 is installed.\n";
const english = (count: number): string => count.toLocaleString("en");

/**
 * An installation whose ONNX Runtime is a copy, with this machine's binaries alone, after `corrupt` had them.
 */
function installationWith(corrupt: (folder: string) => void): Installation {
  const made = installationWithout("onnxruntime-node");
  mkdirSync(made.replaced);
  for (const part of ["package.json", "dist", binaries])
    cpSync(join(made.real, part), join(made.replaced, part), { recursive: true });
  corrupt(join(made.replaced, binaries));
  return made;
}
const library = (folder: string): string => readdirSync(folder).find((name) => name.startsWith("libonnxruntime"))!;

/** A run there stops with exit code 4 and this message, before anything was read or kept. */
async function expectNoWork(message: string): Promise<void> {
  open = project(smallPipeline, installed!.folder);
  const told = await open.hw1("run", "p.yaml");
  expect(told.err).toBe(message);
  expect([told.code, told.out]).toEqual([4, ""]);
  expect(readdirSync(open.cache)).toEqual([]);
}

test("without ONNX Runtime a run stops before any work; check and plan do not need it", async () => {
  installed = installationWithout("onnxruntime-node");
  await expectNoWork(
    `ONNX Runtime cannot be loaded on ${here}: the npm package onnxruntime-node is not installed.\nRun \`npm ci\` where hw1 is installed.\n`,
  );
  expect((await open!.hw1("check", "p.yaml")).code).toBe(0);
  expect((await open!.hw1("plan", "p.yaml")).code).toBe(10);
});

test("a copy of ONNX Runtime that nothing was done to works", async () => {
  installed = installationWith(() => undefined);
  open = project(smallPipeline, installed.folder);
  const told = await open.hw1("run", "p.yaml", "--set", "epochs=1");
  expect([told.code, told.err]).toEqual([0, ""]);
});

test("a binary that is not there is named", async () => {
  installed = installationWith((folder) => rmSync(join(folder, "onnxruntime_binding.node")));
  await expectNoWork(
    `ONNX Runtime cannot be loaded on ${here}: onnxruntime_binding.node is missing from the npm package onnxruntime-node.\n${reinstall}`,
  );
});

test.runIf(process.platform === "linux")(
  "a library that was cut off is found before the system would end the process over it",
  async () => {
    let whole = 0;
    installed = installationWith((folder) => {
      whole = statSync(join(folder, library(folder))).size;
      truncateSync(join(folder, library(folder)), 20_000_000);
    });
    const name = library(join(installed.replaced, binaries));
    open = project(smallPipeline, installed.folder);
    const told = await open.hw1("run", "p.yaml");
    expect(told.code).toBe(4);
    // The header speaks of the table of sections, which ends at or shortly before the end of the file.
    const wanted = Number(/20,000,000 bytes of ([\d,]+) bytes/.exec(told.err)?.[1]?.replaceAll(",", ""));
    expect(wanted).toBeGreaterThan(whole - 65_536);
    expect(wanted).toBeLessThanOrEqual(whole);
    expect(told.err).toBe(
      `ONNX Runtime cannot be loaded on ${here}: ${name} is damaged: it ends after 20,000,000 bytes of ${english(wanted)} bytes.\n${reinstall}`,
    );
    expect(readdirSync(open.cache)).toEqual([]);
  },
);

test.runIf(process.platform === "linux").each([
  [0, "the file is empty"],
  [40, "it ends after 40 bytes"],
])("a binding of %i bytes is damaged", async (size, found) => {
  installed = installationWith((folder) => truncateSync(join(folder, "onnxruntime_binding.node"), size));
  await expectNoWork(
    `ONNX Runtime cannot be loaded on ${here}: onnxruntime_binding.node is damaged: ${found}.\n${reinstall}`,
  );
});

test.runIf(process.platform === "linux")("a binding without its library is told", async () => {
  installed = installationWith((folder) => rmSync(join(folder, library(folder))));
  await expectNoWork(
    `ONNX Runtime cannot be loaded on ${here}: the library that onnxruntime_binding.node needs is missing from the npm package onnxruntime-node.\n${reinstall}`,
  );
});

test("a worker that cannot load the engine tells its first step of it, as trouble of the environment", async () => {
  installed = installationWithout("onnxruntime-node");
  open = project(smallPipeline, installed.folder);
  const worker = fork(join(installed.folder, "dist", "worker.js"), [open.cache, "onnx"], {
    serialization: "advanced",
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const answer = new Promise<FromWorker>((resolve, reject) => {
    worker.on("message", resolve);
    worker.on("exit", (code) => reject(new Error(`it ended with exit code ${code}`)));
  });
  worker.send({ type: "steps", requests: [{ kind: "train", engine: "onnx", threads: 1, inputs: [] }] });
  expect(await answer).toEqual({
    type: "ended",
    endings: [
      {
        type: "environment",
        message: `ONNX Runtime cannot be loaded on ${here}: the npm package onnxruntime-node is not installed.\nRun \`npm ci\` where hw1 is installed.`,
      },
    ],
  });
  worker.kill();
});
