/**
 * The inputs that the units of a layer prefer: of several climbs of each unit the one that got highest.
 *
 * Climbs start at noise of a stream of its own for each unit and start. A unit whose activation stays the same on all
 * of them, as that of a rectifier does that never opens, starts once more at an example that excites it. Where it gives
 * the same from there, too, it is saturated, and has no picture. Where it differs from start to start though none rose,
 * the highest start is its picture: of examples of one number there are two inputs as far from the mean, and nothing
 * between them to climb.
 */
import type { Compute } from "../compute/program.js";
import { MistakeError } from "../diagnostic/diagnostic.js";
import type { PlacedLayer } from "../learn/layer.js";
import type { Stream } from "../learn/random.js";
import { sizeOfShape } from "../util/shape.js";
import { Ascent, type AscentSettings, batchLength, type Climb, isLost } from "./ascent.js";
import { excitingExamples } from "./ascent-examples.js";
import { noise, type Surroundings, seenFeatures, surroundingsOf } from "./ascent-starts.js";
import type { LookedAt, Shown } from "./looked-at.js";
import { freeShape } from "./unit-outputs.js";
import { type UnitView, unitView } from "./unit-view.js";

export interface PreferredSettings extends Pick<AscentSettings, "blur" | "step" | "tries"> {
  /** Distance from the mean of the data, in mean distances of its examples. */
  readonly norm: number;
  /** Climbs of each unit. */
  readonly starts: number;
}

/** Where a climb began: at noise, by its number from 1, or at an example, by its place from 0. */
export type ClimbStart = { readonly noise: number } | { readonly example: number };

export interface PreferredInput {
  /** Counted from 0. */
  readonly unit: number;
  readonly from: ClimbStart;
  /** Null of a saturated unit. */
  readonly climb: Climb | null;
  /** The activation to which each start from noise led; null where it did not rise. */
  readonly ends: readonly (number | null)[];
  /** The activation that a saturated unit stays at. */
  readonly silence?: number;
}
export interface PreferredInputs extends Surroundings {
  readonly view: UnitView;
  /** Of each input, [...shape]. */
  readonly shape: readonly number[];
  /** Of all inputs, from the origin. */
  readonly radius: number;
  /** In the order of the units that were asked for. */
  readonly units: readonly PreferredInput[];
}

/**
 * @param units   counted from 0
 * @param stream  by purpose
 * @param pause   between calls of the engine: how much is done, 0 … 1
 */
export async function preferredInputs(
  compute: Compute,
  looked: LookedAt,
  target: PlacedLayer,
  units: readonly number[],
  data: Shown,
  settings: PreferredSettings,
  stream: (purpose: string) => Stream,
  pause: (fraction: number) => Promise<void>,
): Promise<PreferredInputs> {
  const view = unitView(looked, target);
  const surroundings = surroundingsOf(data, view);
  const shape = freeShape(view);
  const radius = settings.norm * surroundings.distance;
  const made = { ...surroundings, view, shape, radius };
  // Where examples do not differ there is one input alone.
  if (!(radius > 0)) return { ...made, units: [] };
  const ascent = new Ascent(compute, looked.parameters, view, target, { ...settings, origin: made.origin, radius });
  const groups = groupsOf(units);
  const size = sizeOfShape(shape);
  // Of one number there are two inputs: a start and its opposite.
  const starts = size === 1 ? Math.max(2, settings.starts) : settings.starts;
  const climbs = new Map(units.map((unit) => [unit, new ClimbsOfUnit()]));
  const all = groups.length * (starts + 1);
  let done = 0;
  const climbAll = async (
    fromOf: (unit: number) => ClimbStart | null,
    startOf: (unit: number, from: ClimbStart) => Float32Array,
  ): Promise<void> => {
    for (const group of groups) {
      const from = group.map((unit) => (unit === null ? null : fromOf(unit)));
      const places = group.map((unit, place) => (from[place] ? unit : null));
      if (places.some((unit) => unit !== null)) {
        const begun = places.map((unit, place) => (unit === null ? null : startOf(unit, from[place]!)));
        const found = await ascent.climb(places, begun, () => pause(done / all));
        for (const [place, climb] of found.entries()) {
          if (!climb) continue;
          if (isLost(climb)) throw notFinite(target.name, places[place]!);
          climbs.get(places[place]!)!.add(climb, from[place]!);
        }
      }
      done++;
    }
  };
  try {
    for (let start = 1; start <= starts; start++)
      await climbAll(
        () => ({ noise: start }),
        (unit) => noise(size, start, stream, `preferred_inputs ${target.name} ${unit + 1}`),
      );
    const silent = new Map([...climbs].flatMap(([unit, { silence }]) => (silence === null ? [] : [[unit, silence]])));
    const examples =
      silent.size === 0
        ? new Map<number, number>()
        : await excitingExamples(compute, looked, view, target, data, silent, () => pause(done / all));
    const seen = seenFeatures(view, data.shape);
    await climbAll(
      (unit) => (examples.has(unit) ? { example: examples.get(unit)! } : null),
      (unit) => exampleStart(data, examples.get(unit)!, seen, made.origin),
    );
    return { ...made, units: units.map((unit) => climbs.get(unit)!.preferred(unit)) };
  } finally {
    ascent.dispose();
  }
}

