/**
 * Trainings whose learning curves are drawn as one: by name and by what was chosen, with means over folds and seeds.
 *
 * Winners are never averaged, since a mean over different settings says nothing. Of seeds and folds the mean is over
 * the folds of each seed, then over the seeds.
 */
import { type Mistake, MistakeError } from "../../diagnostic/diagnostic.js";
import { palette } from "../../figure/figure.js";
import { thinned } from "../../figure/scale.js";
import { levelsOf } from "../../util/levels.js";
import { numberText } from "../../util/numbers.js";
import { isSpread, type Spread } from "../../util/statistics.js";
import { listed } from "../../util/words.js";
import { type AxisOf, overText, severalOf } from "../../values/axes.js";
import { type EpochScore, type Score, type TrainedModel, trainedModelOf } from "../../values/model.js";
import type { FigureSource, Item } from "../figure-declaration.js";
import { axesOf, itemGroups } from "../item-groups.js";

/** Trainings whose mean is drawn. */
export interface CurveGroup {
  /** Tells it from the others; empty for one alone. */
  readonly label: string;
  /** Of the keys of its trainings, outermost first; [] of a single training. */
  readonly over: readonly AxisOf[];
  readonly trainings: readonly { readonly keys: readonly string[]; readonly model: TrainedModel }[];
}

/** More colours are not told apart. */
const mostGroups = palette.length;
/** Long histories are drawn at so many epochs, which keeps an SVG small. */
export const drawnEpochs = 200;

