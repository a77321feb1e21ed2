/**
 * How long a step will take, from how long such steps took: those of its stage, else of its kind, the last ones. How
 * long it computes with a network follows from that network and the data, so one of another stage tells nothing.
 *
 * Elements of a stage resemble each other; trainings of different lengths do not, so theirs is a time per epoch that
 * was computed. What a record was continued from is not kept: it is taken to be what a training of that length is
 * continued from in this plan.
 */
import type { StepRecord, Store } from "../store/store.js";
import type { JsonObject } from "../util/json.js";
import type { EpochsAhead } from "./epochs.js";
import type { Step } from "./steps.js";

/** Elapsed times that make an estimate. */
const mostTimes = 5;

export class Estimates {
  readonly #records = new Map<string, readonly StepRecord[]>();
  readonly #means = new Map<string, number | null>();

  constructor(
    readonly pipeline: string,
    readonly store: Store,
    readonly epochs: EpochsAhead,
  ) {}

  /** Milliseconds; null where nothing tells. */
  of(step: Step): number | null {
    const own = this.epochs.of(step);
    const most = own?.most ?? null;
    const mean = this.#mean(step, most);
    return own && mean !== null ? mean * (own.most - own.from) : mean;
  }

  #recent({ stage, kind }: Step): readonly StepRecord[] {
    const records = this.store.recent(this.pipeline, stage.name, kind.name);
    const isOwn = (record: StepRecord): boolean => record.pipeline === this.pipeline && record.stage === stage.name;
    return kind.usesEngine ? records.filter(isOwn) : records;
  }

  /** Of a step; of an epoch of one that trains, as it is in trainings of this length where there are some. */
  #mean(step: Step, most: number | null): number | null {
    const { stage, kind } = step;
    const name = `${stage.name} ${kind.name}`;
    const known = this.#means.get(`${name} ${most}`);
    if (known !== undefined) return known;
    const records = this.#records.get(name) ?? this.#recent(step);
    this.#records.set(name, records);
    const times = records.map(({ elapsedMs, document }) => {
      const options = document.options as JsonObject | undefined;
      const length = most === null ? undefined : options?.[kind.lengthOption!.option];
      const computed = typeof length === "number" ? this.epochs.computedBy(stage.name, length) : 1;
      return { elapsedMs, length, computed };
    });
    const same = times.filter(({ length }) => length === most);
    const told = (same.length > 0 ? same : times.filter(({ length }) => most === null || length !== undefined)).slice(
      0,
      mostTimes,
    );
    const sum = (of: (time: (typeof told)[number]) => number): number => told.reduce((all, each) => all + of(each), 0);
    const mean = told.length === 0 ? null : sum(({ elapsedMs }) => elapsedMs) / sum(({ computed }) => computed);
    this.#means.set(`${name} ${most}`, mean);
    return mean;
  }
}
