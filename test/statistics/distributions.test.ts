/** Distributions against scipy 1.17.1, whose function is named beside each list of values. */
import { expect, test } from "vitest";
import {
  binomialCdf,
  incompleteBeta,
  logGamma,
  normalCdf,
  normalQuantile,
  studentCdf,
  studentQuantile,
  studentTwoSided,
} from "../../src/statistics/distributions.js";
import { expectNear } from "./near.js";

test("ln Γ is that of scipy.special.gammaln", () => {
  for (const [x, value] of [
    [0.1, 2.252712651734206],
    [0.5, 0.5723649429247],
    [1, 0],
    [1.5, -0.12078223763524526],
    [2.5, 0.2846828704729192],
    [7, 6.579251212010101],
    [14.9, 24.924132002217277],
    [15, 25.191221182738683],
    [100.5, 361.43554046777757],
    [1e6, 12815504.569147611],
  ] as const)
    expectNear(logGamma(x), value, `ln Γ(${x})`);
  expect([logGamma(0), logGamma(-1.5), logGamma(Number.NaN)]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
});

test("the incomplete beta function is that of scipy.special.betainc", () => {
  for (const [x, a, b, value] of [
    [0.3, 2, 5, 0.579825],
    [0.5, 0.5, 0.5, 0.5],
    [0.9, 40, 3, 0.19510765482693676],
    [0.999, 5000, 4.5, 0.3497971644431438],
    [0.001, 0.5, 200, 0.4727558929747644],
    [0.5, 5000, 5100, 0.8401528708121381],
  ] as const)
    expectNear(incompleteBeta(x, a, b), value, `I_${x}(${a}, ${b})`);
  expect([incompleteBeta(0, 2, 3), incompleteBeta(1, 2, 3), incompleteBeta(-0.1, 2, 3)]).toEqual([0, 1, Number.NaN]);
});

test("Student's t is that of scipy.stats.t, in the far tails too", () => {
  for (const [t, freedom, value] of [
    [0, 3, 0.5],
    [-2.5, 1, 0.12111894159084341],
    [2.015, 5, 0.9499969138365968],
    [-12.3, 9, 3.1187943869026397e-7],
    [-40, 4.5, 3.224782606460499e-7],
    [1.96, 1e6, 0.9750019662073651],
    [-0.001, 30, 0.49960436788324253],
  ] as const) {
    expectNear(studentCdf(t, freedom), value, `P(T ≤ ${t}), ${freedom}`);
    if (t <= 0) expectNear(studentTwoSided(-t, freedom), 2 * value, `P(|T| ≥ ${-t}), ${freedom}`);
  }
  expect([studentCdf(Number.POSITIVE_INFINITY, 3), studentCdf(Number.NEGATIVE_INFINITY, 3)]).toEqual([1, 0]);
  for (const [p, freedom, value] of [
    [0.975, 1, 12.706204736174694],
    [0.975, 2, 4.302652729749462],
    [0.975, 4, 2.7764451051977934],
    [0.975, 9, 2.262157162798205],
    [0.975, 99, 1.9842169515864174],
    [0.975, 9999, 1.960201263621357],
    [0.975, 1e6, 1.959966356814107],
    [0.995, 9, 3.249835541592126],
    [0.6, 3.5, 0.27326545405577973],
    [1e-9, 12, -15.894813362266058],
  ] as const)
    expectNear(studentQuantile(p, freedom), value, `t of ${p}, ${freedom}`);
  expect([studentQuantile(0.5, 4), studentQuantile(0, 4), studentQuantile(0.9, 0)]).toEqual([
    0,
    Number.NaN,
    Number.NaN,
  ]);
});

test("the normal's quantiles are those of scipy.stats.norm.ppf", () => {
  for (const [p, value] of [
    [0.975, 1.959963984540054],
    [0.5, 0],
    [0.6, 0.2533471031357997],
    [0.01, -2.3263478740408408],
    [1e-10, -6.361340902404056],
    [1e-300, -37.0470962993612],
    [1 - 1e-12, 7.0344869100478356],
  ] as const)
    expectNear(normalQuantile(p), value, `z of ${p}`);
  expect([normalQuantile(0), normalQuantile(1)]).toEqual([Number.NaN, Number.NaN]);
});

test("the binomial is that of scipy.stats.binom.cdf", () => {
  for (const [k, n, p, value] of [
    [3, 10, 0.5, 0.171875],
    [0, 20, 0.5, 9.5367431640625e-7],
    [41, 100, 0.5, 0.04431304005703379],
    [480, 1000, 0.5, 0.10872414660207075],
    [7, 12, 0.3, 0.99051062887],
    [10, 10, 0.4, 1],
    [-1, 10, 0.4, 0],
  ] as const)
    expectNear(binomialCdf(k, n, p), value, `P(X ≤ ${k}), ${n}, ${p}`);
});

test("the normal distribution is scipy.stats.norm.cdf, in the far tail too", () => {
  for (const [z, value] of [
    [-37, 5.7255712225239266e-300],
    [-20, 2.7536241186061556e-89],
    [-8, 6.22096057427174e-16],
    [-5, 2.866515718791933e-7],
    [-2.0001, 0.022744733391410532],
    [-2, 0.022750131948179195],
    [-1.3, 0.09680048458561036],
    [0, 0.5],
    [0.7, 0.758036347776927],
    [3, 0.9986501019683699],
    [9, 1.0],
  ] as const)
    expect(Math.abs(normalCdf(z) / value - 1), `Φ(${z}): ${normalCdf(z)}`).toBeLessThan(1e-12);
  expect([normalCdf(-40), normalCdf(Number.NaN)]).toEqual([0, Number.NaN]);
});
