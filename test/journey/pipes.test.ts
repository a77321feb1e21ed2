/** What a run and the printing commands do when nobody reads what they say, and when the terminal goes away. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { spawn as spawnInTerminal } from "@lydell/node-pty";
import { afterEach, describe, expect, test } from "vitest";
import { type Project, project, type Told } from "../rig/project.js";

let open: Project | undefined;
afterEach(() => open?.remove());

const command = join(import.meta.dirname, "..", "..", "bin", "hw1.js");
/** A training that ends only when it is stopped, and one that is short. */
const trained = (epochs: number): string => `name: line
stages:
  points: {kind: load, source: synthetic, generator: gapped_curve, count: 200}
  net: {kind: train, data: points.train, layers: [{dense: {units: 4, activation: tanh}}, {dense: {units: 1}}], loss: mse, optimizer: adam, epochs: ${epochs}}
`;
const endless = trained(1_000_000);
const limit = { timeout: 60_000 };

const environment = (of: Project): NodeJS.ProcessEnv => ({
  ...process.env,
  HW1_CACHE: of.cache,
  NO_COLOR: "1",
  CI: "",
});

/** Through a shell, so that streams can be closed or sent elsewhere. `hw1` is the command. */
function shell(of: Project, script: string): Promise<Told> {
  return new Promise((done) => {
    const child = spawn("bash", ["-c", `hw1() { "$NODE" "$HW1" "$@"; }\n${script}`], {
      cwd: of.folder,
      env: { ...environment(of), NODE: process.execPath, HW1: command },
    });
    let [out, err] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => {
      out += chunk;
    });
    child.stderr.on("data", (chunk: Buffer) => {
      err += chunk;
    });
    child.on("close", (code, signal) => done({ code, signal, out, err }));
  });
}

describe("a stdout that is closed", () => {
  test("stops a run as Ctrl-C does, with exit code 141, and what it has is kept", limit, async () => {
    open = project(endless);
    const told = await shell(
      open,
      "{ hw1 run p.yaml --json; echo $? > code; } | head -3 > /dev/null; cat code; hw1 runs --json",
    );
    const [code, runs] = told.out.split("\n");
    expect(code).toBe("141");
    expect(JSON.parse(runs!)).toMatchObject([{ pipeline: "line", status: "interrupted", ran: 1 }]);
    expect(told.err).toContain(
      "Stopping, because what is printed no longer arrives: the steps under way keep their checkpoints.",
    );
    expect(told.err).toContain("What is finished is kept. Go on with: hw1 run p.yaml\n");
  });

  test("ends a command that only prints quietly: with 141, or with the code that was due", limit, async () => {
    open = project("stages:\n  a: {kind: nonsense}\n");
    // The reader is gone before the first word.
    const closed = (args: string): string => `( sleep 0.2; hw1 ${args}; echo "\${PIPESTATUS[0]}" >&3 ) 3>>codes | true`;
    const told = await shell(
      open,
      `${closed("schema")}; ${closed("check p.yaml --json")}; ${closed("--help")}; cat codes`,
    );
    expect(told).toMatchObject({ out: "141\n2\n141\n", err: "" });
  });

  test(
    "from the start is as /dev/null, whichever of the three it is, and nothing is written into the database",
    limit,
    async () => {
      open = project(trained(2));
      const told = await shell(
        open,
        "hw1 run p.yaml --plain <&- >&- 2>&-; echo $?; hw1 plan p.yaml | tail -1; hw1 run p.yaml --plain <&- >&-; echo $?",
      );
      expect(told).toMatchObject({ out: "0\nNothing to do.\n0\n", err: "" });
      expect(existsSync(join(open.cache, "quarantine"))).toBe(false);
    },
  );
});

test(
  "a stdout on a full device is told with exit code 4 and no stack, by a run and by a command that prints",
  limit,
  async () => {
    if (!existsSync("/dev/full")) return;
    open = project(trained(2));
    const told = await shell(
      open,
      "for mode in plain json quiet; do hw1 run p.yaml --$mode > /dev/full; echo $?; done; hw1 plan p.yaml > /dev/full; echo $?",
    );
    expect(told.out).toBe("4\n4\n0\n4\n");
    expect(told.err).toContain(
      "what hw1 prints cannot be written: ENOSPC: no space left on device, write\nFree some space where its output goes",
    );
    expect(told.err).not.toMatch(/\n +at |bug/);
  },
);

test("a stderr that is closed or full changes no exit code", limit, async () => {
  open = project("stages:\n  a: {kind: nonsense}\n");
  const told = await shell(
    open,
    "hw1 check p.yaml 2>&-; echo $?; hw1 check p.yaml 2> >(true); echo $?; [ -e /dev/full ] && hw1 check p.yaml 2> /dev/full; echo $?",
  );
  expect(told).toMatchObject({ out: "2\n2\n2\n", err: "" });
});

describe("SIGHUP", () => {
  test("is ignored where no terminal is", limit, async () => {
    open = project(trained(300));
    const told = await shell(
      open,
      "$NODE $HW1 run p.yaml --plain > log < /dev/null 2>&1 & p=$!; while ! grep -q '^net runs' log 2>/dev/null; do sleep 0.05; done; kill -HUP $p; wait $p",
    );
    expect(told.code).toBe(0);
  });

  /** @param screen  whether the live screen is shown, or lines */
  const inTerminal = async (
    screen: boolean,
    end: (terminal: ReturnType<typeof spawnInTerminal>) => void,
  ): Promise<{ code: number; text: string }> => {
    open = project(endless);
    const terminal = spawnInTerminal(process.execPath, [command, "run", "p.yaml", ...(screen ? [] : ["--plain"])], {
      cwd: open.folder,
      env: environment(open),
    });
    let text = "";
    return new Promise((done) => {
      // As a shell reports it: node-pty sends a signal of its own after the kernel's, which may meet a process in its
      // last moment.
      terminal.onExit(({ exitCode, signal }) => done({ code: signal ? 128 + signal : exitCode, text }));
      let isEnding = false;
      terminal.onData((data) => {
        text += data;
        if (isEnding || !/epoch/.test(text)) return;
        isEnding = true;
        end(terminal);
      });
    });
  };

  test.each([true, false])(
    "in a terminal stops the run, whose code is 129 (live screen: %s)",
    limit,
    async (screen) => {
      const { code, text } = await inTerminal(screen, (terminal) => terminal.kill("SIGHUP"));
      expect(code).toBe(129);
      expect(text).toContain("What is finished is kept. Go on with: hw1 run p.yaml");
      expect(text).not.toMatch(/ {4}at |bug/);
      expect((await open!.hw1("runs")).out).toMatch(/line +interrupted +1/);
    },
  );

  test("of a terminal that is gone, where every write fails, stops the run as well", limit, async () => {
    // The master's end is closed: the kernel sends the signal itself.
    const { code } = await inTerminal(true, (terminal) => (terminal as unknown as { destroy(): void }).destroy());
    expect(code).toBe(129);
    expect((await open!.hw1("runs")).out).toMatch(/line +interrupted +1/);
  });
});
