/**
 * argv → one call per verb. Only commander is loaded for help; each verb loads what it needs when it is asked for.
 *
 * Results go to stdout, diagnostics and warnings to stderr. Only this file and the worker's entry end a process.
 */
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import type { CheckFlags } from "./commands/check.js";
import type { DoctorFlags } from "./commands/doctor.js";
import type { InitFlags } from "./commands/init.js";
import type { PredictFlags } from "./commands/predict.js";
import type { FileFlags, RunFlags } from "./commands/reading.js";
import type { ShowFlags } from "./commands/show.js";
import { EnvironmentError } from "./diagnostic/diagnostic.js";
import { hasTerminal } from "./run/interrupt.js";
import { print, say, watchOutput } from "./terminal/output.js";
import { ownVersion } from "./util/entries.js";

const version = ownVersion();

function jobs(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new InvalidArgumentError("It takes a whole number from 1.");
  return count;
}
const collect = (value: string, earlier: string[]): string[] => [...earlier, value];

const exitCodes = [
  "Exit codes: 0 ok · 1 a stage failed · 2 the file or the command is wrong · 3 an `expect` failed",
  "4 the environment (disk, cache, engine) · 10 `plan`: something to do · 130, 143 interrupted",
  "129 the terminal was closed (without one, SIGHUP is ignored) · 141 stdout was closed: a run stops and keeps",
  "what it has, and a code other than 0 that was due stays (`check` of a wrong file: 2); a full disk there: 4",
];

const program = new Command("hw1")
  .description(
    "Declarative pipelines for supervised deep learning: one YAML file, one command, and only what changed runs again.",
  )
  .configureOutput({ writeOut: print, writeErr: say })
  .version(version)
  .showSuggestionAfterError()
  .showHelpAfterError("(`hw1 --help` shows every command)")
  .exitOverride()
  .configureHelp({ showGlobalOptions: true })
  .addHelpText("before", "Example: hw1 run pipelines/mnist-cnn.yaml --profile quick\n")
  .addHelpText("after", `\n${exitCodes.join(`\n${" ".repeat(12)}`)}`);

function onFile(name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .exitOverride()
    .option("--profile <name>", "merge this profile of the file over it; several as a,b")
    .option("--set <name=value>", "set a param, or `seed`; may be repeated", collect, [])
    .addOption(new Option("--engine <engine>", "what computes").choices(["onnx", "tensorflow"]).default("onnx"))
    .option("--cache <folder>", "the store (also: HW1_CACHE)")
    .option("--no-color", "no colour (also: NO_COLOR)");
}

// A folder that was deleted under a shell has no path, and everything is named from there.
program.hook("preAction", () => {
  try {
    process.cwd();
  } catch {
    throw new EnvironmentError(
      "the working folder is gone: it was deleted or moved\n" +
        "Change to a folder that is there, and give the same command again.",
    );
  }
});

let exitCode = 0;

program
  .command("init")
  .description("a pipeline for data of your own, with comments: of a CSV file, or of a folder of pictures")
  .exitOverride()
  .requiredOption("--data <path>", "CSV file, or folder with a folder of pictures for each class")
  .option("--target <column>", "of a CSV: the column to learn")
  .option("--output <file>", "where to write it, `-` for standard output (default: NAME.yaml)")
  .option("--name <name>", "of the pipeline (default: that of the data)")
  .option("--force", "write over a file that is there")
  .option("--no-color", "no colour (also: NO_COLOR)")
  .action(async (flags: InitFlags) => {
    exitCode = await (await import("./commands/init.js")).init(flags);
  });
onFile("run", "plan, then run what cannot be reused")
  .argument("<file>", "pipeline")
  .option("--jobs <n>", "steps at the same time (default: the number of cores)", jobs)
  .option("--only <stage>", "this stage and what it needs; may be repeated", collect, [])
  .option("--from <stage>", "this stage and what reads it; may be repeated", collect, [])
  .option("--force <stage>", "run this stage though it could be reused; may be repeated", collect, [])
  .option("--keep-going", "after a failure, go on with what does not depend on it")
  .addOption(new Option("--plain", "one line per event").conflicts(["json", "quiet"]))
  .addOption(new Option("--json", "one JSON event per line").conflicts(["plain", "quiet"]))
  .addOption(new Option("--quiet", "failures only").conflicts(["plain", "json"]))
  .action(async (file: string, flags: RunFlags) => {
    exitCode = await (await import("./commands/run.js")).run(file, flags, process.exit);
  });
