/** A network's layers as layers of TF.js, which lie as hw1's do: batch, height, width, channels. */
import { type Activation, activationName } from "../learn/activation.js";
import { epsilon as batchNormEpsilon } from "../learn/batch-norm.js";
import { type PlacedLayer, paddingOf, pathsOf } from "../learn/layer.js";
import { epsilon as layerNormEpsilon } from "../learn/layer-norm.js";
import type { DescribedMember } from "./described.js";
import { writtenAs } from "./tfjs-activations.js";
import type { TfjsLayers } from "./tfjs-layers.js";

/** @param input  the layer that the network reads. @returns  the one that gives its outputs */
export function writeNetwork(to: TfjsLayers, member: DescribedMember, input: string): string {
  return new NetworkWriter(to, member).through(member.layers, input);
}

class NetworkWriter {
  constructor(
    readonly to: TfjsLayers,
    readonly member: DescribedMember,
  ) {}

  through(layers: readonly PlacedLayer[], input: string): string {
    return layers.reduce((x, placed) => this.#layer(placed, x), input);
  }

  #layer(placed: PlacedLayer, x: string): string {
    const { to } = this;
    const { layer } = placed;
    const name = this.#named(placed.name);
    switch (layer.type) {
      case "conv": {
        const [top, bottom, left, right] = paddingOf(layer, placed.input);
        const isPadded = top + bottom + left + right > 0;
        const sides = [
          [top, bottom],
          [left, right],
        ];
        const padded = isPadded
          ? to.layer(`${name}.padding`, "ZeroPadding2D", { padding: sides, data_format: "channels_last" }, [x])
          : x;
        const config = { filters: layer.kernels, kernel_size: layer.size, strides: layer.stride };
        to.layer(name, "Conv2D", { ...config, ...plainConv }, [padded]);
        this.#arrays(placed, ["weight", "kernel"], ["bias", "bias"]);
        return this.#activated(placed, name, layer.activation);
      }
      case "dense": {
        to.layer(name, "Dense", { units: layer.units, use_bias: true, activation: "linear" }, [x]);
        this.#arrays(placed, ["weight", "kernel"], ["bias", "bias"]);
        return this.#activated(placed, name, layer.activation);
      }
      case "max_pool":
      case "avg_pool": {
        const type = layer.type === "max_pool" ? "MaxPooling2D" : "AveragePooling2D";
        const config = { pool_size: layer.size, strides: layer.stride, padding: "valid" };
        return to.layer(name, type, { ...config, data_format: "channels_last" }, [x]);
      }
      case "global_avg_pool":
        return to.layer(name, "GlobalAveragePooling2D", { data_format: "channels_last" }, [x]);
      case "flatten":
        return placed.input.length === 1 ? x : to.layer(name, "Flatten", {}, [x]);
      case "activation":
        return this.#activated(placed, x, layer.activation);
      case "dropout":
        return x;
      case "batch_norm": {
        const [gamma, beta, mean, variance] = ["weight", "bias", "running_mean", "running_variance"].map((part) =>
          this.#values(`${placed.name}.${part}`),
        );
        const parts = { gamma: gamma!, beta: beta!, mean: mean!, variance: variance! };
        return to.normalized(name, x, parts, batchNormEpsilon);
      }
      case "layer_norm": {
        const config = { axis: -1, epsilon: layerNormEpsilon, center: true, scale: true };
        to.layer(name, "LayerNormalization", config, [x]);
        this.#arrays(placed, ["weight", "gamma"], ["bias", "beta"]);
        return name;
      }
      case "residual": {
        const paths = pathsOf(placed).map((path) => this.through(path, x));
        return this.#activated(placed, to.layer(name, "Add", {}, paths), layer.activation);
      }
    }
  }

  #named(name: string): string {
    return `${this.member.prefix}${name}`;
  }
  #activated(placed: PlacedLayer, x: string, activation: Activation): string {
    if (activationName(activation) === "linear") return x;
    const written = writtenAs(activation);
    if ("lacks" in written) throw new Error(`hw1 bug: ${activationName(activation)} was let through`);
    const own = placed.layer.type === "activation" ? placed.name : `${placed.name}.activation`;
    return this.to.layer(this.#named(own), written.type, written.config, [x]);
  }
  #values(name: string): Float32Array {
    const found = this.member.parameters.get(name);
    if (!found) throw new Error(`hw1 bug: no parameter ${name}`);
    return found.data as Float32Array;
  }
  /** Ours, and what TF.js calls them, in the order in which it asks for them. */
  #arrays(placed: PlacedLayer, ...parts: readonly (readonly [string, string])[]): void {
    for (const [part, theirs] of parts) {
      const name = `${placed.name}.${part}`;
      const { shape } = placed.parameters.find((parameter) => parameter.name === name)!;
      this.to.weight(this.#named(placed.name), theirs, shape, this.#values(name));
    }
  }
}

const plainConv = {
  padding: "valid",
  data_format: "channels_last",
  dilation_rate: [1, 1],
  activation: "linear",
  use_bias: true,
};
