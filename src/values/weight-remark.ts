/** What is said of how the weights of a layer lie around 0: only what their numbers bear. */
import { shortText } from "../util/numbers.js";
import type { AroundZero, Ratio } from "./weight-statistics.js";

/**
 * `dense_1: bell-shaped around 0` · `dense_2: no peak at 0`, with the numbers that say so; nothing where neither is
 * borne out.
 */
export function aroundZeroText({
  layer,
  sd,
  around,
}: {
  readonly layer: string;
  readonly sd: number;
  readonly around: AroundZero | null;
}): readonly string[] {
  if (!around) return sd === 0 ? [`${layer}: all weights are equal`] : [];
  const { againstBeside, offset, isBell, peak } = around;
  const times = `within ½ sd of 0 weights are ${ratioText(againstBeside)} times as dense as beside it`;
  if (isBell) return [`${layer}: bell-shaped around 0, mean ${shortText(offset, 2)} sd; ${times}`];
  if (peak === "none") return [`${layer}: no peak at 0; ${times}`];
  return [];
}

/** `1.28 (1.12 to 1.46)` */
export const ratioText = ({ value, low, high }: Ratio): string =>
  value === null
    ? "–"
    : `${shortText(value)} (${low === null ? "–" : shortText(low)} to ${high === null ? "∞" : shortText(high)})`;
