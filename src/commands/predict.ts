/**
 * `hw1 predict FILE STAGE INPUT…`: what a trained model says of pictures or of rows of a table.
 *
 * Reads the store, runs no stage and notes nothing in the ledger: its inputs are of no split. The stage's result must
 * be that of the file as it is now.
 */
import { MistakeError } from "../diagnostic/diagnostic.js";
import type { Pipeline } from "../pipeline/pipeline.js";
import { type Plan, planRun } from "../plan/plan.js";
import { type Step, stepKey } from "../plan/steps.js";
import { kinds } from "../stages/kinds.js";
import type { Store } from "../store/store.js";
import { print, say } from "../terminal/output.js";
import { predictedCsv, predictedJson, predictedText, type Said } from "../text/predicted.js";
import { jsonText } from "../util/escape.js";
import { firstFew } from "../util/words.js";
import type { Output } from "../values/output.js";
import { noSuchElement, stepsNamed } from "./named-steps.js";
import { namedInputs, predictionsFor } from "./predict-inputs.js";
import { checkStageNames, commandFor, type FileFlags, pipelineOrReport, whereFlags } from "./reading.js";
import { checkEngineLoads, columns, withStore } from "./shared.js";

export interface PredictFlags extends FileFlags {
  readonly csv?: boolean;
}

export async function predict(
  path: string,
  stageName: string,
  inputs: readonly string[],
  flags: PredictFlags,
): Promise<number> {
  const pipeline = pipelineOrReport(path, flags);
  if (!pipeline) return 2;
  checkStageNames(pipeline, "predict", [stageName.split("/", 1)[0]!]);
  const files = namedInputs(inputs);
  checkEngineLoads(flags.engine);
  return await withStore(flags, async (store) => {
    const plan = planRun(pipeline, kinds, store, { engine: flags.engine });
    const step = stepOf(plan, stageName);
    const model = modelOf(store, plan, step, (more) => commandFor("run", path, flags, [...more, ...whereFlags(flags)]));
    const warn = (message: string): void => say(`warning: ${message}\n`);
    const said = await predictionsFor(model, files, flags.engine, { warn, told: tellingNowAndThen(files.length) });
    tell(said, flags);
    return 0;
  });
}

/** Photographs take their time: whoever sits before a terminal is told how far it is, every five seconds. */
function tellingNowAndThen(count: number): (done: number) => void {
  let at = performance.now();
  return (done) => {
    if (!process.stderr.isTTY || done === count || performance.now() - at < 5000) return;
    at = performance.now();
    say(`${done} of ${count} pictures read\n`);
  };
}

function tell(said: Said, flags: PredictFlags): void {
  if (flags.json) print(`${jsonText(predictedJson(said))}\n`);
  else if (flags.csv) for (const piece of predictedCsv(said)) print(piece);
  else print(predictedText(said, columns()));
}

/** The one step that leaves a model. @throws MistakeError */
function stepOf(plan: Plan, name: string): Step {
  const steps = stepsNamed(plan, name);
  if (steps.length === 0) throw noSuchElement(plan, "predict", name);
  const { stage } = steps[0]!;
  if (!leavesModel(plan.pipeline, stage.name)) throw noModel(plan.pipeline, stage.name, stage.kind);
  if (steps.length === 1) return steps[0]!;
  const keys = steps.map(({ key }) => key);
  throw new MistakeError({
    title: "several models",
    message:
      `\`${name}\` has ${keys.length} models: ${firstFew(keys, 5)}. Name one of them; ` +
      `a stage \`{kind: ensemble, models: ${stage.name}}\` makes one model of all.`,
  });
}
const leavesModel = ({ stages }: Pipeline, name: string): boolean => {
  const stage = stages.find((each) => each.name === name);
  return Object.values(stage?.outputs ?? {}).some(({ type }) => type === "model");
};
function noModel(pipeline: Pipeline, name: string, kind: string): MistakeError {
  const models = pipeline.stages.map((stage) => stage.name).filter((each) => leavesModel(pipeline, each));
  const some =
    models.length > 0 ? `Stages that leave a model: ${models.join(", ")}` : "No stage of the file leaves one.";
  return new MistakeError({
    title: "no model",
    message: `\`${name}\` is a stage of the kind \`${kind}\`, which leaves no model to predict with.\n\n${some}`,
  });
}

/** Why a step has no result: of it and what it needs the first that must run, and its reason. */
function reasonFor(plan: Plan, { key }: Step): string {
  const needed = new Set([key]);
  // Each step comes after what it reads.
  for (const each of plan.planned.toReversed())
    if (needed.has(stepKey(each.stage, each.element))) for (const read of each.after) needed.add(read);
  const first = plan.planned.find((each) => each.verdict !== "reuse" && needed.has(stepKey(each.stage, each.element)));
  return first ? ` (${stepKey(first.stage, first.element)}: ${first.reason})` : "";
}

/** @param run  the command that runs so much of the file. @throws MistakeError where the result is not up to date */
function modelOf(store: Store, plan: Plan, step: Step, run: (more: readonly string[]) => string): Output<"model"> {
  const record = plan.records.get(step.key);
  if (!record)
    throw new MistakeError({
      title: "not up to date",
      message:
        `\`${step.key}\` has no result for the file as it is now` +
        `${reasonFor(plan, step)}. Run it first:\n\n` +
        `${run(["--only", step.stage.name])}`,
    });
  const outputs = Object.values(store.artifact(record.artifact)?.outputs ?? {});
  const model = outputs.find(
    (output): output is typeof output & Output<"model"> => output.type === "model" && !("epoch" in output.data),
  );
  if (model) return model;
  throw new MistakeError({
    title: "no model",
    message: `\`${step.key}\` left no model: its training failed, as \`hw1 show\` says.`,
  });
}
