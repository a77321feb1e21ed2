/**
 * `load` from folders of pictures: decoded one after the other into the bytes of one dataset for each part.
 *
 * All files are read to the end of the list, whatever is wrong with one, because only then is it known whether they are
 * those by which the step was judged.
 */
import { setImmediate as pause } from "node:timers/promises";
import { LocalMistakeError, type Mistake } from "../diagnostic/diagnostic.js";
import { ChangedFileError, type DataFile, InterruptedError, type RunContext } from "../pipeline/run-context.js";
import { capital, plural } from "../util/words.js";
import { blobOf } from "../values/blob.js";
import type { Dataset } from "../values/dataset.js";
import { classNames, datasetOutput, unitOf } from "./dataset.js";
import { Decoding, decodedInOrder } from "./decoding-threads.js";
import { judgedFile } from "./load-files.js";
import { decodersHere, type Picture } from "./picture-decode.js";
import type { Decoded } from "./picture-fit.js";
import {
  classesIn,
  FolderDigest,
  listPictures,
  type PictureFile,
  type PictureFolder,
  pictureBytes,
} from "./picture-folder.js";
import { UnreadablePictureError } from "./picture-header.js";
import { transparencyText, turnedText } from "./picture-inputs.js";
import type { ImagesOptions } from "./picture-options.js";
import {
  mistakeError,
  PictureSet,
  readingOf,
  sizeMistake,
  type Unreadable,
  unreadableMistake,
  unreadableWarning,
} from "./picture-set.js";
import { areMany, rowsAmong } from "./same-rows.js";

export const imageParts = ["train", "test"] as const;
type PartName = (typeof imageParts)[number];

/** The folders of both parts, and their classes. @throws LocalMistakeError */
export function listParts(
  folder: string,
  { train, test, classes }: Pick<ImagesOptions, "train" | "test" | "classes">,
): { readonly parts: ReadonlyMap<PartName, PictureFolder>; readonly classes: readonly string[] } {
  const listed = { train: listPictures(folder, train, "train") };
  const tested = test === undefined ? undefined : listPictures(folder, test, "test");
  const parts = new Map<PartName, PictureFolder>([["train", listed.train]]);
  if (tested) parts.set("test", tested);
  return { parts, classes: classesIn(listed.train, tested, classNames(classes) ?? undefined) };
}

type Context = Pick<RunContext<ImagesOptions>, "folder" | "files" | "progress" | "stopping" | "warn">;

/** @throws MistakeError, EnvironmentError, ChangedFileError, InterruptedError */
export async function loadImages(options: ImagesOptions, context: Context): Promise<Readonly<Record<string, Dataset>>> {
  const { parts, classes } = listJudged(options, context);
  const count = [...parts.values()].reduce((sum, { files }) => sum + files.length, 0);
  const reader = new Reader(options, classes, context, count);
  const outputs: Record<string, Dataset> = {};
  try {
    for (const [name, part] of parts) outputs[name] = await reader.part(name, part);
  } finally {
    reader.dispose();
  }
  const { train, test } = outputs;
  // One folder that is both is told where it judges.
  const isOther = parts.get("test")?.path !== parts.get("train")?.path;
  const shared = train && test && isOther ? rowsAmong(test, train) : 0;
  if (test && areMany(shared, test.data.count))
    context.warn(
      `${shared} of the ${plural(test.data.count, "test picture")} ${shared === 1 ? "is" : "are"} also among the ` +
        "training pictures, pixel by pixel, so that a score on them says how well a model remembers.",
      "test_rows_in_training",
    );
  return outputs;
}

/** Folders that were in order when the step was judged, and are not now, were changed. */
function listJudged(options: ImagesOptions, { folder, files }: Context): ReturnType<typeof listParts> {
  try {
    return listParts(folder, options);
  } catch (error) {
    if (files && error instanceof LocalMistakeError) throw new ChangedFileError(options.train);
    throw error;
  }
}

/** How long nobody else has a turn, and how often it is told how far the reading is, in milliseconds. */
const turnMs = 50;
const toldMs = 250;

class Reader {
  readonly #set: PictureSet;
  readonly #decoding: Decoding;
  #done = 0;
  #turnAt = performance.now();
  #told = { at: performance.now(), done: 0 };

  constructor(
    readonly options: ImagesOptions,
    readonly classes: readonly string[],
    readonly context: Context,
    /** Files of all parts. */
    readonly count: number,
  ) {
    this.#set = new PictureSet(options);
    this.#decoding = new Decoding(options, decodersHere());
  }

  dispose(): void {
    this.#decoding.dispose();
  }

