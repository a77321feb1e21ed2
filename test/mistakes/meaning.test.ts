/** Files that are right word by word, and cannot mean what they say. */
import { describe, expect, test } from "vitest";
import { checkPipeline } from "../../src/pipeline/check.js";
import type { Overrides } from "../../src/pipeline/overrides.js";
import { readText } from "../../src/pipeline/read.js";
import { kinds } from "../../src/stages/kinds.js";

interface Told {
  readonly severity: string;
  readonly title: string;
  readonly name: string | undefined;
  readonly message: string;
  readonly text: string;
}
function check(text: string, overrides: Overrides = {}): readonly Told[] {
  const document = readText("p.yaml", text);
  const { diagnostics } = document.ok ? checkPipeline(document.value, kinds, overrides) : document;
  return diagnostics.map(({ severity, title, name, message, span }) => ({
    severity,
    title,
    name,
    message,
    text: span ? span.file.text.slice(span.start, span.end) : "",
  }));
}
const brief = (told: readonly Told[]): readonly string[] =>
  told.map(({ severity, title, text }) => `${severity} ${title} at ${text}`);

const points =
  "  points: {kind: load, source: synthetic, generator: gapped_curve}\n  mixed: {kind: shuffle, data: points.train}\n  folds: {kind: fold, data: mixed, k: 2}\n";
interface Search {
  readonly space?: string;
  readonly rules?: string;
  readonly objective?: string;
  readonly allow?: string;
}
const search = ({
  space = "{n: [1, 2], rate: [0.1, 0.01]}",
  rules = "[]",
  objective = "{minimize: validation.loss}",
  allow = "[]",
}: Search): string => `stages:
${points}  s:
    kind: search
    allow: ${allow}
    strategy: grid
    space: ${space}
    constraints: ${rules}
    trial: {kind: train, each: folds, data: folds.train, validation: folds.validation, layers: [{dense: {units: 1}}], loss: mse, optimizer: {sgd: {learning_rate: "\${trial.rate}"}}, epochs: "\${trial.n}", batch_size: 4}
    objective: ${objective}
`;

describe("a search", () => {
  test("that prefers a large loss is warned of, unless that is meant", () => {
    const told = check(search({ objective: "{maximize: validation.loss}" }));
    expect(told.map(({ name }) => name)).toEqual(["objective_direction"]);
    expect(told[0]!.message).toContain("Write `minimize: validation.loss`.");
    expect(check(search({ objective: "{maximize: validation.loss}", allow: "[objective_direction]" }))).toEqual([]);
    expect(check(search({}))).toEqual([]);
  });
  test("whose trials compute their losses in different ways is warned of, where it compares by those", () => {
    const trials = (space: string, options: string, objective: string, allow = "[]"): string => `stages:
${points}  s:
    kind: search
    allow: ${allow}
    strategy: grid
    space: ${space}
    trial:
      net: {kind: train, each: folds, data: folds.train, validation: folds.validation, ${options}, optimizer: sgd, epochs: 1, batch_size: 4}
      score: {kind: evaluate, each: folds, model: net, data: folds.validation}
    objective: ${objective}
`;
    const numbers = 'layers: [{dense: {units: 1}}], loss: "${trial.loss}"';
    const two = "{loss: [mse, {huber: {delta: 0.5}}]}";
    const [told] = check(trials(two, numbers, "{minimize: net.validation.loss}"));
    expect(told).toMatchObject({
      severity: "warning",
      name: "incomparable_losses",
      title: "losses that cannot be compared",
      text: "net.validation.loss",
      message:
        "`net.validation.loss` is each trial's own loss, and trials compute it in different ways: `mse`, `huber` with " +
        "`delta: 0.5`. The trial whose number is smallest need not be the best one. Let the trial end in an " +
        "`evaluate`, and compare by its `mse` or its `mae`.",
    });
    const ofHuber = check(trials("{loss: [huber, {huber: {delta: 0.5}}]}", numbers, "{minimize: score.huber}"));
    expect(ofHuber.map(({ name }) => name)).toEqual(["incomparable_losses"]);
    expect(ofHuber[0]!.message).toContain("`huber` with `delta: 1`, `huber` with `delta: 0.5`. ");
    expect(ofHuber[0]!.message).toContain("Compare by its `mse`.");
    for (const objective of ["{minimize: score.mse}", "{maximize: score.r2}"])
      expect(check(trials(two, numbers, objective))).toEqual([]);
    expect(check(trials("{loss: [huber, {huber: {delta: 1}}]}", numbers, "{minimize: score.huber}"))).toEqual([]);
    expect(check(trials(two, numbers, "{minimize: net.validation.loss}", "[incomparable_losses]"))).toEqual([]);
  });
  test("whose losses are computed in another way than those of the one it is chosen beside is warned of, too", () => {
    const tries = (name: string, loss: string): string => `  ${name}:
    kind: search
    strategy: grid
    space: {rate: [0.1]}
    trial: {kind: train, each: folds, data: folds.train, validation: folds.validation, layers: [{dense: {units: 1}}], loss: ${loss}, optimizer: {sgd: {learning_rate: "\${trial.rate}"}}, epochs: 1, batch_size: 4}
    objective: {minimize: validation.loss}
`;
    const chosen = (second: string, allow = "[]"): ReturnType<typeof check> =>
      check(
        `stages:\n${points}${tries("a", "mse")}${tries("b", second)}  best: {kind: select, from: [a, b], allow: ${allow}}\n`,
      );
    const [told, ...others] = chosen("mae");
    expect(others).toEqual([]);
    expect(told).toMatchObject({
      severity: "warning",
      name: "incomparable_losses",
      text: "[a, b]",
      message:
        "`validation.loss` is each search's own loss, and they compute it in different ways: `mse`, `mae`. The trial " +
        "whose number is smallest need not be the best one. Let the trial end in an `evaluate`, and compare by its " +
        "`mse` or its `mae`.",
    });
    expect(chosen("mse")).toEqual([]);
    expect(chosen("mae", "[incomparable_losses]")).toEqual([]);
  });
  test("whose trial does not read a parameter is warned of, though a rule is about it", () => {
    const space = "{n: [1, 2], rate: [0.1, 0.01], unused: [1, 2, 3]}";
    expect(brief(check(search({ space })))).toEqual(["warning unused parameter at unused"]);
    expect(brief(check(search({ space, rules: "[{never: {unused: 2, n: 1}}]" })))).toEqual([
      "warning unused parameter at unused",
    ]);
    expect(check(search({ space, allow: "[unused_parameter]" }))).toEqual([]);
  });
});

