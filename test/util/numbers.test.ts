import { expect, test } from "vitest";
import { formatGibibytes, grouped, pSentence, pText } from "../../src/util/numbers.js";

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

test("a p-value has two digits, is never 0, and is 1 only where it is", () => {
  expect([1, 0.998, 0.5, 0.0314, 0.001, 0.00099, 3.2e-9, 0, null].map(pText)).toEqual(
    ["1", "0.99", "0.50", "0.031", "0.0010", "0.00099", "3e-9", "< 1e-300", "–"], // biome-ignore format: side by side
  );
  expect([0.031, 0].map(pSentence)).toEqual(["p = 0.031", "p < 1e-300"]);
});