  async part(name: PartName, part: PictureFolder): Promise<Dataset> {
    const { folder, files: judged, warn } = this.context;
    const read = new PartRead(part, this.classes);
    const bytesOf = async (file: PictureFile): Promise<Uint8Array | string | null> => {
      const bytes = read.bytesOf(folder, file);
      await this.#pause();
      return read.mistake ? null : bytes;
    };
    for await (const { file, decoded } of decodedInOrder(read.files, bytesOf, this.#decoding))
      this.#take(read, file, decoded);
    this.#tell();
    read.requireJudged(judged, name);
    const where = `in \`${part.path}\``;
    const { unreadable, transparent, turned } = read;
    if (unreadable.length > 0 && !this.options.skip_unreadable)
      throw mistakeError(unreadableMistake(unreadable, part.files.length, where), name);
    if (read.mistake) throw mistakeError(read.mistake, name);
    if (unreadable.length > 0) warn(unreadableWarning(unreadable, part.files.length, where), "unreadable_pictures");
    if (transparent.length > 0) warn(`${capital(transparencyText(transparent))}.`, "transparent_pixels");
    if (turned.length > 0) warn(`${capital(turnedText(turned))}.`, "turned_pictures");
    const empty = part.classNames.find((each) => !read.classesRead.has(each));
    if (empty !== undefined)
      throw mistakeError(
        {
          title: "a class without a picture",
          message:
            `No file in \`${part.path}/${empty}\` can be read as a picture. Put one right, or ` + "remove the folder.",
        },
        name,
      );
    return read.dataset(name, this.options);
  }

  #take(read: PartRead, file: PictureFile, decoded: Decoded): void {
    // What comes after it may have been given to threads before.
    if (read.mistake) return;
    const path = `${read.part.path}/${file.path}`;
    if ("unreadable" in decoded) read.unreadable.push({ path, why: decoded.unreadable });
    else {
      read.mistake = this.#set.mistakeOf(path, decoded.look) ?? read.tooMuch(this.#set.shape!);
      if (!read.mistake) read.add(file, path, decoded.picture, this.#set.shape!);
    }
  }

  /** Lets others have their turn now and then: signals, the screen. */
  async #pause(): Promise<void> {
    this.#done++;
    if (performance.now() - this.#turnAt >= turnMs) {
      if (performance.now() - this.#told.at >= toldMs) this.#tell();
      await pause();
      this.#turnAt = performance.now();
    }
    if (this.context.stopping()) throw new InterruptedError();
  }

  #tell(): void {
    const [done, at] = [this.#done, performance.now()];
    const examplesPerSecond = ((done - this.#told.done) * 1000) / Math.max(1, at - this.#told.at);
    this.context.progress({ fraction: done / this.count, examplesPerSecond, ...unitOf(this.#set.shape ?? []) });
    this.#told = { at, done };
  }
}

/** What was read of a part so far. */
class PartRead {
  /** In the order of their labels, then of their paths. */
  readonly files: readonly PictureFile[];
  readonly unreadable: Unreadable[] = [];
  readonly transparent: string[] = [];
  readonly turned: string[] = [];
  readonly classesRead = new Set<string>();
  mistake: Mistake | undefined;
  readonly #label: ReadonlyMap<string, number>;
  readonly #digest = new FolderDigest();
  readonly #labels: Int32Array<ArrayBuffer>;
  #pixels: Uint8Array | undefined;
  #shape: readonly number[] = [];
  #count = 0;

  constructor(
    readonly part: PictureFolder,
    readonly classes: readonly string[],
  ) {
    const label = new Map(classes.map((name, index) => [name, index]));
    // Sorting keeps the order of equals.
    this.files = [...part.files].sort((a, b) => label.get(a.className)! - label.get(b.className)!);
    this.#label = label;
    this.#labels = new Int32Array(part.files.length);
  }

  /** Or why they cannot be had. */
  bytesOf(folder: string, file: PictureFile): Uint8Array | string {
    try {
      const bytes = pictureBytes(folder, this.part, file);
      this.#digest.add(file, bytes);
      return bytes;
    } catch (error) {
      if (!(error instanceof UnreadablePictureError)) throw error;
      this.#digest.add(file, error.message);
      return error.message;
    }
  }

  /** @throws ChangedFileError */
  requireJudged(files: readonly DataFile[] | undefined, name: PartName): void {
    const judged = judgedFile(files, name);
    if (judged !== undefined && this.#digest.digest() !== judged) throw new ChangedFileError(this.part.path);
  }

  tooMuch(shape: readonly number[]): Mistake | undefined {
    return sizeMistake(this.files.length, shape, this.part.path);
  }

  add({ className }: PictureFile, path: string, picture: Picture, shape: readonly number[]): void {
    const size = picture.pixels.length;
    this.#shape = shape;
    this.#pixels ??= new Uint8Array(this.files.length * size);
    this.#pixels.set(picture.pixels, this.#count * size);
    this.#labels[this.#count++] = this.#label.get(className)!;
    this.classesRead.add(className);
    if (picture.isTransparent) this.transparent.push(path);
    if (picture.isTurned) this.turned.push(path);
  }

  /** @throws MistakeError  where there is no picture */
  dataset(split: PartName, options: ImagesOptions): Dataset {
    const [count, shape] = [this.#count, this.#shape];
    const size = shape.reduce((product, length) => product * length, 1);
    return datasetOutput(
      {
        ...{ count, shape, classes: this.classes, scale: 1 / 255, featureNames: [], targetNames: ["label"], split },
        reading: readingOf(options),
      },
      {
        features: blobOf("uint8", [count, ...shape], (this.#pixels ?? new Uint8Array()).subarray(0, count * size)),
        labels: blobOf("int32", [count], this.#labels.slice(0, count)),
      },
    );
  }
}
