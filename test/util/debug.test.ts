import { expect, test } from "vitest";
import { readDebug } from "../../src/util/debug.js";

test("HW1_DEBUG is a list of names, of which those are kept that are known, and the others are told once", () => {
  const of = (list: string | undefined) => {
    const { names, unknown } = readDebug(list);
    return [[...names], unknown];
  };
  expect(of(undefined)).toEqual([[], []]);
  expect(of("")).toEqual([[], []]);
  expect(of("engine")).toEqual([["engine"], []]);
  expect(of(" motor, engine ,,motor, Engine,engine")).toEqual([["engine"], ["motor", "Engine"]]);
});