const tooMany = (count: number): Mistake => ({
  title: "too many curves",
  message:
    `\`learning_curves\` tells at most ${mostGroups} names apart by colour, but \`from\` gives ${count}. ` +
    "Name fewer, or add `each`, so that it draws one for each element.",
  at: ["from"],
});
const otherLosses = (losses: readonly string[]): Mistake => ({
  title: "losses that cannot be compared",
  message:
    "`learning_curves` draws losses over one axis, but these trainings have " +
    `${listed(losses.map((loss) => `\`${loss}\``))}. Draw each in a figure of its own.`,
  at: ["from"],
});

/** What check time can say against drawing these together. */
export function curvesTogether(sources: readonly FigureSource[]): Mistake | undefined {
  const losses = [...new Set(sources.flatMap(({ port }) => port.loss ?? []))];
  if (losses.length > 1) return otherLosses(losses);
  const count = sources.reduce(
    (sum, { scope }) =>
      sum +
      (scope?.gathered ?? []).reduce((product, { of, keys }) => product * (of === "choices" ? keys.length : 1), 1),
    0,
  );
  return count > mostGroups ? tooMany(count) : undefined;
}

/** Losses of scaled targets are in another unit. */
const lossOf = ({ loss, targetScaling }: TrainedModel): string =>
  targetScaling ? `${loss} of scaled targets (${targetScaling.method})` : loss;

/** By name, and by what was chosen. @throws MistakeError */
export function curveGroups(items: readonly Item<"model">[]): readonly CurveGroup[] {
  const groups = itemGroups(items).map(({ label, over, members }): CurveGroup => {
    return { label, over, trainings: members.map(({ keys, value }) => ({ keys, model: trainedModelOf(value) })) };
  });
  if (groups.length > mostGroups) throw new MistakeError(tooMany(groups.length));
  const losses = [...new Set(groups.flatMap(({ trainings }) => trainings.map(({ model }) => lossOf(model))))];
  if (losses.length > 1) throw new MistakeError(otherLosses(losses));
  return groups;
}

export type Measure = "loss" | "accuracy";
/** Over the trainings that reached an epoch, numbers that are not finite left out. */
export interface EpochMeans {
  readonly epoch: number;
  readonly training: { readonly [M in Measure]?: Spread };
  readonly validation: { readonly [M in Measure]?: Spread };
}

export const lengthOf = ({ history }: TrainedModel): number => history.length;

/** Means at each epoch that is drawn. */
export function epochsOf(group: CurveGroup): readonly EpochMeans[] {
  const { trainings } = group;
  const level = levelOf(group);
  const models = trainings.map(({ model }) => model);
  const longest = models.reduce((best, model) => (lengthOf(model) > lengthOf(best) ? model : best)).history;
  return thinned(longest.length, drawnEpochs).map((at) => {
    const there = trainings.filter(({ model }) => model.history[at]);
    const spreadsOf = (scoreOf: (epoch: EpochScore) => Score | undefined): EpochMeans["training"] =>
      spreadsAt(
        there.flatMap(({ keys, model }) => {
          const score = scoreOf(model.history[at]!);
          return score ? [{ keys, score }] : [];
        }),
        level,
      );
    return {
      epoch: longest[at]!.epoch,
      training: spreadsOf(({ train }) => train),
      validation: spreadsOf(({ validation }) => validation),
    };
  });
}

/** Mean and sd at a level. */
function spreadsAt(
  scores: readonly { readonly keys: readonly string[]; readonly score: Score }[],
  level: number,
): EpochMeans["training"] {
  if (scores.length === 0) return {};
  const finite = (value: number | undefined): number | null =>
    value !== undefined && Number.isFinite(value) ? value : null;
  // A training of its own is the only element of its axis.
  const levels = levelsOf(
    scores.map(({ keys, score }) => ({
      keys: keys.length === 0 ? [""] : keys,
      metrics: {
        loss: finite(score.loss),
        ...(score.accuracy === undefined ? {} : { accuracy: finite(score.accuracy) }),
      },
    })),
  );
  const { loss, accuracy } = levels[level]![0]!.metrics;
  return { ...(isSpread(loss) ? { loss } : {}), ...(isSpread(accuracy) ? { accuracy } : {}) };
}

/** `mean over 10 seeds`, or `means` where groups have others; said of what runs over several. */
export function meanText(groups: readonly CurveGroup[]): string {
  const several = groups.filter(({ trainings }) => trainings.length > 1);
  if (several.length === 0) return groups.length > 1 ? "one training each" : "one training";
  const texts = [...new Set(several.map(overOf))];
  return texts.length === 1 ? `mean over ${texts[0]}` : "means";
}

/** `10 seeds`, `10 seeds, each a mean over 5 folds` */
const overOf = (group: CurveGroup): string => overText(axesOfCurves(group));
const axesOfCurves = ({ over, trainings }: CurveGroup) => axesOf({ over, members: trainings });
/** Of the axis that a band is over: the outermost of several elements, at every epoch the same. */
function levelOf(group: CurveGroup): number {
  const axes = axesOfCurves(group);
  return Math.max(0, axes.indexOf(severalOf(axes)[0]!));
}

/** What the trainings came to, each at its own best epoch. */
export function bestText(group: CurveGroup, isToldOver: boolean): string {
  const { trainings } = group;
  const over = trainings.length > 1 ? overOf(group) : "";
  const isValidated = trainings.every(({ model }) => model.metrics.validation);
  const { loss, accuracy } = spreadsAt(
    trainings.map(({ keys, model: { metrics } }) => ({
      keys,
      score: isValidated ? metrics.validation! : metrics.train,
    })),
    levelOf(group),
  );
  const say = ({ mean, sd }: Spread): string => `${numberText(mean, 4)}${sd === null ? "" : ` ± ${numberText(sd, 2)}`}`;
  const told = [...(group.label === "" ? [] : [group.label]), ...(isToldOver && over !== "" ? [`over ${over}`] : [])];
  const score = `loss ${say(loss!)}${accuracy ? `, accuracy ${say(accuracy)}` : ""}`;
  const epochs =
    trainings.length > 1 ? "at the best epochs" : `at the best epoch, ${trainings[0]!.model.metrics.bestEpoch}`;
  const of = isValidated ? "validation" : "training";
  return `${told.length > 0 ? `${told.join(", ")}: ` : ""}${of} ${score}, ${epochs}`;
}
