/** In which run a result was computed, on what, and what had been done before: a time means little without. */
import type { JsonObject } from "../util/json.js";

/** What a run computes on and with. Nothing of it is in a fingerprint beyond the versions of the engine's packages. */
export type Machine = {
  readonly platform: string;
  readonly arch: string;
  /** The processor's name, and which vector instructions it has, where the system tells. */
  readonly cpu: string;
  readonly simd: readonly string[];
  readonly cores: number;
  readonly memoryBytes: number;
  readonly node: string;
  readonly hw1: string;
  /** Its name, and the exact versions of its packages. */
  readonly engine: JsonObject;
  /** Steps at the same time, at most. */
  readonly jobs: number;
};

/** Of a training that went on from a state: the epochs that were there, and the milliseconds that they had taken. */
export type Resumed = {
  readonly epochs: number;
  /** Null where the state was left by an hw1 that did not count. */
  readonly elapsedMs: number | null;
};

export interface Computed {
  /** Number of the run, as `hw1 runs` lists it. */
  readonly run: number;
  readonly startedAt: string;
  /** From the command to the end of the run, in milliseconds; null where it has not ended, or that is not known. */
  readonly wallMs: number | null;
  /** Null of a run by an hw1 that did not tell. */
  readonly machine: Machine | null;
  readonly resumed?: Resumed;
}
