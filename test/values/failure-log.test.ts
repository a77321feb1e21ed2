/** What a step said before it failed, kept short: its first and last epochs, and each warning once. */
import { expect, test } from "vitest";
import { endsOf, LogKeeper, logPreview } from "../../src/values/failure-log.js";

const epochs = (count: number) => Array.from({ length: count }, (_, at) => ({ epoch: at + 1, loss: 1 / (at + 1) }));

test("of thousands of epochs the first and the last are kept, told one by one or all at once", () => {
  const keeper = new LogKeeper();
  for (const epoch of epochs(5000)) keeper.epoch(epoch);
  // One that begins again, from a checkpoint.
  for (const epoch of epochs(4999).slice(4000)) keeper.epoch(epoch);
  const { log } = keeper;
  expect(log.epochs.map(({ epoch }) => epoch)).toEqual([
    ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    ...[4991, 4992, 4993, 4994, 4995, 4996, 4997, 4998, 4999, 5000],
  ]);
  expect(log.leftOut).toEqual({ count: 4980, before: 10 });
  expect(endsOf(epochs(5000))).toEqual({ epochs: log.epochs, leftOut: log.leftOut });
  expect(endsOf(epochs(20)).leftOut).toBe(null);
});

test("a warning is kept once, and what went wrong ends the log", () => {
  const keeper = new LogKeeper();
  keeper.epoch({ epoch: 1, loss: 0.5, accuracy: 0.25, validationLoss: 0.75, validationAccuracy: 1 });
  for (let time = 0; time < 3; time++) keeper.say("warning", "Numbers were rounded.");
  keeper.say("remark", "columns in another order");
  const failure = { title: "the loss is no longer a number", message: "In epoch 2." };
  expect(logPreview({ ...keeper.log, place: "p.yaml:3:4", failure }, "2")).toEqual([
    { type: "heading", title: "Log", more: " of 2: what was told before it failed" },
    {
      type: "lines",
      lines: [
        "  epoch 1: loss 0.5, accuracy 25.00 %; validation loss 0.75, accuracy 100.00 %",
        "  warning: Numbers were rounded.",
        "  remark: columns in another order",
        "  p.yaml:3:4: the loss is no longer a number",
      ],
    },
  ]);
});
