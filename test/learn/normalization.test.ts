/** Normalised features, wherever they are computed: their bits, several steps, and when two normalisations are one. */
import { describe, expect, test } from "vitest";
import { examplesOf } from "../../src/learn/data.js";
import {
  denormalised,
  differingChannel,
  isSameNormalization,
  normalised,
  statistics,
} from "../../src/learn/normalization.js";
import { canonical, parseCanonical } from "../../src/util/json.js";
import type { Normalization } from "../../src/values/dataset.js";
import { dataset } from "../rig/stage.js";

const noise = (index: number): number => Math.sin(index * 12.9898) * 43758.5453;
const rows = Array.from({ length: 200 }, (_, index) => [
  noise(index) % 7,
  1e6 + (noise(index + 1000) % 1),
  -0.001 * (noise(index + 2000) % 3),
  0,
]);
const examples = examplesOf(dataset(rows));

describe("features", () => {
  test.each(["standard", "min_max"] as const)(
    "normalised by %s numbers that were written down and read again are the same to the last bit",
    (method) => {
      const step = statistics(examples, method);
      const read = parseCanonical(canonical(step)) as unknown as Normalization;
      expect(read).toEqual(step);
      expect(Buffer.from(normalised(examples, [read]).buffer)).toEqual(
        Buffer.from(normalised(examples, [step]).buffer),
      );
    },
  );
  test("normalised twice in one go are those of one step after the other", () => {
    const first = statistics(examples, "standard");
    const between = { ...examples, features: normalised(examples, [first]) };
    const second = statistics(between, "min_max");
    expect(normalised(examples, [first, second])).toEqual(normalised(between, [second]));
  });
  test("are those of the formula, in doubles, rounded once", () => {
    const { offset, divisor } = statistics(examples, "standard");
    const expected = Float32Array.from(examples.features, (value, at) => (value - offset[at % 3]!) / divisor[at % 3]!);
    expect(normalised(examples, [{ method: "standard", offset, divisor }])).toEqual(expected);
  });
  test("are what they were after the way back, as near as float32 tells", () => {
    const steps = [
      statistics(examples, "standard"),
      { method: "min_max", offset: [-2, 0, 1], divisor: [4, 0.5, 1] } as const,
    ];
    const back = denormalised({ features: normalised(examples, steps), scale: 1 }, steps);
    for (const [at, value] of examples.features.entries())
      expect(Math.abs(back[at]! - value)).toBeLessThan(1e-6 * Math.max(10, Math.abs(value)));
  });
  test("so small or so large that their squares leave the doubles have a standard deviation all the same", () => {
    for (const size of [1e-200, 1e200]) {
      const features = Float64Array.from([1, 2, 3, 4], (value) => value * size);
      const step = statistics({ ...examples, features, rows: Int32Array.of(0, 1, 2, 3), shape: [1] }, "standard");
      expect(step.divisor[0]! / (Math.sqrt(1.25) * size)).toBeCloseTo(1, 12);
      expect([...normalised({ features, scale: 1 }, [step])].map((value) => value.toFixed(4))).toEqual([
        "-1.3416",
        "-0.4472",
        "0.4472",
        "1.3416",
      ]);
    }
  });
  test("that leave 32 bits once they are normalised are a mistake with their name", () => {
    const step: Normalization = { method: "standard", offset: [0, 0], divisor: [1, 1e-30] };
    expect(() => normalised({ features: Float32Array.of(1, 1e20), scale: 1 }, [step], ["t", "u"])).toThrow(
      "of the feature `u` cannot be held in 32 bits",
    );
    expect(() => normalised({ features: Float32Array.of(1, 1), scale: 1 }, [step])).not.toThrow();
  });
  test("of bytes count with their scale", () => {
    const step: Normalization = { method: "min_max", offset: [0.2], divisor: [0.8] };
    expect([...normalised({ features: Uint8Array.of(51, 255), scale: 1 / 255 }, [step])]).toEqual([0, 1]);
  });
});

describe("two normalisations", () => {
  const step = statistics(examples, "standard");
  const moved = (channel: number, by: number): Normalization => ({
    ...step,
    offset: step.offset.map((value, at) => (at === channel ? value + by : value)),
  });
  test("are one where the numbers are equal, whatever the method is called", () => {
    expect(isSameNormalization([step], [{ ...step, method: "min_max" }])).toBe(true);
    expect(isSameNormalization([], [])).toBe(true);
  });
  test("are one where only another order of summing tells them apart", () => {
    const shuffled = statistics({ ...examples, rows: Int32Array.from(examples.rows).reverse() }, "standard");
    expect(isSameNormalization([step], [shuffled])).toBe(true);
  });
  test("are two where a number differs by more than float32 can hide, in number, or in length", () => {
    expect(differingChannel(step, moved(1, 1e-5 * step.divisor[1]!))).toBe(1);
    expect(isSameNormalization([step], [moved(2, step.divisor[2]!)])).toBe(false);
    expect(isSameNormalization([step], [step, step])).toBe(false);
    expect(isSameNormalization([step], [])).toBe(false);
    expect(isSameNormalization([step], [{ method: "standard", offset: [0], divisor: [1] }])).toBe(false);
  });
});
