import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { nodeFinding } from "../../src/commands/doctor.js";
import { compositeOf } from "../../src/engine/ops/composite.js";
import { opOf } from "../../src/engine/ops/ops.js";
import { driversFor } from "../../src/store/native.js";
import { type Installation, installationWithout } from "../rig/installation.js";
import { type Project, project } from "../rig/project.js";

let installed: Installation | undefined;
let open: Project | undefined;
afterEach(() => {
  open?.remove();
  installed?.remove();
  installed = undefined;
});

interface Told {
  readonly ok: boolean;
  readonly checks: Readonly<
    Record<
      string,
      {
        readonly status: string;
        readonly found: string;
        readonly remedy: string | null;
        readonly [fact: string]: unknown;
      }
    >
  >;
}
const root = join(import.meta.dirname, "..", "..");
const names = ["hw1", "Node", "machine", "terminal", "cache", "MNIST", "SQLite", "figures", "onnx", "tensorflow"];

test("the doctor names every part with a mark, and leaves nothing behind", async () => {
  open = project();
  const told = await open.hw1("doctor", "--cache", join(open.folder, "elsewhere", "cache"));
  expect(told.err).toBe("");
  expect(told.code).toBe(0);
  const marked = told.out
    .split("\n")
    .flatMap((line) => /^(\w+) +([✓!✗–]) {2}\S/.exec(line)?.slice(1, 3).join(" ") ?? []);
  expect(marked.map((line) => line.split(" ")[0])).toEqual(names);
  expect(
    marked
      .filter((line) => !line.startsWith("tensorflow") && !line.startsWith("Node"))
      .every((line) => line.endsWith("✓")),
  ).toBe(true);
  expect(told.out).toContain(`${join(open.folder, "elsewhere", "cache")}: not there yet, can be made; `);
  expect(told.out).toMatch(/\n\nEverything that hw1 needs works(; 1 warning: Node)?\.\n$/);
  expect(existsSync(join(open.folder, "elsewhere"))).toBe(false);
  expect(readdirSync(open.cache)).toEqual([]);
});

test("--json tells the same as data: this machine, and every kernel of TF.js either lowered or left to TF.js", async () => {
  open = project();
  writeFileSync(join(open.cache, "some"), Buffer.alloc(3_000_000, 1));
  const told = await open.hw1("doctor", "--json");
  const { ok, checks } = JSON.parse(told.out) as Told;
  expect([told.code, ok, told.err]).toEqual([0, true, ""]);
  expect(Object.keys(checks)).toEqual(names);
  expect(checks.Node).toMatchObject({ version: process.version.slice(1) });
  expect(checks.machine).toMatchObject({
    platform: process.platform,
    arch: process.arch,
    cores: availableParallelism(),
  });
  expect(checks.hw1!.version).toBe(
    (JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string }).version,
  );
  expect(checks.cache).toMatchObject({ folder: open.cache, exists: true, writable: true });
  expect(checks.cache!.sizeBytes).toBeGreaterThanOrEqual(3_000_000);
  expect(checks.cache!.freeBytes).toBeGreaterThan(0);

  const { lowered, fallback } = checks.onnx as unknown as { lowered: string[]; fallback: string[] };
  const kernels = tf.getKernelsForBackend("cpu").map(({ kernelName }) => kernelName);
  expect([...lowered, ...fallback].sort()).toEqual(kernels.sort());
  const hasRow = (kernel: string): boolean => opOf(kernel) !== undefined || compositeOf(kernel) !== undefined;
  expect(lowered.filter((kernel) => !hasRow(kernel))).toEqual(["Identity"]);
  expect(fallback.filter(hasRow)).toEqual([]);
});

test("without ONNX Runtime the doctor says so, goes on with the rest, and exits with 4", async () => {
  installed = installationWithout("onnxruntime-node");
  open = project(undefined, installed.folder);
  const told = await open.hw1("doctor");
  expect([told.code, told.err]).toEqual([4, ""]);
  expect(told.out).toContain(
    `onnx        ✗  ONNX Runtime cannot be loaded on ${process.platform}-${process.arch}: the npm package onnxruntime-node is not\n               installed.\n               Run \`npm ci\` where hw1 is installed.\n`,
  );
  expect(told.out).toMatch(/\nSQLite {6}✓ /);
  expect(told.out).toMatch(/\n\n1 problem: onnx\. What needs it does not work before\.\n$/);
});

test.runIf(process.platform === "linux")(
  "a binary that takes its process down is a finding like any other",
  async () => {
    const driver = driversFor(process.version)[0]!;
    const binary = driver.endsWith("node-api")
      ? join("prebuilds", `linux-${process.arch}.node`)
      : join("build", "Release", "better_sqlite3.node");
    installed = installationWithout(driver);
    mkdirSync(installed.replaced);
    for (const part of ["package.json", "lib", binary])
      cpSync(join(installed.real, part), join(installed.replaced, part), { recursive: true });
    open = project(undefined, installed.folder);
    const whole = JSON.parse((await open.hw1("doctor", "--json")).out) as Told;
    expect(whole.checks.SQLite!.status).toBe("ok");

    truncateSync(join(installed.replaced, binary), 100_000);
    const told = await open.hw1("doctor", "--json");
    const { ok, checks } = JSON.parse(told.out) as Told;
    expect([told.code, ok]).toEqual([4, false]);
    expect(checks.SQLite).toEqual({
      status: "problem",
      found: "the process that tried it was ended by SIGBUS, so a binary is damaged",
      remedy: "Run `npm ci` where hw1 is installed.",
    });
    expect(checks.onnx!.status).toBe("ok");
  },
);

test("a missing engine `tensorflow` is a note, never a problem", async () => {
  installed = installationWithout("@tensorflow/tfjs-node");
  open = project(undefined, installed.folder);
  const told = await open.hw1("doctor", "--json");
  const { checks } = JSON.parse(told.out) as Told;
  expect(told.code).toBe(0);
  expect(checks.tensorflow).toMatchObject({ status: "note", installed: false });
  const { found, remedy } = checks.tensorflow!;
  if (Number.parseInt(process.versions.node, 10) <= 22) expect(remedy).toContain("@tensorflow/tfjs-node");
  else {
    // A Node that is too new for it.
    expect(found).toContain("@tensorflow/tfjs-node");
    expect(remedy).toContain("`onnx`");
  }
});

test("a cache folder that cannot be one is a problem with its remedy", async () => {
  open = project();
  const file = open.write("occupied", "a file");
  const told = await open.hw1("doctor", "--json", "--cache", join(file, "cache"));
  const { checks } = JSON.parse(told.out) as Told;
  expect(told.code).toBe(4);
  expect(checks.cache).toMatchObject({
    status: "problem",
    writable: false,
    found: expect.stringContaining("a file stands where a folder belongs"),
    remedy: "Move that file away, or name another folder with --cache DIR or HW1_CACHE.",
  });
  expect(readFileSync(file, "utf8")).toBe("a file");
});

test.each([
  ["v18.20.4", "problem"],
  ["v20.18.3", "problem"],
  ["v20.19.0", "ok"],
  ["v22.0.0", "ok"],
  ["v23.4.0", "warning"],
  ["v24.1.0", "ok"],
  ["v26.0.0", "warning"],
])("Node %s: %s", (version, mark) => {
  expect(nodeFinding(version).mark).toBe(mark);
});
