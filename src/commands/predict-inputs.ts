/** Inputs of `hw1 predict`: pictures, folders of them, CSV files, standard input; and what a model says of them. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { MistakeError } from "../diagnostic/diagnostic.js";
import { installHere } from "../engine-install.js";
import { isFolder, isPassedOver } from "../stages/picture-folder.js";
import { looksLikePicture } from "../stages/picture-header.js";
import { picturesFrom } from "../stages/picture-inputs.js";
import { checkTakesPictures, fillsGaps, type Predictions, predictionsOf, takenIn } from "../stages/predictions.js";
import { readingText } from "../stages/readings.js";
import { tableFrom } from "../stages/table-inputs.js";
import type { Said } from "../text/predicted.js";
import { capital, firstFew, plural } from "../util/words.js";
import { membersOf } from "../values/model.js";
import type { Output } from "../values/output.js";

export interface InputFile {
  /** As it was typed, or found in a folder that was; `-` is standard input. */
  readonly name: string;
  readonly bytes: () => Uint8Array | Promise<Uint8Array>;
}

/** @throws MistakeError that names what is not there */
export function namedInputs(inputs: readonly string[]): readonly InputFile[] {
  if (inputs.filter((name) => name === "-").length > 1)
    throw new MistakeError({ title: "standard input twice", message: "`-` is standard input, which is read once." });
  return inputs.flatMap((name): readonly InputFile[] => {
    if (name === "-") return [{ name, bytes: standardInput }];
    if (statOf(name).isDirectory()) return filesIn(name);
    return [{ name, bytes: () => reading(name, () => readFileSync(name)) }];
  });
}
/** What `load` would take of a folder of one class. @throws MistakeError where there is nothing */
function filesIn(folder: string): readonly InputFile[] {
  const entries = reading(folder, () => readdirSync(folder, { withFileTypes: true })).filter(
    (entry) => !isPassedOver(entry.name),
  );
  const files = entries.filter((entry) => !isFolder(folder, entry));
  if (files.length === 0) throw noFile(folder, entries.map(({ name }) => name).sort());
  return files
    .map((entry) => join(folder, entry.name))
    .sort()
    .map((file) => ({ name: file, bytes: () => reading(file, () => fileBytes(file)) }));
}
/** @param inside  folders in it */
function noFile(folder: string, inside: readonly string[]): MistakeError {
  const paths = inside.map((name) => `\`${join(folder, name)}\``);
  const instead =
    inside.length > 0 ? `, and the folders in it are not looked into. Name these: ${firstFew(paths, 3)}.` : ".";
  return new MistakeError({
    title: "an empty folder",
    message: `There is no file in the folder \`${folder}\`${instead}`,
  });
}
/** Of what lies in a folder, where nobody has asked to wait for a pipe. @throws MistakeError */
function fileBytes(file: string): Uint8Array {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found?.isFile()) return readFileSync(file);
  const why = found ? "is no file, but a pipe, a socket or a device" : "is a link to nothing";
  throw new MistakeError({ title: "cannot be read", message: `\`${file}\` ${why}. Remove it from the folder.` });
}
/** By the stream, which waits where a pipe says that it has nothing yet. @throws MistakeError */
async function standardInput(): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  try {
    for await (const piece of process.stdin) pieces.push(piece as Uint8Array);
  } catch (error) {
    throw unread("standard input", error);
  }
  return Buffer.concat(pieces);
}

const statOf = (name: string) => reading(name, () => statSync(name));

function reading<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw unread(`\`${name}\``, error);
  }
}
/** @param what  in a sentence */
function unread(what: string, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === undefined) return error;
  if (code === "ENOENT")
    return new MistakeError({
      title: "no such file",
      message: `There is no file ${what}. Inputs are named from the folder that you are in.`,
    });
  const why = code === "EISDIR" ? "it is a folder" : code;
  return new MistakeError({ title: "cannot be read", message: `${capital(what)} cannot be read (${why}).` });
}

