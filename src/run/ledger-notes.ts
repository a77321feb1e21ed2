/**
 * What a run tells the ledger: which steps opened a test set, looked at one again, or decided something about models.
 *
 * A test set is opened last: steps that open one wait for all that is learned, compared or chosen without them, so that
 * it never depends on the order of work whether something was decided after the first opening.
 */
import type { Judged } from "../plan/decide.js";
import { Lineage, type Read } from "../plan/lineage.js";
import { readsOfStep, type Step } from "../plan/steps.js";
import type { LedgerEntry, Opening, Store } from "../store/store.js";
import { type Digest, digestBytes, digestJson } from "../util/digest.js";
import { int32Of } from "../values/blob.js";
import { type Dataset, holdsTest } from "../values/dataset.js";

interface Tools {
  readonly steps: ReadonlyMap<string, Step>;
  readonly pipeline: string;
  readonly store: Store;
  /** Of steps that ended well, by key. */
  readonly artifacts: ReadonlyMap<string, Digest>;
  readonly run: number;
}

export class LedgerNotes {
  readonly #tools: Tools;
  readonly #lineage: Lineage;
  /** Keys of steps that decide without anything that opens a test set. */
  readonly #before: readonly string[];
  readonly #looks: Opening[] = [];

  constructor(tools: Tools) {
    this.#tools = tools;
    this.#lineage = new Lineage(tools.steps);
    this.#before = decidingBefore([...tools.steps.values()]);
  }

  /** Keys of the steps that one waits for, though it does not read them. */
  waitsFor(step: Step): readonly string[] {
    return mayOpen(step) ? this.#before : [];
  }

  /** Of a step that has computed something. A search decides once, however often it chooses who goes on. */
  entryOf(step: Step, judged: Judged, at: number): LedgerEntry | undefined {
    const { decides } = step.kind;
    if (step.chooses) return undefined;
    if (decides) return { what: decides, ...this.#noted(step, judged, at, this.#lineage.taught(step.key)) };
    return this.#opening("opening", step, judged, at);
  }

  /** A step was reused. */
  reused(step: Step, judged: Judged, at: number): void {
    const look = mayOpen(step) ? this.#opening("look", step, judged, at) : undefined;
    if (look) this.#looks.push(look);
  }

  finish(): void {
    if (this.#looks.length > 0) this.#tools.store.note(this.#looks.splice(0));
  }

  /** Undefined where no test examples are judged by. */
  #opening(what: Opening["what"], step: Step, judged: Judged, at: number): Opening | undefined {
    const { judges } = step.kind;
    if (!judges) return undefined;
    const data = judged.sources.find(({ option }) => option === judges.data);
    const model = judged.sources.find(({ option }) => option === judges.model);
    // What a fold leaves is training and validation examples.
    if (!data || !model || data.element !== null) return undefined;
    const { artifacts, store } = this.#tools;
    const output = store.artifact(artifacts.get(data.step)!)?.outputs[data.output];
    const set = output?.type === "dataset" ? output : undefined;
    // Where the data were set aside as damaged meanwhile, what the file says is all that there is.
    if (!(set ? holdsTest(set.data.split) : mayOpen(step))) return undefined;
    const { inputs } = judged.fingerprint.document as { readonly inputs: Readonly<Record<string, Digest>> };
    const dataDigest = inputs[data.input]!;
    return {
      what,
      ...this.#noted(step, judged, at, this.#lineage.taught(model.step)),
      examples: (set && this.#examplesOf(set, this.#lineage.loaded(data))) ?? dataDigest,
      data: dataDigest,
      model: inputs[model.input]!,
    };
  }

  #noted({ stage, element }: Step, { fingerprint }: Judged, at: number, taught: readonly Read[]) {
    const { pipeline, run } = this.#tools;
    const sources = [...new Set(taught.flatMap((read) => this.#digestOf(read) ?? []))].sort();
    return { fingerprint: fingerprint.digest, run, pipeline, stage: stage.name, element, at, sources };
  }

  #digestOf({ step, output }: Read): Digest | undefined {
    const { artifacts, store } = this.#tools;
    const artifact = artifacts.get(step);
    return artifact && store.outputDigests(artifact)?.[output];
  }

  /**
   * Which rows of which data, as they were loaded: the same for all that only scales or orders them. Undefined where
   * they were put together from several.
   */
  #examplesOf({ blobs }: Dataset, roots: readonly Read[]): Digest | undefined {
    const { artifacts, store } = this.#tools;
    const labels = blobs.labels!.digest;
    const root = roots.find(({ step, output }) => {
      const artifact = artifacts.get(step);
      return artifact && store.artifact(artifact)?.outputs[output]?.blobs.labels?.digest === labels;
    });
    const loaded = root && this.#digestOf(root);
    if (!loaded) return undefined;
    const rows = blobs.rows && Int32Array.from(new Set(int32Of(blobs.rows))).sort();
    const isWhole = !rows || rows.length === blobs.labels!.shape[0];
    return digestJson({ loaded, rows: isWhole ? null : digestBytes(new Uint8Array(rows.buffer)) });
  }
}

/** As far as check time can tell. */
function mayOpen({ kind, stage }: Step): boolean {
  const edge = kind.judges && stage.inputs.find(({ option }) => option === kind.judges!.data);
  return edge !== undefined && holdsTest(edge.info.split);
}

/** Steps that come after an opening are none that it may wait for. @param steps  each after what it reads */
function decidingBefore(steps: readonly Step[]): readonly string[] {
  const after = new Set<string>();
  for (const step of steps) if (mayOpen(step) || readsOfStep(step).some((read) => after.has(read))) after.add(step.key);
  return steps.filter(({ kind, key }) => kind.decides && !after.has(key)).map(({ key }) => key);
}
