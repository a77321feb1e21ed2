import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { orderStages, type Reads } from "../../src/pipeline/cycle.js";

/** "a: b c" is a stage a that reads b and c. */
const stages = (...lines: readonly string[]): Reads[] =>
  lines.map((line) => {
    const [name, reads = ""] = line.split(":");
    return { name: name!, reads: reads.split(" ").filter(Boolean) };
  });

describe("the order of stages", () => {
  test("is the file's where nothing else decides", () =>
    expect(orderStages(stages("c", "a", "b")).order).toEqual(["c", "a", "b"]));
  test("puts a stage after what it reads", () =>
    expect(orderStages(stages("c: b", "b: a", "a", "d: a")).order).toEqual(["a", "b", "c", "d"]));
  test("passes over names that are no stages", () =>
    expect(orderStages(stages("a: nothing", "b: a")).order).toEqual(["a", "b"]));
  test("is found for ten thousand stages in a row", () => {
    const row = Array.from({ length: 10_000 }, (_, index): Reads => ({ name: `s${index}`, reads: [`s${index + 1}`] }));
    expect(orderStages(row).order[0]).toBe("s9999");
  });
  test("holds for any graph without cycles, and only there is one found", () => {
    const graph = fc
      .integer({ min: 1, max: 12 })
      .chain((size) =>
        fc
          .array(fc.array(fc.nat(size - 1), { maxLength: 4 }), { minLength: size, maxLength: size })
          .map((reads) => reads.map((of, index) => ({ name: `s${index}`, reads: of.map((other) => `s${other}`) }))),
      );
    fc.assert(
      fc.property(graph, (found) => {
        const { order, cycle } = orderStages(found);
        expect([...order].sort()).toEqual(found.map((stage) => stage.name).sort());
        if (cycle) {
          expect(cycle.length).toBeGreaterThan(1);
          expect(cycle[0]).toBe(cycle[cycle.length - 1]);
          for (const [index, name] of cycle.slice(0, -1).entries())
            expect(found.find((stage) => stage.name === name)!.reads).toContain(cycle[index + 1]);
        } else
          for (const stage of found)
            for (const read of stage.reads) expect(order.indexOf(read)).toBeLessThan(order.indexOf(stage.name));
      }),
    );
  });
});

describe("a cycle", () => {
  test.each([
    ["of one", ["a: a"], ["a", "a"]],
    ["of two", ["a: b", "b: a"], ["a", "b", "a"]],
    ["beside other stages", ["x", "a: x b", "b: c", "c: x a", "y: c"], ["a", "b", "c", "a"]],
    ["reached from outside", ["x: a", "a: b", "b: a"], ["a", "b", "a"]],
  ])("%s is told as the path through it", (_name, lines, wanted) =>
    expect(orderStages(stages(...lines)).cycle).toEqual(wanted),
  );
  test("that is not there is null", () => expect(orderStages(stages("a", "b: a a", "c: a b")).cycle).toBeNull());
});
