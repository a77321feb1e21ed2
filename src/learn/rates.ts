/**
 * Learning rates over time. t counts epochs with fractions: 0 at the first step, `epochs` after the last.
 *
 *   constant   η = from
 *   step       η = from · factor^⌊t / every⌋
 *   cosine     η = to + (from − to) (1 + cos(π (t − w) / (over − w))) / 2          (Loshchilov & Hutter, 2017)
 *   one_cycle  at step k, with a(x, y, p) = y + (x − y) (1 + cos(π p)) / 2, n = steps of `over`, r = pct_start n − 1:
 *              η = a(max / div_factor, max, k / r) up to r, then a(max, max / (div_factor final_div_factor),
 *              (k − r) / (n − 1 − r)), and that of k = n − 1 from then on              (Smith & Topin, 2018)
 *   plateau    η = from; after an epoch that is one of patience + 1 in a row whose validation loss is not below the
 *              least so far less min_delta, η ← max(factor η, to) and the row begins anew
 *   warm_up    in the first w epochs η rises linearly: times (t + one step) / w
 *
 * `over` is a number of epochs, and where there is none the length of the whole training.
 *
 * PyTorch: constant, step and cosine are those of ConstantLR with factor 1, StepLR and CosineAnnealingLR, for fractions
 * of an epoch too; CosineAnnealingLR rises again after T_max. one_cycle is OneCycleLR with `anneal_strategy="cos"` and
 * two phases; it never cycles the momentum, as OneCycleLR does unless told not to. plateau is ReduceLROnPlateau with
 * `threshold_mode="abs"` and `threshold=min_delta`, whose default is relative, 1e-4 of the least loss; there a rate
 * that would fall by less than 1e-8 stays.
 *
 * A schedule is a row, and nothing else knows its name. What it is asked is in its row, as a file spells it.
 */
import * as z from "zod";
import type { EpochScore } from "../values/model.js";
import { positive } from "./optimizer.js";

/** What a schedule does with its settings set. S is what it knows of the epochs before. */
interface Rule<S = unknown> {
  /** Whether the rate of a step depends on the length of the whole training. */
  readonly dependsOnLength: boolean;
  /** Where it ends before the training: after how many epochs, its highest rate, and the one that it stays at. */
  readonly end?: { readonly epochs: number; readonly highest: number; readonly last: number };
  /** Whether it begins with a rise of its own, so that it is not warmed up. */
  readonly rises?: true;
  /** How what it knows follows from the validation losses of the epochs before; where it asks for them. */
  readonly judged?: { readonly start: S; next(known: S, loss: number): S };
  rate(moment: Moment, known: S): number;
}
interface Moment {
  /** Steps since the start, and epochs with fractions. */
  readonly step: number;
  readonly t: number;
  readonly stepsPerEpoch: number;
  /** Of the whole training. */
  readonly epochs: number;
  /** Epochs of the warm-up, and how far that has come: from above 0 to 1. */
  readonly warmUp: number;
  readonly warm: number;
}
interface Row<W extends z.ZodType = z.ZodType, S = unknown> {
  readonly summary: string;
  /** What stands behind its name in a file: a map of options, or a number. */
  readonly written: W;
  settings(written: z.infer<W>): S;
  rule(settings: S): Rule;
}
const row = <W extends z.ZodType, S, K>(
  given: Omit<Row<W, S>, "rule"> & { readonly rule: (settings: S) => Rule<K> },
): Row<W, S> => given;

const from = positive.describe("Rate at the start.");
const over = z.number().int().min(1).optional();
const share = z.number().min(0).lt(1, { error: "a number from 0 to below 1" });
const below1 = "a number above 0 and below 1";

