/**
 * How long the trials of a search have computed in this run, where the search limits that.
 *
 * Time is that of a trial's cells together, as the parent sees it: cells at work at the same moment each count, those of
 * one trial that run together count once, and those of several share. What the store has costs nothing, and a rung of
 * successive halving is timed for itself, as it is a step of its own. A limit depends on the moment, so nothing that it
 * stops is a result; what had ended before is one.
 */
import { EnvironmentError } from "../diagnostic/diagnostic.js";
import { type Step, stepKey } from "../plan/steps.js";
import { trialName } from "../values/trial-name.js";

/** A trial was stopped because it took too long. */
export class TimeLimitError extends EnvironmentError {
  override name = "TimeLimitError";
}

interface Watch {
  /** Aborted once a trial of these has no time left. */
  readonly signal: AbortSignal;
  /** What they took, before anything is kept of them. */
  end(): void;
}
interface Running {
  readonly startedAt: number;
  /** Of what is computed: by trial, which part is its. */
  readonly shares: ReadonlyMap<string, number>;
  readonly stop: AbortController;
}

/** So often time is looked at; a trial may take so much longer. */
const everyMs = 100;

export class TrialTimes {
  readonly #limitsMs = new Map<string, number>();
  readonly #spentMs = new Map<string, number>();
  readonly #running = new Set<Running>();
  /** Trials without time left, with the step that told so, once one has. */
  readonly #over = new Map<string, string | null>();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    readonly steps: ReadonlyMap<string, Step>,
    readonly now: () => number,
  ) {}

  /** Steps are about to compute, together. */
  begin(steps: readonly Step[]): Watch {
    const shares = new Map<string, number>();
    for (const step of steps) {
      const limit = this.#limitOf(step);
      if (!limit) continue;
      const trial = trialKey(step);
      this.#limitsMs.set(trial, limit.ms);
      shares.set(trial, (shares.get(trial) ?? 0) + 1 / steps.length);
    }
    const running: Running = { startedAt: this.now(), shares, stop: new AbortController() };
    if (shares.size > 0) {
      this.#running.add(running);
      this.#timer ??= setInterval(() => this.#look(), everyMs);
    }
    return {
      signal: running.stop.signal,
      end: () => {
        if (!this.#running.delete(running)) return;
        for (const [trial, ms] of this.#taken(running)) this.#spentMs.set(trial, (this.#spentMs.get(trial) ?? 0) + ms);
        if (this.#running.size > 0) return;
        clearInterval(this.#timer);
        this.#timer = undefined;
      },
    };
  }

  /** What is said of a step whose trial has no time left; undefined of any other. */
  errorOf(step: Step): TimeLimitError | undefined {
    const limit = this.#over.has(trialKey(step)) ? this.#limitOf(step) : undefined;
    if (!limit) return undefined;
    const { trial } = step;
    const { search, key, element } = step.cell!;
    const { stage, kind } = this.steps.get(stepKey(search, element))!;
    const rule = trial && kind.ruleAgainst?.(stage.options, trial.values);
    const name = trial ? trialName(stage.search!, trial) : key;
    return new TimeLimitError(
      `\`${name}\` of \`${stepKey(search, element)}\` was stopped: it had computed for ${limit.text}, the \`time_limit\` of a ` +
        "trial. Raise `time_limit` and run the same command again: it goes on from what is there." +
        (rule ? `\nOr leave this configuration out, by a rule under \`constraints\`:\n\n  - ${rule}\n` : ""),
    );
  }

  spentMs(step: Step): number {
    return this.#spentMs.get(trialKey(step)) ?? 0;
  }

  /** The step that told that the trial of another has no time left; null where none has yet, and this one may. */
  toldBy(step: Step): string | null {
    const told = this.#over.get(trialKey(step)) ?? null;
    if (told === null) this.#over.set(trialKey(step), step.key);
    return told;
  }

  #look(): void {
    const all = new Map(this.#spentMs);
    for (const running of this.#running)
      for (const [trial, ms] of this.#taken(running)) all.set(trial, (all.get(trial) ?? 0) + ms);
    for (const running of this.#running) {
      for (const trial of running.shares.keys()) {
        if (all.get(trial)! <= this.#limitsMs.get(trial)!) continue;
        if (!this.#over.has(trial)) this.#over.set(trial, null);
        running.stop.abort();
      }
    }
  }

  #taken({ startedAt, shares }: Running): readonly (readonly [trial: string, ms: number])[] {
    const ms = this.now() - startedAt;
    return [...shares].map(([trial, share]) => [trial, share * ms]);
  }

  #limitOf({ cell }: Step): { readonly ms: number; readonly text: string } | undefined {
    const search = cell && this.steps.get(stepKey(cell.search, cell.element));
    return search?.kind.trialLimit?.(search.stage.options);
  }
}

const trialKey = ({ cell }: Step): string => (cell ? `${stepKey(cell.search, cell.element)} ${cell.key}` : "");
