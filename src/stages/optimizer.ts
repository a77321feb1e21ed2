/**
 * The options `optimizer` and `learning_rate`: YAML's spelling, and what it means to `learn`. Which optimisers there
 * are, and what each is asked, is in the rows of `learn/optimizer.ts`.
 */
import * as z from "zod";
import { type Optimizer, type OptimizerName, optimizers, positive, problemOf } from "../learn/optimizer.js";
import { type Schedule, type ScheduleName, schedules, type WarmUp } from "../learn/rates.js";
import { listed } from "../util/words.js";

const scheduleNames = Object.keys(schedules) as ScheduleName[];
type ScheduleRows = typeof schedules;
const warmUp = z.union(
  [
    z.number().min(0),
    z
      .strictObject({
        epochs: z.number().min(0).optional().describe("Epochs, with fractions; the same as the number by itself."),
        steps: z.number().int().min(0).optional().describe("Steps."),
      })
      .refine((value) => Object.keys(value).length === 1, { error: "one of {epochs: …}, {steps: …}" }),
  ],
  { error: "a number of epochs from 0, or one of {epochs: …}, {steps: …}" },
);
/** Epochs by themselves are epochs by their name. */
const warmUpOf = (written: z.infer<typeof warmUp>): WarmUp =>
  typeof written === "number" ? written : (written.epochs ?? { steps: written.steps! });
const scheduleOption = z
  .strictObject({
    ...(Object.fromEntries(
      Object.entries(schedules).map(([name, { summary, written }]) => [name, written.optional().describe(summary)]),
    ) as { readonly [N in ScheduleName]: z.ZodOptional<ScheduleRows[N]["written"]> }),
    warm_up: warmUp
      .optional()
      .describe("Epochs in which the rate rises linearly from 0, or `{steps: N}` or `{epochs: N}`. Default: 0."),
  })
  .refine((value) => Object.keys(value).filter((key) => key !== "warm_up").length === 1, {
    error: `one of ${listed(scheduleNames.map((name) => `\`${name}\``))}, with an optional \`warm_up\``,
  });
const rate = (fallback: number) =>
  z
    .union([positive, scheduleOption], {
      error: `a number above 0, or one of ${scheduleNames.map((name) => `{${name}: …}`).join(", ")}`,
    })
    .default(fallback)
    .describe(
      `A number, or a schedule: ${listed(scheduleNames, "or")}, with an optional warm_up. Default: ${fallback}.`,
    );

const weightDecay = (fallback: number) =>
  z
    .number()
    .min(0)
    .default(fallback)
    .describe(
      "Share of each weight that a step takes off, times the learning rate, as by PyTorch's AdamW: but of convolutions " +
        "and dense layers alone, where that takes it off biases and normalisations too. The `weight_decay` of " +
        "PyTorch's SGD, RMSprop and Adam is a penalty in the gradient, which is `l2` here: the same for sgd without " +
        "momentum; momentum, rmsprop and adam average or divide the gradient of a penalty but not this. " +
        `Default: ${fallback}.`,
    );
const clipNorm = positive
  .optional()
  .describe(
    "Largest norm of a step's gradient, over all that is learned, penalties included: a longer one is scaled to it, as " +
      "by PyTorch's clip_grad_norm_. Each fold has its own; what `weight_decay` takes off is not scaled. Default: none.",
  );

/** What is asked of one optimiser: what every one is asked, and its own. */
type Options<Own extends z.ZodRawShape> = z.ZodObject<
  {
    readonly learning_rate: ReturnType<typeof rate>;
    readonly weight_decay: ReturnType<typeof weightDecay>;
    readonly clip_norm: typeof clipNorm;
  } & Own,
  z.core.$strict
>;
type Rows = typeof optimizers;
type ChosenOptions = z.infer<Options<Rows[OptimizerName]["options"]>>;
const optionsOf = ([name, row]: [string, Rows[OptimizerName]]) => [
  name,
  z
    .strictObject({
      learning_rate: rate(row.learningRate),
      ...row.options,
      weight_decay: weightDecay(row.weightDecay),
      clip_norm: clipNorm,
    })
    .optional()
    .describe(row.summary),
];
const names = Object.keys(optimizers) as OptimizerName[];
const byName = z.enum(names);
const byOptions = z
  .strictObject(
    Object.fromEntries(Object.entries(optimizers).map(optionsOf)) as {
      readonly [N in OptimizerName]: z.ZodOptional<Options<Rows[N]["options"]>>;
    },
  )
  .refine((value) => Object.keys(value).length === 1, {
    error: "one optimiser, such as `adam: {learning_rate: 0.001}`",
  });

/** Two spellings of the same are one. */
function canonical(option: z.infer<typeof byOptions>): z.infer<typeof byOptions> {
  const [[name, options]] = Object.entries(option) as [[OptimizerName, ChosenOptions]];
  const { learning_rate: rate } = options;
  // A switch that is off is not there.
  const set = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== false));
  if (typeof rate === "number" || rate.warm_up === undefined) return { [name]: set };
  return { [name]: { ...set, learning_rate: { ...rate, warm_up: warmUpOf(rate.warm_up) } } };
}

/**
 * Canonical form: always a map with every number in it, so that `adam` and its spelled-out defaults are the same step.
 */
export const optimizerOption = z
  .union([byName, byOptions], {
    error: `${names.map((name) => `\`${name}\``).join(", ")}, or a map such as \`adam: {learning_rate: 0.001}\``,
  })
  .transform((value) => canonical(typeof value === "string" ? byOptions.parse({ [value]: {} }) : value))
  .describe(`The optimiser: ${listed(names, "or")}, with its numbers.`);
export type OptimizerOption = z.infer<typeof byOptions>;

/** The one that is chosen, with its options. */
function chosen(option: OptimizerOption) {
  const [[type, options]] = Object.entries(option) as [[OptimizerName, ChosenOptions]];
  return { type, ...options };
}

export function optimizerOf(option: OptimizerOption): Optimizer {
  const { learning_rate: _schedule, weight_decay: weightDecay, clip_norm: clipNorm, ...numbers } = chosen(option);
  // Which numbers go with which name, their row has checked.
  return { ...numbers, weightDecay, ...(clipNorm === undefined ? {} : { clipNorm }) } as Optimizer;
}

/** What is wrong with options of an optimiser that go well one by one. */
export function optimizerProblem(option: OptimizerOption) {
  const { type: name, ...options } = chosen(option);
  return { name, problem: problemOf(name, options) };
}

export function scheduleOf(option: OptimizerOption): Schedule {
  const { learning_rate } = chosen(option);
  if (typeof learning_rate === "number") return { type: "constant", from: learning_rate, warmUp: 0 };
  const { warm_up = 0, ...one } = learning_rate;
  const [[type, written]] = Object.entries(one) as [[ScheduleName, never]];
  // What goes with which name, its row has checked.
  return { type, ...schedules[type].settings(written), warmUp: warmUpOf(warm_up) } as Schedule;
}