export const schedules = {
  constant: row({
    summary: "The same rate throughout.",
    written: positive,
    settings: (from) => ({ from }),
    rule: ({ from }) => ({ dependsOnLength: false, rate: ({ warm }) => warm * from }),
  }),
  step: row({
    summary: "from × factor^⌊epoch / every⌋.",
    written: z.strictObject({
      from,
      every: positive.describe("Epochs between two drops."),
      factor: positive.default(0.1).describe("The rate is multiplied by it at each drop. Default: 0.1."),
    }),
    settings: (written) => written,
    rule: ({ from, every, factor }) => ({
      dependsOnLength: false,
      rate: ({ t, warm }) => warm * from * factor ** Math.floor(t / every),
    }),
  }),
  cosine: row({
    summary: "Half a cosine from `from` to `to`, over the whole training or over `over` epochs.",
    written: z.strictObject({
      from,
      to: z.number().min(0).default(0).describe("Rate at the end. Default: 0."),
      over: over.describe(
        "Epochs after which the rate is `to`, and stays there. So it does not depend on `epochs`, and a longer " +
          "training goes on from a shorter one. Default: the whole training.",
      ),
    }),
    settings: (written) => written,
    rule: ({ from, to, over }) => ({
      dependsOnLength: over === undefined,
      ...(over === undefined ? {} : { end: { epochs: over, highest: from, last: to } }),
      rate({ t, epochs, warmUp, warm }) {
        const end = over ?? epochs;
        const share = end > warmUp ? Math.min(1, Math.max(0, (t - warmUp) / (end - warmUp))) : 1;
        return warm * (to + ((from - to) * (1 + Math.cos(Math.PI * share))) / 2);
      },
    }),
  }),
  one_cycle: row({
    summary:
      "From max / div_factor up to `max` and down to next to nothing, over the whole training or over `over` epochs: " +
      "PyTorch's OneCycleLR with cosines and two phases. The momentum is not cycled. It takes no `warm_up`.",
    written: z.strictObject({
      max: positive.describe("Highest rate."),
      pct_start: share.default(0.3).describe("Share of the steps in which the rate rises. Default: 0.3."),
      div_factor: positive.default(25).describe("The first rate is max / div_factor. Default: 25."),
      final_div_factor: positive
        .default(10_000)
        .describe("The last rate is the first one divided by it. Default: 10000."),
      over: over.describe(
        "Epochs after which the rate stays at its last one. So it does not depend on `epochs`, and a longer training " +
          "goes on from a shorter one. Default: the whole training.",
      ),
    }),
    settings: ({ max, pct_start: rising, div_factor, final_div_factor, over }) => ({
      max,
      rising,
      first: max / div_factor,
      last: max / div_factor / final_div_factor,
      over,
    }),
    rule: ({ max, rising, first, last, over }) => ({
      dependsOnLength: over === undefined,
      ...(over === undefined ? {} : { end: { epochs: over, highest: max, last } }),
      rises: true,
      rate({ step, stepsPerEpoch, epochs }) {
        const end = (over ?? epochs) * stepsPerEpoch - 1;
        const top = rising * (end + 1) - 1;
        const at = Math.min(step, end);
        if (at <= top && top > 0) return betweenRates(first, max, at / top);
        return betweenRates(max, last, (at - top) / (end - top));
      },
    }),
  }),
  plateau: row({
    summary:
      "The rate falls where the validation loss no longer does: PyTorch's ReduceLROnPlateau with an absolute " +
      "threshold. It is judged after every epoch, with a weight average by the average's loss, and holds from the " +
      "next epoch on. Folds have rates of their own and are trained one after the other.",
    written: z
      .strictObject({
        from,
        factor: z
          .number()
          .gt(0, { error: below1 })
          .lt(1, { error: below1 })
          .default(0.1)
          .describe("The rate is multiplied by it at each fall. Default: 0.1."),
        patience: z
          .number()
          .int()
          .min(0)
          .default(10)
          .describe(
            "Epochs in a row without improvement that are put up with; after the next one the rate falls. Default: 10.",
          ),
        min_delta: z
          .number()
          .min(0)
          .default(0)
          .describe(
            "Least fall of the validation loss that counts as improvement, as in `early_stopping`. PyTorch's default " +
              "is 1e-4 of the least loss. Default: 0.",
          ),
        to: z.number().min(0).default(0).describe("Least rate. Default: 0."),
      })
      .refine(({ from, to }) => to < from, { path: ["to"], error: "a number below `from`" }),
    settings: ({ min_delta: minDelta, ...written }) => ({ ...written, minDelta }),
    rule: ({ from, factor, patience, minDelta, to }) => ({
      dependsOnLength: false,
      judged: {
        start: { rate: from, least: Number.POSITIVE_INFINITY, missed: 0 },
        next({ rate, least, missed }, loss) {
          if (loss < least - minDelta) return { rate, least: loss, missed: 0 };
          if (missed < patience) return { rate, least, missed: missed + 1 };
          return { rate: Math.min(rate, Math.max(rate * factor, to)), least, missed: 0 };
        },
      },
      rate: ({ warm }, { rate }) => warm * rate,
    }),
  }),
};

