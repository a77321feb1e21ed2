/**
 * Examples that excite a unit, as starts for units that stay silent wherever they climb from noise.
 *
 * The data are gone through in their order, in blocks, until an example wakes the unit: the strongest so far is its
 * start, or that of all examples where none does. So a unit that answers now and then costs little, and one that never
 * does is known to have been shown every example.
 */
import type { Compute } from "../compute/program.js";
import type { PlacedLayer } from "../learn/layer.js";
import { featuresArray, scaled } from "../learn/predict.js";
import { tf } from "../util/tfjs.js";
import type { LookedAt, Shown } from "./looked-at.js";
import { parametersUsed, unitOutputs } from "./unit-outputs.js";
import type { UnitView } from "./unit-view.js";

/** Examples of a block, and of one step of the engine. */
const block = 1000;
const batch = 100;

/**
 * @param silent  units, counted from 0, with the activation that they stay at
 * @param pause   between calls of the engine
 * @returns       of each of the units the place of an example among those of `data`, counted from 0
 */
export async function excitingExamples(
  compute: Compute,
  looked: LookedAt,
  view: UnitView,
  target: PlacedLayer,
  data: Shown,
  silent: ReadonlyMap<number, number>,
  pause: () => Promise<void>,
): Promise<ReadonlyMap<number, number>> {
  const awake = new Set<number>();
  const strongest = new Map<number, { readonly place: number; readonly height: number }>();
  const { names, arrays } = parametersUsed(view, looked.parameters);
  const program = compute.program([featuresArray(data)], arrays, (_constants, [rows], state, gather) => {
    const parameters = new Map(names.map((name, index) => [name, state[index]!] as const));
    const x = windowOf(view, scaled(gather(0, rows!), data.scale));
    const { climbed, given } = unitOutputs(view, target, parameters, x);
    return { state, outputs: [climbed, given] };
  });
  const count = data.rows.length;
  try {
    for (let from = 0; from < count && awake.size < silent.size; from += block) {
      const own = Math.min(block, count - from);
      const steps = Math.ceil(own / batch);
      // Filled up with its first row, which changes no maximum.
      const rows = new Int32Array(steps * batch).fill(data.rows[from]!);
      rows.set(data.rows.subarray(from, from + own));
      const outputs = program.run([{ dtype: "int32", shape: [steps, batch], data: rows }]);
      const [heights, activations] = outputs.map(({ data: values }) => values) as [Float32Array, Float32Array];
      const units = heights.length / rows.length;
      for (const [unit, silence] of silent) {
        if (awake.has(unit)) continue;
        for (let each = 0; each < own; each++) {
          const at = each * units + unit;
          if (!(heights[at]! <= (strongest.get(unit)?.height ?? Number.NEGATIVE_INFINITY)))
            strongest.set(unit, { place: from + each, height: heights[at]! });
          if (activations[at]! > silence) awake.add(unit);
        }
      }
      await pause();
    }
  } finally {
    program.dispose();
  }
  return new Map([...silent.keys()].map((unit) => [unit, strongest.get(unit)!.place]));
}

/** The part of whole examples that the layers are placed on. */
function windowOf({ crop }: UnitView, x: tf.Tensor): tf.Tensor {
  if (!crop || (crop.height === x.shape[1] && crop.width === x.shape[2])) return x;
  return tf.slice(x, [0, crop.top, crop.left, 0], [x.shape[0]!, crop.height, crop.width, x.shape[3]!]);
}
