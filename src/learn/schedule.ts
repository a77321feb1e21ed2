/**
 * Learning rates over time. t counts epochs with fractions: 0 at the first step, `epochs` after the last.
 *
 *   constant  η = from
 *   step      η = from · factor^⌊t / every⌋
 *   cosine    η = to + (from − to) (1 + cos(π (t − w) / (epochs − w))) / 2        (Loshchilov & Hutter, 2017)
 *   warm_up   in the first w epochs η rises linearly: times (t + one step) / w
 */
export type Schedule = { readonly warmUp: number } & (
  | { readonly type: "constant"; readonly from: number }
  | { readonly type: "step"; readonly from: number; readonly every: number; readonly factor: number }
  | { readonly type: "cosine"; readonly from: number; readonly to: number }
);

/** @param step from 0, over the whole training */
export function learningRate(schedule: Schedule, step: number, stepsPerEpoch: number, epochs: number): number {
  const t = step / stepsPerEpoch;
  const { warmUp } = schedule;
  const warm = warmUp > 0 ? Math.min(1, (t + 1 / stepsPerEpoch) / warmUp) : 1;
  switch (schedule.type) {
    case "constant":
      return warm * schedule.from;
    case "step":
      return warm * schedule.from * schedule.factor ** Math.floor(t / schedule.every);
    case "cosine": {
      const share = epochs > warmUp ? Math.min(1, Math.max(0, (t - warmUp) / (epochs - warmUp))) : 1;
      return warm * (schedule.to + ((schedule.from - schedule.to) * (1 + Math.cos(Math.PI * share))) / 2);
    }
  }
}

/** Whether the rate of a step depends on the length of the whole training. */
export const dependsOnLength = (schedule: Schedule): boolean => schedule.type === "cosine";
