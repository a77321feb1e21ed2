/** The live screen in a real pseudo-terminal: what a person would see, in the window and in its scrollback. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type IPty, spawn } from "@lydell/node-pty";
import xterm from "@xterm/headless";
import { afterEach, expect, test } from "vitest";
import { bundled } from "../rig/bundled.js";

const root = join(import.meta.dirname, "..", "..");
const fixture = await bundled(join(import.meta.dirname, "fixtures", "replay.tsx"));

interface Session {
  readonly terminal: xterm.Terminal;
  readonly process: IPty;
  /** All bytes that were written so far. */
  readonly raw: () => string;
  readonly exited: Promise<number>;
  window(): string[];
  /** Scrollback and window of the normal screen. */
  all(): string[];
  resize(columns: number, rows: number): void;
  until(test: (lines: string[]) => boolean): Promise<string[]>;
  /** Lets a run go on that stands still. */
  release(): void;
}
const open: IPty[] = [];
afterEach(() => {
  for (const process of open.splice(0)) {
    try {
      process.kill("SIGKILL");
    } catch {
      // It has ended.
    }
  }
});

/** @param holdAtMs  time of the run at which it stands still until it is released */
function session(
  args: readonly string[],
  columns = 80,
  rows = 24,
  env: NodeJS.ProcessEnv = {},
  holdAtMs?: number,
): Session {
  const holdFile = join(mkdtempSync(join(tmpdir(), "hw1-screen-")), "hold");
  writeFileSync(holdFile, "");
  const hold = holdAtMs === undefined ? {} : { HOLD_AT_MS: String(holdAtMs), HOLD_FILE: holdFile };
  const inherited = { ...process.env };
  for (const name of ["CI", "CONTINUOUS_INTEGRATION", "NO_COLOR", "FORCE_COLOR", "NODE_OPTIONS"])
    delete inherited[name];
  const terminal = new xterm.Terminal({ cols: columns, rows, scrollback: 1000, allowProposedApi: true });
  const child = spawn(process.execPath, [fixture, ...args], {
    name: "xterm-256color",
    cols: columns,
    rows,
    cwd: root,
    env: { ...inherited, ...env, ...hold },
  });
  open.push(child);
  let raw = "";
  let written = Promise.resolve();
  child.onData((data) => {
    raw += data;
    written = new Promise((done) => terminal.write(data, done));
  });
  const exited = new Promise<number>((done) =>
    child.onExit(
      ({ exitCode }) =>
        void new Promise((soon) => setTimeout(soon, 200)).then(() => written).then(() => done(exitCode)),
    ),
  );
  const lines = (buffer: xterm.IBuffer, from: number): string[] =>
    Array.from({ length: buffer.length - from }, (_, row) => buffer.getLine(from + row)?.translateToString(true) ?? "");
  const window = (): string[] => lines(terminal.buffer.active, terminal.buffer.active.baseY).slice(0, terminal.rows);
  return {
    terminal,
    process: child,
    raw: () => raw,
    exited,
    window,
    all: () => lines(terminal.buffer.normal, 0),
    resize(toColumns, toRows) {
      terminal.resize(toColumns, toRows);
      child.resize(toColumns, toRows);
    },
    release: () => rmSync(holdFile, { force: true }),
    async until(holds) {
      const deadline = Date.now() + 90_000;
      for (;;) {
        if (holds(window())) return window();
        if (Date.now() > deadline) throw new Error(`It never came; the window shows:\n${window().join("\n")}`);
        await new Promise((soon) => setTimeout(soon, 20));
      }
    },
  };
}
const shows =
  (...texts: readonly (string | RegExp)[]) =>
  (lines: string[]): boolean =>
    texts.every((text) => (typeof text === "string" ? lines.join("\n").includes(text) : text.test(lines.join("\n"))));
const cursorIsShown = (raw: string): boolean => raw.lastIndexOf("\u001b[?25h") > raw.lastIndexOf("\u001b[?25l");
const linesBefore = Array.from({ length: 40 }, (_, index) => `line ${index + 1} before`);
/** Two to four seconds each on an idle machine; a busy one gets the time it needs. */
const limit = { timeout: 120_000 };

test("the window shows the running training while it runs, and the summary when it has ended", limit, async () => {
  const { until, all, window, raw, exited, terminal, release } = session(["mnist", "40"], 80, 24, {}, 35_000);
  const live = await until(shows("mnist-cnn", /● +cnn .*epoch [2-7] of 8/, "accuracy", "images/s", "Ctrl-C stops"));
  expect(live.filter((line) => line.includes("mnist-cnn"))).toHaveLength(1);
  expect(live[live.length - 1]).toBe("");
  expect(live.join("")).toMatch(/[\u2801-\u28ff]/);
  release();
  expect(await exited).toBe(0);
  expect(terminal.buffer.active.type).toBe("normal");
  expect(all().slice(0, 40)).toEqual(linesBefore);
  expect(window().join("\n")).toContain("Done: 6 ran, 2 reused, in 1 min 24 s.");
  expect(window().join("\n")).toContain("accuracy 99.23 %");
  expect(window().join("\n")).toContain("after, raw mode is off");
  // What a library wrote to stderr did not tear the frame and is not lost.
  expect(all().filter((line) => line === "said while the frame was up")).toHaveLength(1);
  expect(all().join("\n")).not.toContain("Ctrl-C stops");
  expect(cursorIsShown(raw())).toBe(true);
  expect(raw()).not.toContain("\u001b[3J");
});

