/** Layers of a TF.js model under construction: their description as Keras spells it, and the numbers of weights. */
import type { Json, JsonObject } from "../util/json.js";
import { sizeOfShape } from "../util/shape.js";

interface Weight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export class TfjsLayers {
  readonly #layers: JsonObject[] = [];
  readonly #weights: Weight[] = [];

  input(name: string, shape: readonly (number | string)[]): void {
    const config = { batch_input_shape: [null, ...shape], dtype: "float32", sparse: false, name };
    this.#layers.push({ class_name: "InputLayer", config, name, inbound_nodes: [] });
  }

  /** @param given  names of the layers that it reads. @returns  its own name */
  layer(name: string, type: string, config: JsonObject, given: readonly string[]): string {
    this.#layers.push({
      class_name: type,
      config: { ...config, name, trainable: false, dtype: "float32" },
      name,
      inbound_nodes: [given.map((from): Json => [from, 0, 0, {}])],
    });
    return name;
  }

  /** Weights of a layer, in the order in which TF.js asks for them. */
  weight(layer: string, part: string, shape: readonly number[], values: Float32Array): void {
    if (values.length !== sizeOfShape(shape)) throw new Error(`hw1 bug: ${layer}/${part} has another size`);
    this.#weights.push({ name: `${layer}/${part}`, shape, values });
  }

  /** @param matrix  [inputs, units], row by row */
  dense(name: string, x: string, matrix: Float32Array, units: number, bias?: Float32Array): string {
    this.layer(name, "Dense", { units, use_bias: bias !== undefined, activation: "linear" }, [x]);
    this.weight(name, "kernel", [matrix.length / units, units], matrix);
    if (bias) this.weight(name, "bias", [units], bias);
    return name;
  }

  /** (x − mean) gamma / √(variance + epsilon) + beta, channel by channel. */
  normalized(
    name: string,
    x: string,
    parts: { readonly [P in "gamma" | "beta" | "mean" | "variance"]: ArrayLike<number> },
    epsilon: number,
  ): string {
    this.layer(name, "BatchNormalization", { axis: -1, epsilon, momentum: 0.9, center: true, scale: true }, [x]);
    for (const [part, values] of [
      ["gamma", parts.gamma],
      ["beta", parts.beta],
      ["moving_mean", parts.mean],
      ["moving_variance", parts.variance],
    ] as const)
      this.weight(name, part, [values.length], Float32Array.from(values));
    return name;
  }

  topology(input: string, outputs: readonly string[]): Json {
    return {
      keras_version: "2.15.0",
      backend: "tensorflow",
      model_config: {
        class_name: "Functional",
        config: {
          name: "hw1",
          layers: this.#layers,
          input_layers: [[input, 0, 0]],
          output_layers: outputs.map((name): Json => [name, 0, 0]),
        },
      },
    };
  }

  manifest(): readonly JsonObject[] {
    return this.#weights.map(({ name, shape }) => ({ name, shape, dtype: "float32" }));
  }

  bytes(): Uint8Array {
    const whole = new Float32Array(this.#weights.reduce((sum, { values }) => sum + values.length, 0));
    let at = 0;
    for (const { values } of this.#weights) {
      whole.set(values, at);
      at += values.length;
    }
    return new Uint8Array(whole.buffer);
  }
}
