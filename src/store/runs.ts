/**
 * The history: runs, and every event of each as canonical text.
 *
 * Events are gathered in memory and written in one transaction, at most four times a second and when a run or the
 * store ends; a process that is killed loses the last quarter of a second of its history, and no result.
 * A run that says it is running while its process is gone is shown as lost.
 */
import { canonical, type JsonObject, parseCanonical } from "../util/json.js";
import type { Sqlite } from "./native.js";
import { isAlive, thisProcess } from "./process.js";
import type { LoggedEvent, RunRecord } from "./store.js";

const flushMs = 250;
/** Keeps memory bounded while the disk is slow or another process writes. */
const flushCount = 1000;

/** Runs that are looked through for an event. */
const eventRuns = 200;

interface Runs {
  start(pipeline: string, file: string): number;
  finish(
    id: number,
    result: { status: "ok" | "failed" | "interrupted"; ran: number; reused: number; failed: number },
  ): void;
  log(run: number, at: number, event: LoggedEvent): void;
  list(limit: number): readonly RunRecord[];
  steps(run: number): readonly JsonObject[];
  events(name: string): readonly { readonly run: number; readonly event: JsonObject }[];
  flush(): void;
  /** Stops the clock; what is pending has been flushed by then, or is given up. */
  end(): void;
}

interface Row {
  id: number;
  pipeline: string;
  file: string;
  started_at: number;
  finished_at: number | null;
  status: RunRecord["status"];
  ran: number;
  reused: number;
  failed: number;
  process: string;
}

export function openRuns(db: Sqlite, now: () => number): Runs {
  // The ledger outlives the history: a number that it names is not given to another run.
  const insertRun = db.prepare(
    `INSERT INTO runs (id, pipeline, file, started_at, status, process)
     SELECT 1 + max(coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'runs'), 0),
                    coalesce((SELECT max(run) FROM ledger), 0)), ?, ?, ?, 'running', ?`,
  );
  const updateRun = db.prepare(
    "UPDATE runs SET finished_at = ?, status = ?, ran = ?, reused = ?, failed = ? WHERE id = ?",
  );
  const insertEvent = db.prepare("INSERT INTO events (run, at, name, event) VALUES (?, ?, ?, ?)");
  const newest = db.prepare("SELECT * FROM runs ORDER BY id DESC LIMIT ?");
  const stepsOf = db.prepare("SELECT event FROM events WHERE run = ? AND name = 'step' ORDER BY id").pluck();

  const ofName = db.prepare(
    `SELECT run, event FROM events WHERE name = ? AND run IN (SELECT id FROM runs ORDER BY id DESC LIMIT ${eventRuns})
       ORDER BY id DESC`,
  );

  let pending: (readonly [run: number, at: number, name: string, event: string])[] = [];
  let timer: NodeJS.Timeout | undefined;
  let failedFlush: unknown;

  const write = db.transaction((rows: typeof pending) => {
    for (const row of rows) insertEvent.run(...row);
  });

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    if (failedFlush !== undefined) {
      const thrown = failedFlush;
      failedFlush = undefined;
      throw thrown;
    }
    if (pending.length === 0) return;
    const rows = pending;
    pending = [];
    write.immediate(rows);
  }

  function log(run: number, at: number, event: LoggedEvent): void {
    if (failedFlush !== undefined) flush();
    pending.push([run, at, event.event, canonical(event)]);
    if (pending.length >= flushCount) flush();
    timer ??= setTimeout(() => {
      // Thrown from a timer it would end the process without a word; the next call tells.
      try {
        flush();
      } catch (error) {
        failedFlush = error;
      }
    }, flushMs).unref();
  }

  function recordOf({ process, ...row }: Row): RunRecord {
    return {
      id: row.id,
      pipeline: row.pipeline,
      file: row.file,
      startedAt: row.started_at,
      finishedAt: row.finished_at,
      status: row.status === "running" && !isAlive(process) ? "lost" : row.status,
      ran: row.ran,
      reused: row.reused,
      failed: row.failed,
    };
  }

  return {
    start: (pipeline, file) =>
      Number(db.transaction(() => insertRun.run(pipeline, file, now(), thisProcess())).immediate().lastInsertRowid),
    finish: (id, { status, ran, reused, failed }) => {
      flush();
      db.transaction(() => updateRun.run(now(), status, ran, reused, failed, id)).immediate();
    },
    log,
    list: (limit) => {
      return (newest.all(limit) as Row[]).map(recordOf);
    },
    steps: (run) => {
      flush();
      return stepsOf.all(run).map((text) => parseCanonical(text as string) as JsonObject);
    },
    events: (name) =>
      (ofName.all(name) as { run: number; event: string }[]).map(({ run, event }) => ({
        run,
        event: parseCanonical(event) as JsonObject,
      })),
    flush,
    end: () => clearTimeout(timer),
  };
}