/** From x at 0 to y at 1, as half a cosine. */
const betweenRates = (x: number, y: number, share: number): number =>
  y + ((x - y) / 2) * (Math.cos(Math.PI * share) + 1);

type Rows = typeof schedules;
export type ScheduleName = keyof Rows;
/** In epochs, with fractions, or in steps. */
export type WarmUp = number | { readonly steps: number };
/** A schedule with its settings, and how long it is warmed up. */
export type Schedule = {
  [K in ScheduleName]: { readonly type: K; readonly warmUp: WarmUp } & Readonly<ReturnType<Rows[K]["settings"]>>;
}[ScheduleName];

export function ruleOfSchedule({ type, warmUp: _apart, ...settings }: Schedule): Rule {
  const { rule }: Row = schedules[type];
  return rule(settings);
}
/** Whether the rate of a step depends on the length of the whole training. */
export const dependsOnLength = (schedule: Schedule): boolean => ruleOfSchedule(schedule).dependsOnLength;
/** Whether the rate follows from the validation losses of the epochs before. */
export const isJudged = (schedule: Schedule): boolean => ruleOfSchedule(schedule).judged !== undefined;

/** The rates of a training of so many epochs. */
export class Rates {
  readonly #rule: Rule;
  readonly #warmUp: number;
  /** What is known of so many epochs. */
  #known: unknown;
  #heard = 0;

  constructor(
    readonly schedule: Schedule,
    readonly stepsPerEpoch: number,
    readonly epochs: number,
  ) {
    this.#rule = ruleOfSchedule(schedule);
    this.#warmUp = warmUpEpochs(schedule, stepsPerEpoch);
    this.#known = this.#rule.judged?.start;
  }

  /**
   * The epochs so far, from which the rates of a judged schedule follow; of the next one, until that is heard of too.
   *
   * @param history  that was heard before, or goes on from it
   */
  hear(history: readonly EpochScore[]): void {
    const { judged } = this.#rule;
    if (!judged) return;
    for (; this.#heard < history.length; this.#heard++) {
      const { validation } = history[this.#heard]!;
      if (!validation) throw new Error(`hw1 bug: ${this.schedule.type} without a validation set`);
      this.#known = judged.next(this.#known, validation.loss);
    }
  }

  /** @param step from 0, over the whole training */
  at(step: number): number {
    const { stepsPerEpoch, epochs } = this;
    const t = step / stepsPerEpoch;
    const warmUp = this.#warmUp;
    const moment = { step, t, stepsPerEpoch, epochs, warmUp, warm: this.#warm(step, t) };
    return this.#rule.rate(moment, this.#known);
  }
  #warm(step: number, t: number): number {
    const { warmUp } = this.schedule;
    if (this.#warmUp === 0) return 1;
    return typeof warmUp === "number"
      ? Math.min(1, (t + 1 / this.stepsPerEpoch) / warmUp)
      : Math.min(1, (step + 1) / warmUp.steps);
  }
}

export const warmUpEpochs = ({ warmUp }: Pick<Schedule, "warmUp">, stepsPerEpoch: number): number =>
  typeof warmUp === "number" ? warmUp : warmUp.steps / stepsPerEpoch;
