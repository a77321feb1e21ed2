/**
 * Learning rates over time. t counts epochs with fractions: 0 at the first step, `epochs` after the last.
 *
 *   constant  η = from
 *   step      η = from · factor^⌊t / every⌋
 *   cosine    η = to + (from − to) (1 + cos(π (t − w) / (epochs − w))) / 2        (Loshchilov & Hutter, 2017)
 *   warm_up   in the first w epochs η rises linearly: times (t + one step) / w
 *
 * A schedule is a row, and nothing else knows its name. What it is asked is in its row, as a file spells it.
 */
import * as z from "zod";
import { positive } from "./optimizer.js";

/** What a schedule does with its settings set. */
interface Rule {
  /** Whether the rate of a step depends on the length of the whole training. */
  readonly dependsOnLength: boolean;
  rate(moment: Moment): number;
}
interface Moment {
  /** Epochs since the start, with fractions. */
  readonly t: number;
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
const row = <W extends z.ZodType, S>(given: Row<W, S>): Row<W, S> => given;

const from = positive.describe("Rate at the start.");

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
    summary: "Half a cosine from `from` to `to` over the whole training.",
    written: z.strictObject({
      from,
      to: z.number().min(0).default(0).describe("Rate at the end. Default: 0."),
    }),
    settings: (written) => written,
    rule: ({ from, to }) => ({
      dependsOnLength: true,
      rate({ t, epochs, warmUp, warm }) {
        const share = epochs > warmUp ? Math.min(1, Math.max(0, (t - warmUp) / (epochs - warmUp))) : 1;
        return warm * (to + ((from - to) * (1 + Math.cos(Math.PI * share))) / 2);
      },
    }),
  }),
};

type Rows = typeof schedules;
export type ScheduleName = keyof Rows;
/** A schedule with its settings, and for how many epochs it is warmed up. */
export type Schedule = {
  [K in ScheduleName]: { readonly type: K; readonly warmUp: number } & Readonly<ReturnType<Rows[K]["settings"]>>;
}[ScheduleName];

function ruleOf({ type, warmUp: _apart, ...settings }: Schedule): Rule {
  const { rule }: Row = schedules[type];
  return rule(settings);
}

/** Whether the rate of a step depends on the length of the whole training. */
export const dependsOnLength = (schedule: Schedule): boolean => ruleOf(schedule).dependsOnLength;

/** The rates of a training of so many epochs. */
export class Rates {
  readonly #rule: Rule;

  constructor(
    readonly schedule: Schedule,
    readonly stepsPerEpoch: number,
    readonly epochs: number,
  ) {
    this.#rule = ruleOf(schedule);
  }

  /** @param step from 0, over the whole training */
  at(step: number): number {
    const { stepsPerEpoch, epochs } = this;
    const { warmUp } = this.schedule;
    const t = step / stepsPerEpoch;
    const warm = warmUp > 0 ? Math.min(1, (t + 1 / stepsPerEpoch) / warmUp) : 1;
    return this.#rule.rate({ t, epochs, warmUp, warm });
  }
}
