/** What check time says of folders of pictures: how they are built, and what headers of the first pictures say. */
import { type Mistake, MistakeError } from "../diagnostic/diagnostic.js";
import type { CheckContext } from "../pipeline/check-context.js";
import type { PortInfo } from "../pipeline/port-info.js";
import { readHereAndThere } from "./load-files.js";
import { listParts } from "./load-images.js";
import { asUnreadable, type PictureFile, type PictureFolder } from "./picture-folder.js";
import { pictureHeader, UnreadablePictureError } from "./picture-header.js";
import type { ImagesOptions } from "./picture-options.js";
import { PictureSet, sizeMistake, type Unreadable, unreadableMistake } from "./picture-set.js";

/** So many headers of a part are read: a fraction of a second. */
const mostHeaders = 1000;

type Ports = Readonly<Record<string, PortInfo>>;
export function checkImages(
  options: ImagesOptions,
  { folder, report }: Pick<CheckContext<unknown>, "folder" | "report">,
  port: (split: string, known: Partial<PortInfo>) => PortInfo,
): Ports {
  // How many classes there are only the folders say.
  const unknown = { classes: options.classes?.map(String) };
  const names = options.test === undefined ? ["train"] : ["train", "test"];
  let found: ReturnType<typeof listParts>;
  try {
    found = listParts(folder, options);
  } catch (error) {
    if (!(error instanceof MistakeError)) throw error;
    const { title, message, at } = error;
    report({ title, message, at });
    return Object.fromEntries(names.map((name) => [name, port(name, unknown)]));
  }
  const { classes, parts } = found;
  const set = new PictureSet(options);
  const outputs: Record<string, PortInfo> = {};
  for (const [name, part] of parts) {
    const isWhole = !options.skip_unreadable;
    const mistake = headersMistake(folder, part, options, set);
    // Where some may be left out, only a run knows which of them belong together.
    if (mistake && isWhole) report({ ...mistake, at: [name] });
    const shape = mistake ? null : (set.shape ?? null);
    outputs[name] = port(name, {
      ...{ classes, shape, count: isWhole ? part.files.length : null, ordered: "sorted by class" },
      ...(isWhole ? { classCounts: () => countsIn(part, classes) } : {}),
    });
  }
  return outputs;
}

const countsIn = ({ files }: PictureFolder, classes: readonly string[]): readonly number[] => {
  const counts = new Map(classes.map((name) => [name, 0]));
  for (const { className } of files) counts.set(className, counts.get(className)! + 1);
  return [...counts.values()];
};

/** What headers say against a part: those that can be read are held against each other. */
function headersMistake(
  folder: string,
  part: PictureFolder,
  options: ImagesOptions,
  set: PictureSet,
): Mistake | undefined {
  const unreadable: Unreadable[] = [];
  const looked = firstOf(part);
  let mistake: Mistake | undefined;
  for (const { path: inner } of looked) {
    const path = `${part.path}/${inner}`;
    try {
      const header = asUnreadable(() => readHereAndThere(folder, path, pictureHeader));
      mistake ??= set.mistakeOf(path, header);
    } catch (error) {
      if (!(error instanceof UnreadablePictureError)) throw error;
      unreadable.push({ path, why: error.message });
    }
  }
  const isAll = looked.length === part.files.length;
  if (unreadable.length > 0 && !options.skip_unreadable)
    return unreadableMistake(unreadable, looked.length, `${isAll ? "" : "looked at "}in \`${part.path}\``);
  return mistake ?? (set.shape && sizeMistake(part.files.length, set.shape, part.path));
}

/** All pictures where they are few, else as many of each class. */
function firstOf({ files, classNames }: PictureFolder): readonly PictureFile[] {
  if (files.length <= mostHeaders) return files;
  const most = Math.max(1, Math.floor(mostHeaders / classNames.length));
  const seen = new Map<string, number>();
  return files.filter(({ className }) => {
    const count = (seen.get(className) ?? 0) + 1;
    seen.set(className, count);
    return count <= most;
  });
}
