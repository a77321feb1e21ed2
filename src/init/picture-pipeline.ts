/** A pipeline for a folder of pictures, with comments that teach what each stage does. */
import { firstFew, plural } from "../util/words.js";
import type { PictureSurvey } from "./picture-survey.js";
import { exported, type PipelineNames } from "./pipeline-names.js";
import { comment, spelled } from "./yaml-text.js";

export interface PictureGuess extends PictureSurvey {
  /** [height, width] to bring all pictures to; undefined where they are as they should be. */
  readonly resize: readonly [number, number] | undefined;
  readonly grey: boolean;
  /** Of an example. */
  readonly shape: readonly [number, number, number];
  readonly remarks: readonly string[];
}

/** Longest side of pictures that a first network gets: larger ones are made smaller, or two cores would learn long. */
const mostSide = 48;

export function guessPictures(survey: PictureSurvey): PictureGuess {
  const { headers, classes, counts, unreadable } = survey;
  const [heights, widths] = [headers.map(({ height }) => height), headers.map(({ width }) => width)];
  const [height, width] = [middle(heights), middle(widths)];
  const isOneSize = headers.every((header) => header.height === height && header.width === width);
  const shrink = Math.min(1, mostSide / Math.max(height, width));
  const size = [Math.max(4, Math.round(shrink * height)), Math.max(4, Math.round(shrink * width))] as const;
  const resize = isOneSize && shrink === 1 ? undefined : size;
  const channels = new Set(headers.map((header) => header.channels));
  const grey = channels.size > 1;
  const sizes = isOneSize
    ? `all have ${height} × ${width} pixels`
    : `they have ${rangeOf(heights)} × ${rangeOf(widths)} pixels`;
  const colours = channels.has(3) ? "in colours" : "grey";
  const said = classes.map((name, index) => `${name} ${counts[index]}`);
  return {
    ...survey,
    resize,
    grey,
    shape: [...(resize ?? ([height, width] as const)), grey || channels.has(1) ? 1 : 3],
    remarks: [
      `${classes.length} classes, a folder each, with so many pictures: ${firstFew(said, 10)}`,
      survey.test === undefined
        ? "there is no folder `test` beside a folder `train`, so a fifth of the pictures is held out as a test set"
        : `the test set is a folder of its own: ${plural(survey.testCount, "picture")}`,
      resize ? `${sizes} (height × width); all are brought to ${resize.join(" × ")}` : `${sizes} (height × width)`,
      grey ? "some are grey and some in colours: all are made grey" : `they are ${colours}`,
      ...(unreadable.length > 0
        ? [`${unreadable.length} of ${survey.looked} files cannot be read and will be left out: ${unreadable[0]}`]
        : []),
      ...survey.others.map((name) => `the folder \`${name}\` beside \`train\` is not read`),
    ],
  };
}

const rangeOf = (sides: readonly number[]): string => {
  const [least, most] = [Math.min(...sides), Math.max(...sides)];
  return least === most ? String(least) : `${least} to ${most}`;
};
/** The median, of an even number the lower one. */
const middle = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[(values.length - 1) >> 1]!;

/** Stages with a score, the first the one to compare by. */
export const pictureScores: readonly string[] = ["valid_score", "score"];

/** Steps of the optimiser for pictures of 32 × 32 or less; larger ones get fewer, for each step takes longer. */
const steps = 1500;
const [fewestEpochs, mostEpochs] = [5, 60];
/** @param learned  pictures to learn from */
function epochsFor(learned: number, batchSize: number, [height, width]: readonly [number, number, number]): number {
  const wanted = steps * Math.min(1, 1024 / (height * width));
  return Math.min(mostEpochs, Math.max(fewestEpochs, Math.ceil(wanted / Math.ceil(learned / batchSize))));
}

/**
 * Of few pictures small ones, or an epoch has no more than a step or two: of 30, 60 and 150 pictures of digits, batches
 * of 4 got 81, 94 and 97 % of 400 others right, and batches of 32 got 75, 92 and 96 % (means of three seeds).
 */
function batchSizeFor(total: number, learned: number): number {
  if (learned < 200) return Math.min(4, learned);
  if (learned < 400) return 8;
  return total <= 2000 ? 32 : 64;
}

