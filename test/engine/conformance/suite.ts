/**
 * TF.js core's own test suite, run against the engine: a program of its own, bundled and started by
 * `conformance.test.ts`.
 *
 * The suite imports TF.js core file by file, so it must share those modules with the engine; a bundler puts them
 * together. The last line on stdout is JSON: `Report`.
 */
import "@tensorflow/tfjs-core/dist/register_all_gradients.js";
import "@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js";
import { setTestEnvs } from "@tensorflow/tfjs-core/dist/jasmine_util.js";
import { fallbackCalls } from "../../../src/engine/fallback.js";
import { installOnnx } from "../../../src/engine/install.js";

export interface Report {
  readonly passed: number;
  readonly skipped: number;
  readonly failed: readonly { readonly name: string; readonly message: string }[];
  /** Calls answered by TF.js's own kernels. */
  readonly fallbacks: Readonly<Record<string, number>>;
}

interface Result {
  readonly fullName: string;
  readonly status: "passed" | "failed" | "pending" | "excluded" | "disabled";
  readonly failedExpectations: readonly { readonly message: string }[];
}

async function main(): Promise<void> {
  const [engine, only] = process.argv.slice(2) as [string, string | undefined];
  // The jasmine runner knows no types here; what is used of it is small.
  const Jasmine = require("jasmine") as new () => {
    env: { clearReporters(): void; addReporter(reporter: object): void; configure(options: object): void };
    execute(): Promise<void>;
    exitOnCompletion: boolean;
    jasmine: { DEFAULT_TIMEOUT_INTERVAL: number };
    addReporter(reporter: object): void;
    clearReporters(): void;
    onComplete(done: () => void): void;
    exit: (code: number) => void;
  };
  const runner = new Jasmine();
  runner.exitOnCompletion = false;
  await installOnnx({ threads: 1 });
  setTestEnvs([{ name: engine, backendName: engine, flags: {}, isDataSync: true }]);
  require("@tensorflow/tfjs-core/dist/tests.js");
  let [passed, skipped] = [0, 0];
  const failed: { name: string; message: string }[] = [];
  runner.clearReporters();
  runner.addReporter({
    specDone({ fullName, status, failedExpectations }: Result) {
      if (status === "passed") passed++;
      else if (status === "failed")
        failed.push({ name: fullName, message: failedExpectations.map(({ message }) => message).join("\n") });
      else if (status === "pending") skipped++;
    },
    suiteDone({ fullName, failedExpectations }: Result) {
      for (const { message } of failedExpectations) failed.push({ name: `${fullName} (around its specs)`, message });
    },
  });
  runner.env.configure({
    random: false,
    ...(only ? { specFilter: (spec: { getFullName(): string }) => spec.getFullName().includes(only) } : {}),
  });
  const finished = new Promise<void>((resolve) => {
    runner.exit = () => resolve();
    runner.onComplete(resolve);
  });
  await runner.execute();
  await finished;
  const report: Report = {
    passed,
    skipped,
    failed,
    fallbacks: Object.fromEntries([...fallbackCalls].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
  process.stdout.write(`\n${JSON.stringify(report)}\n`, () => process.exit(0));
}

void main();
