/**
 * Every limit of a pipeline, in one table: the reference page prints it, and whatever is refused for its size names its
 * row.
 *
 * A limit is far above what a study needs and below what makes a check hang or fill the memory, so a small file never
 * asks for more than a machine has. To move one, change its number here; what it bounds is counted before the work is
 * done, or, of data files, while they are read piece by piece.
 */
import { grouped } from "../util/numbers.js";

interface Limit {
  readonly most: number;
  /** What is counted, in words that follow the number: `1,000 stages`. */
  readonly counted: string;
  readonly bounds: string;
  /** The way round, as a sentence. */
  readonly instead: string;
}

export const limits = {
  file_size: {
    most: 1 << 20,
    counted: "bytes",
    bounds: "Size of a pipeline file.",
    instead: "Data belong into files of their own, which a `load` reads.",
  },
  nesting: {
    most: 100,
    counted: "levels",
    bounds: "Lists and maps inside each other, after lookups.",
    instead: "Nest less deeply.",
  },
  aliases: {
    most: 1000,
    counted: "aliases",
    bounds: "Uses of YAML's `*name`.",
    instead: "Write what differs as parameters, or use `repeat`.",
  },
  tokens: {
    most: 200_000,
    counted: "words and signs",
    bounds: "Words and signs of a pipeline file as YAML counts them, blanks and line ends among them.",
    instead: "Use fewer; data belong into files of their own.",
  },
  values: {
    most: 200_000,
    counted: "values",
    bounds:
      "Values of a pipeline; what aliases, lookups and profiles repeat counts each time, " +
      "and text that lookups make once per 16 characters.",
    instead: "Repeat less, or shorter values.",
  },
  lookups: {
    most: 10_000,
    counted: "lookups",
    bounds: "Parameters that one stage looks up, with those that they look up.",
    instead: "Use fewer.",
  },
  params: {
    most: 1000,
    counted: "parameters",
    bounds: "Entries of `params`.",
    instead: "Use fewer; a parameter may be a list or a map.",
  },
  stages: {
    most: 1000,
    counted: "stages",
    bounds: "Stages of a pipeline, and of a trial.",
    instead: "Run many alike with `each:` or in a `search`.",
  },
  mistakes: {
    most: 500,
    counted: "mistakes",
    bounds: "Mistakes that are told at once.",
    instead: "Correct these first.",
  },
  name_length: {
    most: 100,
    counted: "characters",
    bounds: "Length of a stage's name and of a pipeline's, which name files and folders.",
    instead: "Use a shorter name.",
  },
  references: {
    most: 1000,
    counted: "names",
    bounds: "Stages that one option names.",
    instead: "Name fewer, or let a stage run with `each:` and gather that.",
  },
  layers: { most: 1000, counted: "layers", bounds: "Layers of a network, after `repeat`.", instead: "Repeat fewer." },
  units: { most: 2 ** 32, counted: "units", bounds: "`units` or `kernels` of a layer.", instead: "Use fewer." },
  parameters: {
    most: 1e13,
    counted: "parameters",
    bounds: "Numbers that a network learns; what does not fit into memory is told before work, whatever this limit.",
    instead: "Use fewer units or kernels.",
  },
  activations: {
    most: 1e13,
    counted: "numbers",
    bounds: "What one layer makes of one example.",
    instead: "Use fewer kernels, less padding, or a larger stride.",
  },
  kept_activations: {
    most: 2 ** 28,
    counted: "numbers",
    bounds: "What `activations` or `feature_maps` of an `inspect` leave of all inputs together; 1 GiB.",
    instead: "Name fewer layers in `layers`, or fewer `inputs`.",
  },
  kept_pictures: {
    most: 2 ** 29,
    counted: "bytes",
    bounds: "What `receptive_fields` or `preferred_inputs` of an `inspect` leave of all units together.",
    instead: "Look at fewer `units` or `layers`, or ask for fewer patches (`count`) or `steps`.",
  },
  epochs: {
    most: 10_000_000,
    counted: "epochs",
    bounds: "`epochs` of a training.",
    instead: "Train for fewer; `early_stopping` ends a training that no longer gains.",
  },
  averaged_epochs: {
    most: 100,
    counted: "epochs",
    bounds: "`last` of an `average`: as many copies of the weights are kept while training.",
    instead: "Average fewer, or use `weight_average`, which keeps one copy.",
  },
  classes: { most: 20_000, counted: "classes", bounds: "Classes that a `load` declares.", instead: "Declare fewer." },
  categories: {
    most: 1000,
    counted: "categories",
    bounds: "Different words of one column in `categories`.",
    instead: "Leave the column out (`leave_out`), or give rare ones one name in the file.",
  },
  synthetic_rows: {
    most: 1_000_000,
    counted: "rows",
    bounds: "`count` of `generator: gapped_curve`.",
    instead: "Make fewer.",
  },
  transforms: {
    most: 100,
    counted: "transforms",
    bounds: "`transforms` of an `augment`.",
    instead: "Use fewer.",
  },
  copies: {
    most: 1000,
    counted: "copies",
    bounds: "`copies` of an `augment`.",
    instead: "Leave `copies` out: images are then distorted anew in every epoch, and nothing is stored.",
  },
  copied_size: {
    most: 2 ** 31,
    counted: "bytes",
    bounds: "Size of all images that `copies` leaves.",
    instead: "Make fewer, or leave `copies` out: images are then distorted anew in every epoch, and nothing is stored.",
  },
  synthetic_images: {
    most: 200_000,
    counted: "images",
    bounds: "`count` of `generator: digits`.",
    instead: "Make fewer.",
  },
  elements: {
    most: 20_000,
    counted: "elements",
    bounds: "Folds (`k` × `repeats`), seeds (`count`) and winners (`top`) of a stage.",
    instead: "Use fewer.",
  },
  space: {
    most: 100,
    counted: "parameters",
    bounds: "Parameters of a search's `space`.",
    instead: "Search for fewer at a time.",
  },
  conditions: {
    most: 1000,
    counted: "conditions",
    bounds: "Conditions in the `constraints` of a search.",
    instead: "Use fewer, or lists of values.",
  },
  trials: {
    most: 10_000,
    counted: "trials",
    bounds: "Configurations that a search tries.",
    instead: "Use `strategy: random` with a `budget`, or shorter lists.",
  },
  written_out: {
    most: 4_000_000,
    counted: "values",
    bounds: "Values in the trials of a search, written out one by one; a stage of a trial counts as 30 more.",
    instead: "Try fewer configurations, or of a smaller network.",
  },
  steps: {
    most: 250_000,
    counted: "steps",
    bounds: "Steps of a plan: every stage at every element that it runs over.",
    instead: "Use fewer trials, folds or levels of `each`.",
  },
  data_size: {
    most: 2 ** 31,
    counted: "bytes",
    bounds: "Size of a data file, and of what a gzip file unpacks to.",
    instead: "Leave out columns or rows that are not needed, or take a sample.",
  },
  gzip_ratio: {
    most: 300,
    counted: "times its size",
    bounds: "What a gzip file of data unpacks to, beyond 64 MiB.",
    instead: "If it is meant, unpack it with `gunzip` and name the unpacked file.",
  },
  row_size: {
    most: 1 << 26,
    counted: "bytes",
    bounds: "Size of one row of a CSV.",
    instead: "Close the quote, or store fewer columns.",
  },
  columns: { most: 1_000_000, counted: "columns", bounds: "Columns of a CSV.", instead: "Store fewer columns." },
  cells: {
    most: 250_000_000,
    counted: "cells",
    bounds: "Cells that are read of a CSV, rows × columns.",
    instead: "Name fewer columns in `features`, or take a sample of the rows.",
  },
  picture_pixels: {
    most: 50_000_000,
    counted: "pixels",
    bounds: "Size of one picture, height × width.",
    instead: "Make it smaller with a program for pictures.",
  },
  sources: {
    most: 1_000_000,
    counted: "inputs",
    bounds: "What the steps of a plan read, all together.",
    instead: "Gather fewer elements; of a search by TPE, propose more at once (`batch`), or less in all (`budget`).",
  },
} as const satisfies Readonly<Record<string, Limit>>;

export type LimitName = keyof typeof limits;
export const limitNames = Object.keys(limits) as readonly LimitName[];

/** For `refine`: a number within the limit, or a list of so many, and how more is told. */
export function most(name: LimitName): [(value: number | readonly unknown[]) => boolean, { readonly error: string }] {
  const limit = limits[name].most;
  return [
    (value) => (typeof value === "number" ? value : value.length) <= limit,
    { error: `at most ${grouped(limit)} (the limit \`${name}\`)` },
  ];
}

/** `1,000 stages` */
export const limitInWords = (name: LimitName): string => `${grouped(limits[name].most)} ${limits[name].counted}`;

/** What was asked for as a sentence, then the limit by its name, and the way round. */
export const overLimit = (name: LimitName, asked: string): string =>
  `${asked} The limit \`${name}\` is ${limitInWords(name)}. ${limits[name].instead}`;
