/** Test sets that a pipeline, one of its stages or a run has opened, with what the ledger has of each. */
import type { Stage } from "../pipeline/pipeline.js";
import type { Plan } from "../plan/plan.js";
import type { Step } from "../plan/steps.js";
import type { Opening, RunRecord, Store } from "../store/store.js";
import { type TestSetLedger, testSetLedger } from "../text/ledger.js";
import type { ListedRun } from "../text/runs.js";
import type { Digest } from "../util/digest.js";

/** Asked for many stages or runs, each set is looked up once. */
export class LedgerBook {
  readonly #known = new Map<Digest, TestSetLedger>();
  readonly #setsOf = new Map<Digest, readonly Digest[]>();
  readonly #judging: readonly { readonly step: Step; readonly data: Digest }[];
  readonly #own: ReadonlySet<Digest>;

  /** @param plan  of the study whose training data are asked about; without one those of all that opened a set */
  constructor(
    readonly store: Store,
    plan?: Plan,
  ) {
    this.#judging = (plan?.steps ?? []).flatMap((step) => {
      const data = judgedBy(plan!, step);
      return data ? [{ step, data }] : [];
    });
    this.#own = new Set(this.#judging.flatMap(({ step }) => plan!.decisions.get(step.key)?.fingerprint?.digest ?? []));
  }

  /** Of the sets that a stage judges by; of a search those of its trials. */
  ofStage(stage: Stage): readonly TestSetLedger[] {
    const sets = this.#judging
      .filter(({ step }) => step.stage === stage || step.cell?.search === stage.name)
      .flatMap(({ data }) => this.#setsIn(data));
    return [...new Set(sets)].map((set) => this.#of(set));
  }

  /** Of the sets of which no run tells any more. */
  ofLostRuns(): readonly TestSetLedger[] {
    return this.store.setsOfLostRuns().map((set) => this.#of(set));
  }

  ofRun(run: RunRecord): ListedRun {
    const bySet = new Map<Digest, Opening[]>();
    for (const entry of this.store.openingsIn(run.id)) {
      const known = bySet.get(entry.examples);
      if (known) known.push(entry);
      else bySet.set(entry.examples, [entry]);
    }
    const ledger = [...bySet].map(([examples, entries]) => {
      const opened = entries.filter(({ what }) => what === "opening").length;
      return { opened, looks: entries.length - opened, testSet: this.#of(examples) };
    });
    return { ...run, ledger };
  }

  #of(examples: Digest): TestSetLedger {
    let found = this.#known.get(examples);
    if (!found) {
      const { store } = this;
      found = testSetLedger(examples, store.openingsOf(examples), (at) => store.decidedAfter(at), this.#own);
      this.#known.set(examples, found);
    }
    return found;
  }

  #setsIn(data: Digest): readonly Digest[] {
    const found = this.#setsOf.get(data) ?? this.store.setsIn(data);
    this.#setsOf.set(data, found);
    return found;
  }
}

/** The examples that a step judges a model by, where they are known. */
function judgedBy(plan: Plan, { kind, sources }: Step): Digest | undefined {
  const source = kind.judges && sources.find(({ option }) => option === kind.judges!.data);
  return source && source.element === null ? plan.outputs.get(source.step)?.[source.output] : undefined;
}
