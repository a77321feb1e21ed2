/** The last state of a training that diverged, kept as a checkpoint: what it holds, and what can be done with it. */
import { failurePreview } from "./failure-preview.js";
import { historyOf, type Score, scoreText, trainingStateOf } from "./model.js";
import { type Outputs, outputOf } from "./output.js";
import type { Preview } from "./preview.js";

export type LeftBehind = {
  /** The last after which all numbers were finite. */
  readonly epoch: number;
  readonly learningRate: number;
  readonly train: Score;
  readonly validation?: Score;
  /** How the training went wrong after it. */
  readonly failure: { readonly title: string; readonly message: string };
  /** Whether a training of so many epochs has this state as its result. */
  readonly isPrefix: boolean;
};

/** Undefined of a checkpoint that was left by an interruption, or while a training ran. */
export function leftBehind({ state }: Outputs, isPrefix: boolean): LeftBehind | undefined {
  if (!state) return undefined;
  const output = outputOf(state, "model");
  const { epoch, diverged } = trainingStateOf(output);
  const last = historyOf(output)[epoch - 1];
  if (!diverged || !last) return undefined;
  const { learningRate, train, validation } = last;
  return { epoch, learningRate, train, ...(validation ? { validation } : {}), failure: diverged, isPrefix };
}

export const divergedPreview = ({ failure: { title, message } }: LeftBehind): Preview =>
  failurePreview({ title, message, option: [] });

export function checkpointPreview({ epoch, train, validation, isPrefix }: LeftBehind): Preview {
  const scores = validation ? `${scoreText(train)}; validation ${scoreText(validation)}` : scoreText(train);
  return [
    { type: "heading", title: "Checkpoint", more: `: epoch ${epoch}, the last after which all numbers are finite` },
    {
      type: "lines",
      lines: [
        `  ${scores}`,
        isPrefix
          ? `  With \`epochs: ${epoch}\` the stage has this state as its result, without another step.`
          : "  The learning rate depends on how many epochs there are: only the same `epochs` go on from this state.",
      ],
    },
  ];
}
export const leftBehindInBrief = ({ epoch, failure }: LeftBehind): string =>
  `${failure.title}; checkpoint of epoch ${epoch}`;
