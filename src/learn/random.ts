/**
 * One named, seeded stream per purpose.
 *
 * The seed of a stream is SHA-256 of (root seed, fold keys, purpose, epoch); so no stream depends on another having
 * been drawn from, on a stage's name, or on order. The generator is xoroshiro128+ of `pure-rand`.
 */
import { createHash } from "node:crypto";
import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";

export interface Stream {
  /** Uniform in [0, 1), with 32 random bits. */
  uniform(): number;
  /** Standard normal (Box–Muller). */
  normal(): number;
  /** Uniform whole number in 0 … n − 1, without modulo bias; n up to 2⁵³. */
  int(n: number): number;
  /** Fisher–Yates: 0 … n − 1 in random order. */
  permutation(n: number): Int32Array;
}

export function stream(seed: number, folds: readonly string[], purpose: string, epoch?: number): Stream {
  const key = createHash("sha256")
    .update(JSON.stringify([seed, folds, purpose, epoch ?? null]))
    .digest();
  const generator = xoroshiro128plusFromState([
    key.readInt32LE(0),
    key.readInt32LE(4),
    key.readInt32LE(8),
    key.readInt32LE(12) | 1,
  ]);
  let spare: number | undefined;
  const word = (): number => generator.next() >>> 0;
  /** Of 53 random bits, for ranges that 32 do not reach. */
  const wide = (n: number): number => {
    const draw = (): number => (word() >>> 11) * 4294967296 + word();
    const limit = Math.floor(9007199254740992 / n) * n;
    let drawn = draw();
    while (drawn >= limit) drawn = draw();
    return drawn % n;
  };
  const uniform = (): number => word() / 4294967296;
  const int = (n: number): number => {
    if (n > 4294967296) return wide(n);
    const limit = Math.floor(4294967296 / n) * n;
    let drawn = word();
    while (drawn >= limit) drawn = word();
    return drawn % n;
  };
  return {
    uniform,
    int,
    normal() {
      if (spare !== undefined) {
        const value = spare;
        spare = undefined;
        return value;
      }
      const radius = Math.sqrt(-2 * Math.log((word() + 1) / 4294967297));
      const angle = 2 * Math.PI * uniform();
      spare = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    },
    permutation(n) {
      const order = Int32Array.from({ length: n }, (_, index) => index);
      for (let index = n - 1; index > 0; index--) {
        const other = int(index + 1);
        const value = order[index]!;
        order[index] = order[other]!;
        order[other] = value;
      }
      return order;
    },
  };
}
