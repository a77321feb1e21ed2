/**
 * How many epochs the trainings of a plan take, before they have run.
 *
 * A training's length is a prefix: of trainings that begin alike the longer one goes on from the shorter one, so what
 * they share is counted once. `most` is what they take where nothing ends them, `least` where everything that may end
 * one (early stopping) does so as soon as it can. Trainings that fail are not foreseen: they take fewer.
 *
 * Which configuration a place of a later rung runs is not known before, but it goes on from the rung before: it takes
 * what its rung is longer.
 */
import { type Pipeline, type Search, type Stage, trialsBehind } from "../pipeline/pipeline.js";
import type { JsonObject } from "../util/json.js";
import type { Round } from "../values/search.js";
import type { Decision } from "./decide.js";
import type { PlannedEpochs, SearchEpochs } from "./planned.js";
import type { SharedSteps } from "./shared-steps.js";
import type { Step } from "./steps.js";

/** Settings that a stage may come to have are looked at one by one up to so many. */
const mostPossible = 20_000;

/** Of options: what all that share them take. */
interface Length extends Pick<PlannedEpochs, "most" | "least"> {
  readonly by: string | null;
  /** What trainings that begin alike have in common. */
  readonly family: JsonObject;
}
interface Training extends Length {
  readonly step: Step;
  /** The same of trainings that begin alike; a name of its own where that is not known. */
  readonly begins: number | string;
  readonly isStored: boolean;
  /** At a place that is not chosen yet: what is there by then. */
  readonly base?: Pick<PlannedEpochs, "most" | "least">;
}
type Placed = Pick<Training, "most" | "least" | "by" | "base">;

export class EpochsAhead {
  readonly #trainings = new Map<string, Training>();
  /** What begins alike, in the order of the plan. */
  readonly #alike = new Map<number | string, Training[]>();
  /** Epochs that a training of a stage and length computes, where the shorter ones that begin alike were there. */
  readonly #computed = new Map<string, number>();
  /** Steps that train, and how long is not known yet. */
  readonly #open = new Set<string>();
  readonly #lengths = new WeakMap<JsonObject, Length | null>();
  readonly #possible = new WeakMap<Stage, readonly JsonObject[] | null>();
  /** Of places that are not chosen yet, by their stage and round. */
  readonly #places = new Map<string, Placed | null>();
  readonly #rounds = new WeakMap<Search, ReadonlyMap<string, Round>>();

  constructor(
    readonly shared: SharedSteps,
    readonly pipeline: Pick<Pipeline, "stages">,
  ) {}

