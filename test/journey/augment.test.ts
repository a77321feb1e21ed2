/** Trainings with a recipe, in real processes: whatever happens to them, the same results. */
import { afterEach, expect, test } from "vitest";
import { digests, type JsonEvent, type Project, project, smallPipeline, verdicts } from "../rig/project.js";

let open: Project | undefined;
afterEach(() => open?.remove());

/** Long enough that an epoch is told in parts. */
const transforms = `[{rotate: 12}, {affine: {scale: [0.9, 1.1], shear: 8}}, ${new Array(4).fill("{elastic: {alpha: 8, sigma: 4}}").join(", ")}]`;
const pipeline = smallPipeline
  .replace("epochs: 2}", "epochs: 4}")
  .replace(
    "  cnn:\n",
    `  warped: {kind: augment, data: parts.train, transforms: ${transforms}}\n` +
      "  scaled: {kind: normalize, data: warped, method: standard}\n  cnn:\n",
  )
  .replace("data: parts.train\n    validation", "data: warped\n    validation")
  .concat(`  wide:
    kind: train
    data: scaled
    validation: parts.validation
    layers: [flatten, {dense: {units: 8, activation: relu}}, {dense: {units: 10}}]
    loss: cross_entropy
    optimizer: adam
    epochs: "\${params.epochs}"
`);

/** Whether an epoch is under way. */
const isWithin = ({ event, epoch, epochs, fraction }: JsonEvent, least: number): boolean => {
  const done = Number(fraction) * Number(epochs);
  return event === "progress" && Number(epoch) >= least && Math.abs(done - Math.round(done)) > 0.01;
};

test("one job and two, and two epochs that become four, give the same digests", async () => {
  open = project(pipeline);
  const one = await open.hw1("run", "p.yaml", "--json", "--jobs", "1");
  expect([one.code, one.err]).toEqual([0, ""]);
  expect(new Set(Object.values(verdicts(one)))).toEqual(new Set(["run"]));
  const elsewhere = project(pipeline);
  try {
    await elsewhere.hw1("run", "p.yaml", "--json", "--jobs", "2", "--set", "epochs=2");
    const two = await elsewhere.hw1("run", "p.yaml", "--json", "--jobs", "2");
    expect([two.code, two.err]).toEqual([0, ""]);
    expect(digests(two)).toEqual(digests(one));
    expect(verdicts(two)).toMatchObject({ warped: "reuse", cnn: "run", wide: "run" });
  } finally {
    elsewhere.remove();
  }
});

test("a run that is killed, or stopped by Ctrl-C, in the middle of an epoch goes on to the same digests", async () => {
  open = project(pipeline);
  const run = ["run", "p.yaml", "--json", "--set", "epochs=8"];
  const killed = await open.watch(run, (event) => (isWithin(event, 2) ? "kill" : undefined));
  expect(killed.signal).toBe("SIGKILL");
  const stopped = await open.watch(run, (event) => (isWithin(event, 4) ? "int" : undefined));
  expect(stopped.code).toBe(130);
  const continued = await open.hw1(...run);
  expect([continued.code, continued.err]).toEqual([0, ""]);
  const elsewhere = project(pipeline);
  try {
    const alone = await elsewhere.hw1(...run, "--jobs", "2");
    expect(digests(continued)).toEqual(digests(alone));
  } finally {
    elsewhere.remove();
  }
});
