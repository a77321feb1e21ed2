/**
 * Warnings that have a name, so that `allow: [name]` on a stage can say "I mean it".
 *
 * A name is for what a reviewer would ask about and a user may want all the same. To add one: a row here; whoever finds it
 * reports it with the name. `check` offers these names, the reference page lists them, the schema completes them.
 */
export const warnings = {
  fitted_on_held_out: "A statistic is taken over held-out examples, so training knows of them.",
  growing_loss: "An epoch's mean loss is more than ten times that of predicting the mean, and more than in the first epoch.",
  unscaled_target: "Targets so far from 0 that a training ends much worse than predicting their mean.",
  rows_on_both_sides: "Rows were merged in more than once before a fold or a split, so the same row is trained on and judged by.",
} as const satisfies Readonly<Record<string, string>>;

export type WarningName = keyof typeof warnings;
export const warningNames = Object.keys(warnings) as readonly WarningName[];
