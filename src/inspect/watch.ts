/**
 * What layers give for examples, batch by batch: a forward pass in the order of the file, as one program of the engine.
 *
 * Nothing is kept between two batches, so that a whole data set can be watched. A batch is as long as its outputs stay
 * below 32 MiB, whatever is tapped, so that what a layer gives does not depend on who else is looked at.
 */
import type { ArrayValue, Compute } from "../compute/program.js";
import { asWritten } from "../learn/arrangement.js";
import { leaves, type PlacedLayer } from "../learn/layer.js";
import { forward } from "../learn/model.js";
import { featuresArray, scaled } from "../learn/predict.js";
import { checkMemory } from "../util/memory.js";
import { sizeOfShape } from "../util/shape.js";
import { tf } from "../util/tfjs.js";
import { plural } from "../util/words.js";
import type { LookedAt, Pause, Shown } from "./looked-at.js";
import { nameable } from "./unfolded.js";

/** Some of the examples, and what the layers gave for them. */
export interface Watched {
  /** Place among the examples of the first of them, from 0. */
  readonly first: number;
  readonly count: number;
  /** By the name of a tap: float32 [count, ...shape], or what was kept of that. */
  readonly outputs: ReadonlyMap<string, Float32Array>;
}

/**
 * @param taps   names of layers among `network.unfolded` or within their blocks
 * @param visit  is shown each batch in order; its arrays are the visitor's to keep
 * @param kept   of an output [batch, ...shape]: what is brought out of the engine, [batch, …]; all of it by default
 */
export async function watch(
  compute: Compute,
  network: LookedAt,
  shown: Shown,
  taps: readonly string[],
  visit: (watched: Watched) => void,
  pause: Pause,
  // A layer that changes nothing gives the tensor that it was given.
  kept: (output: tf.Tensor) => tf.Tensor = (output) => tf.clone(output),
): Promise<void> {
  const count = shown.rows.length;
  if (count === 0 || taps.length === 0) return;
  const batch = Math.min(batchOf(network.unfolded), count);
  const wanted = new Set(taps);
  const names = [...network.parameters.keys()];
  const state = [...network.parameters.values()];
  // In which order they are computed; the first run knows it.
  const order: string[] = [];
  const program = compute.program([featuresArray(shown)], state, (_constants, [rows], parameters, gather) => {
    order.length = 0;
    const outputs: tf.Tensor[] = [];
    const given = new Map(names.map((name, index) => [name, parameters[index]!] as const));
    const input = scaled(gather(0, rows!), shown.scale);
    const tap = (layer: string, output: tf.Tensor): void => {
      if (!wanted.has(layer)) return;
      order.push(layer);
      outputs.push(kept(output));
    };
    forward(network.unfolded, given, input, null, tap, asWritten);
    return { state: parameters, outputs };
  });
  try {
    for (let first = 0; first < count; first += batch) {
      const size = Math.min(batch, count - first);
      // Filled up with its first row, so that one recorded step serves every batch.
      const rows = new Int32Array(batch).fill(shown.rows[first]!);
      rows.set(shown.rows.subarray(first, first + size));
      const made = program.run([{ dtype: "int32", shape: [1, batch], data: rows }]);
      visit({ first, count: size, outputs: new Map(order.map((name, index) => [name, part(made[index]!, size)])) });
      await pause((first + size) / count);
    }
  } finally {
    program.dispose();
  }
}

/** What layers give for all of the examples: by the name of a tap float32 [examples, ...shape]. @throws MemoryError */
export async function collected(
  compute: Compute,
  network: LookedAt,
  shown: Shown,
  taps: readonly string[],
  pause: Pause,
): Promise<ReadonlyMap<string, Float32Array>> {
  const wanted = new Set(taps);
  const numbers = nameable(network.unfolded).reduce(
    (sum, { name, output }) => sum + (wanted.has(name) ? sizeOfShape(output) : 0),
    0,
  );
  checkMemory(4 * numbers * shown.rows.length, () => `What ${plural(wanted.size, "layer")} give for the inputs`);
  const found = new Map<string, Float32Array>();
  const keep = ({ first, count, outputs }: Watched): void => {
    for (const [name, values] of outputs) {
      const size = values.length / count;
      const whole = found.get(name) ?? new Float32Array(size * shown.rows.length);
      found.set(name, whole);
      whole.set(values, first * size);
    }
  };
  await watch(compute, network, shown, taps, keep, pause);
  return found;
}

/** Of an output float32 [1, batch, ...shape] the first examples. */
function part({ data, shape }: ArrayValue, count: number): Float32Array {
  const own = data.length / shape[1]!;
  return (data as Float32Array).slice(0, count * own);
}

const most = 250;
const mostBytes = 32 * 2 ** 20;

function batchOf(layers: readonly PlacedLayer[]): number {
  const bytes = leaves(layers).reduce((sum, { output }) => sum + 4 * sizeOfShape(output), 0);
  return Math.max(1, Math.min(most, Math.floor(mostBytes / bytes)));
}
