/**
 * What a stage left, as data: `commands/show.ts` gathers it, `text/show.ts` says it in words, and `--json` prints it.
 */

import type { Allowed } from "../pipeline/pipeline.js";
import type { Json, JsonObject } from "../util/json.js";
import type { LevelGroup } from "../util/levels.js";
import type { Over } from "../values/axes.js";
import type { Computed } from "../values/computed.js";
import type { ShownLog } from "../values/failure-log.js";
import type { LeftBehind } from "../values/left-behind.js";
import type { ListedNetwork, NetworkTable } from "../values/network.js";
import type { PortType } from "../values/output.js";
import type { SpeedReport } from "../values/speed.js";
import type { TensorStatistics } from "../values/tensor-statistics.js";
import type { TestSetLedger } from "./ledger.js";

export interface TensorInfo {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly digest: string | null;
  /** Of the values as stored; null for bytes. */
  readonly statistics: TensorStatistics | null;
}
export interface OutputInfo {
  readonly name: string;
  readonly type: PortType;
  readonly digest: string;
  readonly data: JsonObject;
  readonly tensors: readonly TensorInfo[];
}
export interface ElementInfo {
  readonly element: string | null;
  readonly digest: string | null;
  readonly metrics: JsonObject | null;
  /** 95 % intervals of its metrics, under the same names; absent where it has none. */
  readonly intervals?: JsonObject;
  readonly figures: readonly { readonly format: string; readonly path: string }[];
  /** Files of exported models; absent where there are none. */
  readonly models?: readonly { readonly format: string; readonly path: string }[];
  readonly outputs: readonly OutputInfo[];
  readonly finishedAt: string | null;
  readonly elapsedMs: number | null;
  /** Of a training that diverged: its last state whose numbers are finite. */
  readonly checkpoint?: LeftBehind;
  /** Of a step whose failure is kept: what it said before. */
  readonly log?: ShownLog;
  /** That it trained. */
  readonly network?: NetworkTable;
  /** How fast that was, where it took its time. */
  readonly speed?: SpeedReport;
  /** What was computed: options as they were resolved (without what is read), and the seeds of what it draws. */
  readonly options?: JsonObject;
  readonly seeds?: Json;
  /** In which run, and on what; absent where the history does not reach back so far. */
  readonly computed?: Computed;
}
export interface Shown {
  readonly stage: string;
  readonly kind: string;
  readonly digest: string | null;
  readonly metrics: JsonObject | null;
  /** 95 % intervals of the metrics, under the same names: of the means, where it runs over folds or seeds. */
  readonly intervals?: JsonObject;
  readonly figures: readonly { readonly format: string; readonly path: string }[];
  /** Files of exported models; absent where there are none. */
  readonly models?: readonly { readonly format: string; readonly path: string }[];
  /** What it reads, and the digests of that. */
  readonly lineage: readonly {
    readonly option: string;
    readonly stage: string;
    /** Where the name gives keys of an element; and which stage of a search's trial. */
    readonly element?: string;
    readonly part?: string;
    readonly output: string;
    readonly digest: string | null;
  }[];
  readonly outputs: readonly OutputInfo[];
  /** Warnings that the stage allows, as the file says now; absent where it allows none. */
  readonly allowed?: readonly string[];
  /** The same of the stages that it goes back to. */
  readonly allowedBefore?: readonly Allowed[];
  /** Of one that judges by a test set: what the ledger has of that; absent where nothing. */
  readonly ledger?: readonly TestSetLedger[];
  readonly elements?: readonly ElementInfo[];
  /** What it runs over, outermost first; absent where it runs once. */
  readonly each?: readonly Over[];
  /** Where that is more than one axis: the metrics at each level, outermost first. */
  readonly levels?: readonly (Over & { readonly elements: readonly LevelGroup[] })[];
  /** Where it runs over seeds: stages behind it that draw random numbers and are the same for every seed. */
  readonly fixed?: readonly { readonly stage: string; readonly kind: string }[];
  readonly finishedAt: string | null;
  readonly elapsedMs: number | null;
  /** Why there is no result, where there is none. */
  readonly missing: string | null;
  readonly checkpoint?: LeftBehind;
  readonly log?: ShownLog;
  readonly network?: NetworkTable;
  readonly speed?: SpeedReport;
  readonly options?: JsonObject;
  readonly seeds?: Json;
  readonly computed?: Computed;
  /** Of what runs over elements, and of a search: each once, with who trained it. */
  readonly networks?: readonly ListedNetwork[];
  /** Of a search: how many steps of its trials are done, and the time that they took; shared ones count in each. */
  readonly cells?: { readonly count: number; readonly elapsedMs: number };
}
