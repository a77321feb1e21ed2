/**
 * `hw1 init --data FILE|FOLDER`: a pipeline for data of one's own, with comments, that runs at once.
 *
 * What is guessed is told, a line each, and stands in the file too. Nothing is trained, and no file is written over
 * unless that is asked for.
 */
import { mkdirSync, readdirSync, type Stats, statSync, writeFileSync } from "node:fs";
import { basename, dirname, relative, resolve, sep } from "node:path";
import { type Checked, EnvironmentError, MistakeError } from "../diagnostic/diagnostic.js";
import { suggestion } from "../diagnostic/nearest.js";
import { renderDiagnostics } from "../diagnostic/render.js";
import { guessPictures, picturePipeline, pictureScores } from "../init/picture-pipeline.js";
import { refuseNoPictures, refuseTooFew, surveyPictures } from "../init/picture-survey.js";
import type { PipelineNames } from "../init/pipeline-names.js";
import { surveyTable } from "../init/survey.js";
import { guessTable } from "../init/table-guess.js";
import { scoresOf, tablePipeline } from "../init/table-pipeline.js";
import { noTarget } from "../init/target-guess.js";
import { checkPipeline } from "../pipeline/check.js";
import { readText } from "../pipeline/read.js";
import { kinds } from "../stages/kinds.js";
import { print, say, sayPainted } from "../terminal/output.js";
import { escaped, shellWord } from "../util/escape.js";
import { plural } from "../util/words.js";
import { colorOnStderr } from "./reading.js";

export interface InitFlags {
  readonly data: string;
  readonly target?: string;
  readonly output?: string;
  readonly name?: string;
  readonly force?: boolean;
  readonly color?: boolean;
}

/** A pipeline that was made, and what is told of it. */
interface Made {
  readonly text: string;
  readonly found: string;
  readonly remarks: readonly string[];
  /** The stages worth showing, the first one to look at while one still changes things. */
  readonly scores: readonly string[];
  /** What stands for something to predict. */
  readonly unseen: string;
}

export async function init(flags: InitFlags): Promise<number> {
  const { data } = flags;
  const found = dataAt(data);
  const name = nameOf(flags);
  const isPrinted = flags.output === "-";
  const file = isPrinted ? `${name}.yaml` : (flags.output ?? `${name}.yaml`);
  if (!isPrinted) refuseOutput(file, data, flags.force === true);
  const names: PipelineNames = {
    ...{ name, file: shellWord(file), command: commandOf(flags) },
    data: pathFrom(dirname(resolve(file)), data),
  };
  const made = found.isDirectory() ? pictures(flags, names) : table(flags, names);
  // On standard output a pipeline stands alone.
  const tell = isPrinted ? say : print;
  tell(`${escaped(made.found)}\n${made.remarks.map((remark) => `  ${escaped(remark)}\n`).join("")}`);
  if (isPrinted) print(made.text);
  else write(file, made.text, flags.force === true);
  const { ok, diagnostics } = checkedText(file, made.text);
  if (diagnostics.length > 0) sayPainted(renderDiagnostics(diagnostics, { color: colorOnStderr(flags) }));
  if (!ok) return 2;
  const last = isPrinted ? "Save it, then:" : `${escaped(file)} is written. Next:`;
  const typed = shellWord(file);
  const shown = made.scores.map((stage) => `hw1 show ${typed} ${stage}`);
  const commands = [`hw1 run ${typed}`, ...shown, `hw1 predict ${typed} model ${made.unseen}`];
  tell(`${last}\n${commands.map((command) => `  ${escaped(command)}\n`).join("")}`);
  return 0;
}

function table({ data, target }: InitFlags, names: PipelineNames): Made {
  const survey = surveyTable(process.cwd(), data, target);
  if (target === undefined) throw noTarget(data, survey);
  const guess = guessTable(data, survey, target);
  const between = { tab: "tabs", ";": "semicolons", "|": "`|`", ",": "commas" }[guess.delimiter];
  const top = guess.header
    ? "the first row names the columns"
    : "no row names the columns, which are column_1, column_2 …";
  return {
    text: tablePipeline(guess, names),
    found:
      `${data}: ${plural(survey.rows, "row")} of ` +
      `${plural(survey.columns.length, "column")}, ${between} between them; ${top}`,
    remarks: guess.remarks,
    scores: scoresOf(guess),
    unseen: "NEW.csv",
  };
}

