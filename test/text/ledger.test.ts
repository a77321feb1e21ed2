/** What the ledger says of a test set: how often, for how many models, and whether anything was decided after that. */
import { expect, test } from "vitest";
import type { Decided, Opening } from "../../src/store/store.js";
import { ledgerText, testSetLedger } from "../../src/text/ledger.js";
import { type Digest, digestJson } from "../../src/util/digest.js";

const [ours, theirs] = [digestJson("our training data"), digestJson("theirs")];
const noted = (at: number, sources: readonly Digest[] = [ours]) => ({
  fingerprint: digestJson(at),
  run: 1,
  pipeline: "study",
  element: null,
  at,
  sources,
});
const opening = (at: number, model: string, more: Partial<Opening> = {}): Opening => ({
  what: "opening",
  stage: "score",
  ...noted(at),
  examples: digestJson("set"),
  data: digestJson("test"),
  model: digestJson(model),
  ...more,
});
const decided = (at: number, more: Partial<Decided> = {}): Decided => ({
  what: "training",
  stage: "net",
  ...noted(at),
  ...more,
});
const told = (entries: readonly Opening[], decisions: readonly Decided[] = [], own: readonly Opening[] = []): string =>
  ledgerText(
    testSetLedger(
      "set",
      entries,
      (at) => decisions.filter((one) => one.at > at),
      new Set(own.map(({ fingerprint }) => fingerprint)),
    ),
  );

test("three models that were opened after all was chosen", () =>
  expect(told([opening(10, "a"), opening(11, "b"), opening(12, "c")], [decided(9), decided(10)])).toBe(
    "test set opened 3 times, for 3 models, after selection",
  ));
test("one model, opened twice and looked at once", () =>
  expect(told([opening(10, "a"), opening(11, "a", { what: "look" }), opening(12, "a")])).toBe(
    "test set opened 2 times, for 1 model, after selection; 1 look",
  ));
test("whatever finished on the training data after the first opening is named, once per stage", () => {
  expect(told([opening(10, "a"), opening(20, "b")], [decided(15)])).toBe(
    "test set opened 2 times, for 2 models, before selection ended " +
      "(training `net` of study finished after the first opening)",
  );
  const many = [
    ...[decided(11), decided(12, { element: "2" })],
    ...[decided(13, { what: "search", stage: "tune" }), decided(14, { what: "selection", stage: "best" })],
    decided(15, { stage: "final", pipeline: "other" }),
  ];
  expect(told([opening(10, "a")], many)).toBe(
    "test set opened 1 time, for 1 model, before selection ended " +
      "(training `net` of study, search `tune` of study, selection `best` of study and 1 more finished after the first " +
      "opening)",
  );
  expect(testSetLedger("set", [opening(10, "a")], () => many).later[0]).toEqual({
    what: "training",
    pipeline: "study",
    stage: "net",
    count: 2,
    finishedAt: "1970-01-01T00:00:00.012Z",
  });
});
test("what another study decides on other data is of no account, though it opens the same test set, too", () => {
  const later = [decided(11, { sources: [theirs] })];
  expect(told([opening(10, "a")], later)).toBe("test set opened 1 time, for 1 model, after selection");
  const [first, second] = [opening(10, "a"), opening(12, "b", { sources: [theirs] })];
  expect(told([first, second], later, [first])).toBe("test set opened 2 times, for 2 models, after selection");
  // The other one came to its model when the set had been opened.
  expect(told([first, second], later, [second])).toMatch("before selection ended");
  // Of the set, whoever asks.
  expect(told([first, second], later)).toMatch("before selection ended");
});
test("a set that was only looked at was opened when there was no ledger", () =>
  expect(told([opening(10, "a", { what: "look" })])).toBe("test set opened before there was a ledger; 1 look"));
