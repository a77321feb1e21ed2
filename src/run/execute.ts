/**
 * Carries out one step: reads inputs from the store, runs the kind, leaves the artifact's blobs and manifest in the store.
 *
 * The same in a worker process and in the parent. The row that makes the result count is written by the parent alone.
 */
import { InterruptedError, type Kind, type Kinds, type Progress } from "../pipeline/kind.js";
import { elementOutput } from "../plan/elements.js";
import type { Store } from "../store/store.js";
import type { Digest } from "../util/digest.js";
import type { JsonObject } from "../util/json.js";
import type { Output } from "../util/value.js";

/** A step as plain data, so that it can be sent to another process. */
export interface StepRequest {
  readonly kind: string;
  readonly options: JsonObject;
  readonly folder: string;
  readonly seed: number;
  readonly folds: readonly string[];
  readonly threads: number;
  readonly engine: string;
  /** `element` is "key:train" or "key:validation" where the input is one element of a `folds` output. */
  readonly inputs: readonly { readonly option: string; readonly artifact: Digest; readonly output: string; readonly element: string | null }[];
  /** `fresh`: what an earlier training left is not gone on from. */
  readonly checkpoint: { readonly family: Digest; readonly length: number; readonly shared: boolean; readonly fresh: boolean };
}
export interface StepHooks {
  progress(progress: Progress): void;
  warn(message: string): void;
  stopping(): boolean;
}

/** @returns the artifact's digest. @throws MistakeError, EnvironmentError, CorruptBlobError, InterruptedError */
export async function executeStep(request: StepRequest, kinds: Kinds, store: Store, hooks: StepHooks): Promise<Digest> {
  const kind = kinds[request.kind] as Kind<unknown>;
  const inputs: Record<string, Output> = {};
  for (const input of request.inputs) {
    const output = store.artifact(input.artifact)?.outputs[input.output];
    if (!output) throw new Error(`hw1 bug: artifact ${input.artifact} has no output ${input.output}`);
    const [key, part] = input.element?.split(":") ?? [];
    inputs[input.option] = input.element === null ? output : elementOutput(output, key!, part as "train" | "validation");
  }
  const { family, length, shared, fresh } = request.checkpoint;
  const outputs = await kind.run({
    options: request.options,
    inputs,
    lists: {},
    folder: request.folder,
    seeds: { seed: request.seed, folds: request.folds },
    threads: request.threads,
    checkpoints: {
      latest: () => (fresh ? undefined : store.checkpoint(family, length)?.outputs),
      save: (state, reached) => store.saveCheckpoint(family, reached ?? 0, state),
    },
    progress: hooks.progress,
    warn: hooks.warn,
    stopping: hooks.stopping,
  });
  if (hooks.stopping() && Object.keys(outputs).length === 0) throw new InterruptedError();
  const artifact = store.put(outputs);
  if (!shared) store.dropCheckpoints(family);
  return artifact.digest;
}
