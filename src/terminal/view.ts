/**
 * What a run looks like right now: a pure fold over its events, without React, terminal or clock.
 *
 * Time arrives as an argument, so a stream of events can be replayed in a test and gives the same view.
 */
import type { Progress } from "../pipeline/run-context.js";
import type { PlannedSearch, PlannedStep, RunEvent, StepName } from "../run/event.js";
import { withChosen } from "../text/search-rounds.js";
import { unreachable } from "../util/unreachable.js";
import { StepList } from "./step-list.js";
import type { Point, Status, ViewStep } from "./view-step.js";

export interface Curve extends StepName {
  readonly history: readonly Point[];
  readonly epochs: number | null;
}
export interface View {
  readonly pipeline: string;
  readonly jobs: number;
  readonly steps: StepList;
  readonly searches: readonly PlannedSearch[];
  readonly startedAtMs: number | null;
  /** Set once the run has ended. */
  readonly elapsedMs: number | null;
  readonly interrupted: boolean;
  readonly warnings: number;
  /** Of the training that ended last, so that its curve stays while what reads it runs. */
  readonly lastCurve: Curve | null;
}
type Totals = Readonly<Record<Status | "all" | "done", number>>;

/** Every second point goes when there are more. */
export const historyLimit = 400;

export const initialView = (): View => ({
  pipeline: "",
  jobs: 1,
  steps: StepList.of([]),
  searches: [],
  startedAtMs: null,
  elapsedMs: null,
  interrupted: false,
  warnings: 0,
  lastCurve: null,
});

export function advance(view: View, event: RunEvent, nowMs: number): View {
  switch (event.event) {
    case "plan":
      return {
        ...initialView(),
        warnings: view.warnings,
        pipeline: event.pipeline,
        jobs: event.jobs,
        steps: StepList.of(event.steps.map(waiting)),
        searches: event.searches ?? [],
        startedAtMs: nowMs,
      };
    case "start":
      return change(view, event, (step) => ({
        ...waiting(step),
        status: "running",
        reason: event.reason,
        startedAtMs: nowMs,
      }));
    case "progress":
      return change(view, event, (step) => progressed(step, event, nowMs));
    case "trials":
      return { ...view, searches: withChosen(view.searches, event) };
    case "remark":
    case "execution":
    case "speed":
    case "resumed":
      return view;
    case "warning":
      return { ...view, warnings: view.warnings + 1 };
    case "step": {
      const success = event.verdict === "reuse" ? "reused" : "ran";
      const status: Status = event.status === "ok" ? success : event.status;
      const before = view.steps.find(event);
      const lastCurve = before && before.history.length > 1 ? curve(before) : view.lastCurve;
      const ended = change(view, event, (step) => ({
        ...step,
        status,
        reason: event.reason,
        headline: event.headline ?? event.error?.split("\n", 1)[0] ?? "",
        elapsedMs: event.elapsedMs,
        endedAtMs: nowMs,
        score: event.score ?? null,
        history: [],
      }));
      return { ...ended, lastCurve };
    }
    case "interrupt":
      return { ...view, interrupted: true };
    case "run":
      return { ...view, elapsedMs: event.elapsedMs };
    default:
      return unreachable(event);
  }
}

const waiting = (step: PlannedStep): ViewStep => ({
  ...step,
  status: "waiting",
  headline: "",
  startedAtMs: null,
  elapsedMs: null,
  endedAtMs: null,
  score: null,
  progress: null,
  origin: null,
  reached: null,
  history: [],
});
const curve = ({ stage, element, history, progress }: ViewStep): Curve => ({
  stage,
  element,
  history,
  epochs: progress?.epochs ?? null,
});

/** A step that the plan did not name joins at the end, so that nothing that happens is lost. */
function change(view: View, name: StepName, edit: (step: ViewStep) => ViewStep): View {
  const before = view.steps.find(name);
  const joined = {
    stage: name.stage,
    element: name.element,
    kind: "",
    verdict: "run",
    reason: "",
    estimateMs: null,
    after: [],
  } as const;
  return { ...view, steps: view.steps.with(edit(before ?? waiting(joined))) };
}

function progressed(step: ViewStep, event: Progress & StepName, nowMs: number): ViewStep {
  const { epoch, epochs, loss, fraction } = event;
  const known = Object.fromEntries(
    Object.entries(event).filter(([key, value]) => value !== undefined && !["event", "stage", "element"].includes(key)),
  ) as Progress;
  const progress: Progress = { ...step.progress, ...known };
  const reached = fraction === undefined ? step.reached : { fraction, atMs: nowMs };
  const next: ViewStep = { ...step, progress, origin: step.origin ?? reached, reached };
  const at = fraction !== undefined && epochs !== undefined ? fraction * epochs : (epoch ?? Number.NaN);
  if (loss === undefined || !Number.isFinite(at)) return next;
  const point: Point = {
    at,
    loss,
    accuracy: event.accuracy ?? null,
    validationLoss: event.validationLoss ?? null,
    validationAccuracy: event.validationAccuracy ?? null,
  };
  return { ...next, history: bounded([...step.history.filter((earlier) => earlier.at < at), point]) };
}

/**
 * The ends of epochs, which have a validation loss, stay until they alone fill half of a curve; the newest always
 * stays.
 */
function bounded(points: readonly Point[]): readonly Point[] {
  if (points.length <= historyLimit) return points;
  const endsEpoch = ({ validationLoss }: Point): boolean => validationLoss !== null;
  const thinEnds = points.filter(endsEpoch).length > historyLimit / 2;
  const seen = { ends: 0, others: 0 };
  return points.filter((point, index) => {
    const place = endsEpoch(point) ? seen.ends++ : seen.others++;
    return index === points.length - 1 || place % 2 === 1 || (endsEpoch(point) && !thinEnds);
  });
}

export function totalsOf({ steps }: View): Totals {
  const totals = { waiting: 0, running: 0, ran: 0, reused: 0, failed: 0, skipped: 0, all: steps.all.length, done: 0 };
  for (const { status } of steps.all) {
    totals[status]++;
    if (status !== "waiting" && status !== "running") totals.done++;
  }
  return totals;
}

/** What is drawn: of the running training that has most to show, else of the one that ended last. */
export function curveOf(view: View): Curve | null {
  let best: ViewStep | null = null;
  for (const step of view.steps.all)
    if (
      step.status === "running" &&
      step.history.length > 1 &&
      (best === null || step.history.length > best.history.length)
    )
      best = step;
  return best ? curve(best) : view.lastCurve;
}

/** Milliseconds since the run began. */
export const elapsedOf = (view: View, nowMs: number): number =>
  view.elapsedMs ?? (view.startedAtMs === null ? 0 : Math.max(0, nowMs - view.startedAtMs));
