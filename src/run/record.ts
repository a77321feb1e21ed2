/** The row by which a step's result counts, and is found again. */
import type { Judged } from "../plan/decide.js";
import type { Plan } from "../plan/plan.js";
import type { Step } from "../plan/steps.js";
import type { StepRecord } from "../store/store.js";
import type { Digest } from "../util/digest.js";

export const recordOf = (
  { pipeline }: Plan,
  { stage, element, kind }: Step,
  { fingerprint }: Judged,
  artifact: Digest,
  { elapsedMs, finishedAt }: Pick<StepRecord, "elapsedMs" | "finishedAt">,
): StepRecord => ({
  fingerprint: fingerprint.digest,
  document: fingerprint.document,
  artifact,
  pipeline: pipeline.name,
  stage: stage.name,
  element,
  kind: kind.name,
  elapsedMs,
  finishedAt,
});
