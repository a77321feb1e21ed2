import { expect, test } from "vitest";
import { speedText } from "../../src/values/speed.js";

test("a share of the machine's products, on so many threads", () => {
  expect(speedText({ stepRate: 40.2e9, productRate: 98.4e9, threads: 1 })).toBe(
    "a step reached 41 % of the 98 GFLOP/s that this machine's products reach on 1 thread",
  );
  expect(speedText({ stepRate: 2e8, productRate: 61.5e9, threads: 4 })).toBe(
    "a step reached less than 1 % of the 62 GFLOP/s that this machine's products reach on 4 threads",
  );
});
