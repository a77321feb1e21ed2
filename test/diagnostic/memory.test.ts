import { expect, test } from "vitest";
import { EnvironmentError, MistakeError } from "../../src/diagnostic/diagnostic.js";
import { explainMemory } from "../../src/diagnostic/memory.js";
import { checkMemory, MemoryError } from "../../src/util/memory.js";

const asked = (neededGiB: number): MistakeError | EnvironmentError => {
  try {
    checkMemory(
      neededGiB * 2 ** 30,
      () => "Training",
      () => 2 * 2 ** 30,
      () => 8 * 2 ** 30,
    );
  } catch (error) {
    if (error instanceof MemoryError) return explainMemory(error, "Use fewer units.", ["layers"]);
  }
  throw new Error("it fits");
};

test("more memory than the machine has is a mistake with its place; more than is free is the machine's trouble", () => {
  const never = asked(9);
  expect(never).toBeInstanceOf(MistakeError);
  expect(never).toMatchObject({
    title: "too large for this machine",
    message: "Training takes at least 9 GiB of memory, and 2 GiB are free.\nUse fewer units. This machine has 8 GiB in all.",
    option: ["layers"],
  });
  const now = asked(3);
  expect(now).toBeInstanceOf(EnvironmentError);
  expect(now.message).toBe(
    "Training takes at least 3 GiB of memory, and 2 GiB are free.\nEnd other programs, or use fewer --jobs, and give the same command again: what is finished is kept, and a training goes on from its checkpoint.",
  );
});