/** Batches in which a unit stands at its own place, whoever else is asked for. */
function groupsOf(units: readonly number[]): readonly (readonly (number | null)[])[] {
  const groups = new Map<number, (number | null)[]>();
  for (const unit of [...units].sort((a, b) => a - b)) {
    const number = Math.floor(unit / batchLength);
    const group = groups.get(number) ?? new Array<number | null>(batchLength).fill(null);
    group[unit % batchLength] = unit;
    groups.set(number, group);
  }
  return [...groups.values()];
}

const notFinite = (layer: string, unit: number): MistakeError =>
  new MistakeError({
    title: "activations that are not finite",
    message:
      `Unit ${unit + 1} of \`${layer}\` gives NaN or infinity for inputs as far from the mean of the data as their ` +
      "examples, so that there is nothing to climb. Its training diverged: try a smaller learning rate.",
    at: ["model"],
  });

const last = (values: Float32Array): number => values[values.length - 1]!;
const hasRisen = ({ activations }: Climb): boolean => last(activations) > activations[0]!;

/** Of all climbs of a unit no more than the highest is held: there may be thousands of units. */
class ClimbsOfUnit {
  /** Of those that rose, else of all; of equal ones the first. */
  #best: { readonly climb: Climb; readonly from: ClimbStart } | undefined;
  readonly #ends: (number | null)[] = [];
  /** Activations at the ends. */
  #least = Number.POSITIVE_INFINITY;
  #most = Number.NEGATIVE_INFINITY;

  add(climb: Climb, from: ClimbStart): void {
    const end = last(climb.activations);
    if ("noise" in from) this.#ends.push(hasRisen(climb) ? end : null);
    this.#least = Math.min(this.#least, end);
    this.#most = Math.max(this.#most, end);
    if (!this.#best || isHigher(climb, this.#best.climb)) this.#best = { climb, from };
  }

  /** The activation, where it is the same all along every climb. */
  get silence(): number | null {
    return hasRisen(this.#best!.climb) || this.#least < this.#most ? null : this.#most;
  }

  preferred(unit: number): PreferredInput {
    const { silence } = this;
    const ends = this.#ends;
    return silence === null ? { unit, ends, ...this.#best! } : { unit, ends, from: { noise: 1 }, climb: null, silence };
  }
}

const isHigher = (climb: Climb, other: Climb): boolean =>
  hasRisen(climb) === hasRisen(other) ? last(climb.heights) > last(other.heights) : hasRisen(climb);

/** What is seen of an example, as its difference from the origin. */
function exampleStart(
  { features, rows, shape, scale }: Shown,
  place: number,
  seen: Int32Array,
  origin: readonly number[],
): Float32Array {
  const from = rows[place]! * sizeOfShape(shape);
  return Float32Array.from(seen, (at) => features[from + at]! * scale - origin[at % origin.length]!);
}