/** @throws MistakeError where a target is named, which pictures have in their folders */
function pictures({ data, target }: InitFlags, names: PipelineNames): Made {
  if (target !== undefined)
    throw new MistakeError({
      title: "a target of pictures",
      message: `\`${data}\` is a folder, so the class of a picture is the folder that it lies in. Leave out --target.`,
    });
  const survey = surveyPictures(process.cwd(), data.replace(/(?<=.)\/+$/, ""));
  refuseNoPictures(survey);
  refuseTooFew(survey);
  const guess = guessPictures(survey);
  const total = guess.counts.reduce((sum, count) => sum + count, guess.testCount);
  return {
    text: picturePipeline(guess, names),
    found: `${data}: ${plural(total, "picture")}`,
    remarks: guess.remarks,
    scores: pictureScores,
    unseen: "NEW.png",
  };
}

/** @throws MistakeError */
function dataAt(data: string): Stats {
  if (data.trim() === "")
    throw new MistakeError({
      title: "no data named",
      message: "--data is empty. Name a CSV file, or a folder of pictures.",
    });
  const found = foundAt(data);
  if (found) return found;
  let beside: readonly string[] = [];
  try {
    beside = readdirSync(dirname(data));
  } catch {
    // Then there is no name to propose.
  }
  throw new MistakeError({
    title: "no such file",
    message: `There is no file or folder \`${data}\`.${suggestion(basename(data), beside)}`,
  });
}

/** @throws MistakeError where something is there that cannot be looked at */
function foundAt(data: string): Stats | undefined {
  try {
    return statSync(data, { throwIfNoEntry: false });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new MistakeError({ title: "cannot be read", message: `\`${data}\` cannot be read (${code}).` });
  }
}

/** Of the pipeline: as named, else after the data. @throws MistakeError */
function nameOf({ name, data }: InitFlags): string {
  if (name === undefined) {
    const stem = basename(resolve(data))
      .replace(/\.gz$/i, "")
      .replace(/\.[^.]*$/, "")
      .replace(/[^\w.-]+/g, "-")
      .replace(/^[-.]+|[-.]+$/g, "")
      .slice(0, 60);
    return stem === "" ? "study" : stem;
  }
  if (!/^(?!\.+$)[\w.-]{1,100}$/.test(name))
    throw new MistakeError({
      title: "wrong name",
      message:
        `--name is \`${name}\`. A pipeline's name is a word of ` +
        `letters, digits, \`-\`, \`_\` and \`.\`, up to 100 of them.`,
    });
  return name;
}

/** What must not be written over. @throws MistakeError */
function refuseOutput(file: string, data: string, force: boolean): void {
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found) return;
  if (found.isDirectory())
    throw new MistakeError({
      title: "a folder, not a file",
      message:
        `\`${file}\` is a folder. Name the file to write, such as \`--output ` +
        `${shellWord(`${file.replace(/\/+$/, "")}/study.yaml`)}\`.`,
    });
  const source = statSync(data);
  if (found.dev === source.dev && found.ino === source.ino)
    throw new MistakeError({
      title: "the data as output",
      message: `\`${file}\` is the data. Name another file with --output.`,
    });
  if (!force) throw isThere(file);
}
const isThere = (file: string): MistakeError =>
  new MistakeError({
    title: "the file is there",
    message:
      `\`${file}\` is there already and stays as it is. Name ` +
      `another file with --output, or write over it with --force.`,
  });

/** @throws MistakeError, EnvironmentError */
function write(file: string, text: string, force: boolean): void {
  try {
    mkdirSync(dirname(resolve(file)), { recursive: true });
    writeFileSync(file, text, { flag: force ? "w" : "wx" });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") throw isThere(file);
    throw new EnvironmentError(`${escaped(file)} cannot be written (${code ?? String(error)}).`);
  }
}

/** A path from a folder, as a pipeline spells it. */
function pathFrom(folder: string, path: string): string {
  return relative(folder, resolve(path)).split(sep).join("/") || ".";
}

function commandOf({ data, target, name, output }: InitFlags): string {
  const words = ["hw1 init --data", shellWord(data)];
  if (target !== undefined) words.push("--target", shellWord(target));
  if (name !== undefined) words.push("--name", shellWord(name));
  if (output !== undefined && output !== "-") words.push("--output", shellWord(output));
  return words.join(" ");
}

/** What `hw1 check` will say of the file: of data that give cause for it. */
function checkedText(file: string, text: string): Checked<unknown> {
  const document = readText(file, text);
  return document.ok ? checkPipeline(document.value, kinds, { set: [] }) : document;
}