/** What is told while inputs are read. */
export interface Listener {
  warn(message: string): void;
  /** How many pictures are read, after each. */
  told(done: number): void;
}

/** @throws MistakeError where an input is not what the model takes in */
export async function predictionsFor(
  model: Output<"model">,
  files: readonly InputFile[],
  engine: string,
  listener: Listener,
): Promise<Said> {
  const { inputShape } = takenIn(model);
  checkOneReading(model);
  const isTable = inputShape.length === 1;
  if (!isTable) checkTakesPictures(model);
  await installHere(engine);
  const parts = isTable ? await ofTables(model, files, listener) : await ofPictures(model, files, listener);
  return joined(parts);
}

type Part = { readonly names: readonly string[]; readonly said: Predictions };

async function ofTables(
  model: Output<"model">,
  files: readonly InputFile[],
  { warn }: Pick<Listener, "warn">,
): Promise<readonly Part[]> {
  const { featureNames = [], reading: how, rawDoubles } = takenIn(model);
  // A reading says it; else numbers are rounded as those were that the first normalisation has read.
  const as = how?.of === "table" ? { reading: how } : ({ type: rawDoubles ? "float64" : "float32" } as const);
  const gaps = fillsGaps(model) ? "keep" : "error";
  const parts: Part[] = [];
  for (const { name, bytes } of files) {
    const shown = name === "-" ? "standard input" : name;
    const read = await bytes();
    if (looksLikePicture(read))
      throw aPicture(shown, how?.of === "table" ? how.columns.map((column) => column.name) : featureNames);
    const { features, lines, remarks } = tableFrom(shown, [read], { featureNames, gaps, ...as });
    for (const remark of remarks) warn(remark);
    const names = lines.map((line) => `${name}:${line}`);
    parts.push({ names, said: await predictionsOf(model, features, 1, warn) });
  }
  return parts;
}

const mostNamed = 12;
function aPicture(name: string, columns: readonly string[]): MistakeError {
  const some = columns.length > 0 ? ` with its columns: ${firstFew(columns, mostNamed)}` : "";
  return new MistakeError({
    title: "not a table",
    message: `\`${name}\` is a picture, and the model learned from a table. Name CSV files${some}.`,
  });
}

/** As many as go through a network at a time, so that memory does not grow with the number of pictures. */
const picturesAtOnce = 252;

async function ofPictures(
  model: Output<"model">,
  files: readonly InputFile[],
  { warn, told }: Listener,
): Promise<readonly Part[]> {
  const { inputShape: shape, reading: how } = takenIn(model);
  const parts: Part[] = [];
  for (let from = 0; from < files.length; from += picturesAtOnce) {
    const some = files.slice(from, from + picturesAtOnce);
    const pictures = some.map(({ name, bytes }) => ({ name: name === "-" ? "standard input" : name, bytes }));
    const expected = { shape, ...(how?.of === "pictures" ? { reading: how } : {}) };
    const { features, scale, remarks } = await picturesFrom(pictures, expected, (read) => told(from + read));
    for (const remark of remarks) warn(`${remark}.`);
    parts.push({ names: some.map(({ name }) => name), said: await predictionsOf(model, features, scale, warn) });
  }
  return parts;
}

function joined(parts: readonly Part[]): Said {
  const { values: _values, ...first } = parts[0]!.said;
  const names = parts.flatMap((part) => part.names);
  const values = new Float32Array(names.length * first.width);
  let at = 0;
  for (const { said } of parts) {
    values.set(said.values, at);
    at += said.values.length;
  }
  return { ...first, names, values };
}

/** @throws MistakeError where networks of an ensemble learned from data that were read in several ways */
function checkOneReading(model: Output<"model">): void {
  const ways = new Set(membersOf(model).map(({ model: { reading: how } }) => readingText(how)));
  if (ways.size > 1)
    throw new MistakeError({
      title: "data read in several ways",
      message:
        `The networks of this ensemble learned from data that were read in ${plural(ways.size, "way")}, ` +
        "so one input cannot be for all. Predict with its members one by one.",
    });
}