onFile("plan", "what would run, and why; exit 10 when there is something to do")
  .argument("<file>", "pipeline")
  .option("--json", "as JSON")
  .action(async (file: string, flags: FileFlags) => {
    exitCode = await (await import("./commands/plan.js")).plan(file, flags);
  });
onFile("check", "every mistake in the file, without running anything")
  .argument("<file>", "pipeline")
  .option("--json", "as JSON")
  .option("--verbose", "each network too: shapes, parameters, multiply-adds, memory of a step")
  .action(async (file: string, flags: CheckFlags) => {
    exitCode = await (await import("./commands/check.js")).check(file, flags);
  });
onFile("explain", "a stage's fingerprint against the nearest earlier one")
  .argument("<file>", "pipeline")
  .argument("<stage>", "stage")
  .action(async (file: string, stage: string, flags: FileFlags) => {
    exitCode = await (await import("./commands/explain.js")).explain(file, stage, flags);
  });
onFile("dag", "the graph of stages")
  .argument("<file>", "pipeline")
  .option("--json", "as JSON")
  .option("--mermaid", "as Mermaid")
  .option("--dot", "as Graphviz DOT")
  .action(async (file: string, flags: FileFlags & { mermaid?: boolean; dot?: boolean }) => {
    exitCode = await (await import("./commands/dag.js")).dag(file, flags);
  });
onFile("show", "what a stage left: metrics, tensors, previews, figures, lineage")
  .argument("<file>", "pipeline")
  .argument("[stage]", "stage")
  .option("--json", "as JSON")
  .option("--save <folder>", "write it there instead: arrays as .npy, tables as CSV, figures as SVG, PNG and Vega")
  .action(async (file: string, stage: string | undefined, flags: ShowFlags) => {
    exitCode = await (await import("./commands/show.js")).show(file, stage, flags);
  });
onFile("predict", "what a trained model says of pictures or of rows of a table")
  .argument("<file>", "pipeline")
  .argument("<stage>", "stage that leaves a model; with `each` one element of it, such as net/3")
  .argument("<input...>", "PNG and JPEG files, folders of them, or CSV files; - is standard input")
  .addOption(new Option("--json", "as JSON").conflicts("csv"))
  .addOption(new Option("--csv", "as CSV"))
  .action(async (file: string, stage: string, inputs: string[], flags: PredictFlags) => {
    exitCode = await (await import("./commands/predict.js")).predict(file, stage, inputs, flags);
  });
program
  .command("runs")
  .description("past runs")
  .exitOverride()
  .option("--cache <folder>", "the store")
  .option("--json", "as JSON")
  .action(async (flags: { cache?: string; json?: boolean }) => {
    exitCode = await (await import("./commands/runs.js")).runs(flags);
  });
program
  .command("doctor")
  .description("the machine, as hw1 sees it; exit 4 when something that it needs does not work")
  .exitOverride()
  .option("--cache <folder>", "the store (also: HW1_CACHE)")
  .option("--json", "as JSON")
  .option("--no-color", "no colour (also: NO_COLOR)")
  .action(async (flags: DoctorFlags) => {
    exitCode = await (await import("./commands/doctor.js")).doctor(flags, version);
  });
program
  .command("schema")
  .description("JSON Schema of pipeline files, for editors")
  .exitOverride()
  .action(async () => {
    exitCode = await (await import("./commands/schema.js")).schema();
  });

watchOutput();
// Node ends at SIGHUP even where the shell's `nohup` had it ignored; with a terminal it ends, and a run stops
// (run/interrupt.ts).
if (!hasTerminal()) process.on("SIGHUP", () => undefined);

try {
  if (process.argv.length <= 2) program.outputHelp();
  else await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) exitCode = error.exitCode === 0 ? 0 : 2;
  else exitCode = (await import("./commands/report-error.js")).reportError(error);
}
process.exitCode = exitCode;
