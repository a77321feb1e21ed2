/** `hw1 run FILE`: plan, then run what cannot be reused; then figures are laid out and expectations judged. */
import { availableParallelism } from "node:os";
import { allowedIn, allowedText, type Pipeline } from "../pipeline/pipeline.js";
import { hasWork, planRun } from "../plan/plan.js";
import { axesOf, type Step, stepKey } from "../plan/steps.js";
import { listenForInterrupt, stopCodes } from "../run/interrupt.js";
import { runPlan } from "../run/run.js";
import { WorkerPool } from "../run/worker-pool.js";
import { kinds } from "../stages/kinds.js";
import { claimFolder, publish, type Shelf } from "../store/published.js";
import { openStore } from "../store/sqlite.js";
import { CorruptBlobError, type Store } from "../store/store.js";
import { onOutputLost, say } from "../terminal/output.js";
import { openReporter } from "../terminal/reporter.js";
import { spreadLine } from "../text/metrics.js";
import { debugNames, readDebug } from "../util/debug.js";
import type { Digest } from "../util/digest.js";
import { entryFile } from "../util/entries.js";
import type { JsonObject } from "../util/json.js";
import { outermostOf } from "../util/levels.js";
import { listed } from "../util/words.js";
import { overText } from "../values/axes.js";
import { metricsOf } from "../values/output.js";
import { machineFor } from "./machine.js";
import { checkStageNames, commandFor, pipelineWithWarnings, type RunFlags, whereFlags } from "./reading.js";
import { cacheFolder, checkEngineLoads, folderOwner } from "./shared.js";

/** @param end  ends the process at once, for a second Ctrl-C */
export async function run(path: string, flags: RunFlags, end: (code: number) => never): Promise<number> {
  const checked = pipelineWithWarnings(path, flags);
  if (!checked) return 2;
  const { pipeline, warnings } = checked;
  for (const [flag, names] of [
    ["--only", flags.only],
    ["--from", flags.from],
    ["--force", flags.force],
  ] as const)
    checkStageNames(pipeline, flag, names);
  checkEngineLoads(flags.engine);
  const jobs = jobsFor(flags.jobs, availableParallelism(), (message) => say(`warning: ${message}\n`));
  const store = openStore(cacheFolder(flags.cache));
  try {
    const options = { engine: flags.engine, only: flags.only, from: flags.from, force: flags.force };
    const planned = planRun(pipeline, kinds, store, options);
    warnings.report(hasWork(planned));
    const workers = new WorkerPool(entryFile("worker"), store.folder, flags.engine, debugOutput(process.env.HW1_DEBUG));
    const reporter = await openReporter(flags, {
      again: againCommand(path, flags),
      reported: warnings.messages,
      interrupt: (signal) => interrupt.interrupt(signal),
    });
    const interrupt = listenForInterrupt((code) => {
      workers.kill();
      reporter.abandon();
      end(code);
    });
    const forgetOutput = onOutputLost(() => interrupt.interrupt("SIGPIPE"));
    let reportedWarnings = 0;
    const reportWarnings = (): void => {
      for (const { message } of store.warnings().slice(reportedWarnings)) reporter.warn(message);
      reportedWarnings = store.warnings().length;
    };
    const running = {
      ...options,
      jobs,
      keepGoing: flags.keepGoing === true,
      emit: reporter.report,
      now: Date.now,
      signal: interrupt.signal,
      workers,
      setting: { machine: machineFor(flags.engine, jobs), sinceStartMs: Math.round(performance.now()) },
    };
    try {
      reportWarnings();
      if (planned.planned.some(({ kind, verdict }) => kinds[kind]!.usesEngine && verdict !== "reuse"))
        workers.prepare();
      let result = await runPlan(planned, kinds, store, running);
      let files: Published | undefined;
      while (files === undefined) {
        try {
          files = publishedFiles(store, pipeline, planned.steps, result.artifacts);
        } catch (error) {
          if (!(error instanceof CorruptBlobError) || interrupt.received()) throw error;
          // Where all is reused, damage to a file is only noticed here; it is made again.
          store.quarantine(error.blob);
          reporter.warn(
            `A stored file (${error.blob.slice(0, 19)}…) does not match its digest. ` +
              "It was set aside and is made again.",
          );
          result = await runPlan(planRun(pipeline, kinds, store, options), kinds, store, running);
        }
      }
      reportWarnings();
      if (result.unreported !== null) reporter.warn(result.unreported);
      const allowed = allowedIn(pipeline.stages);
      const broken = result.status === "ok" ? expectationsOf(store, pipeline, planned.steps, result.artifacts) : [];
      reporter.finish({
        ...files,
        broken,
        spreads: spreadsOf(store, planned.steps, result.artifacts),
        allowed: allowed.length > 0 ? `Allowed: ${allowedText(allowed)}` : null,
      });
      const stopped = interrupt.received();
      if (stopped) return stopCodes[stopped];
      if (result.environment !== null) return 4;
      if (result.status === "failed") return 1;
      return broken.length > 0 ? 3 : 0;
    } finally {
      reporter.abandon();
      workers.close();
      forgetOutput();
      interrupt.dispose();
    }
  } finally {
    store.close();
  }
}

