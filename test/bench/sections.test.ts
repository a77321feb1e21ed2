/** Several benchmarks share one page. */
import { expect, test } from "vitest";
import { withOpening, withSection } from "../../bench/sections.js";

const page = "# Benchmarks\n\nOld.\n\n## One\n\nFirst.\n\n## Two\n\nSecond.\n";

test("a benchmark replaces its own section, and a new one goes to the end", () => {
  expect(withSection(page, "One", "New.\n")).toBe("# Benchmarks\n\nOld.\n\n## One\n\nNew.\n\n## Two\n\nSecond.\n");
  expect(withSection(page, "Two", "New.\n")).toBe("# Benchmarks\n\nOld.\n\n## One\n\nFirst.\n\n## Two\n\nNew.\n");
  expect(withSection(page, "Three", "New.\n")).toBe(`${page}\n## Three\n\nNew.\n`);
});

test("the opening is replaced alone", () => {
  expect(withOpening(page, "# Benchmarks\n\nNew.\n")).toBe(page.replace("Old", "New"));
});
