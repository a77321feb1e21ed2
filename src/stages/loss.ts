/**
 * The options `loss`, `class_weight` and `label_smoothing`: YAML's spelling, what it means to `learn`, and where it
 * does not fit the data. Which losses there are, and what each is asked, is in the rows of `learn/losses.ts`.
 */
import * as z from "zod";
import type { Mistake } from "../diagnostic/diagnostic.js";
import { type Loss, type LossName, learnsClasses, losses, lossNames } from "../learn/losses.js";
import { listed, plural } from "../util/words.js";

const byName = z.enum(lossNames);
const hasOptions = (name: LossName): boolean => Object.keys(losses[name].options).length > 0;
const byOptions = z
  .strictObject(
    Object.fromEntries(
      lossNames.map((name) => [name, z.strictObject(losses[name].options).optional().describe(losses[name].summary)]),
    ) as Readonly<Record<string, z.ZodOptional<z.ZodObject>>>,
  )
  .refine((value) => Object.keys(value).length === 1, { error: "one loss, such as `huber: {delta: 1}`" });

const nameOf = (value: LossName | z.infer<typeof byOptions>): LossName =>
  typeof value === "string" ? value : (Object.keys(value) as [LossName])[0];

const of = (learns: "classes" | "numbers"): string =>
  listed(
    lossNames.filter((name) => losses[name].learns === learns),
    "or",
  );

/** Canonical form: the name of a loss without options, else a map with all of them, defaults written out. */
export const lossOption = z
  .union([byName, byOptions], {
    error: `${listed(
      lossNames.map((name) => `\`${name}\``),
      "or",
    )}, or a map such as \`huber: {delta: 1}\``,
  })
  .transform((value) => {
    const name = nameOf(value);
    if (!hasOptions(name)) return name;
    return typeof value === "string" ? byOptions.parse({ [value]: {} }) : value;
  })
  .describe(
    `The loss, by PyTorch's definitions: ${of("classes")} for classes, from logits; ${of("numbers")} for numbers. A ` +
      "mean over the examples of a batch, and over their targets.",
  );
type LossOption = z.infer<typeof lossOption>;

/** How a training's loss is computed, in words; the same for the same. */
export function criterionText(options: {
  readonly loss: LossOption;
  readonly class_weight?: "balanced" | readonly number[] | undefined;
  readonly label_smoothing?: number | undefined;
  readonly scale_targets?: string | undefined;
}): string {
  const { loss, class_weight: weights, label_smoothing: smoothing, scale_targets: scaling } = options;
  const name = nameOf(loss);
  const settings = typeof loss === "string" ? [] : Object.entries(loss[name] ?? {});
  const weighted =
    weights === undefined ? [] : [["class_weight", Array.isArray(weights) ? `[${weights.join(", ")}]` : weights]];
  const smoothed = smoothing ? [["label_smoothing", smoothing]] : [];
  const scaled = scaling ? [["scale_targets", scaling]] : [];
  const words = [...settings, ...weighted, ...smoothed, ...scaled].map(([option, value]) => `\`${option}: ${value}\``);
  return `\`${name}\`${words.length > 0 ? ` with ${listed(words)}` : ""}`;
}

export const classWeightOption = z
  .union(
    [
      z.literal("balanced"),
      z
        .array(z.number().min(0))
        .min(2)
        .refine((weights) => weights.some((weight) => weight > 0), {
          error: "a list of numbers of which one is above 0",
        }),
    ],
    { error: "`balanced`, or a list with a number for each class" },
  )
  .describe(
    "Of losses that learn classes: how much an example of each class counts, in the order of the classes, or " +
      "`balanced`: n / (classes × examples of the class), over the training set (each fold its own; over the " +
      "classes that it has examples of, and 1 for one that it has none of). The loss is Σ w l / Σ w over the " +
      "examples, as of torch.nn.CrossEntropyLoss; w is the weight of an example's own class. That of a training " +
      "epoch is the mean of its batches' losses, by their sizes.",
  );
