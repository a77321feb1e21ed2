import { expect, test } from "vitest";
import type { Behind } from "../../src/pipeline/gathering.js";
import { comparedModels, type Given, judgedOn } from "../../src/stages/compared-models.js";
import { modelComparison } from "../../src/stages/figures/model-comparison.js";
import { differingSettings, layerTexts } from "../../src/stages/model-settings.js";
import type { JsonObject } from "../../src/util/json.js";
import type { EvaluationData } from "../../src/values/evaluation.js";
import type { Output } from "../../src/values/output.js";
import { classes, numbers } from "../rig/evaluations.js";

type Over = Partial<EvaluationData>;
const modelNamed = (name: string, more: object = {}): Over => ({
  model: { digest: `sha256:${name}`, parameters: 1234, epochs: 20, bestEpoch: 12, train: { loss: 0.1 }, ...more },
});
const given = (source: number, label: string, value: Output<"evaluation">, behind: Partial<Behind> = {}): Given => ({
  label,
  value,
  behind: {
    ...{ source, element: null, choice: null, fold: null, seed: null, ratio: null, settings: {}, prepared: [] },
    ...behind,
  },
});
const right = (count: number, wrong: readonly number[]): readonly boolean[] =>
  Array.from({ length: count }, (_, at) => !wrong.includes(at));
const sentences = (all: readonly Given[]): readonly string[] => {
  const [, text] = modelComparison(comparedModels(all)).sketch;
  return text?.type === "text" ? text.lines : [];
};
const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, at) => at);

test("classifiers of one set are compared by McNemar's test with Holm's correction, in sentences that it supports", () => {
  const all = [
    given(0, "dense", classes(right(40, upTo(12)), modelNamed("a"))),
    given(1, "cnn", classes(right(40, [0, 1, 20]), modelNamed("b"))),
    given(2, "cnn_aug", classes(right(40, [0]), modelNamed("c"))),
  ];
  const { pairs, tested } = comparedModels(all);
  expect(tested).toEqual({ id: "sha256:e", split: "test", examples: 40, splits: 1 });
  // Discordant 10 : 1, 11 : 0 and 2 : 0 examples; statsmodels' mcnemar(exact=True) and multipletests(method="holm").
  expect(pairs.map(({ only, p, corrected }) => [only, p, corrected])).toEqual([
    [[1, 10], expect.closeTo(0.01171875, 9), expect.closeTo(0.0234375, 9)],
    [[0, 11], expect.closeTo(0.0009765625, 9), expect.closeTo(0.0029296875, 9)],
    [[0, 2], expect.closeTo(0.5, 9), expect.closeTo(0.5, 9)],
  ]);
  expect(sentences(all)).toEqual([
    "cnn is better than dense (92.50 % against 70.00 %, p = 0.023, Holm)",
    "cnn_aug is better than dense (97.50 % against 70.00 %, p = 0.0029, Holm)",
    "cannot be told apart: cnn and cnn_aug (p = 0.50)",
  ]);
});

test("sets of one model are columns of its row; a validation score that only the training tells has no interval", () => {
  const trained = { validation: { loss: 0.3, accuracy: 0.875 } };
  const validation: Over = { split: "validation", examples: "sha256:v" };
  const table = (all: readonly Given[]) => {
    const figure = modelComparison(comparedModels(all));
    const [models, , , trainings] = figure.sketch;
    if (models?.type !== "table" || trainings?.type !== "table") throw new Error("no tables");
    const { subtitle } = (figure.specification as { title: { subtitle: readonly string[] } }).title;
    return {
      subtitle: subtitle.join(" "),
      columns: [...models.columns, ...trainings.columns.slice(1)],
      rows: models.rows.map((row, at) => [...row, ...trainings.rows[at]!.slice(1)]),
    };
  };
  const [a, b] = [modelNamed("a", trained), modelNamed("b", trained)];
  const onTest = [given(0, "a", classes(right(8, [0]), a)), given(1, "b", classes(right(8, [1, 2]), b))];
  const plain = table(onTest);
  expect(plain.columns).toEqual(["Model", "Test accuracy", "Parameters", "Epochs (best)", "Validation accuracy"]);
  expect(plain.rows[0]).toEqual(["a", "87.50 % (50.00 to 75.00 %)", "1,234", "20 (12)", "87.50 %"]);
  expect(plain.subtitle).toContain("validation: what the trainings say, without an interval");
  const both = table([
    ...onTest,
    given(2, "validation of a", classes(right(6, [0]), { ...a, ...validation })),
    given(3, "validation of b", classes(right(6, [0]), { ...b, ...validation })),
  ]);
  expect(both.columns).toEqual(["Model", "Test accuracy", "Validation accuracy", "Parameters", "Epochs (best)"]);
  expect(both.rows).toEqual([
    ["a", "87.50 % (50.00 to 75.00 %)", "83.33 % (50.00 to 75.00 %)", "1,234", "20 (12)"],
    ["b", "75.00 % (50.00 to 75.00 %)", "83.33 % (50.00 to 75.00 %)", "1,234", "20 (12)"],
  ]);
  expect(both.subtitle).not.toContain("trainings say");
});

