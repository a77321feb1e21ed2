import { describe, expect, test } from "vitest";
import { columnOf, movesConstant, roundingOf } from "../../src/learn/rounding.js";

const of = (...parts: readonly (readonly number[])[]) => roundingOf(parts.map((part) => Float64Array.from(part)));
const nothing = { loses: false, matters: false };

describe("32 bits", () => {
  test("hold whole numbers up to 2²⁴, and decimals of a few digits", () => {
    expect(of([0, 1, 16777216], [5])).toEqual(nothing);
    expect(of([0.1, 0.2, 0.30000001], [12.345, -7.25])).toEqual(nothing);
    expect(of([], [])).toEqual(nothing);
  });
  test("lose where two values become one, in one part or between two", () => {
    expect(of([16777216, 16777217])).toEqual({ loses: true, matters: true });
    expect(of([16777216, 5], [16777217, 8])).toEqual({ loses: true, matters: true });
    expect(of([1700000000, 1700000001])).toEqual({ loses: true, matters: true });
    expect(of([1e-50, 2e-50])).toEqual({ loses: true, matters: true });
  });
  test("lose where rounding errs by more than 1e-4 of the sd of a part", () => {
    expect(of([1e6 + 0.03, 1e6 + 0.13])).toEqual({ loses: true, matters: true });
    expect(of([0, 1e6 + 0.03])).toEqual(nothing);
    expect(of([1e6 + 0.03, 1e6 + 0.13], [-1e9, 1e9])).toEqual({ loses: true, matters: true });
  });
  test("lose nothing of a constant, or of a value that repeats, and holes are no values", () => {
    expect(of([0.1, 0.1, 0.1])).toEqual(nothing);
    expect(of([16777217, 16777217, Number.NaN])).toEqual(nothing);
    expect(of([Number.NaN, Number.NaN])).toEqual(nothing);
  });
  test("lose little where a few of many values fall together, far below what a network sees", () => {
    const many = Array.from({ length: 1000 }, (_, index) => index * 1e5);
    expect(of([...many, 16777216, 16777217])).toEqual({ loses: true, matters: false });
  });
});
describe("a constant, or a lone row, that 32 bits move", () => {
  const moves = (...parts: readonly (readonly number[])[]) =>
    movesConstant(parts.map((part) => Float64Array.from(part)));
  test("is far from what it was by more than 1e-4, the sd of a constant being 1", () => {
    for (const values of [[1700000037], [16777217, 16777217, Number.NaN], [-1e6 - 0.03]])
      expect(moves(values)).toBe(true);
    expect(moves([1700000037], [5, 5])).toBe(true);
    for (const values of [[0.1, 0.1, 0.1], [12.345], [16777216], [Number.NaN], []]) expect(moves(values)).toBe(false);
  });
  test("beside parts that vary is judged by their sd", () => {
    expect(moves([-1e9, 1e9], [1e6 + 0.03])).toBe(false);
    expect(moves([1, 1 + 2 ** -20], [1 + 2 ** -26])).toBe(true);
    expect(moves([1700000000, 1700000001])).toBe(false);
  });
});
test("a column of a table in rows", () => expect([...columnOf([1, 2, 3, 4, 5, 6], 3, 1)]).toEqual([2, 5]));
