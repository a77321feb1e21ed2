/** A target that 32 bits cannot hold. */
import type { Remark } from "./csv-options.js";

/** What is said of numbers to predict that 32 bits move by more than 1e-4 of their sd. */
export function roundedTarget(target: string, labels: readonly Float64Array[]): Omit<Remark, "at"> {
  const example =
    labels.flatMap((values) => [...values.slice(0, 1000)]).find((value) => Math.fround(value) !== value) ?? 0;
  return {
    title: "a target that 32 bits cannot hold",
    message:
      `Numbers of the target \`${target}\` differ by less than 32 bits can tell, ` +
      `and targets are kept in 32 bits: ${example} becomes ${Math.fround(example)}. ` +
      "Subtract a constant from the column in the file, such as its smallest number.",
    severity: "warning",
    name: "rounded_target",
  };
}
