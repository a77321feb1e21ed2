/**
 * The examples of a data set that excite a unit most, and where.
 *
 * The engine takes the extremes of a unit over its places, example by example, so that of a whole data set little more
 * than two numbers for each example and unit are brought out, and nothing is kept but the best. Only these are looked
 * at once more for their places: finding those of all maxima would take half as long again. An example counts once, by
 * its first strongest place; of examples alike the first in the order of the data comes first. Examples in which a unit
 * is nowhere above its least value over all of the data do not excite it and are left out: of a unit that gives one
 * value for everything that are all of them.
 */
import type { Compute } from "../compute/program.js";
import { tf } from "../util/tfjs.js";
import type { LookedAt, Pause, Shown } from "./looked-at.js";
import { watch } from "./watch.js";

export interface Excited {
  /** Among the examples, from 0. */
  readonly example: number;
  readonly value: number;
  /** Where in the map, from 0, row after row; 0 in a row of numbers. */
  readonly place: number;
}
export interface Strongest {
  /** Over all examples and places. */
  readonly lowest: number;
  readonly highest: number;
  /** Examples in which it is above `lowest` anywhere. */
  readonly active: number;
  /** At most as many as were asked for, the strongest first. */
  readonly best: readonly Excited[];
}
/** Which units of a layer, from 0, of the last axis of what it gives. */
export interface Wanted {
  /** What a tap is told. */
  readonly tap: string;
  readonly units: readonly number[];
  /** Units that the layer has, and whether each has several places: [height, width, units]. */
  readonly width: number;
  readonly isMap: boolean;
}

/**
 * @param count  how many of the strongest
 * @returns      for each of `wanted`, in the order of its units
 * @throws       NotFiniteError where a unit gives no number
 */
export async function strongest(
  compute: Compute,
  network: LookedAt,
  shown: Shown,
  wanted: readonly Wanted[],
  count: number,
  pause: Pause,
): Promise<readonly (readonly Strongest[])[]> {
  const rankings = wanted.map(({ units }) => units.map(() => new Ranking(count)));
  await watch(
    compute,
    network,
    shown,
    wanted.map(({ tap }) => tap),
    ({ first, count: examples, outputs }) => {
      for (const [index, { tap, units }] of wanted.entries()) {
        const extremes = outputs.get(tap)!;
        const channels = extremes.length / (2 * examples);
        for (let at = 0; at < examples; at++)
          for (const [nth, unit] of units.entries()) {
            const [most, least] = [0, 1].map((part) => extremes[(2 * at + part) * channels + unit]!);
            if (!Number.isFinite(most) || !Number.isFinite(least)) throw new NotFiniteError(index, first + at);
            rankings[index]![nth]!.add({ example: first + at, value: most!, place: 0 }, least!);
          }
      }
    },
    (done) => pause(firstShare * done),
    extremesOf,
  );
  const found = rankings.map((units) => units.map((ranking) => ranking.strongest()));
  return withPlaces(compute, network, shown, wanted, found, (done) => pause(firstShare + (1 - firstShare) * done));
}
/** Of the work, before places are looked for. */
const firstShare = 0.95;

/** Goes over the best examples of maps once more, each once. */
async function withPlaces(
  compute: Compute,
  network: LookedAt,
  shown: Shown,
  wanted: readonly Wanted[],
  found: readonly (readonly Strongest[])[],
  pause: Pause,
): Promise<readonly (readonly Strongest[])[]> {
  const maps = wanted.flatMap((each, index) => (each.isMap ? [{ ...each, index }] : []));
  const best = maps.flatMap(({ index }) => found[index]!.flatMap((unit) => unit.best));
  const examples = [...new Set(best.map(({ example }) => example))].sort((a, b) => a - b);
  const placeAmong = new Map(examples.map((example, at) => [example, at]));
  /** By layer, unit and example. */
  const places = new Map<string, number>();
  const rows = Int32Array.from(examples, (example) => shown.rows[example]!);
  await watch(
    compute,
    network,
    { ...shown, rows },
    maps.map(({ tap }) => tap),
    ({ first, count, outputs }) => {
      for (const { tap, units, width, index } of maps) {
        const values = outputs.get(tap)!;
        const size = values.length / count;
        for (const [nth, unit] of units.entries())
          for (const { example } of found[index]![nth]!.best) {
            const at = placeAmong.get(example)! - first;
            if (at < 0 || at >= count) continue;
            places.set(keyOf(index, nth, example), placeOfMost(values, at * size, size / width, width, unit));
          }
      }
    },
    pause,
  );
  const placed = (excited: Excited, index: number, nth: number): Excited => ({
    ...excited,
    place: places.get(keyOf(index, nth, excited.example)) ?? 0,
  });
  return found.map((units, index) =>
    units.map((unit, nth) => ({ ...unit, best: unit.best.map((excited) => placed(excited, index, nth)) })),
  );
}
const keyOf = (layer: number, unit: number, example: number): string => `${layer},${unit},${example}`;

/** The first place, from 0, of the largest of every `channels`-th number from `from` on. */
function placeOfMost(values: Float32Array, from: number, places: number, channels: number, unit: number): number {
  let most = 0;
  for (let place = 1; place < places; place++)
    if (values[from + place * channels + unit]! > values[from + most * channels + unit]!) most = place;
  return most;
}

export class NotFiniteError extends Error {
  /** @param wanted  which of those that were asked for, from 0; so is the example */
  constructor(
    readonly wanted: number,
    readonly example: number,
  ) {
    super("a layer gives numbers that are not finite");
  }
}

/** float32 [batch, …, units] → [batch, 2, units]: the largest and the least. */
function extremesOf(output: tf.Tensor): tf.Tensor {
  const [batch, units] = [output.shape[0]!, output.shape[output.shape.length - 1]!];
  const places = tf.reshape(output, [batch, -1, units]);
  return tf.stack([tf.max(places, 1), tf.min(places, 1)], 1);
}

class Ranking {
  #lowest = Number.POSITIVE_INFINITY;
  #examples = 0;
  #active = 0;
  readonly #best: Excited[] = [];

  constructor(readonly count: number) {}

  add(excited: Excited, least: number): void {
    if (least < this.#lowest) {
      // Whoever came before was nowhere this low.
      this.#active = this.#examples;
      this.#lowest = least;
    }
    this.#examples++;
    if (excited.value > this.#lowest) this.#active++;
    const last = this.#best[this.#best.length - 1];
    if (this.#best.length === this.count) {
      if (excited.value <= last!.value) return;
      this.#best.pop();
    }
    let at = this.#best.length;
    while (at > 0 && this.#best[at - 1]!.value < excited.value) at--;
    this.#best.splice(at, 0, excited);
  }

  strongest(): Strongest {
    return {
      lowest: this.#lowest,
      // The best are never none: there is at least one example, and room for one.
      highest: this.#best[0]!.value,
      active: this.#active,
      best: this.#best.filter(({ value }) => value > this.#lowest),
    };
  }
}
