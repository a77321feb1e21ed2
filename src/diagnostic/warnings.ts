/**
 * Warnings that have a name, so that `allow: [name]` on a stage can say "I mean it".
 *
 * A name is for what a reviewer would ask about and a user may want all the same. To add one: a row here; whoever finds
 * it reports it with the name. `check` offers these names, the reference page lists them, the schema completes them.
 */
export const warnings = {
  fitted_on_held_out: "A statistic is taken over held-out examples, so training knows of them.",
  growing_loss:
    "An epoch's mean loss is more than ten times that of predicting the mean, and more than in the first epoch.",
  unscaled_target: "Targets so far from 0 that a training ends much worse than predicting their mean.",
  rows_merged_twice: "Rows are in more than one of the merged datasets, so they count more than once.",
  rows_on_both_sides:
    "Rows are there more than once, merged or by content, so the same row may be trained on and judged by.",
  group_on_both_sides:
    "Examples of one group (`load: {group: COLUMN}`) stand on both sides of a cut, so a model is judged by groups " +
    "that it has learned from.",
  objective_direction: "A search looks for the worse end of its metric: a large loss, or a small accuracy.",
  incomparable_losses:
    "Trials of a search are compared by losses that are computed in different ways, such as mse and mae.",
  rule_without_effect: "A rule of a search's `constraints`, or a condition in it, that never or always holds.",
  unused_parameter:
    "A parameter of a search's `space` that its trial does not read, " +
    "so that the same is trained for each of its values.",
  same_for_every_seed:
    "A stage runs over seeds, and what it computes does not depend on them, or its own random numbers do not.",
  expect_without_effect: "A bound in `expect` that every value satisfies.",
  channels_first: "Images of an npy file look as if channels came before height and width.",
  index_column: "A column that only counts the rows is a feature.",
  rounded_features: "Features that 32 bits cannot tell apart reach a network as they are.",
  rounded_target: "Numbers to predict that 32 bits move by more than 1e-4 of their sd.",
  normalised_before_folds:
    "Examples are normalised or filled before they are folded or split, so the statistics know of those held out.",
  scored_on_training_data: "A model is judged by examples that it has learned from.",
  scored_on_tuning_data: "A model is judged by examples by which its best epoch or its settings were chosen.",
  tuned_on_test:
    "Test examples train a model, or stop, compare or choose what is scored on them later, " +
    "or are parted into such that do.",
  sorted_folds: "Rows that lie in an order are cut into folds as they lie, so a fold does not resemble the whole.",
  rare_class: "A class has fewer examples than there are folds, so some folds lack it.",
  batch_larger_than_data: "A `batch_size` above the number of training examples, so that every epoch is a single step.",
  average_longer_than_training: "An `average` of more epochs than there are, so that the first ones are in it.",
  idle_epochs: "A schedule whose learning rate is 0, or next to it, in whole epochs of the training.",
  large_shift: "An `augment` moves images that are centred by more than 15 % of their width or height.",
  lone_member: "An `ensemble` of one model, which says what that model says.",
  repeated_member: "A model is a member of an `ensemble` more than once, so that it counts as often.",
  missing_values: "Cells without a value: left out or filled by `load`, or found by `explore`.",
  unknown_categories: "Categories that no training row has, where `load` ignores them: all their features are 0.",
  unreadable_pictures: "Files that cannot be read as pictures are left out by `skip_unreadable`.",
  transparent_pixels: "Pictures have transparent pixels, whose stored colour is taken as if they were not.",
  turned_pictures: "JPEG files say that they are to be turned (EXIF), and are read as they are stored.",
  rows_in_order: "`explore` found rows that lie in an order.",
  constant_column: "`explore` found a column that is the same in every row.",
  empty_interval: "`explore` found an interval of a feature without training examples.",
  test_data_differ: "`explore` found a column that is distributed differently in the test data.",
  unequal_classes: "`explore` found classes of unequal size.",
  repeated_rows: "`explore` found rows that repeat.",
  test_rows_in_training: "Test or validation rows are among the training rows, as `explore` or `check` found.",
  softmax_twice: "A network for `cross_entropy` ends in a softmax of its own, which slows learning down.",
  absent_class: "`class_weight: balanced` where a class has no training example, so that it has no weight.",
  sigmoid_twice: "A network for `binary_cross_entropy` ends in a sigmoid of its own, which slows learning down.",
  bounded_logits: "A network that learns classes ends in an activation that keeps its outputs within bounds.",
} as const satisfies Readonly<Record<string, string>>;

export type WarningName = keyof typeof warnings;
export const warningNames = Object.keys(warnings) as readonly WarningName[];
