/**
 * argv → one call per verb. Only commander is loaded for help; each verb loads what it needs when it is asked for.
 *
 * Results go to stdout, diagnostics and warnings to stderr. Only this file and the worker's entry end a process.
 */
import { readFileSync } from "node:fs";
import { Command, CommanderError, Option } from "commander";
import type { FileFlags } from "./commands.js";

const version = (JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string }).version;

const collect = (value: string, earlier: string[]): string[] => [...earlier, value];

const program = new Command("hw1")
  .description("Declarative pipelines for supervised deep learning: one YAML file, one command, and only what changed runs again.")
  .version(version)
  .showSuggestionAfterError()
  .showHelpAfterError("(`hw1 --help` shows every command)")
  .exitOverride()
  .configureHelp({ showGlobalOptions: true })
  .addHelpText("before", "Example: hw1 check pipeline.yaml\n")
  .addHelpText("after", "\nExit codes: 0 ok · 2 the file or the command is wrong · 4 the environment");

function onFile(name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .exitOverride()
    .option("--profile <name>", "merge this profile of the file over it")
    .option("--set <name=value>", "set a param, or `seed`; may be repeated", collect, [])
    .addOption(new Option("--engine <engine>", "what computes").choices(["onnx", "tensorflow"]).default("onnx"))
    .option("--cache <folder>", "the store (also: HW1_CACHE)")
    .option("--no-color", "no colour (also: NO_COLOR)");
}

let exitCode = 0;
const verbs = (): Promise<typeof import("./commands.js")> => import("./commands.js");

onFile("check", "every mistake in the file, without running anything")
  .argument("<file>", "pipeline")
  .option("--json", "as JSON")
  .action(async (file: string, flags: FileFlags) => {
    exitCode = await (await verbs()).check(file, flags);
  });
/** A closed pipe (`hw1 plan … | head`) is the reader's choice, not a failure. */
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(exitCode);
  throw error;
});

try {
  if (process.argv.length <= 2) program.outputHelp();
  else await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) exitCode = error.exitCode === 0 ? 0 : 2;
  else exitCode = (await verbs()).tell(error);
}
process.exitCode = exitCode;
