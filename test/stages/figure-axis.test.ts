/** Inputs of one figure are of one feature and target, and lie over one axis. */
import { describe, expect, test } from "vitest";
import { onOneAxis } from "../../src/stages/figure-axis.js";
import { pointsOf } from "../../src/stages/figure-values.js";
import { normalize } from "../../src/stages/normalize.js";
import { blobOf, float32Of, numbersOf } from "../../src/values/blob.js";
import type { DatasetData } from "../../src/values/dataset.js";
import { type Output, outputOf } from "../../src/values/output.js";
import { looseOutput } from "../rig/output.js";
import { dataset, runKind } from "../rig/stage.js";

const points = (from: number, names: Partial<DatasetData> = {}): Output =>
  dataset(
    Array.from({ length: 5 }, (_, index) => [from + index, 10 * index]),
    names,
  );
const ready = async (data: Output, fit: Output = data, method = "standard"): Promise<Output> =>
  (await runKind(normalize, { data: "d", fit: "f", method }, { inputs: { data, fit } })).outputs.data!;
const items = (...outputs: Output[]) => outputs.map((value, source) => ({ value, source, element: null, label: "" }));
/** Of the dataset's points, with a curve of two places. */
const evaluation = (data: Output, places: readonly [number, number]): Output =>
  looseOutput(
    "evaluation",
    { ...data.data, loss: "mse" },
    { ...data.blobs, curve: blobOf("float32", [2, 2], Float32Array.of(places[0], 7, places[1], 8)) },
  );
const placesOf = (output: Output | undefined): readonly number[] =>
  pointsOf("fit", outputOf(output, "dataset", "evaluation")).map(([x]) => Math.round(x * 1000) / 1000);

describe("inputs of one scale", () => {
  test("are drawn as they are given, raw or normalised", async () => {
    for (const given of [items(points(0), points(3)), items(await ready(points(0)), await ready(points(3), points(0)))])
      expect(onOneAxis(given, undefined).items).toBe(given);
  });
  test("are followed by raw training examples", async () => {
    const data = await ready(points(0));
    expect(placesOf(onOneAxis(items(data), points(0)).data)).toEqual(placesOf(data));
    expect(placesOf(onOneAxis(items(points(3)), points(0)).data)).toEqual([0, 1, 2, 3, 4]);
  });
});

describe("inputs of several scales", () => {
  test("are drawn as they were before they were normalised, points and curves", async () => {
    const [one, other] = [await ready(points(10)), await ready(points(20), points(20), "min_max")];
    const { items: drawn, data } = onOneAxis(
      items(evaluation(one, [-1, 1]), evaluation(other, [0, 1]), evaluation(points(5), [5, 9])),
      points(0),
    );
    expect(drawn.map(({ value }) => placesOf(value))).toEqual([
      [10, 11, 12, 13, 14],
      [20, 21, 22, 23, 24],
      [5, 6, 7, 8, 9],
    ]);
    expect([...float32Of(drawn[1]!.value.blobs.curve!)]).toEqual([20, 7, 24, 8]);
    expect(float32Of(drawn[0]!.value.blobs.curve!)[0]).toBeCloseTo(12 - Math.SQRT2, 5);
    expect(placesOf(data)).toEqual([0, 1, 2, 3, 4]);
  });
});

test("numbers that 32 bits cannot tell apart go back to places of their own", async () => {
  const time = 1_700_000_000;
  const raw = points(time);
  const wide: Output = {
    ...raw,
    blobs: {
      ...raw.blobs,
      features: blobOf(
        "float64",
        [5, 1],
        Float64Array.from([0, 1, 2, 3, 4], (at) => time + at),
      ),
    },
  };
  const scaled = await ready(wide);
  const { items: drawn } = onOneAxis(items(wide, evaluation(scaled, [-Math.SQRT2, Math.SQRT2])), undefined);
  expect(placesOf(drawn[1]!.value).map((place) => Math.round(10 * (place - time)) / 10)).toEqual([0, 1, 2, 3, 4]);
  const curve = numbersOf(drawn[1]!.value.blobs.curve!);
  expect([curve[0]! - time, curve[1], curve[2]! - time, curve[3]].map((value) => Math.round(value! * 10) / 10)).toEqual(
    [0, 7, 4, 8],
  );
});

describe("what does not belong together", () => {
  test("is refused: another feature or target, or training examples normalised otherwise", async () => {
    const given = items(points(0));
    expect(() => onOneAxis(given, points(0, { featureNames: ["z"] }))).toThrow("`from` has `x1` where `data` has `z`.");
    expect(() => onOneAxis(given, points(0, { targetNames: ["z"] }))).toThrow("`from` has `y` where `data` has `z`.");
    expect(() => onOneAxis(items(points(0), points(0, { featureNames: ["z"] })), undefined)).toThrow(
      "The first input has `x1` where input 2 has `z`.",
    );
    const normalised = await ready(points(0));
    const other = items(await ready(points(0), points(3)));
    expect(() => onOneAxis(given, normalised)).toThrow("`data` is normalised (standard), but `from` is not.");
    expect(() => onOneAxis(other, normalised)).toThrow("`x1` becomes (x − 2) / 1.41421 instead of (x − 5) / 1.41421");
  });
  test("is not told where there are no names", () => {
    expect(onOneAxis(items(points(0, { featureNames: [], targetNames: [] })), points(3)).items).toHaveLength(1);
  });
});
