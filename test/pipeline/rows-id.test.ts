/** Ids of examples, with the keys by which names tell them apart. */
import { expect, test } from "vitest";
import { areApart, areOfOneCut, withKeys, withRepeats } from "../../src/pipeline/rows-id.js";

const around = (keys: Readonly<Record<string, string>>): ReadonlyMap<string, string> => new Map(Object.entries(keys));
const fold = (own: string, part = "train", more: Readonly<Record<string, string>> = {}): string =>
  withKeys(`cut.${part}`, { own, around: around(more) });

test("keys are one id in whatever order, and at once, they come; those that stand there stay", () => {
  const once = fold("2", "train", { outer: "1", seeds: "7" });
  const twice = withKeys(withKeys("cut.train", { around: around({ seeds: "7" }) }), {
    own: "2",
    around: around({ outer: "1" }),
  });
  expect(twice).toBe(once);
  expect(withKeys(once, { own: "3", around: around({ outer: "9" }) })).toBe(once);
  expect(withKeys("cut.train", { around: around({}) })).toBe("cut.train");
});

test("keys with dots and signs are told apart", () => {
  const keys = ["0.01", "0,01", "a=b", "a|b", "a@b", "0.010"];
  const ids = keys.map((key) => withKeys("cut.train", { around: around({ coarse: key }) }));
  expect(new Set(ids).size).toBe(keys.length);
  expect(ids.every((id) => areOfOneCut(id, "cut.train"))).toBe(true);
  expect(areApart(ids[0]!, ids[1]!)).toBe(false);
  expect(areApart(ids[0]!, withKeys("cut.validation", { around: around({ coarse: "0.01" }) }))).toBe(true);
});

test("parts of one fold have nothing in common, nor what two folds hold out; else they may", () => {
  expect(areApart("cut.train", "cut.validation")).toBe(true);
  expect(areApart(fold("2"), fold("2", "validation"))).toBe(true);
  expect(areApart(fold("2"), fold("3", "validation"))).toBe(false);
  expect(areApart(fold("2"), fold("3"))).toBe(false);
  expect(areApart(fold("2", "validation"), fold("3", "validation"))).toBe(true);
  // The element at hand may be that one or another.
  expect(areApart(fold("2", "validation"), "cut.validation")).toBe(false);
  expect(areApart(fold("2", "validation", { outer: "1" }), fold("3", "validation", { outer: "2" }))).toBe(false);
  expect(areApart("cut.train", "other.validation")).toBe(false);
});

test("folds of one repetition hold out different examples; those of another hold out the same again", () => {
  const cut = withRepeats("cut", 3);
  const repeated = (own: string): string => withKeys(`${cut}.validation`, { own, around: around({}) });
  expect(areApart(repeated("1"), repeated("3"))).toBe(true);
  expect(areApart(repeated("4"), repeated("6"))).toBe(true);
  expect(areApart(repeated("3"), repeated("4"))).toBe(false);
  expect(areApart(repeated("1"), repeated("4"))).toBe(false);
  expect(areApart(repeated("1"), withKeys(`${cut}.train`, { own: "1", around: around({}) }))).toBe(true);
  expect(areOfOneCut(repeated("1"), repeated("4"))).toBe(true);
});