/** Where lines go that HW1_DEBUG asks for; what it names and nobody knows is said. */
function debugOutput(list: string | undefined): ((worker: number, line: string) => void) | undefined {
  const { names, unknown } = readDebug(list);
  if (unknown.length > 0)
    say(
      `warning: HW1_DEBUG knows no ${listed(
        unknown.map((name) => `\`${name}\``),
        "or",
      )}; it knows ${listed(debugNames.map((name) => `\`${name}\``))}\n`,
    );
  return names.size > 0 ? (worker, line) => say(`worker ${worker}: ${line}\n`) : undefined;
}

/** Each step at work has a process, which takes memory; more of them than some for each core bring nothing. */
export function jobsFor(wanted: number | undefined, cores: number, warn: (message: string) => void): number {
  const most = Math.max(16, 4 * cores);
  if (wanted === undefined) return cores;
  if (wanted > most)
    warn(
      `--jobs ${wanted} is more than this machine has use for: ` +
        `at most ${most} steps run at the same time (${cores} cores)`,
    );
  return Math.min(wanted, most);
}

/** Paths of copies. */
type Published = { readonly [S in Shelf]: readonly string[] };

/** Copies figures and exported models to where people look for them. */
function publishedFiles(
  store: Store,
  pipeline: Pipeline,
  steps: readonly Step[],
  artifacts: ReadonlyMap<string, Digest>,
): Published {
  const folders = new Map<Shelf, string>();
  const folderOf = (shelf: Shelf): string => {
    const folder = folders.get(shelf) ?? claimFolder(store.folder, shelf, folderOwner(pipeline));
    folders.set(shelf, folder);
    return folder;
  };
  const found = steps.flatMap(({ stage, element }) => {
    const hasFiles = Object.values(stage.outputs).some(({ type }) => type === "figure" || type === "exported");
    const artifact = hasFiles ? artifacts.get(stepKey(stage.name, element)) : undefined;
    const info = artifact ? store.artifact(artifact) : undefined;
    return info ? publish(folderOf, stage.name, element, info.outputs) : [];
  });
  const on = (wanted: Shelf): readonly string[] => found.flatMap(({ shelf, path }) => (shelf === wanted ? [path] : []));
  return { figures: on("figures"), models: on("models") };
}

/** Of each stage that ran over elements: over what, and mean ± sd of the metrics. */
function spreadsOf(
  store: Store,
  steps: readonly Step[],
  artifacts: ReadonlyMap<string, Digest>,
): ReadonlyMap<string, string> {
  const byStage = new Map<string, { readonly step: Step; readonly metrics: JsonObject }[]>();
  for (const step of steps) {
    const { stage, element, cell, mayFail } = step;
    // A search tells its trials itself, and what runs once per trial is told by figures.
    const artifact =
      element === null || cell || mayFail || stage.search ? undefined : artifacts.get(stepKey(stage.name, element));
    for (const output of Object.values(artifact ? (store.artifact(artifact)?.outputs ?? {}) : {})) {
      const metrics = metricsOf(output);
      if (metrics) byStage.set(stage.name, [...(byStage.get(stage.name) ?? []), { step, metrics }]);
    }
  }
  return new Map(
    [...byStage].map(([stage, found]) => {
      const over = axesOf(steps.filter((step) => step.stage === found[0]!.step.stage));
      const all = outermostOf(
        found.map(({ step, metrics }) => ({ keys: step.keys, metrics })),
        over,
      );
      return [stage, `over ${overText(over)}: ${spreadLine(all.metrics, all.measured)}`];
    }),
  );
}

/** Sentences about `expect`s that do not hold. */
function expectationsOf(
  store: Store,
  pipeline: Pipeline,
  steps: readonly Step[],
  artifacts: ReadonlyMap<string, Digest>,
): readonly string[] {
  return steps.flatMap(({ kind, stage, element }) => {
    const broken = kind.expectations?.(stage.options);
    const artifact = broken && artifacts.get(stepKey(stage.name, element));
    if (!broken || !artifact) return [];
    const where = pipeline.name === "" ? stage.name : stepKey(stage.name, element);
    return broken(store.artifact(artifact)?.outputs ?? {}).map((sentence) => `${where}: ${sentence}`);
  });
}

/** The command that goes on from here, as it would be typed. */
function againCommand(path: string, flags: RunFlags): string {
  const more = [
    ...flags.only.flatMap((stage) => ["--only", stage]),
    ...flags.from.flatMap((stage) => ["--from", stage]),
    ...whereFlags(flags),
  ];
  return commandFor("run", path, flags, more);
}