test("regressions are compared by a paired bootstrap; of losses that differ no validation loss is shown", () => {
  const [good, bad] = [0.1, 0.2, 0.1, 0.3, 0.1, 0.2]
    .map((e, at) => [e, 0.8 + at / 50] as const)
    .reduce(
      ([one, two], [e, f]) =>
        [
          [...one, e],
          [...two, f],
        ] as const,
      [[], []] as readonly [readonly number[], readonly number[]],
    );
  const trained = { validation: { loss: 0.3 } };
  const all = (other: string) => [
    given(0, "good", numbers(good, modelNamed("a", trained)), { settings: { loss: "mse" } }),
    given(1, "bad", numbers(bad, modelNamed("b", trained)), { settings: { loss: other } }),
  ];
  const { pairs } = comparedModels(all("mse"));
  expect(pairs[0]).toMatchObject({ test: "paired_bootstrap", p: 2 / 2001, corrected: 2 / 2001 });
  expect(pairs[0]!.interval![1]).toBeLessThan(0);
  const columns = (other: string) => {
    const [, , , trainings] = modelComparison(comparedModels(all(other))).sketch;
    return trainings?.type === "table" ? trainings.columns : [];
  };
  expect(columns("mse")).toContain("Validation mse");
  expect(columns("mae").filter((title) => title.startsWith("Validation"))).toEqual([]);
});

test("over folds the differences are corrected; seeds of one set are tested over seeds and examples", () => {
  const fold = (source: number, label: string, scores: readonly (readonly number[])[]): readonly Given[] =>
    scores.map((errors, at) =>
      given(
        source,
        label,
        numbers(errors, { ...modelNamed(`${label} ${at}`), examples: `sha256:${at}`, split: "validation" }),
        { element: String(at), fold: String(at), ratio: 0.5 },
      ),
    );
  const folds = comparedModels([
    ...fold(0, "a", [[0.5, 0.5], [0.25, 0.25], [0.5, 0]]),
    ...fold(1, "b", [[1, 1], [1, 0.5], [0.75, 0.75]]),
  ]); // biome-ignore format: a fold beside the others
  // scipy.stats.t.sf of the formula, with mean squared errors that differ by −0.75, −0.5625, −0.4375 and the ratio 1/2.
  expect(folds.pairs[0]).toMatchObject({ test: "corrected_t", p: expect.closeTo(0.05558343970316128, 9) });
  expect(folds.tested).toMatchObject({ splits: 3, examples: 6 });
  // Of two repetitions of the same two examples in one fold each, say: the same differences and ratio.
  const repeated = comparedModels(
    [fold(0, "a", [[0.5], [0.25], [0.5], [0]]), fold(1, "b", [[1], [1], [1], [0.75]])].flat().map((each) => ({
      ...each,
      behind: { ...each.behind, repeats: 2 },
    })),
  );
  expect(repeated.tested).toMatchObject({ splits: 4, examples: 2 });
  const { score, interval } = judgedOn(repeated.models[0]!.judged.get(repeated.tested.id)!);
  // numpy and scipy.stats.t.ppf: mean ± t sd / √2 of 0.25, 0.0625, 0.25 and 0, with 3 degrees of freedom.
  expect([score, ...interval!]).toEqual([
    0.140625,
    expect.closeTo(-0.14932330178183528, 9),
    expect.closeTo(0.4305733017818353, 9),
  ]);

  const seeds = (source: number, label: string, wrong: readonly (readonly number[])[]): readonly Given[] =>
    wrong.map((each, at) =>
      given(source, label, classes(right(12, each), modelNamed(`${label} ${at}`)), {
        ...{ element: String(at), seed: String(at) },
      }),
    );
  const some = [
    ...seeds(0, "a", [[0], [1], []]),
    ...seeds(1, "b", [
      [0, 1, 2, 3],
      [1, 2, 3, 4],
      [0, 2, 3, 5],
    ]),
  ];
  const found = comparedModels(some);
  expect(found.models.map(({ label }) => label)).toEqual(["a", "b"]);
  expect(found.pairs[0]).toMatchObject({ test: "crossed_t", p: expect.closeTo(0.12901165928861455, 9) });
  // Other seeds are no pairs.
  const unlike = comparedModels([
    ...seeds(0, "a", [[0], [1], []]),
    ...seeds(1, "b", [
      [0, 1],
      [1, 2],
    ]),
  ]);
  expect(unlike.pairs[0]).toMatchObject({ test: null, p: null, corrected: null });
  expect(
    sentences([
      ...seeds(0, "a", [[0], [1], []]),
      ...seeds(1, "b", [
        [0, 1],
        [1, 2],
      ]),
    ]),
  ).toEqual(["not tested: a and b"]);
});