describe("a rule", () => {
  test.each([
    ["=> 2", "`=>` is no comparison. Did you mean `>=`?"],
    ["=< 2", "`=<` is no comparison. Did you mean `<=`?"],
    ["= 2", "`=` is no comparison. Did you mean `==`?"],
    ["≥ 2", "`≥` is no comparison. Did you mean `>=`?"],
    [">1x", "`>` compares numbers, and `1x` is none."],
    [">", "`>` compares with something, such as '> 2'."],
    ["2", "`2` is text here, but the values of `n` are not. Leave out the quotes."],
  ])("with '%s' is refused", (condition, message) =>
    expect(check(search({ rules: `[{never: {n: '${condition}'}}]` }))).toMatchObject([
      { severity: "error", title: "not a condition", message },
    ]),
  );
  test("that is wrong hides no other", () => {
    const rules = "[{never: {n: '== 2'}}, {never: {n: '2'}}, {if: {m: 1}, then: {n: '=> 2', rate: '>1x'}}]";
    expect(brief(check(search({ rules })))).toEqual([
      "error not a condition at '2'",
      "error unknown parameter at 1",
      "error not a condition at '=> 2'",
      "error not a condition at '>1x'",
    ]);
  });
  test("that compares words by size is refused, and a number where words are", () => {
    const space = "{n: [1, 2], rate: [0.1, 0.01], word: [a, '7']}";
    expect(check(search({ space, rules: "[{never: {word: '> 3'}}]" }))[0]!.message).toBe(
      "`>` compares numbers, but no value of `word` is one.",
    );
    expect(check(search({ space, rules: "[{never: {word: 7}}]" }))[0]!.message).toBe(
      "`7` is no text here, but `word` has the text `7`. Put it in quotes.",
    );
  });
  test("that never or always holds is warned of, unless that is meant", () => {
    expect(brief(check(search({ rules: "[{never: {n: 3}}]" })))).toEqual(["warning a condition without effect at 3"]);
    expect(brief(check(search({ rules: "[{never: {n: '< 5', rate: 0.1}}]" })))).toEqual([
      "warning a condition without effect at '< 5'",
    ]);
    expect(brief(check(search({ rules: "[{if: {n: [1, 2]}, then: {rate: 0.1}}]" })))).toEqual([
      "warning a condition without effect at [1, 2]",
    ]);
    expect(
      brief(check(search({ space: "{n: [1, 2], rate: [0.1, 0.01]}", rules: "[{never: {n: [1, 3], rate: 0.1}}]" }))),
    ).toEqual(["warning a condition without effect at 3"]);
    expect(check(search({ rules: "[{never: {n: 3}}]", allow: "[rule_without_effect]" }))).toEqual([]);
  });
  test("with == means equal, numbers as numbers and words as words", () => {
    const document = (rules: string): number => {
      const read = readText("p.yaml", search({ rules }));
      const checked = read.ok ? checkPipeline(read.value, kinds) : read;
      if (!checked.ok) throw new Error(checked.diagnostics[0]!.message);
      return checked.value.stages.find(({ name }) => name === "s")!.search!.trials.length;
    };
    expect(document("[{never: {n: '== 2'}}]")).toBe(2);
    expect(document("[{never: {rate: '== 0.10'}}]")).toBe(2);
    expect(document("[{never: {rate: '!= 1e-1', n: 1}}]")).toBe(3);
  });
  test("about a value that begins like a comparison takes it as the value", () => {
    const space = "{n: [1, 2], rate: [0.1, 0.01], sign: ['>', '<']}";
    expect(brief(check(search({ space, rules: "[{never: {sign: '>', n: 1}}]", allow: "[unused_parameter]" })))).toEqual(
      [],
    );
  });
});

