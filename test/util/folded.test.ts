/** Words in lines: what belongs together stays together. */
import { expect, test } from "vitest";
import { folded } from "../../src/util/width.js";

test("lines break between words, and not between a number and its %", () => {
  expect(folded("from 23.90 to 25.21 % of all", 16)).toEqual(["from 23.90 to", "25.21 % of all"]);
  expect(folded("23.90 to 25.21 %", 15)).toEqual(["23.90 to", "25.21 %"]);
  expect(folded("a word that is longer", 4)).toEqual(["a", "word", "that", "is", "longer"]);
});
