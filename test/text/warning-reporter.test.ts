import { expect, test } from "vitest";
import { WarningReporter } from "../../src/text/warning-reporter.js";

test("a named warning is told once per stage, a search and its cells being one, and the others are counted", () => {
  const index = { stageOf: ({ stage }: { readonly stage: string }) => (stage.startsWith("cell") ? "coarse" : stage) };
  const reporter = new WarningReporter();
  const line = (stage: string, element: string | null, name?: string): string | null =>
    reporter.line({ event: "warning", stage, element, message: `about ${element}`, ...(name ? { name } : {}) }, index);
  expect(line("cell a", "1", "growing_loss")).toBe("cell a/1: about 1");
  expect(line("cell a", "2", "growing_loss")).toBeNull();
  expect(line("cell b", "1", "growing_loss")).toBeNull();
  expect(line("cell b", "1", "unscaled_target")).toBe("cell b/1: about 1");
  expect(line("net", null, "growing_loss")).toBe("net: about null");
  for (const element of ["1", "2"]) expect(line("cell b", element)).toBe(`cell b/${element}: about ${element}`);
  expect(reporter.rest()).toEqual(["coarse: `growing_loss` in 2 more steps."]);
  expect(reporter.rest()).toEqual([]);
});