describe("a bound", () => {
  const scored = (expected: string, allow = "[]"): string => `stages:
  digits: {kind: load, source: mnist}
  net: {kind: train, data: digits.train, layers: [flatten, {dense: {units: 10}}], loss: cross_entropy, optimizer: adam, epochs: 1}
  score: {kind: evaluate, model: net, data: digits.test, allow: ${allow}, expect: ${expected}}
`;
  test("that no value reaches is refused, with the fraction that a percentage means", () => {
    expect(check(scored("{accuracy: '>= 90'}"))).toMatchObject([
      {
        severity: "error",
        title: "a bound out of reach",
        message: "`accuracy` is a fraction from 0 to 1, so `>= 90` never holds. Write '>= 0.9'.",
      },
    ]);
    expect(check(scored("{accuracy: '>= 0.9'}"))).toEqual([]);
    expect(brief(check(scored("{loss: '< 0'}")))).toEqual(["error a bound out of reach at '< 0'"]);
    expect(brief(check(scored("{correct: '>= 10001'}")))).toEqual(["error a bound out of reach at '>= 10001'"]);
  });
  test("that every value satisfies is warned of, unless that is meant", () => {
    expect(check(scored("{accuracy: '<= 1'}")).map(({ name }) => name)).toEqual(["expect_without_effect"]);
    expect(check(scored("{accuracy: '<= 1'}", "[expect_without_effect]"))).toEqual([]);
    expect(check(scored("{loss: '>= 0'}")).map(({ name }) => name)).toEqual(["expect_without_effect"]);
  });
  test.each(["=> 0.9", "=< 0.9", "= 0.9", "≥ 0.9"])("with '%s' is refused with the comparison that is near", (bound) =>
    expect(check(scored(`{accuracy: '${bound}'}`))[0]!.message).toMatch(/is no comparison\. Did you mean `(>=|<=|==)`/),
  );
});

describe("a parameter", () => {
  const file = (params: string, more = ""): string =>
    `params: ${params}\n${more}stages:\n  digits: {kind: load, source: mnist}\n  folds: {kind: fold, data: digits.train, k: "\${params.width}"}\n`;
  test("that no stage reads and that is nearly one that is read is warned of; another may wait for its stage", () => {
    expect(brief(check(file("{width: 2, widht: 3}")))).toEqual(["warning unused parameter at widht"]);
    expect(check(file("{width: 2, widht: 3}"))[0]!.message).toContain("Did you mean `width`?");
    expect(check(file("{width: 2, units: 3}"))).toEqual([]);
  });
  test("counts as read where another that is read looks it up, or a profile's stage, or an alias", () => {
    expect(check(file("{width: '${params.widths}', widths: 2}"))).toEqual([]);
    expect(
      check(file("{width: 2, widths: 4}", "profiles: {quick: {stages: {folds: {seed: '${params.widths}'}}}}\n")),
    ).toEqual([]);
    expect(check(file("{widths: &base 2, width: *base}"))).toEqual([]);
  });
  test("that only a profile has and nobody reads is warned of", () => {
    expect(brief(check(file("{width: 2}", "profiles: {quick: {params: {units: 3}}}\n")))).toEqual([
      "warning unused parameter at units",
    ]);
  });
});

describe("a profile", () => {
  const file = (profile: string): string =>
    `profiles: {quick: {stages: ${profile}}}\nstages:\n  digits: {kind: load, source: mnist}\n  folds: {kind: fold, data: digits.train, k: 2}\n`;
  test("that changes a stage which is not there is refused once, whether or not it is chosen", () => {
    for (const overrides of [{}, { profile: "quick" }])
      expect(check(file("{fold: {k: 3}}"), overrides)).toMatchObject([
        {
          severity: "error",
          title: "no such stage",
          text: "fold",
          message: expect.stringContaining("Did you mean `folds`?") as string,
        },
      ]);
  });
  test("may bring a stage of its own", () =>
    expect(check(file("{more: {kind: shuffle, data: digits.train}}"), { profile: "quick" })).toEqual([]));
});

test("numbers on the command line are numbers that can be held", () => {
  const file =
    "params: {k: 2}\nstages:\n  digits: {kind: load, source: mnist}\n  folds: {kind: fold, data: digits.train, k: '${params.k}'}\n";
  for (const value of [".inf", "1e400", "12345678901234567890", "!!binary aGk="])
    expect(check(file, { set: [`k=${value}`] })[0]!.title).toBe("not valid YAML");
  expect(check(file, { set: ["k=3"] })).toEqual([]);
  expect(check(file, { set: ["q=3"] })[0]!.title).toBe("unknown parameter");
});
