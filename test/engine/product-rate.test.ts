import { expect, test } from "vitest";
import { installOnnx } from "../../src/engine/install.js";
import { productRate } from "../../src/engine/product-rate.js";

test("the fastest of the products that fit into the time counts, and it is measured once for each number of threads", async () => {
  await installOnnx({ threads: 1 });
  const took = [50, 20, 70];
  let [time, calls] = [0, 0];
  const now = (): number => {
    if (calls > 0) time += took[calls - 1] ?? 1000;
    calls++;
    return time;
  };
  // 2 · 640³ operations in 20 ms.
  expect(productRate(1, now)).toBeCloseTo((2 * 640 ** 3) / 0.02, 0);
  expect(calls).toBe(4);
  expect(productRate(1, now)).toBeCloseTo((2 * 640 ** 3) / 0.02, 0);
  expect(calls).toBe(4);
});
