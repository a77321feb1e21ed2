/** How fast a training's steps were, in words. */
import { rounded } from "../util/numbers.js";
import { plural } from "../util/words.js";

/**
 * How fast the steps of a training were against what the machine's products reach on as many threads, in floating-point
 * operations a second; a multiplication and an addition are two. Of steps those of weights count, forward and backward.
 */
export type SpeedReport = {
  readonly stepRate: number;
  readonly productRate: number;
  readonly threads: number;
};

/** `a step reached 41 % of the 98 GFLOP/s that this machine's products reach on 1 thread` */
export function speedText({ stepRate, productRate, threads }: SpeedReport): string {
  const share = (100 * stepRate) / productRate;
  const percent = share < 1 ? "less than 1 %" : `${Math.round(share)} %`;
  const rate = rounded(productRate / 1e9, 2);
  const on = plural(threads, "thread");
  return `a step reached ${percent} of the ${rate} GFLOP/s that this machine's products reach on ${on}`;
}