test.each([
  ["one model alone", [given(0, "", classes(right(4, [])))], "`from` gives one evaluation."],
  [
    "one model alone",
    [given(0, "", classes(right(4, []))), given(1, "", classes(right(4, []), { examples: "sha256:v" }))],
    "the evaluations in `from` are of one model.",
  ],
  [
    "evaluations of different sets",
    [
      given(0, "", classes(right(4, []), modelNamed("a"))),
      given(1, "", classes(right(4, []), { ...modelNamed("b"), examples: "sha256:o" })),
    ],
    "no set was given to all of them.",
  ],
  [
    "classes against numbers",
    [given(0, "", classes(right(4, []), modelNamed("a"))), given(1, "", numbers([1, 2, 3, 4], modelNamed("b")))],
    "but `from` gives both.",
  ],
])("refused when it runs: %s", (title, all, message) => {
  expect(() => comparedModels(all)).toThrow(expect.objectContaining({ title }));
  expect(() => comparedModels(all)).toThrow(message);
});

test("settings that all share are left out, an optimiser's defaults too; networks are told shortly", () => {
  const dense = (units: number, activation: string): JsonObject => ({
    dense: { units, activation, initializer: "pytorch" },
  });
  const adam = (rate: number): JsonObject => ({ adam: { learning_rate: rate, beta1: 0.9 } });
  const trained = (settings: JsonObject, ...prepared: Behind["prepared"]) => ({ settings, prepared });
  const rotate = { kind: "augment", options: { transforms: [{ rotate: { degrees: 10 } }] } };
  const split = { kind: "split", options: { validation: 100 } };
  expect(
    differingSettings([
      trained(
        { layers: [dense(8, "elu"), dense(8, "elu"), dense(1, "linear")], optimizer: adam(0.1), epochs: 5 },
        split,
      ),
      trained({ layers: ["flatten", dense(1, "linear")], optimizer: adam(0.01), epochs: 5, l2: 0.5 }, rotate, split),
    ]),
  ).toEqual([
    { name: "layers", values: ["2 × dense 8 elu, dense 1", "flatten, dense 1"] },
    { name: "optimizer.adam.learning_rate", values: ["0.1", "0.01"] },
    { name: "l2", values: ["–", "0.5"] },
    { name: "augment", values: ["–", "rotate (degrees 10)"] },
  ]);
  const sgd = { sgd: { learning_rate: 0.1, momentum: 0 } };
  expect(differingSettings([trained({ optimizer: adam(0.1) }), trained({ optimizer: sgd })])).toEqual([
    { name: "optimizer", values: ["adam", "sgd"] },
  ]);
  expect(
    layerTexts([
      [{ conv: { kernels: 16, size: 7, padding: 2, activation: "relu" } }, { max_pool: 2 }, { dropout: 0.5 }],
      [{ conv: { kernels: 16, size: [3, 5], padding: 0 } }, { residual: { layers: [dense(4, "elu")] } }],
    ]),
  ).toEqual([
    "conv 16 7×7 relu (padding 2), max_pool 2, dropout 0.5",
    "conv 16 3×5 (padding 0), residual (dense 4 elu)",
  ]);
});
