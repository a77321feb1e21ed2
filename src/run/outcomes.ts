/** How a step ends: counted, reported as an event, and known to the steps that read it. */
import type { Digests, Judged } from "../plan/decide.js";
import { notNeeded, type Plan } from "../plan/plan.js";
import type { Step } from "../plan/steps.js";
import type { ArtifactInfo } from "../store/store.js";
import type { Digest } from "../util/digest.js";
import { metricsOf, type Outputs } from "../values/output.js";
import type { RunEvent, StepName } from "./event.js";
import type { RunStatus } from "./run-status.js";

export type Outcome =
  | { readonly status: "ok"; readonly artifact: Digest; readonly outputs: Digests }
  | (Unsuccessful & { readonly status: "failed"; readonly artifact: Digest | null; readonly outputs: Digests })
  | (Unsuccessful & {
      readonly status: "skipped";
      readonly artifact: null;
      readonly outputs: Digests;
      /** As `Ended` has it. */
      readonly isAbsent?: boolean;
    });
interface Unsuccessful {
  /** The step or stage that is to blame; null where none is. */
  readonly culprit: string | null;
  /** Of a trial whose failure is kept, and of what reads it inside the trial: those that gather go on without it. */
  readonly isTolerated: boolean;
}
/** What the event of a step says of it, however it ended. */
export interface StepReport {
  readonly verdict: "run" | "reuse";
  readonly reason: string;
  readonly elapsedMs: number;
}

export const nameOf = ({ stage, element }: Step): StepName => ({ stage: stage.name, element });

export class Outcomes {
  /** Of every step that left one, by step key. */
  readonly artifacts = new Map<string, Digest>();

  constructor(
    readonly plan: Plan,
    readonly status: RunStatus,
    readonly emit: (event: RunEvent) => void,
  ) {}

  succeeded(step: Step, artifact: ArtifactInfo, report: StepReport): Outcome {
    const headline = step.kind.headline?.(artifact.outputs);
    const score = step.cell?.scores ? scoreOf(step, this.plan, artifact.outputs) : undefined;
    const more = { ...(headline ? { headline } : {}), ...(score === undefined ? {} : { score }) };
    return this.#ok(step, artifact.digest, this.#digestsOf(step, artifact), report, more);
  }

  /** A step of a trial whose result is as the plan saw it, and is of interest to nobody: its artifact is not read. */
  unchanged(step: Step, { record, reason }: Judged & { readonly verdict: "reuse" }): Outcome {
    const outputs = this.plan.outputs.get(step.key)!;
    return this.#ok(step, record.artifact, outputs, { verdict: "reuse", reason, elapsedMs: 0 }, {});
  }

  #ok(
    step: Step,
    digest: Digest,
    outputs: Digests,
    report: StepReport,
    more: { readonly headline?: string; readonly score?: number },
  ): Outcome {
    const { verdict, reason, elapsedMs } = report;
    this.artifacts.set(step.key, digest);
    this.status.settle(step.key, verdict);
    this.emit({ event: "step", ...nameOf(step), verdict, status: "ok", digest, reason, elapsedMs, ...more });
    return { status: "ok", artifact: digest, outputs };
  }

  /** @param text  what went wrong, rendered */
  failed(step: Step, text: string, report: StepReport): Outcome {
    this.#failed(step, text, null, report);
    const culprit = step.cell ? step.key : step.stage.name;
    return { status: "failed", artifact: null, outputs: {}, culprit, isTolerated: false };
  }

  /** A trial, whose failure is a result. */
  failedTrial(step: Step, text: string, artifact: ArtifactInfo, report: StepReport): Outcome {
    this.artifacts.set(step.key, artifact.digest);
    this.#failed(step, text, artifact.digest, report);
    const outputs = this.#digestsOf(step, artifact);
    return { status: "failed", artifact: artifact.digest, outputs, culprit: step.key, isTolerated: true };
  }

  #failed(step: Step, error: string, digest: Digest | null, { verdict, reason, elapsedMs }: StepReport): void {
    this.status.settle(step.key, "failed");
    this.emit({ event: "step", ...nameOf(step), verdict, reason, elapsedMs, status: "failed", digest, error });
  }

  /** @param culprit  what failed, so that this cannot run; null where nothing more starts */
  skipped(step: Step, culprit: string | null, isTolerated = false): Outcome {
    const reason = culprit === null ? this.#whyNotStarted() : `${culprit} failed`;
    const report = { verdict: "run", status: "skipped", digest: null, reason, elapsedMs: 0 } as const;
    this.status.settle(step.key, "skipped");
    this.emit({ event: "step", ...nameOf(step), ...report });
    return { status: "skipped", artifact: null, outputs: {}, culprit, isTolerated };
  }

  /** A place of a search's round at which no configuration runs: nothing failed, and nothing is missing. */
  notNeeded(step: Step, why: string): Outcome {
    const report = { verdict: "reuse", status: "skipped", digest: null, elapsedMs: 0 } as const;
    this.status.settle(step.key, "skipped");
    this.emit({ event: "step", ...nameOf(step), ...report, reason: notNeeded(why) });
    return { status: "skipped", artifact: null, outputs: {}, culprit: null, isTolerated: true, isAbsent: true };
  }

  #whyNotStarted(): string {
    return this.status.signal.aborted ? "the run was interrupted" : "the run ended early";
  }

  /** The very object that the plan has, where the artifact is the one that it saw. */
  #digestsOf(step: Step, artifact: ArtifactInfo): Digests {
    if (this.plan.records.get(step.key)?.artifact === artifact.digest) return this.plan.outputs.get(step.key)!;
    return Object.fromEntries(Object.entries(artifact.outputs).map(([output, info]) => [output, info.digest]));
  }
}

/** The objective of a search's cell. */
function scoreOf({ cell }: Step, { pipeline }: Plan, outputs: Outputs): number | undefined {
  const path = pipeline.stages.find((stage) => stage.name === cell!.search)!.search!.objective.path;
  const value = path.reduce<unknown>(
    (found, part) => (found as Record<string, unknown> | undefined)?.[part],
    metricsOf(Object.values(outputs)[0]!),
  );
  return typeof value === "number" ? value : undefined;
}
