/** Logs of steps that failed, by fingerprint, in the database alone: where it is lost, so are they, and no result. */
import type { Digest } from "../util/digest.js";
import { canonical, parseCanonical } from "../util/json.js";
import type { FailureLog } from "../values/failure-log.js";
import type { Sqlite } from "./native.js";

interface FailureLogs {
  keep(fingerprint: Digest, log: FailureLog): void;
  of(fingerprint: Digest): FailureLog | undefined;
}

export function openFailureLogs(db: Sqlite): FailureLogs {
  const insert = db.prepare("INSERT OR REPLACE INTO failure_logs (fingerprint, log) VALUES (?, ?)");
  const select = db.prepare("SELECT log FROM failure_logs WHERE fingerprint = ?").pluck();
  return {
    keep: (fingerprint, log) => void db.transaction(() => insert.run(fingerprint, canonical(log))).immediate(),
    of(fingerprint) {
      const text = select.get(fingerprint) as string | undefined;
      // What `keep` wrote.
      return text === undefined ? undefined : (parseCanonical(text) as FailureLog);
    },
  };
}
