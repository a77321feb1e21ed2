/** `time_limit` of a search as it is written, and rules that leave a configuration out. */
import { expect, test } from "vitest";
import { parse } from "yaml";
import { search } from "../../src/stages/search.js";
import { gridOf } from "../../src/stages/space.js";
import { constraintsOption } from "../../src/stages/space-rules.js";
import { limitOf, ruleAgainst, timeLimitOption } from "../../src/stages/trial-limit.js";

test("a limit is seconds, or a number with its unit", () => {
  for (const [written, ms, text] of [
    [90, 90_000, "90 s"],
    [0.5, 500, "0.5 s"],
    ["90 s", 90_000, "90 s"],
    ["1.5 min", 90_000, "1.5 min"],
    [" 2h", 7_200_000, "2h"],
  ] as const) {
    expect(timeLimitOption.parse(written)).toBe(written);
    expect(limitOf(written)).toEqual({ ms, text });
  }
  for (const wrong of [
    0,
    -1,
    "0 s",
    "ten",
    "10",
    "10 minutes",
    "10 ms",
    Number.NaN,
    Number.POSITIVE_INFINITY,
    null,
    true,
  ])
    expect(timeLimitOption.safeParse(wrong).success, String(wrong)).toBe(false);
});

test("it decides no result, so it is in no fingerprint", () => {
  expect(search.guards).toEqual(["time_limit"]);
});

test("a proposed rule is YAML that leaves out its configuration and no other, without a warning", () => {
  const space = {
    units: [16, 512],
    activation: ["elu", "true", "leaky relu", "> 2", "a: b"],
    rate: [1e-7, 0.1],
    bias: [true, false, null],
    layers: [3],
  };
  const before = gridOf(space, []);
  if ("problem" in before) throw new Error(before.problem.message);
  for (const { key, values } of before.trials) {
    const rules = constraintsOption.parse(parse(`- ${ruleAgainst(space, values)}`));
    const after = gridOf(space, rules);
    if ("problem" in after) throw new Error(after.problem.message);
    expect(after.doubts).toEqual([]);
    expect(after.trials.map((trial) => trial.key)).toEqual(
      before.trials.filter((trial) => trial.key !== key).map((trial) => trial.key),
    );
  }
  expect(ruleAgainst(space, before.trials[0]!.values)).toBe(
    "never: {units: 16, activation: elu, rate: 1e-7, bias: true}",
  );
  expect(ruleAgainst({ rate: { log_uniform: [1e-5, 0.1] } }, { rate: 0.00123456 })).toBe("never: {rate: 0.00123456}");
});

test("where a value is a list or a map no rule can name it", () => {
  const space = { layers: [[16], [16, 16]], rate: [0.1, 0.2] };
  expect(ruleAgainst(space, { layers: [16], rate: 0.1 })).toBe(null);
  expect(ruleAgainst({ rate: [0.1] }, { rate: 0.1 })).toBe(null);
});
