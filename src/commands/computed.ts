/**
 * In which run a result was computed, on what machine, how fast, and what it went on from: as the history of the last
 * runs has it, by the digest of what was left.
 */

import type { Plan } from "../plan/plan.js";
import type { RunSetting } from "../run/history.js";
import type { StepRecord, Store } from "../store/store.js";
import type { ElementInfo } from "../text/shown.js";
import type { JsonObject } from "../util/json.js";
import type { Computed, Resumed } from "../values/computed.js";
import type { SpeedReport } from "../values/speed.js";

type Told = Pick<ElementInfo, "computed" | "speed">;

const mostRuns = 1000;

/** @returns what is known of the computation that left a record's artifact */
export function computations(store: Store): (record: StepRecord | undefined) => Told {
  const speeds = byDigest(store.events("speed"));
  const resumed = byDigest(store.events("resumed"));
  const steps = byDigest(store.events("step").filter(({ event }) => event.verdict === "run" && event.status === "ok"));
  const settings = new Map(store.events("setting").map(({ run, event }) => [run, event as JsonObject & RunSetting]));
  const runs = new Map(store.runs(mostRuns).map((run) => [run.id, run]));

  function computedIn(id: number, digest: string): Computed | undefined {
    const run = runs.get(id);
    if (!run) return undefined;
    const setting = settings.get(id);
    const earlier = resumed.get(digest);
    return {
      run: id,
      startedAt: new Date(run.startedAt).toISOString(),
      wallMs: setting && run.finishedAt !== null ? setting.sinceStartMs + run.finishedAt - run.startedAt : null,
      machine: setting?.machine ?? null,
      ...(earlier?.run === id ? { resumed: resumedOf(earlier.event as JsonObject & Resumed) } : {}),
    };
  }

  return (record) => {
    if (!record) return {};
    const speed = speeds.get(record.artifact)?.event as (JsonObject & SpeedReport) | undefined;
    const step = steps.get(record.artifact);
    const computed = step && computedIn(step.run, record.artifact);
    return { ...(computed ? { computed } : {}), ...(speed ? { speed: speedOf(speed) } : {}) };
  };
}

/** All that a search has computed of its trials, every stage of them and every round. */
export function cellsOf({ steps, records }: Plan, search: string): { count: number; elapsedMs: number } {
  const done = steps.flatMap(({ cell, key }) => (cell?.search === search ? (records.get(key) ?? []) : []));
  return { count: done.length, elapsedMs: done.reduce((sum, { elapsedMs }) => sum + elapsedMs, 0) };
}

const speedOf = ({ stepRate, productRate, threads }: SpeedReport): SpeedReport => ({ stepRate, productRate, threads });
const resumedOf = ({ epochs, elapsedMs }: Resumed): Resumed => ({ epochs, elapsedMs });

type Logged = ReturnType<Store["events"]>[number];

/** Of each digest the newest. */
const byDigest = (logged: readonly Logged[]): ReadonlyMap<string, Logged> =>
  new Map(
    logged.toReversed().flatMap((each) => (typeof each.event.digest === "string" ? [[each.event.digest, each]] : [])),
  );
