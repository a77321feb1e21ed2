/** What the checks of a stage share: what is known around it, and what it runs over. */
import type { JsonObject } from "../util/json.js";
import { entriesOf, plain, type Value } from "./document.js";
import type { Draft } from "./draft.js";
import type { Kind, Kinds } from "./kind.js";
import type { Stage } from "./pipeline.js";
import type { Report } from "./report.js";
import { type Axis, joined } from "./scope.js";

export interface Checking {
  readonly stages: ReadonlyMap<string, Stage>;
  /**
   * Stages with a mistake, and those that read one: of their outputs only the type is known, so that nothing is said
   * that may be an echo.
   */
  readonly broken: ReadonlySet<string>;
  readonly kinds: Kinds;
  readonly folder: string;
  readonly report: Report;
  /** What a trial's stages run over, whatever they say. */
  readonly base: readonly Axis[];
  /** Of a trial's stage: what it is called. */
  readonly name?: string;
}

/** A draft whose kind and options are known. */
export interface CheckableDraft extends Draft {
  readonly kind: Kind<unknown>;
  readonly options: JsonObject;
}

/** What a stage runs over: what `each` names, added to what is given. */
export function scopeOf({ each, trials }: Draft, { stages, report, base }: Checking): readonly Axis[] | undefined {
  let scope = base;
  for (const { stage, span } of each) {
    const over = stages.get(stage);
    if (!over) return undefined;
    const axes = over.offers ? [...over.scope, over.offers] : over.scope;
    if (axes.length === 0) {
      report({
        span,
        title: "nothing to fan out over",
        message:
          "`each:` names a stage that offers elements, such as a `fold` or `seeds`, or one that runs over them; " +
          `\`${stage}\` does not.`,
      });
      return undefined;
    }
    // Where the trial says nothing of its own, `each` of a search stands for the trial, and the search runs over what
    // is around that.
    const isTrials =
      trials?.drafts.every(({ stages: parts }) => [...parts.values()].every((part) => part.each.length === 0)) === true;
    scope = joined(scope, isTrials ? axes.slice(0, -1) : axes);
  }
  return scope;
}

/** Options as they are written. */
export const written = (body: Value): JsonObject =>
  Object.fromEntries(entriesOf(body).map(({ key, value }) => [key, plain(value)])) as JsonObject;
