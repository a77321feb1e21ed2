import { expect, test } from "vitest";
import { EnvironmentError, MistakeError } from "../../src/diagnostic/diagnostic.js";
import { explainMemory } from "../../src/diagnostic/memory.js";
import { checkMemory, filesIn, MemoryError } from "../../src/util/memory.js";

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
    message:
      "Training takes at least 9 GiB of memory, and 2 GiB are free.\nUse fewer units. This machine has 8 GiB in all.",
    at: ["layers"],
  });
  const now = asked(3);
  expect(now).toBeInstanceOf(EnvironmentError);
  expect(now.message).toBe(
    "Training takes at least 3 GiB of memory, and 2 GiB are free.\nEnd other programs, or use fewer --jobs, and give the same command again: what is finished is kept, and a training goes on from its checkpoint.",
  );
});

test("copies of files that a container has in memory are told from what programs hold", () => {
  expect(filesIn("anon 7\nfile 100\ninactive_anon 3\nactive_anon 4\ninactive_file 60\nactive_file 40\n")).toBe(100);
  expect(filesIn("cache 50\ninactive_file 1\nactive_file 2\ntotal_inactive_file 30\ntotal_active_file 20\n")).toBe(50);
  expect(filesIn("")).toBe(0);
});