export function picturePipeline(guess: PictureGuess, names: PipelineNames): string {
  const { classes, shape, test } = guess;
  const total = guess.counts.reduce((sum, count) => sum + count, 0);
  const learned = Math.max(1, Math.floor((test === undefined ? 0.65 : 0.85) * total));
  const batchSize = batchSizeFor(total, learned);
  const held = test === undefined ? "validation: 0.15, test: 0.2" : "validation: 0.15";
  return [
    comment(
      `Written by \`${names.command}\`. It is yours: change what you like, \`hw1 check\` says what does not fit.`,
    ),
    "#",
    `#   hw1 run ${names.file}`,
    ...pictureScores.map((stage) => `#   hw1 show ${names.file} ${stage}`),
    "#",
    comment(`What was found in ${names.data}, ${plural(total, "picture")} to learn from:`),
    ...guess.remarks.map((remark) => comment(`- ${remark}`)),
    `name: ${spelled(names.name)}`,
    "# Every random draw follows from it: another seed is another split, and another start of the network.",
    "seed: 1",
    "# What is worth trying out. On the command line too: --set kernels=32",
    `params: {kernels: 16, learning_rate: 0.01, epochs: ${epochsFor(learned, batchSize, shape)}}`,
    "profiles:",
    "  # hw1 run … --profile quick: does everything, learns little.",
    "  quick: {params: {epochs: 1}}",
    "stages:",
    ...loadStage(guess, names),
    test === undefined
      ? "  # One part of the pictures is judged while things change; one is looked at once, when nothing changes."
      : "  # A part of the training pictures is judged while things change; the test pictures are once, at the end.",
    `  parts: {kind: split, data: pictures.train, ${held}, stratify: true}`,
    "  # Anew in each epoch: turned, scaled and moved a little, so that no picture is seen twice. Where a mirrored",
    "  # picture is as good as the picture itself (animals, not letters or digits), add `{flip: horizontal}`.",
    "  moved:",
    "    kind: augment",
    "    data: parts.train",
    "    transforms: [{affine: {degrees: 6, scale: [0.94, 1.06], translate: [0.04, 0.04]}}]",
    "  # Each channel less its mean, over its standard deviation, of the training pictures.",
    "  scaled: {kind: normalize, data: moved}",
    "  model:",
    "    kind: train",
    "    data: scaled",
    "    # Judged after each epoch and never learned from; they are scaled as the network's own were.",
    "    validation: parts.validation",
    "    layers:",
    ...network(shape, classes.length),
    "    loss: cross_entropy",
    "    # The learning rate goes up to this and down to nothing, in one cycle over all epochs.",
    '    optimizer: {adamw: {learning_rate: {one_cycle: {max: "${params.learning_rate}"}}, weight_decay: 0.05}}',
    `    batch_size: ${batchSize}`,
    '    epochs: "${params.epochs}"',
    "  # The score to compare by; then the test pictures, once.",
    "  valid_score: {kind: evaluate, model: model, data: parts.validation}",
    `  score: {kind: evaluate, model: model, data: ${test === undefined ? "parts.test" : "pictures.test"}}`,
    "",
    "  # Figures, which the end of the run names. What else can be drawn: docs/reference.md.",
    "  figure_examples: {kind: visualize, figure: examples, from: parts.train}",
    "  figure_moved: {kind: visualize, figure: augmentation, from: moved}",
    "  figure_curves: {kind: visualize, figure: learning_curves, from: model}",
    "  figure_confusion: {kind: visualize, figure: confusion_matrix, from: score}",
    "  figure_mistakes: {kind: visualize, figure: mistakes, from: score}",
    "  figure_calibration: {kind: visualize, figure: reliability, from: score}",
    ...exported(test === undefined ? "parts.test" : "pictures.test"),
    "",
  ].join("\n");
}

function loadStage(
  { resize, grey, unreadable, test, isParted }: PictureGuess,
  { data }: PipelineNames,
): readonly string[] {
  const inside = (folder: string): string => spelled(data === "." ? folder : `${data}/${folder}`);
  const lines = [
    "  # PNG and JPEG files; the names of the folders are the classes.",
    "  pictures:",
    "    kind: load",
    "    source: images",
    `    train: ${isParted ? inside("train") : spelled(data)}`,
  ];
  if (test !== undefined) lines.push(`    test: ${inside("test")}`);
  if (resize)
    lines.push(`    resize: [${resize.join(", ")}]   # height and width; more pixels tell more, and take longer`);
  if (grey) lines.push("    grey: true");
  if (unreadable.length > 0) lines.push("    skip_unreadable: true   # tells which they are");
  return lines;
}

/** Two convolutions, then half the height and width and twice the kernels, until few pixels are left. */
function network([height, width]: readonly [number, number, number], classes: number): readonly string[] {
  const halvings = Math.max(0, Math.min(3, Math.floor(Math.log2(Math.min(height, width) / 4))));
  const kernelsOf = (level: number): string =>
    level === 0 ? '"${params.kernels}"' : String(16 * 2 ** Math.min(level, 2));
  const levels = Array.from({ length: halvings + 1 }, (_, level) => [
    "      - repeat:",
    "          times: 2",
    "          layers:",
    `            - conv: {kernels: ${kernelsOf(level)}, size: 3, padding: same}`,
    "            - batch_norm",
    "            - activation: relu",
    ...(level < halvings ? ["      - max_pool: 2   # half the height and width"] : []),
  ]);
  return [
    ...levels.flat(),
    "      - global_avg_pool   # the mean of each channel over all places",
    `      - dense: {units: ${classes}}   # one for each class`,
  ];
}
