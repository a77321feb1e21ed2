/**
 * Document + kinds → Pipeline, or every diagnostic at once, in file order.
 *
 * The kinds are handed in as a table. `check-document.ts` looks at the keys, `draft-stage.ts` reads each stage,
 * `check-stage.ts` wires and types it, `check-search.ts` does so for every trial.
 */
import { dirname, resolve } from "node:path";
import type { Checked, Note } from "../diagnostic/diagnostic.js";
import { sortDiagnostics } from "../diagnostic/render.js";
import { checkKeys, checkParams, nameOf, readName, stagesOf, tooManyEntries } from "./check-document.js";
import { checkSearch } from "./check-search.js";
import { checkStage } from "./check-stage.js";
import type { Checking } from "./checking.js";
import { orderStages } from "./cycle.js";
import { type Entry, member, type PipelineDocument, type Value } from "./document.js";
import { type Draft, namesRead, type Reading } from "./draft.js";
import { checkStageName, draftStage, readSeed } from "./draft-stage.js";
import { withTrials } from "./draft-trials.js";
import type { Kinds } from "./kind.js";
import { Room, substitute } from "./lookup.js";
import { type Overrides, withOverrides } from "./overrides.js";
import type { Pipeline, Stage } from "./pipeline.js";
import { PlanSize } from "./plan-size.js";
import { Collected, EnoughError, isError, type Report } from "./report.js";
import { reportUnusedParameters } from "./unused.js";

export function checkPipeline(document: PipelineDocument, kinds: Kinds, overrides: Overrides = {}): Checked<Pipeline> {
  const collected = new Collected(document.file.path);
  let pipeline: Pipeline | undefined;
  try {
    pipeline = checked(document, kinds, overrides, collected);
  } catch (error) {
    if (!(error instanceof EnoughError)) throw error;
  }
  const diagnostics = sortDiagnostics(collected.diagnostics);
  if (!pipeline || diagnostics.some(isError)) return { ok: false, diagnostics };
  return { ok: true, value: pipeline, diagnostics };
}

/** Nothing where what follows would be an echo of a mistake. @throws EnoughError */
function checked(
  { root: written, file, aliased }: PipelineDocument,
  kinds: Kinds,
  overrides: Overrides,
  collected: Collected,
): Pipeline | undefined {
  const { diagnostics, report, isReported } = collected;
  if (tooManyEntries(written, report)) return undefined;
  checkKeys(written, report);
  const root = withOverrides(written, file, overrides, kinds, diagnostics);
  const params = member(root, "params");
  checkParams(params, report);
  const rootSeed = readSeed(member(root, "seed"), report) ?? 0;
  const name = readName(member(root, "name"), report) ?? nameOf(file.path);
  const entries = stagesOf(root, report);
  if (!entries) return undefined;
  const common = { kinds, stageNames: entries.map(({ key }) => key), rootSeed, isReported, isTrial: false };
  const health = new Health(report);
  const drafts = draftsOf(entries, params, common, health);
  const order = orderOf(drafts, report);
  const folder = resolve(dirname(file.path));
  const stages = order && checkStages(order, drafts, { folder, kinds }, health);
  if (!stages) return undefined;
  if (diagnostics.some(isError)) return undefined;
  if (stages.length < entries.length) throw new Error("a stage was left out, and no mistake was reported");
  reportUnusedParameters(written, aliased, report);
  return { name, file, folder, stages };
}

/** One mistake, one message: of a stage that has one, or that reads such a stage, others know its type and no more. */
class Health {
  readonly broken = new Set<string>();
  constructor(readonly report: Report) {}

  reportOf(stage: string): Report {
    return (mistake) => {
      if (isError(mistake)) this.broken.add(stage);
      this.report(mistake);
    };
  }
}

function draftsOf(
  entries: readonly Entry[],
  params: Value | undefined,
  common: Omit<Reading, "report" | "room">,
  health: Health,
): ReadonlyMap<string, Draft> {
  const drafts = new Map<string, Draft>();
  const room = new Room();
  for (const entry of entries) {
    checkStageName(entry, health.report);
    const report = health.reportOf(entry.key);
    const value = substitute(entry.value, { params }, report, ["trial", "item"], room);
    const reading: Reading = { ...common, report, room };
    drafts.set(entry.key, withTrials(draftStage({ ...entry, value }, reading), reading));
  }
  return drafts;
}

/** Names of the stages, each after those that it reads. */
function orderOf(drafts: ReadonlyMap<string, Draft>, report: Report): readonly string[] | undefined {
  const { order, cycle } = orderStages(
    [...drafts].map(([name, draft]) => ({ name, reads: namesRead(draft).map(({ stage }) => stage) })),
  );
  if (!cycle) return order;
  reportCycle(cycle, drafts, report);
  return undefined;
}

function checkStages(
  order: readonly string[],
  drafts: ReadonlyMap<string, Draft>,
  around: Pick<Checking, "folder" | "kinds">,
  health: Health,
): readonly Stage[] | undefined {
  const { broken } = health;
  const stages = new Map<string, Stage>();
  const size = new PlanSize();
  for (const name of order) {
    const draft = drafts.get(name)!;
    if (namesRead(draft).some((read) => broken.has(read.stage))) broken.add(name);
    const checking: Checking = { ...around, stages, broken, report: health.reportOf(name), base: [] };
    const stage = draft.kind?.trials ? checkSearch(draft, checking) : checkStage(draft, checking);
    if (!stage) {
      broken.add(name);
      continue;
    }
    stages.set(name, stage);
    const tooLarge = size.add(stage);
    if (tooLarge) {
      health.report({ span: stage.span, title: "too many steps", message: tooLarge });
      return undefined;
    }
  }
  return [...stages.values()];
}

function reportCycle(cycle: readonly string[], drafts: ReadonlyMap<string, Draft>, report: Report): void {
  const link = (from: string, to: string): Note => {
    const draft = drafts.get(from)!;
    const span = namesRead(draft).find((read) => read.stage === to)?.span ?? draft.entry.keySpan;
    return { span, label: `\`${from}\` reads \`${to}\`` };
  };
  const links = cycle.slice(0, -1).map((name, index) => link(name, cycle[index + 1]!));
  const [first, ...others] = links as [Note, ...Note[]];
  report({
    ...first,
    title: "stages wait for each other",
    message: `None of them can start first: ${cycle.join(" → ")}.`,
    notes: others.map(({ span, label }, index) => ({
      span,
      label: `${label}${index === others.length - 1 ? " again" : ""}`,
    })),
  });
}
