/** Figures of weights: what they say, and that nothing is lost between a histogram and its ridge. */
import { expect, test } from "vitest";
import { sampleWeightHistory } from "../../../scripts/weight-samples.js";
import { weightsOfLayer } from "../../../src/inspect/layer-weights.js";
import { weightHistograms } from "../../../src/stages/figures/weight-histograms.js";
import { densitiesOn, weightRidges } from "../../../src/stages/figures/weight-ridges.js";
import { weightLayersMistake } from "../../../src/stages/weight-layers.js";
import { normalQuantile } from "../../../src/statistics/distributions.js";
import type { Inspection } from "../../../src/values/inspection.js";

const normal = (count: number, sd: number, mean = 0): number[] =>
  Array.from({ length: count }, (_, index) => mean + sd * normalQuantile((index + 0.5) / count));

function inspected(layers: Readonly<Record<string, Float32Array>>): Inspection {
  const made = Object.entries(layers).map(([name, weights]) => weightsOfLayer(name, [weights.length, 1], weights));
  return {
    type: "inspection",
    data: {
      ...{ classes: null, inputShape: [1], scale: 1, split: null, layers: [] },
      aspects: { weights: { layers: made.map(({ told }) => told) } },
    },
    blobs: Object.fromEntries(made.map(({ told, counts }) => [`weights.${told.layer}`, counts])),
  };
}

test("a remark about a layer stands under the title where its numbers bear it, and only there", () => {
  const inspection = inspected({
    bell: Float32Array.from(normal(4000, 0.1)),
    hills: Float32Array.from([...normal(300, 0.3, -1), ...normal(300, 0.3, 1)]),
    few: Float32Array.from(normal(40, 0.1)),
    zeros: new Float32Array(12),
  });
  const { specification, sketch } = weightHistograms(inspection, {});
  const subtitle = (specification.title as { readonly subtitle: readonly string[] }).subtitle.join(" ");
  expect(subtitle).toMatch(/bell: bell-shaped around 0, mean \S+ sd; within ½ sd of 0 weights are 1\.28 \(/);
  expect(subtitle).toMatch(/hills: no peak at 0; within ½ sd of 0 weights are \S+ \(/);
  expect(subtitle).toContain("zeros: all weights are equal");
  expect(subtitle).not.toContain("few:");
  const text = JSON.stringify(specification);
  expect(text).toContain("bell, 4,000 weights");
  expect(text).toContain("excess kurtosis –");
  expect(text).toContain("near 0: –");
  expect(JSON.stringify(sketch)).toContain("kurtosis − 3");
  expect(weightHistograms(inspection, { layers: ["few"] }).sketch.length).toBe(2);
});

test("bars of a histogram have an area of 1, less what lies beyond the axis", () => {
  const { specification } = weightHistograms(inspected({ bell: Float32Array.from(normal(4000, 0.1)) }), {});
  const bars = [
    ...JSON.stringify(specification).matchAll(/\{"density":([\d.e-]+),"from":(-?[\d.e-]+),"to":(-?[\d.e-]+)\}/g),
  ];
  expect(bars.length).toBeGreaterThan(20);
  const area = bars.reduce((sum, [, density, from, to]) => sum + Number(density) * (Number(to) - Number(from)), 0);
  expect(area).toBeCloseTo(1, 4);
});

test("a ridge on another axis keeps every weight: an area of 1, and the same place", () => {
  const counts = new Int32Array(61);
  counts[0] = 10;
  counts[30] = 70;
  counts[60] = 20;
  const axis = { limit: 0.37, bins: 61, below: 0, above: 0 };
  for (const limit of [0.37, 0.5, 2]) {
    const densities = densitiesOn({ axis, counts }, 100, limit);
    const width = (2 * limit) / densities.length;
    expect(densities.reduce((sum, density) => sum + density * width, 0)).toBeCloseTo(1, 12);
    const mean = densities.reduce((sum, density, at) => sum + density * width * (-limit + (at + 0.5) * width), 0);
    expect(mean).toBeCloseTo((20 - 10) * 0.01 * 0.37 * (60 / 61), 2);
  }
  const zeros = new Int32Array(61);
  zeros[30] = 5;
  expect(densitiesOn({ axis: { ...axis, limit: 0 }, counts: zeros }, 5, 1)[40]).toBeCloseTo(81 / 2, 12);
});

test("ridges are of the first epoch, the last, and some between", () => {
  const history = sampleWeightHistory();
  const { specification } = weightRidges(history, { ridges: 3, layers: ["dense_2"] });
  expect([...JSON.stringify(specification).matchAll(/\{"label":"(\d+)"/g)].map(([, epoch]) => epoch)).toEqual([
    "1",
    "21",
    "40",
  ]);
  expect(() => weightRidges(history, { layers: ["dense_3"] })).toThrow("There are no weights of `dense_3` here.");
});

test("a layer that is not there has near names, and each is named once", () => {
  expect(weightLayersMistake(["dense_1", "dens_2"], ["dense_1", "dense_2"])).toEqual({
    title: "no such layer",
    message: "There are no weights of `dens_2` here. Did you mean `dense_2`?\n\nLayers: dense_1, dense_2",
    at: ["layers", 1],
  });
  expect(weightLayersMistake(["dense_1", "dense_1"], ["dense_1"])?.title).toBe("a layer twice");
  expect(weightLayersMistake(["anything"], undefined)).toBeUndefined();
});