export const labelSmoothingOption = z
  .number()
  .min(0)
  .lt(1, { error: "a number from 0 to below 1" })
  .describe(
    "Of losses that learn classes: this share of each label is spread evenly over all classes (the own one " +
      "included), as by torch.nn.CrossEntropyLoss; with class weights each class gets its part times its weight. Of " +
      "binary_cross_entropy the label becomes y (1 − s) + s/2, as in Keras.",
  );

const spelledElsewhere: Readonly<Record<string, readonly string[]>> = {
  "Write `loss: binary_cross_entropy`; it takes one output for two classes, without a sigmoid.": [
    "binary_crossentropy",
    "bce",
    "bce_loss",
    "bce_with_logits",
    "bce_with_logits_loss",
  ],
  "Write `loss: cross_entropy`; it takes the network's outputs without a softmax.": [
    "categorical_crossentropy",
    "sparse_categorical_crossentropy",
    "crossentropy_loss",
    "nll_loss",
  ],
  "Write `loss: mae`.": ["l1", "l1_loss", "mean_absolute_error"],
  "Write `loss: huber`, which is the same with `delta: 1`.": ["smooth_l1", "smooth_l1_loss"],
  "Write `loss: mse`.": ["l2", "l2_loss", "mse_loss", "mean_squared_error"],
};
/** What losses are called in other tools, and what is to be written here. */
export const lossesElsewhere: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(spelledElsewhere).flatMap(([advice, names]) => names.map((name) => [name, advice])),
);

interface LossOptions {
  readonly scale_targets?: string | undefined;
  readonly loss: LossOption;
  readonly class_weight?: "balanced" | readonly number[] | undefined;
  readonly label_smoothing?: number | undefined;
}

export const lossNameOf: (option: LossOption) => LossName = nameOf;

export function lossOf({ loss, class_weight: classWeight, label_smoothing: labelSmoothing }: LossOptions): Loss {
  const type = lossNameOf(loss);
  return {
    type,
    ...(typeof loss === "string" ? {} : { options: loss[type] ?? {} }),
    ...(classWeight === undefined ? {} : { classWeight }),
    ...(labelSmoothing === undefined ? {} : { labelSmoothing }),
  };
}

/** What is asked of classes, where there are none or not as many. */
export function misfitsOfClasses(options: LossOptions, classes: readonly string[] | null | undefined): Mistake[] {
  const { class_weight: weights, label_smoothing: smoothing } = options;
  const name = lossNameOf(options.loss);
  if (!learnsClasses(name)) {
    const both = [
      ["class_weight", weights, "weighs classes"],
      ["label_smoothing", smoothing, "smooths the labels of classes"],
    ] as const;
    return both.flatMap(([option, value, does]) =>
      value === undefined
        ? []
        : [
            {
              title: `${option} without classes`,
              message: `\`${option}\` ${does}, but \`${name}\` learns numbers. Leave it out.`,
              at: [option],
            },
          ],
    );
  }
  if (options.scale_targets !== undefined)
    return [
      {
        title: "scale_targets of classes",
        message: `\`scale_targets\` scales numbers to predict, but \`${name}\` learns classes. Leave it out.`,
        at: ["scale_targets"],
      },
    ];
  if (!Array.isArray(weights) || !classes || weights.length === classes.length) return [];
  return [
    {
      title: "weights do not match classes",
      message:
        `\`class_weight\` needs a number for each class, in their order (${few(classes)}): ` +
        `there are ${classes.length} classes, but ${plural(weights.length, "number")} here.`,
      at: ["class_weight"],
    },
  ];
}
const few = (classes: readonly string[]): string =>
  classes.length > 6 ? `${classes.slice(0, 3).join(", ")}, …, ${classes[classes.length - 1]}` : classes.join(", ");
