import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { StepRequest } from "../../src/run/execute.js";
import { WorkerLostError, WorkerPool } from "../../src/run/worker-pool.js";

let folder: string;
let pool: WorkerPool | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hw1-pool-"));
});
afterEach(() => {
  pool?.kill();
  rmSync(folder, { recursive: true, force: true });
});

/** A worker whose every step answers with what `answer` says; it notes its start in `started`. */
function poolOf(answer: string, atStart = "", debug?: (worker: number, line: string) => void): WorkerPool {
  const entry = join(folder, "toy.mjs");
  writeFileSync(
    entry,
    `import { appendFileSync } from "node:fs";
appendFileSync(${JSON.stringify(join(folder, "started"))}, process.pid + "\\n");
${atStart}
process.on("message", (message) => { if (message.type === "steps") { ${answer} } });
process.on("disconnect", () => process.exit(0));
process.send({ type: "ready" });
`,
  );
  pool = new WorkerPool(entry, folder, "onnx", debug);
  return pool;
}
const sendIdentity = `process.send({ type: "ended", endings: [{ type: "done", artifact: process.argv.slice(2).join() + " " + process.pid }] });`;
const request = [{} as StepRequest];
const quiet = { progress: () => undefined, warn: () => undefined, execution: () => undefined };
/** A child that ended counts as running until this process has heard of it. */
const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((done) => setTimeout(done, 5));
}

test("a worker that was prepared takes the first step, and the next one while it is idle", async () => {
  const workers = poolOf(sendIdentity);
  workers.prepare();
  workers.prepare();
  const [first] = await workers.run(request, quiet);
  expect(first).toMatch(new RegExp(`^${folder},onnx \\d+$`));
  expect(await workers.run(request, quiet)).toEqual([first]);
});

test("steps at the same time have a worker each", async () => {
  const workers = poolOf(`setTimeout(() => { ${sendIdentity} }, 50);`);
  workers.prepare();
  const told = await Promise.all([workers.run(request, quiet), workers.run(request, quiet)]);
  expect(new Set(told.flat()).size).toBe(2);
});

test("a prepared worker that died before its first step is replaced", async () => {
  const died = join(folder, "died");
  const workers = poolOf(
    sendIdentity,
    `import { existsSync } from "node:fs";\nif (!existsSync("${died}")) { appendFileSync("${died}", process.pid + "\\n"); process.exit(7); }`,
  );
  workers.prepare();
  await until(
    () =>
      existsSync(died) && readFileSync(died, "utf8").endsWith("\n") && !isRunning(Number(readFileSync(died, "utf8"))),
  );
  expect((await workers.run(request, quiet))[0]).toMatch(/onnx \d+$/);
});

test("how steps are computed is handed on as the worker tells it", async () => {
  const report = { threads: 2, spins: true, tried: [{ threads: 1, spins: false, stepMs: 3.5 }], cores: 2 };
  const workers = poolOf(`process.send({ type: "execution", report: ${JSON.stringify(report)} }); ${sendIdentity}`);
  const told: unknown[] = [];
  await workers.run(request, { ...quiet, execution: (each) => void told.push(each) });
  expect(told).toEqual([report]);
});

test("lines for who looks inside are handed on in order with the worker's number, and so is its stderr, line by line", async () => {
  const told: string[] = [];
  const workers = poolOf(
    `process.send({ type: "debug", lines: ["one", "  two"] }); process.stderr.write("thr"); setTimeout(() => { process.stderr.write("ee\\nfour\\n", () => setTimeout(() => { ${sendIdentity} process.send({ type: "debug", lines: ["five"] }); }, 20)); }, 50);`,
    "",
    (worker, line) => told.push(`${worker} ${line}`),
  );
  const [first, second] = await Promise.all([workers.run(request, quiet), workers.run(request, quiet)]);
  expect(first).not.toEqual(second);
  await until(() => told.length === 10);
  for (const worker of ["1", "2"]) {
    const own = told.filter((line) => line.startsWith(worker)).map((line) => line.slice(2));
    expect(own.filter((line) => /^(one| {2}two|five)$/.test(line))).toEqual(["one", "  two", "five"]);
    expect(own.filter((line) => /^(three|four)$/.test(line))).toEqual(["three", "four"]);
  }
});

test("a worker that dies in a step costs that step, and says with what code", async () => {
  const workers = poolOf("process.exit(3);");
  await expect(workers.run(request, quiet)).rejects.toThrow(
    new WorkerLostError("The worker process ended with exit code 3."),
  );
});

test("closing ends a prepared worker that is still loading", async () => {
  // It never reads its channel, as one that is busy loading.
  const workers = poolOf("", "while (true) {}");
  workers.prepare();
  const started = join(folder, "started");
  await until(() => existsSync(started) && readFileSync(started, "utf8").endsWith("\n"));
  const pid = Number(readFileSync(started, "utf8"));
  expect(isRunning(pid)).toBe(true);
  workers.close();
  await until(() => !isRunning(pid));
});

test("a worker whose steps are no longer wanted is ended in the middle of them, and another takes the next", async () => {
  const workers = poolOf(
    `if (message.requests[0].options) process.send({ type: "progress", index: 0, progress: { message: process.pid + "" } }); else { ${sendIdentity} }`,
  );
  const stop = new AbortController();
  let pid = 0;
  const progress = (_: number, { message }: { readonly message?: string }): void => {
    pid = Number(message);
    stop.abort();
  };
  const endless = [{ options: {} } as StepRequest];
  await expect(workers.run(endless, { ...quiet, progress }, stop.signal)).rejects.toThrow(
    new WorkerLostError("The worker process ended by SIGKILL."),
  );
  await until(() => !isRunning(pid));
  const [next] = await workers.run(request, quiet, new AbortController().signal);
  expect(next).not.toContain(String(pid));
});

test("a worker that has answered when it is stopped takes no other step", async () => {
  const workers = poolOf(`process.send({ type: "progress", index: 0, progress: {} }); ${sendIdentity}`);
  const stop = new AbortController();
  const progress = (): void => {
    // Until the answer is there, too, unread.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    stop.abort();
  };
  const [first] = await workers.run(request, { ...quiet, progress }, stop.signal).catch((lost: Error) => [lost]);
  const [next] = await workers.run(request, quiet);
  expect(next).toMatch(/ \d+$/);
  expect(next).not.toEqual(first);
});
