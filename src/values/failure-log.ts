/**
 * What a step said before it failed, kept apart from the failure: that is a result and says what would be the same
 * again, and how often progress is told is not.
 */
import { plural } from "../util/words.js";
import { scoreText } from "./model.js";
import type { Preview } from "./preview.js";

/** An epoch that ended, as it was told. */
export type LoggedEpoch = {
  readonly epoch: number;
  readonly loss: number;
  readonly accuracy?: number;
  readonly validationLoss?: number;
  readonly validationAccuracy?: number;
};
/** In order; of many the first and the last. */
export type LoggedEpochs = {
  readonly epochs: readonly LoggedEpoch[];
  /** How many of them are left out, and before which place. */
  readonly leftOut: { readonly count: number; readonly before: number } | null;
};
export type FailureLog = LoggedEpochs & {
  /** Warnings and remarks, in order, each once. */
  readonly said: readonly { readonly what: "warning" | "remark"; readonly message: string }[];
};
/** As `show` has it. */
export interface ShownLog extends FailureLog {
  /** Where in the file what went wrong is written: `p.yaml:12:38`. */
  readonly place: string;
  readonly failure: { readonly title: string; readonly message: string };
}

/** Of each end. */
const mostEpochs = 10;
const mostSaid = 50;

export function endsOf(epochs: readonly LoggedEpoch[]): LoggedEpochs {
  const count = epochs.length - 2 * mostEpochs;
  if (count <= 0) return { epochs, leftOut: null };
  const ends = [...epochs.slice(0, mostEpochs), ...epochs.slice(-mostEpochs)];
  return { epochs: ends, leftOut: { count, before: mostEpochs } };
}

/** Takes what is told. */
export class LogKeeper {
  #epochs: LoggedEpochs = { epochs: [], leftOut: null };
  readonly #said = new Map<string, FailureLog["said"][number]>();

  epoch(told: LoggedEpoch): void {
    const { epochs, leftOut } = this.#epochs;
    // A step that begins again tells its epochs again.
    if (told.epoch <= (epochs.at(-1)?.epoch ?? 0)) return;
    const { epochs: ends, leftOut: more } = endsOf([...epochs, told]);
    const count = (leftOut?.count ?? 0) + (more?.count ?? 0);
    this.#epochs = { epochs: ends, leftOut: count > 0 ? { count, before: mostEpochs } : null };
  }

  replace(epochs: LoggedEpochs): void {
    this.#epochs = epochs;
  }

  say(what: "warning" | "remark", message: string): void {
    if (this.#said.size < mostSaid) this.#said.set(`${what} ${message}`, { what, message });
  }

  get log(): FailureLog {
    return { ...this.#epochs, said: [...this.#said.values()] };
  }
}

/** @param element  whose it is, where several are shown */
export function logPreview({ epochs, leftOut, said, place, failure }: ShownLog, element: string | null): Preview {
  const lines = epochs.map(({ epoch, loss, accuracy, validationLoss, validationAccuracy }) => {
    const validation = validationLoss === undefined ? "" : `; validation ${score(validationLoss, validationAccuracy)}`;
    return `  epoch ${epoch}: ${score(loss, accuracy)}${validation}`;
  });
  if (leftOut) lines.splice(leftOut.before, 0, `  … ${plural(leftOut.count, "epoch")} more`);
  const messages = said.map(({ what, message }) => `  ${what}: ${message}`);
  return [
    {
      type: "heading",
      title: "Log",
      more: `${element === null ? "" : ` of ${element}`}: what was told before it failed`,
    },
    { type: "lines", lines: [...lines, ...messages, `  ${place}: ${failure.title}`] },
  ];
}

const score = (loss: number, accuracy: number | undefined): string =>
  scoreText({ loss, ...(accuracy === undefined ? {} : { accuracy }) });
