/**
 * What the rounds of a network say: medians, and ratios of hw1 to its peers, above 1 where hw1 is faster.
 *
 * The peers take turns, so a ratio is the median of the rounds' own ratios: what the machine did in a round it did to all.
 */
import { median } from "../src/util/statistics.js";
import type { Workload } from "./networks.js";
import { type Peer, pytorchVariants } from "./peers.js";

/** Items a second, per peer and round. */
export type Rates = ReadonlyMap<Peer, readonly number[]>;
export interface Setting {
  readonly threads: number;
  readonly processes: number;
}

/** hw1 ÷ a peer, to two places; null where either took no part. */
export function ratioTo(peer: Peer | null, rates: Rates): number | null {
  const [own, other] = [rates.get("hw1"), peer && rates.get(peer)];
  return own && other ? Math.round(median(own.map((rate, round) => rate / other[round]!)) * 100) / 100 : null;
}

/** The variant of PyTorch with the highest median rate, of those that took part. */
export function bestPytorch(rates: Rates): Peer | null {
  const present = pytorchVariants.filter((peer) => rates.has(peer));
  const rateOf = (peer: Peer): number => median(rates.get(peer)!);
  return present.reduce<Peer | null>((best, peer) => (best && rateOf(best) >= rateOf(peer) ? best : peer), null);
}

/** What is printed of a network: `pytorch` is the ratio to PyTorch's best variant, `pytorch_eager` to the plain one. */
export function ratioLine(name: Workload, { threads, processes }: Setting, rates: Rates): object {
  return {
    name,
    threads,
    ...(processes > 1 ? { processes } : {}),
    ratios: {
      pytorch: ratioTo(bestPytorch(rates), rates),
      pytorch_eager: ratioTo("pytorch", rates),
      "tfjs-node": ratioTo("tfjs-node", rates),
      ...(rates.has("old") ? { old: ratioTo("old", rates) } : {}),
    },
  };
}
