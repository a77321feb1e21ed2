/** Pictures that belong together have one size and one number of channels: what is said where they do not. */
import { type Mistake, MistakeError } from "../diagnostic/diagnostic.js";
import { limitInWords, limits } from "../pipeline/limits.js";
import { grouped } from "../util/numbers.js";
import type { PictureReading } from "../values/reading.js";
import { type Making, type PictureLook, sizeText } from "./picture-fit.js";

export const readingOf = ({ resize, grey }: Making): PictureReading => ({
  of: "pictures",
  grey,
  ...(resize ? { resize } : {}),
});
/** Of one example, [height, width, channels]. */
export const shapeOf = ({ height, width, channels }: PictureLook, { resize, grey }: Making): readonly number[] => [
  ...(resize ?? [height, width]),
  grey ? 1 : channels,
];

/** Holds each picture against the first one. */
export class PictureSet {
  #first: { readonly path: string; readonly look: PictureLook } | undefined;
  readonly #making: Making;

  constructor(making: Making) {
    this.#making = making;
  }

  /** Of one example; undefined where there was no picture yet. */
  get shape(): readonly number[] | undefined {
    return this.#first && shapeOf(this.#first.look, this.#making);
  }

  /**
   * @param path  for messages
   * @returns     why the picture does not belong to those before it
   */
  mistakeOf(path: string, look: PictureLook): Mistake | undefined {
    this.#first ??= { path, look };
    const { resize, grey } = this.#making;
    const { path: other, look: first } = this.#first;
    if (!grey && look.channels !== first.channels) {
      const [greyPath, colourPath] = look.channels === 1 ? [path, other] : [other, path];
      return {
        title: "grey pictures and pictures in colours",
        message:
          `\`${greyPath}\` is grey, and \`${colourPath}\` is in colours. Write \`grey: true\` to make all of them ` +
          "grey, or save all of them in colours.",
      };
    }
    if (!resize && (look.height !== first.height || look.width !== first.width))
      return {
        title: "pictures of unequal sizes",
        message:
          `\`${other}\` has ${sizeText(first)} pixels, and \`${path}\` ${sizeText(look)} (height × width). ` +
          `Write \`resize: [${first.height}, ${first.width}]\`, or another size, to bring all of them to one.`,
      };
    return undefined;
  }
}

/** Whether so many pictures are too much for one set. */
export function sizeMistake(count: number, shape: readonly number[], path: string): Mistake | undefined {
  const bytes = shape.reduce((product, length) => product * length, count);
  if (bytes <= limits.data_size.most) return undefined;
  return {
    title: "too large",
    message:
      `\`${path}\` holds ${grouped(count)} pictures of [${shape.join(", ")}], ${grouped(bytes)} bytes without ` +
      `packing. The limit \`data_size\` is ${limitInWords("data_size")}. ` +
      "Write a smaller `resize`, or take fewer pictures.",
  };
}

/** A file that cannot be read, and why, in words that follow its name. */
export interface Unreadable {
  readonly path: string;
  readonly why: string;
}
const most = 5;
/** The first few with what is wrong with them, and how many more there are. */
export const named = (files: readonly Unreadable[], before: string, between: string): string =>
  [
    ...files.slice(0, most).map(({ path, why }) => `\`${path}\` ${why}`),
    ...(files.length > most ? [`and ${grouped(files.length - most)} more`] : []),
  ]
    .map((text) => `${before}${text}`)
    .join(between);
const counted = (files: readonly Unreadable[], count: number, where: string): string =>
  `${grouped(files.length)} of the ${grouped(count)} files ${where}`;

/** @param where  of the files that were looked at, such as "in `train`" */
export const unreadableMistake = (files: readonly Unreadable[], count: number, where: string): Mistake => ({
  title: "unreadable pictures",
  message:
    `${counted(files, count, where)} cannot be read:\n${named(files, "  ", "\n")}\n` +
    "Put them right or remove them, or leave them out with `skip_unreadable: true`.",
});
/** The same where they are left out, in one line. */
export const unreadableWarning = (files: readonly Unreadable[], count: number, where: string): string =>
  `${counted(files, count, where)} cannot be read and ${files.length === 1 ? "is" : "are"} left out: ` +
  `${named(files, "", "; ")}.`;

export const mistakeError = (mistake: Mistake, option: string): MistakeError =>
  new MistakeError({ ...mistake, at: [option] });
