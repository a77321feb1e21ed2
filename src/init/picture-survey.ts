/**
 * What a folder of pictures holds: a folder for each class, in it or in its folders `train` and `test`; and what the
 * headers of the files say of sizes and colours. No picture is decoded.
 */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { MistakeError } from "../diagnostic/diagnostic.js";
import { readHereAndThere } from "../stages/load-files.js";
import { asUnreadable, classesIn, listPictures, type PictureFolder } from "../stages/picture-folder.js";
import { type PictureHeader, pictureHeader, UnreadablePictureError } from "../stages/picture-header.js";

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
  const inside = readdirSync(join(folder, path)).filter((name) => isFolder(join(folder, path, name)));
  const isParted = inside.includes("train");
  const hasTest = isParted && inside.includes("test");
  const trainPath = isParted ? `${path}/train` : path;
  const testPath = hasTest ? `${path}/test` : undefined;
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
    others: isParted ? inside.filter((name) => name !== "train" && name !== "test" && !name.startsWith(".")) : [],
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

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

/** @throws MistakeError where none of the files that were looked at is a picture */
export function refuseNoPictures({ headers, looked, unreadable, train }: PictureSurvey): void {
  if (headers.length > 0) return;
  throw new MistakeError({
    title: "no pictures",
    message: `None of the ${looked} files that were looked at in \`${train}\` is a picture: ${unreadable[0]}.`,
  });
}
