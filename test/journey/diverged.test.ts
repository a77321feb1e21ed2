/** A training that diverges leaves its last epoch that is a result; `show` names it, and a shorter training has it at once. */
import { afterEach, expect, test } from "vitest";
import { type Project, project } from "../rig/project.js";

let open: Project | undefined;
afterEach(() => open?.remove());

const points = [
  "x,label",
  ...Array.from({ length: 60 }, (_, row) => `${Math.sin(3 * row).toFixed(3)},${Math.cos(7 * row).toFixed(3)}`),
].join("\n");
/** Harmless up to the given epoch. */
const step = "step: {from: 0.01, every: 20, factor: 1.0e+34}";
const pipeline = (rate = step, epochs = 60): string => `stages:
  points: {kind: load, source: csv, train: points.csv, target: label}
  parts: {kind: split, data: points.train, validation: 20}
  net:
    kind: train
    data: parts.train
    validation: parts.validation
    layers:
      - dense: {units: 8, activation: relu}
      - dense: {units: 1}
    loss: mse
    optimizer: {sgd: {learning_rate: {${rate}}}}
    batch_size: 10
    epochs: ${epochs}
`;
const started = (yaml: string): Project => {
  const made = project(yaml);
  made.write("points.csv", `${points}\n`);
  return made;
};

test("several epochs to a call, the state of the last finite one is kept, shown, and the result of as many epochs", async () => {
  open = started(pipeline());
  const told = await open.hw1("run", "p.yaml");
  expect(told.code).toBe(1);
  const [, sentence] = /\n\n(In epoch 21, [^\n]*\.)\n/.exec(told.err)!;
  expect(sentence).toContain("In epoch 21, step 2, the output of `dense_2` is infinite, and the loss became ");
  const shown = await open.hw1("show", "p.yaml", "net");
  expect(shown.code).toBe(1);
  const { checkpoint } = JSON.parse((await open.hw1("show", "p.yaml", "net", "--json")).out);
  expect(checkpoint).toEqual({
    epoch: 20,
    learningRate: 0.01,
    train: { loss: expect.any(Number) },
    validation: { loss: expect.any(Number) },
    failure: { title: "the loss is no longer a number", message: expect.stringContaining(sentence!) },
    isPrefix: true,
  });
  const four = (loss: number): string => loss.toPrecision(4).replace(/\.?0+$/, "");
  expect(shown.out).toContain(
    [
      "Checkpoint: epoch 20, the last after which all numbers are finite",
      `  loss ${four(checkpoint.train.loss)}; validation loss ${four(checkpoint.validation.loss)}`,
      "  With `epochs: 20` the stage has this state as its result, without another step.",
      "",
    ].join("\n"),
  );
  open.write("p.yaml", pipeline(step, 20));
  // It is the longer training that went wrong.
  expect((await open.hw1("show", "p.yaml", "net")).out).not.toContain("no longer a number");
  const short = await open.hw1("run", "p.yaml", "--json");
  expect(short.code).toBe(0);
  // Nothing was trained, so nothing was told of it.
  expect(short.out).not.toContain('"event":"progress"');
  const result = JSON.parse((await open.hw1("show", "p.yaml", "net", "--json")).out);
  expect(result.metrics).toMatchObject({ epochs: 20, train: checkpoint.train, validation: checkpoint.validation });
  expect(result).not.toHaveProperty("checkpoint");
  // It is what a training of that length leaves by itself.
  await open.hw1("run", "p.yaml", "--cache", "other");
  expect(JSON.parse((await open.hw1("show", "p.yaml", "net", "--json", "--cache", "other")).out).digest).toBe(
    result.digest,
  );
});

test("where the rate depends on the length, the state is gone on from by the same options alone, and it is said", async () => {
  open = started(pipeline("cosine: {from: 100}, warm_up: 50").replace(", activation: relu", ""));
  expect((await open.hw1("run", "p.yaml")).code).toBe(1);
  const shown = await open.hw1("show", "p.yaml", "net");
  const { checkpoint } = JSON.parse((await open.hw1("show", "p.yaml", "net", "--json")).out);
  expect(checkpoint.isPrefix).toBe(false);
  expect(shown.out).toContain(
    "  The learning rate depends on how many epochs there are: only the same `epochs` go on from this state.\n",
  );
});

test("a trial whose failure is kept has its state too", async () => {
  open = started(`stages:
  points: {kind: load, source: csv, train: points.csv, target: label}
  parts: {kind: split, data: points.train, validation: 20}
  tried:
    kind: search
    strategy: grid
    space: {factor: [0.5, 1.0e+34]}
    trial:
      kind: train
      data: parts.train
      validation: parts.validation
      layers: [{dense: {units: 8, activation: relu}}, {dense: {units: 1}}]
      loss: mse
      optimizer: {sgd: {learning_rate: {step: {from: 0.01, every: 20, factor: "\${trial.factor}"}}}}
      batch_size: 10
      epochs: 60
    objective: {minimize: validation.loss}
`);
  expect((await open.hw1("run", "p.yaml")).code).toBe(0);
  const searched = JSON.parse((await open.hw1("show", "p.yaml", "tried", "--json")).out);
  const { trials } = searched.outputs[0].data;
  // What its trials took is told of the search, for it computes nothing itself.
  expect(searched.cells).toEqual({ count: trials.length, elapsedMs: expect.any(Number) });
  expect(searched.cells.elapsedMs).toBeGreaterThan(0);
  const [failed] = trials.filter(({ status }: { status: string }) => status === "failed");
  const shown = (await open.hw1("show", "p.yaml", `tried/${failed.key}`)).out;
  // In the list of elements, in full, and at the end of the log.
  expect(shown.split("the loss is no longer a number").length - 1).toBe(3);
  expect(shown).toContain(`${failed.key}  the loss is no longer a number; checkpoint of epoch 20\n`);
  expect(shown).toContain("Checkpoint: epoch 20, the last after which all numbers are finite\n");

  // What it said before is kept beside the failure, whose digest does not know of it; a run that reuses it changes nothing.
  expect(await open.hw1("run", "p.yaml", "--quiet")).toMatchObject({ code: 0 });
  const { log, outputs, checkpoint } = JSON.parse(
    (await open.hw1("show", "p.yaml", `tried/${failed.key}`, "--json")).out,
  ).elements[0];
  expect(log.epochs.map(({ epoch }: { epoch: number }) => epoch)).toEqual(
    Array.from({ length: 20 }, (_, at) => at + 1),
  );
  expect(log.epochs[19]).toEqual({
    epoch: 20,
    loss: checkpoint.train.loss,
    validationLoss: checkpoint.validation.loss,
  });
  expect([log.leftOut, log.said, log.place]).toEqual([null, [], "p.yaml:14:40"]);
  expect(log.failure.title).toBe("the loss is no longer a number");
  expect(JSON.stringify(outputs)).not.toContain("validationLoss");
  const told = (await open.hw1("show", "p.yaml", `tried/${failed.key}`)).out;
  expect(told).toMatch(
    /\nLog: what was told before it failed\n {2}epoch 1: loss [\d.]+; validation loss [\d.]+\n[\s\S]*\n {2}p\.yaml:14:40: the loss is no longer a number\n/,
  );
});
