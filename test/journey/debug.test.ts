/** HW1_DEBUG=engine over a real run: what is told on stderr, and that all else stays as it is. */
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { digests, type Project, project, type Told } from "../rig/project.js";

const pipeline = `name: line
stages:
  points: {kind: load, source: synthetic, generator: gapped_curve, count: 200}
  net: {kind: train, data: points.train, layers: [{dense: {units: 4, activation: tanh}}, {dense: {units: 1}}], loss: mse, optimizer: adam, epochs: 3}
  score: {kind: evaluate, model: net, data: points.test}
`;
const limit = { timeout: 60_000 };
const before = { debug: process.env.HW1_DEBUG, folder: process.env.TMPDIR };
const restore = (name: string, value: string | undefined): void => {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
};

let open: Project;
let temporary: string;
beforeEach(() => {
  open = project(pipeline);
  temporary = join(open.folder, "tmp");
  mkdirSync(temporary);
  process.env.TMPDIR = temporary;
});
afterEach(() => {
  restore("HW1_DEBUG", before.debug);
  restore("TMPDIR", before.folder);
  open.remove();
});
function run(debug: string | undefined, ...flags: readonly string[]): Promise<Told> {
  restore("HW1_DEBUG", debug);
  return open.hw1("run", "p.yaml", ...flags, "--force", "net", "--force", "score", "--jobs", "1");
}
/** Without what time decides: durations, and which epochs were told before the next one was over. */
const timeless = ({ out }: Told): string =>
  out.replace(/\d+(\.\d+)? s\b/g, "… s").replace(/^.*( runs: | epoch \d+ of ).*\n/gm, "");

test("tells passes and ops of each program on stderr, and nothing else becomes another", limit, async () => {
  await run(undefined, "--plain");
  const without = await run(undefined, "--plain");
  const told = await run("engine", "--plain");
  expect(without).toMatchObject({ code: 0, err: "" });
  expect(told.code).toBe(0);
  expect(timeless(told)).toBe(timeless(without));
  const lines = told.err.split("\n").slice(0, -1);
  for (const line of lines) expect(line).toMatch(/^worker 1: *\S/);
  expect(lines[0]).toMatch(/^worker 1: program 1 begins with 1 thread/);
  for (const row of ["recorded", "same-shape", "conv-bias", "blocks", "as ONNX"])
    expect(told.err).toMatch(new RegExp(`^worker 1:     ${row} +(\\d+|–)`, "m"));
  const began = lines.flatMap((line) => /^worker 1: (program \d+) begins/.exec(line)?.[1] ?? []);
  const ended = lines.flatMap((line) => /^worker 1: (program \d+): .* ms a step with /.exec(line)?.[1] ?? []);
  expect(began).toEqual(began.map((_, index) => `program ${index + 1}`));
  expect(new Set(ended)).toEqual(new Set(began));
  expect(told.err).toMatch(/^worker 1: +\d+\.\d{3} +\d+\.\d % +[\d.]+ {2}Tanh$/m);
  expect(readdirSync(temporary).filter((name) => name.startsWith("hw1-"))).toEqual([]);
});

test("JSON on stdout stays JSON, with the same digests", limit, async () => {
  const without = await run(undefined, "--json");
  const told = await run("engine", "--json");
  expect(told.code).toBe(0);
  const events = told.out
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as { readonly event: string });
  expect(events.at(-1)).toMatchObject({ event: "run", status: "ok" });
  expect(Object.keys(digests(told))).toEqual(["points", "net", "score"]);
  expect(digests(told)).toEqual(digests(without));
  expect(told.err).toContain("worker 1: program 1 begins with ");
});

test("a name that it does not know is said once, with those that it knows, and the run goes on", limit, async () => {
  const told = await run("motor", "--plain");
  expect(told).toMatchObject({ code: 0, err: "warning: HW1_DEBUG knows no `motor`; it knows `engine`\n" });
});
