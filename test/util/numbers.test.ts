import { expect, test } from "vitest";
import { formatGibibytes, grouped } from "../../src/util/numbers.js";

test("counts are grouped as English groups them, as far as their digits are known", () => {
  for (const count of [
    0,
    7,
    999,
    1000,
    60_000,
    1_234_567,
    10 ** 15,
    Number.MAX_SAFE_INTEGER,
    -1,
    -999,
    -1000,
    -123_456,
  ])
    expect(grouped(count)).toBe(count.toLocaleString("en"));
  expect(grouped(60_000)).toBe("60,000");
  expect(grouped(2 ** 60)).toBe(String(2 ** 60));
  expect(grouped(Number.POSITIVE_INFINITY)).toBe("Infinity");
  expect(formatGibibytes(2 ** 28)).toBe("0.25 GiB");
  expect(formatGibibytes(1200 * 2 ** 30)).toBe("1,200 GiB");
});
