/**
 * What a folder of pictures holds: a folder for each class, in it or in its folders `train` and `test`; and what the
 * headers of the files say of sizes and colours. No picture is decoded.
 */
import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import { MistakeError } from "../diagnostic/diagnostic.js";
import { readHereAndThere } from "../stages/load-files.js";
import {
  asUnreadable,
  classesIn,
  isFolder,
  isPassedOver,
  listPictures,
  type PictureFolder,
} from "../stages/picture-folder.js";
import { type PictureHeader, pictureHeader, UnreadablePictureError } from "../stages/picture-header.js";
import { shellWord } from "../util/escape.js";

export interface PictureSurvey {
  /** Folders from where they were named. */
  readonly train: string;
  readonly test: string | undefined;
  /** Training pictures lie in a folder `train`. */
  readonly isParted: boolean;
  readonly classes: readonly string[];
  /** Training pictures of each class, in their order. */
  readonly counts: readonly number[];
  readonly testCount: number;
  /** Headers of those that were looked at. */
  readonly headers: readonly PictureHeader[];
  readonly looked: number;
  /** Files that are no pictures, among those that were looked at, with why. */
  readonly unreadable: readonly string[];
  /** Folders beside `train` and `test`. */
  readonly others: readonly string[];
}

/** Headers that are read at most, evenly spread over the files. */
const mostHeaders = 5000;

/** @param folder  to which `path` is relative. @throws MistakeError, EnvironmentError */
export function surveyPictures(folder: string, path: string): PictureSurvey {
  const inside = foldersIn(folder, path) ?? [];
  // A folder `train` with pictures in it is a class.
  const isParted = inside.includes("train") && foldersIn(folder, `${path}/train`)?.length !== 0;
  const hasTest = isParted && inside.includes("test");
  const trainPath = isParted ? `${path}/train` : path;
  const testPath = hasTest ? `${path}/test` : undefined;
  for (const each of testPath === undefined ? [trainPath] : [trainPath, testPath]) refuseNested(folder, each);
  const train = listPictures(folder, trainPath, "train");
  const test = testPath === undefined ? undefined : listPictures(folder, testPath, "test");
  const classes = classesIn(train, test, undefined);
  const byClass = new Map(classes.map((name) => [name, 0]));
  for (const { className } of train.files) byClass.set(className, byClass.get(className)! + 1);
  const looks = [...look(folder, train), ...(test ? look(folder, test) : [])];
  return {
    train: trainPath,
    test: testPath,
    isParted,
    classes,
    counts: [...byClass.values()],
    testCount: test?.files.length ?? 0,
    headers: looks.flatMap((found) => (typeof found === "string" ? [] : [found])),
    looked: looks.length,
    unreadable: looks.filter((found) => typeof found === "string"),
    others: isParted ? inside.filter((name) => name !== "train" && name !== "test") : [],
  };
}

function look(folder: string, { path, files }: PictureFolder): readonly (PictureHeader | string)[] {
  const step = Math.max(1, files.length / mostHeaders);
  const some = Array.from({ length: Math.min(files.length, mostHeaders) }, (_, at) => files[Math.floor(at * step)]!);
  return some.map((file) => {
    try {
      return asUnreadable(() => readHereAndThere(folder, `${path}/${file.path}`, pictureHeader));
    } catch (error) {
      if (error instanceof UnreadablePictureError) return `\`${path}/${file.path}\` ${error.message}`;
      throw error;
    }
  });
}

/** Folders in a folder, of those that are looked at; undefined where it cannot be read, which is told later. */
function foldersIn(folder: string, path: string): readonly string[] | undefined {
  const where = resolve(folder, path);
  try {
    return readdirSync(where, { withFileTypes: true })
      .filter((entry) => !isPassedOver(entry.name) && isFolder(where, entry))
      .map(({ name }) => name)
      .sort();
  } catch {
    return undefined;
  }
}

/** What `load` says of it has a remedy for a pipeline that is there. @throws MistakeError */
function refuseNested(folder: string, path: string): void {
  for (const name of foldersIn(folder, path) ?? []) {
    const inner = `${path}/${name}`;
    const nested = foldersIn(folder, inner)?.[0];
    if (nested === undefined) continue;
    throw new MistakeError({
      title: "a folder in a class folder",
      message:
        `\`${inner}/${nested}\` is a folder, and \`${inner}\` is read as a class. Put its pictures into \`${inner}\` ` +
        `itself; if the folders in it are the classes, write \`--data ${shellWord(inner)}\`, or call the folders of ` +
        "the training and of the test pictures `train` and `test`.",
    });
  }
}

/** The least of which a split leaves one picture in each part. */
const fewest = 4;
/** @throws MistakeError where there are too few pictures for a training and a score */
export function refuseTooFew({ counts, train }: PictureSurvey): void {
  const count = counts.reduce((sum, own) => sum + own, 0);
  if (count >= fewest) return;
  throw new MistakeError({
    title: "too few pictures",
    message:
      `\`${train}\` holds ${count} pictures. Some are to learn from and some to be judged by: put at least ` +
      `${fewest} there, better some dozens of each class.`,
  });
}

/** @throws MistakeError where none of the files that were looked at is a picture */
export function refuseNoPictures({ headers, looked, unreadable, train }: PictureSurvey): void {
  if (headers.length > 0) return;
  throw new MistakeError({
    title: "no pictures",
    message: `None of the ${looked} files that were looked at in \`${train}\` is a picture: ${unreadable[0]}.`,
  });
}