test("a resize in the middle lays the frame out anew and leaves no torn lines", limit, async () => {
  const { until, resize, all, exited, raw, release } = session(["mnist", "25"], 80, 24, {}, 25_000);
  await until(shows(/epoch 3 of 8/));
  const isWhole = (lines: string[]): boolean =>
    shows("mnist-cnn", /epoch 3 of 8/, "Ctrl-C stops")(lines) &&
    ["mnist-cnn", "digits ", "● cnn", "Ctrl-C stops"].every(
      (once) => lines.filter((line) => line.includes(once)).length === 1,
    ) &&
    lines.findLastIndex((line) => line !== "") < 14;
  const settled = (): Promise<void> => new Promise((soon) => setTimeout(soon, 400));
  resize(60, 15);
  await settled();
  // One frame and nothing torn beside it: a test that never holds ends in a message with the window.
  await until(isWhole);
  resize(100, 30);
  resize(45, 12);
  resize(60, 15);
  await settled();
  await until(isWhole);
  release();
  expect(await exited).toBe(0);
  const text = all().join("\n");
  expect(text).not.toContain("Ctrl-C stops");
  expect(text).toContain("line 1 before");
  expect(text).toContain("line 40 before");
  expect(text).toContain("Done: 6 ran");
  expect(raw()).not.toContain("\u001b[3J");
});

test("Ctrl-C typed into the terminal reaches the run, which then gives the terminal back", limit, async () => {
  const { until, process: child, exited, all, raw, terminal } = session(["folds", "40"], 80, 24, {}, 90_000);
  await until(shows("mnist-folds", /✓ ✓ ● ●/));
  child.write("\u0003");
  await until(shows("Stopping"));
  expect(await exited).toBe(130);
  expect(terminal.buffer.active.type).toBe("normal");
  const text = all().join("\n");
  expect(text).toContain("interrupted by SIGINT, raw mode is off");
  expect(text).toContain("Interrupted: 1 ran, 2 reused");
  expect(text).toContain("What is finished is kept. Go on with: hw1 run p.yaml");
  expect(cursorIsShown(raw())).toBe(true);
});

test("an exception gives the terminal back and is told", limit, async () => {
  const { exited, all, raw, terminal } = session(["mnist", "80", "throw"]);
  expect(await exited).not.toBe(0);
  expect(terminal.buffer.active.type).toBe("normal");
  expect(all().slice(0, 40)).toEqual(linesBefore);
  expect(all().join("\n")).toContain("thrown in the middle");
  expect(cursorIsShown(raw())).toBe(true);
});

test("the clock ticks while nothing happens, and a window of 20 × 6 is served", limit, async () => {
  const { until, window } = session(["long", "100", "hang", "screen"], 20, 6);
  const first = await until(shows("● stage", "Ctrl-C"));
  await until((lines) => lines.join() !== first.join());
  expect(window()[5]).toBe("");
});

test.each([
  [80, 24, / {2}✓{10} {2}/],
  [60, 15, / {2}=*[✓✗]+[●▁-▇]?·+/],
] as const)(
  "three searches of 1,200 cells fit a window of %i × %i, and end in a summary of one screen",
  limit,
  async (columns, rows, cells) => {
    const { until, window, exited, raw, all, release } = session(["study", "100"], columns, rows, {}, 35_000);
    const live = await until(shows("● coarse", cells, /best( so far)?: /, "Ctrl-C stops"));
    release();
    expect(live.findLastIndex((line) => line !== "")).toBeLessThan(rows - 1);
    expect(await exited).toBe(0);
    expect(window().join("")).toMatch(/✓ coarse .*✓ wide .*✓ inner /);
    expect(window().join("")).toContain("2 trials of coarse failed; `hw1 show p.yaml coarse` tells why.");
    expect(all().slice(0, 40)).toEqual(linesBefore);
    expect(raw()).not.toContain("\u001b[3J");
  },
);

test("without colour no colour is sent, with colour it is", limit, async () => {
  const colored = session(["mnist", "80"]);
  const plain = session(["mnist", "80"], 80, 24, { NO_COLOR: "1" });
  await Promise.all([colored.exited, plain.exited]);
  expect(colored.raw()).toContain("\u001b[36m");
  expect(plain.raw()).not.toMatch(/\u001b\[\d*m/);
});

test("an empty CI, which Ink takes for a CI, does not stop the screen", limit, async () => {
  const { until } = session(["mnist", "40"], 80, 24, { CI: "", CONTINUOUS_INTEGRATION: "1" }, 35_000);
  await until(shows("mnist-cnn", /epoch [2-7] of 8/));
});