  /** Asked once per step, in the order of the plan. */
  add(step: Step, decision: Decision): void {
    if (!step.kind.lengthOption || decision.verdict === "skip" || decision.verdict === "none") return;
    if (step.isOpen) {
      const placed = this.#atPlace(step);
      const begins = step.key;
      if (placed) this.#add({ ...placed, step, begins, family: {}, isStored: false });
      else this.#open.add(step.key);
      return;
    }
    const known = "resolved" in decision ? this.#lengthOf(step, decision.resolved.options) : this.#foreseen(step);
    if (!known) {
      this.#open.add(step.key);
      return;
    }
    // What is forced goes on from nothing.
    const begins = (step.forced ? null : this.shared.beginning(step, known.family)) ?? step.key;
    this.#add({ ...known, step, begins, isStored: decision.verdict === "reuse" });
  }
  #add(training: Training): void {
    this.#trainings.set(training.step.key, training);
    const alike = this.#alike.get(training.begins);
    if (alike) alike.push(training);
    else this.#alike.set(training.begins, [training]);
  }

  /** Undefined of a step that does not train, or of which it is not known yet how long. */
  of({ key }: Step): PlannedEpochs | undefined {
    const own = this.#trainings.get(key);
    if (!own) return undefined;
    const { most, least } = own;
    const alike = this.#alike.get(own.begins)!;
    const isFirst = alike.find((other) => other.most === most) === own;
    return { most, least, from: isFirst && !own.isStored ? this.#before(own) : most };
  }
  #before({ begins, most, base }: Training): number {
    if (base) return base.most;
    const shorter = this.#alike.get(begins)!.filter((other) => other.most < most);
    return Math.max(0, ...shorter.map((other) => other.most));
  }

  /** Epochs that a training of a stage computed, if it was continued from what such a one of this plan is. */
  computedBy(stage: string, length: number): number {
    if (this.#computed.size === 0)
      for (const training of this.#trainings.values()) {
        const name = `${training.step.stage.name} ${training.most}`;
        if (!this.#computed.has(name)) this.#computed.set(name, training.most - this.#before(training));
      }
    return this.#computed.get(`${stage} ${length}`) ?? length;
  }

  /**
   * Of a search; undefined where nothing of it trains, null where it is not known yet how long.
   *
   * @param cells      the steps of its trials
   * @param hasTarget  whether it may end before what follows from scores
   */
  ofSearch(cells: readonly Step[], hasTarget: boolean): SearchEpochs | null | undefined {
    if (cells.some(({ key }) => this.#open.has(key))) return null;
    const own = cells.flatMap(({ key }) => this.#trainings.get(key) ?? []);
    if (own.length === 0) return undefined;
    const isOwn = new Set(own);
    let [most, least, reused] = [0, 0, 0];
    for (const [begins, together] of grouped(own)) {
      const longest = Math.max(...together.map((each) => each.most));
      const { base } = together[0]!;
      most += longest - (base?.most ?? 0);
      const sure = hasTarget ? together.filter(({ step }) => !step.isOpen) : together;
      if (sure.length > 0) least += Math.max(...sure.map((each) => each.least)) - (base?.least ?? 0);
      // What other stages train before is there by then.
      const all = this.#alike.get(begins)!;
      const before = all.slice(0, all.indexOf(together[0]!)).filter((other) => !isOwn.has(other));
      const there = [...all.filter((other) => other.isStored), ...before].map((other) => other.most);
      reused += Math.min(longest, Math.max(0, ...there));
    }
    const by = new Set(own.flatMap((each) => (each.by !== null && each.least < each.most ? [each.by] : [])));
    if (hasTarget && own.some(({ step }) => step.isOpen)) by.add("the target");
    const trainings = new Set(own.map((each) => `${each.begins} ${each.most}`)).size;
    return { trainings, most, least, reused, by: [...by] };
  }

  #lengthOf({ kind }: Pick<Step, "kind">, options: JsonObject): Length | null {
    const known = this.#lengths.get(options);
    if (known !== undefined) return known;
    const most = options[kind.lengthOption!.option];
    const end = kind.mayEndAfter?.(options);
    const length =
      typeof most === "number"
        ? {
            most,
            least: Math.min(most, end?.length ?? most),
            by: end?.by ?? null,
            family: kind.prefix?.(options)?.family ?? options,
          }
        : null;
    this.#lengths.set(options, length);
    return length;
  }

  /** Of one whose options are not known before winners are chosen: what all that it may come to have agree in. */
  #foreseen(step: Step): Length | null {
    const { stage, settings, kind } = step;
    if (!settings?.step) return this.#lengthOf(step, stage.options);
    const possible = this.#possibleOf(stage);
    const lengths = possible?.map((options) => this.#lengthOf(step, options)) ?? [];
    const all = lengths.filter((length) => length !== null);
    if (all.length === 0 || all.length < lengths.length) return null;
    const isPrefix = possible!.every((options) => kind.prefix?.(options) !== undefined);
    const { [kind.lengthOption!.option]: length = null, ...others } = stage.given;
    const use = [settings.step, settings.key, settings.part].join(" ");
    return {
      most: Math.max(...all.map(({ most }) => most)),
      least: Math.min(...all.map(({ least }) => least)),
      by: all.find(({ by }) => by !== null)?.by ?? null,
      // Two that name their length and take the same winner's settings differ in nothing else.
      family: { ...others, use, ...(isPrefix && length !== null ? {} : { length }) },
    };
  }

  /** Of whichever trial may come to stand at a place; null where these do not agree in their length. */
  #atPlace(step: Step): Placed | null {
    const search = this.pipeline.stages.find(({ name }) => name === step.cell!.search)!.search!;
    const round = this.#roundOf(search, step.cell!.key);
    const name = `${step.cell!.search} ${round.name} ${step.stage.name}`;
    const known = this.#places.get(name);
    const found = known === undefined ? this.#inRound(search, round, step) : known;
    this.#places.set(name, found);
    return found;
  }
  #roundOf(search: Search, place: string): Round {
    let rounds = this.#rounds.get(search);
    if (!rounds) {
      rounds = new Map(search.rounds.flatMap((round) => round.places.map((key) => [key, round])));
      this.#rounds.set(search, rounds);
    }
    return rounds.get(place)!;
  }
  #inRound(search: Search, round: Round, step: Step): Placed | null {
    const before = search.rounds.find((each) => each.generation === round.generation && each.rung === round.rung - 1);
    const lengths = this.#lengthsIn(search, step, round.epochs);
    const shorter = before ? this.#lengthsIn(search, step, before.epochs) : [];
    if (!lengths || !shorter || lengths.some(({ most }) => most !== lengths[0]!.most)) return null;
    const [{ most }] = lengths as [Length];
    const by = lengths.find((length) => length.by !== null)?.by ?? null;
    const least = Math.min(...lengths.map((length) => length.least));
    const more = Math.min(...lengths.map((length, at) => length.least - (shorter[at]?.least ?? 0)));
    return { most, least, by, base: { most: before?.epochs ?? 0, least: before ? least - more : 0 } };
  }
  /**
   * Of each trial that is known, in order, and of each value that may be proposed: an option follows from one of them at
   * most, and is least or most at the ends of a range. Null where one is not known.
   */
  #lengthsIn(search: Search, { stage, kind }: Step, epochs: number | null): readonly Length[] | null {
    const lengths: Length[] = [];
    for (const trial of [...search.trials, ...search.samples]) {
      const part = [...trial.stages.values()].find(({ name }) => name === stage.name)!;
      const possible = this.#possibleOf(part);
      if (!possible) return null;
      for (const options of possible) {
        const own = epochs === null ? options : { ...options, [kind.lengthOption!.option]: epochs };
        const length = this.#lengthOf({ kind }, own);
        if (!length) return null;
        lengths.push(length);
      }
    }
    return lengths;
  }

  /** Null where there are too many. */
  #possibleOf(stage: Stage): readonly JsonObject[] | null {
    const known = this.#possible.get(stage);
    if (known !== undefined) return known;
    const found = stage.use ? this.#withSettings(stage) : [stage.options];
    this.#possible.set(stage, found);
    return found;
  }
  #withSettings({ use, given, options }: Stage): readonly JsonObject[] | null {
    const own = Object.fromEntries(Object.entries(options).filter(([name]) => name in given));
    const found: JsonObject[] = [];
    for (const trial of trialsBehind(use!.source) ?? []) {
      const part = trial.stages.get(use!.part);
      const possible = part ? this.#possibleOf(part) : [];
      if (!possible || found.length + possible.length > mostPossible) return null;
      for (const settings of possible) {
        const kept = Object.entries(settings).filter(([name]) => !(name in given));
        found.push({ ...Object.fromEntries(kept), ...own });
      }
    }
    return found;
  }
}

function grouped(trainings: readonly Training[]): ReadonlyMap<Training["begins"], readonly Training[]> {
  const groups = new Map<Training["begins"], Training[]>();
  for (const training of trainings) {
    const group = groups.get(training.begins);
    if (group) group.push(training);
    else groups.set(training.begins, [training]);
  }
  return groups;
}
