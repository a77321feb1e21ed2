/**
 * A trial's mistake that would be the same at any time and anywhere, kept as the result of its step: an artifact with
 * one output, which says what was wrong. A search goes on with it, and says why the trial has no rank.
 */
import { MistakeError } from "../diagnostic/diagnostic.js";
import type { Digest } from "../util/digest.js";
import type { Outputs } from "../values/output.js";

export const failureName = "failure";

export const keptFailure = ({ title, message, at }: MistakeError): Outputs => ({
  [failureName]: { type: "failure", data: { title, message, option: at }, blobs: {} },
});

/** Undefined where the step did not fail, or its failure was not kept. */
export const failureDigest = (outputs: Readonly<Record<string, Digest>>): Digest | undefined => outputs[failureName];

/** The mistake that was kept, if it is one. */
export function failureOf(outputs: Outputs): MistakeError | undefined {
  const output = outputs[failureName];
  if (output?.type !== "failure") return undefined;
  const { title, message, option } = output.data;
  return new MistakeError({ title, message, at: option });
}

export const failedBefore = ({ title }: MistakeError): string => `failed before: ${title}; \`--force\` tries it again`;
