/**
 * Where the two arrays of a part of `load: npy` are – files of their own, or names in an npz – and how they are read:
 * at check time their headers, in a run all of them.
 */
import { LocalMistakeError, MistakeError, type OptionPath } from "../diagnostic/diagnostic.js";
import { namesInWords, suggestion } from "../diagnostic/nearest.js";
import type { DataFile } from "../pipeline/run-context.js";
import { type ByteSource, bytesSource, judgedFile, readFile, readHereAndThere, readStart } from "./load-files.js";
import { type ArrayPlace, headBytes, type NpyHeader, readNpyHeader } from "./npy-header.js";
import { type NpyArray, readNpy } from "./npy-read.js";
import { entryBytes, entryStart, type ZipEntry, zipEntries } from "./zip-read.js";

export interface NpyPart {
  /** An npz in which `features` and `labels` are names; without it they are files. */
  readonly file?: string | undefined;
  readonly features: string;
  readonly labels: string;
}
export type PartName = "train" | "validation" | "test";
export const npyPartNames = ["train", "validation", "test"] as const satisfies readonly PartName[];
type Role = "features" | "labels";
const roles = ["features", "labels"] as const satisfies readonly Role[];

/** An array, as options name it: where it is, and in which option. */
export interface NamedArray extends ArrayPlace {
  readonly option: OptionPath;
}
type Described = Pick<NpyHeader, "code" | "shape">;
/** Features and labels, and where each was found. */
export type Pair<T extends Described> = { readonly [R in Role]: T & { readonly from: NamedArray } };

const arrayAt = (name: PartName, part: NpyPart, role: Role): NamedArray => ({
  option: [name, role],
  ...(part.file === undefined ? { path: part[role] } : { path: part.file, array: part[role] }),
});

/** Paths that a part names, by option. */
export const npyFiles = (
  name: PartName,
  part: NpyPart,
): readonly { readonly path: string; readonly option: readonly string[] }[] =>
  part.file === undefined
    ? roles.map((role) => ({ path: part[role], option: [name, role] }))
    : [{ path: part.file, option: [name, "file"] }];

/** Reads headers only. @param fail  told of each mistake; undefined where there was one */
export function describedPair(
  folder: string,
  name: PartName,
  part: NpyPart,
  fail: (mistake: MistakeError) => void,
): Pair<NpyHeader> | undefined {
  const trying = <T>(option: OptionPath, work: () => T): T | undefined => {
    try {
      return located(option, work);
    } catch (error) {
      if (!(error instanceof MistakeError)) throw error;
      fail(error);
      return undefined;
    }
  };
  if (part.file === undefined)
    return bothOf((role) => {
      const from = arrayAt(name, part, role);
      return trying(from.option, () => {
        const { bytes, sizeBytes } = readStart(folder, from.path, headBytes);
        return { ...readNpyHeader(bytes, sizeBytes, from), from };
      });
    });
  const { file } = part;
  return trying([name, "file"], () =>
    readHereAndThere(folder, file, (source) => {
      const entries = zipEntries(source, file);
      return bothOf((role) => {
        const from = arrayAt(name, part, role);
        return trying(from.option, () => {
          const entry = entryOf(entries, from);
          return { ...readNpyHeader(entryStart(source, entry, file, headBytes), entry.size, from), from };
        });
      });
    }),
  );
}

/** @param files  what they held when the step was judged. @throws MistakeError, ChangedFileError */
export function readPair(
  folder: string,
  name: PartName,
  part: NpyPart,
  files: readonly DataFile[] | undefined,
): Pair<NpyArray> {
  const { file } = part;
  const bytesAt = (path: string, option: string): Uint8Array =>
    located([name, option], () => readFile(folder, path, judgedFile(files, name, option)));
  if (file === undefined)
    return bothOf((role) => {
      const from = arrayAt(name, part, role);
      const bytes = bytesAt(from.path, role);
      return located(from.option, () => ({ ...readNpy(bytes, from), from }));
    })!;
  const source: ByteSource = bytesSource(bytesAt(file, "file"));
  const entries = located([name, "file"], () => zipEntries(source, file));
  return bothOf((role) => {
    const from = arrayAt(name, part, role);
    return located(from.option, () => ({
      ...readNpy(entryBytes(source, entryOf(entries, from), file), from),
      from,
    }));
  })!;
}

/** Both are looked at, so that what is wrong with either is told. */
function bothOf<T>(make: (role: Role) => T | undefined): { readonly [R in Role]: T } | undefined {
  const [features, labels] = roles.map(make);
  return features && labels && { features, labels };
}

/** `x` is the entry `x.npy`. */
function entryOf(entries: readonly ZipEntry[], { path, array = "" }: ArrayPlace): ZipEntry {
  const [entry, again] = entries.filter(({ name }) => name === `${array}.npy`);
  if (entry && !again) return entry;
  const names = entries.flatMap(({ name }) => (name.endsWith(".npy") ? [name.slice(0, -4)] : []));
  if (entry)
    throw new MistakeError({
      title: "an array twice",
      message: `\`${path}\` holds two arrays \`${array}\`. Save them under two names: \`np.savez(…, a=a, b=b)\`.`,
    });
  throw new MistakeError({
    title: "no such array",
    message:
      `\`${path}\` has no array \`${array}\`.${suggestion(array, names)}\n\n` +
      `Arrays of \`${path}\`: ${names.length > 0 ? namesInWords(names) : "none"}`,
  });
}

/** What went wrong stands at this option, unless it says so itself. @throws MistakeError */
export function located<T>(option: OptionPath, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof MistakeError) || error.at.length > 0) throw error;
    const { title, message } = error;
    throw new (error instanceof LocalMistakeError ? LocalMistakeError : MistakeError)({ title, message, at: option });
  }
}
