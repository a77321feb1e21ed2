/**
 * Carries out steps: reads inputs from the store, runs the kind, leaves the artifacts' blobs and manifests in the
 * store.
 *
 * The same in a worker process and in the parent. The row that makes a result count is written by the parent alone.
 */

import { explainMemory } from "../diagnostic/memory.js";
import type { Kind, Kinds } from "../pipeline/kind.js";
import {
  type DataFile,
  InterruptedError,
  type ListItem,
  type Progress,
  type RunContext,
} from "../pipeline/run-context.js";
import { elementOutput } from "../plan/elements.js";
import { type Checkpoint, LostArtifactError, type Store } from "../store/store.js";
import { asError, attempt } from "../util/attempt.js";
import type { Digest } from "../util/digest.js";
import type { JsonObject } from "../util/json.js";
import { MemoryError } from "../util/memory.js";
import type { Resumed } from "../values/computed.js";
import { endsOf, type LoggedEpochs } from "../values/failure-log.js";
import type { Output, Outputs } from "../values/output.js";
import type { SpeedReport } from "../values/speed.js";

/** A step as plain data, so that it can be sent to another process. */
export interface StepRequest {
  readonly kind: string;
  readonly options: JsonObject;
  readonly folder: string;
  readonly files: readonly DataFile[];
  readonly seed: number;
  readonly folds: readonly string[];
  readonly threads: number;
  readonly engine: string;
  readonly inputs: readonly {
    readonly option: string;
    readonly artifact: Digest;
    readonly output: string;
    /** "key:train" or "key:validation" where the input is one element of a `folds` output. */
    readonly element: string | null;
    /** Of an input that takes many: its place. */
    readonly list: { readonly source: number; readonly element: string | null } | null;
  }[];
  /** `fresh`: what an earlier training left is not gone on from. */
  readonly checkpoint: {
    readonly family: Digest;
    readonly length: number;
    readonly shared: boolean;
    readonly fresh: boolean;
  };
}
export interface StepHooks {
  /** @param index  which of the steps */
  progress(index: number, progress: Progress): void;
  warn(index: number, message: string, name?: string): void;
  measured?(index: number, speed: SpeedReport): void;
  resumed?(index: number, resumed: Resumed): void;
  failing?(index: number, epochs: LoggedEpochs): void;
  stopping(): boolean;
}

/**
 * Steps of one kind with the same options, such as folds or seeds of a configuration.
 *
 * @returns an artifact's digest for each, or what went wrong: MistakeError, EnvironmentError, CorruptBlobError,
 *   InterruptedError
 */
export async function executeSteps(
  requests: readonly StepRequest[],
  kinds: Kinds,
  store: Store,
  hooks: StepHooks,
): Promise<readonly (Digest | Error)[]> {
  const kind = kinds[requests[0]!.kind] as Kind<unknown>;
  const lastStates = new Map<number, Checkpoint>();
  const contexts = requests.map((request, index) =>
    attempt(() => contextOf(request, store, hooks, index, lastStates), explained),
  );
  const ready = contexts.flatMap((context) => (context instanceof Error ? [] : [context]));
  const made = await outputsOf(kind, ready);
  let next = 0;
  const outputs = contexts.map((context): Outputs | Error => {
    const each = context instanceof Error ? context : made[next++]!;
    return !(each instanceof Error) && hooks.stopping() && Object.keys(each).length === 0
      ? new InterruptedError()
      : each;
  });
  return kept(outputs, requests, lastStates, store);
}

/** Artifacts and last states of all that came to an end, in one go each. */
function kept(
  outputs: readonly (Outputs | Error)[],
  requests: readonly StepRequest[],
  lastStates: ReadonlyMap<number, Checkpoint>,
  store: Store,
): readonly (Digest | Error)[] {
  const good = outputs.flatMap((each, index) => (each instanceof Error ? [] : [{ each, index }]));
  const stored = attempt(() => {
    const artifacts = store.putMany(good.map(({ each }) => each));
    // Of those that diverged, too.
    if (lastStates.size > 0) store.saveCheckpoints([...lastStates.values()]);
    const done = good.flatMap(({ index }) =>
      requests[index]!.checkpoint.shared ? [] : [requests[index]!.checkpoint.family],
    );
    if (done.length > 0) store.dropCheckpoints(...done);
    return artifacts;
  }, explained);
  let at = 0;
  return outputs.map((each) => {
    if (each instanceof Error) return each;
    return stored instanceof Error ? stored : stored[at++]!.digest;
  });
}

async function outputsOf(
  kind: Kind<unknown>,
  contexts: readonly RunContext<unknown>[],
): Promise<readonly (Outputs | Error)[]> {
  if (contexts.length > 1 && kind.runTogether) {
    try {
      return await kind.runTogether(contexts);
    } catch (error) {
      return contexts.map(() => explained(error));
    }
  }
  const outputs: (Outputs | Error)[] = [];
  for (const context of contexts) outputs.push(await kind.run(context).catch(explained));
  return outputs;
}

function contextOf(
  request: StepRequest,
  store: Store,
  hooks: StepHooks,
  index: number,
  lastStates: Map<number, Checkpoint>,
): RunContext<unknown> {
  const inputs: Record<string, Output> = {};
  const lists: Record<string, ListItem<Output>[]> = {};
  for (const { option, artifact, output: name, element, list } of request.inputs) {
    const info = store.artifact(artifact);
    if (!info) throw new LostArtifactError(artifact);
    const output = info.outputs[name];
    if (!output) throw new Error(`hw1 bug: artifact ${artifact} has no output ${name}`);
    const [key, part] = element?.split(":") ?? [];
    const value = element === null ? output : elementOutput(output, key!, part as "train" | "validation");
    if (!list) inputs[option] = value;
    else lists[option] = [...(lists[option] ?? []), { ...list, value }];
  }
  const { family, length, fresh } = request.checkpoint;
  return {
    options: request.options,
    inputs,
    lists,
    folder: request.folder,
    files: request.files,
    seeds: { seed: request.seed, folds: request.folds },
    threads: request.threads,
    checkpoints: {
      latest: () => (fresh ? undefined : store.checkpoint(family, length)?.outputs),
      save(state, reached = 0, isLast = reached >= length) {
        // The last one is kept after the artifact, whose arrays it shares.
        if (isLast) lastStates.set(index, { family, length: reached, outputs: state, isLast });
        else store.saveCheckpoint(family, reached, state);
      },
    },
    progress: (progress) => hooks.progress(index, progress),
    measured: (speed) => hooks.measured?.(index, speed),
    resumed: (resumed) => hooks.resumed?.(index, resumed),
    failing: (epochs) => hooks.failing?.(index, endsOf(epochs)),
    warn: (message, name) => hooks.warn(index, message, name),
    stopping: hooks.stopping,
  };
}

/** What memory there was not enough of is said in words. */
function explained(error: unknown): Error {
  if (error instanceof MemoryError) return explainMemory(error);
  // What V8 says where an array finds no room.
  if (error instanceof RangeError && /allocation failed/i.test(error.message))
    return explainMemory(new MemoryError(`This machine's memory does not suffice for the step (${error.message}).`));
  return asError(error);
}
