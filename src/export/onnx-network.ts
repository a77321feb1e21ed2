/**
 * A network's layers as ops of ONNX, opset 17.
 *
 * Images are batch, height, width, channels in hw1 and batch, channels, height, width in ONNX's convolutions: a value
 * knows how it lies, and is turned only for a layer that insists.
 */
import type { ArrayValue } from "../compute/program.js";
import type { Activation } from "../learn/activation.js";
import { epsilon as batchNormEpsilon } from "../learn/batch-norm.js";
import { type PlacedLayer, paddingOf, pathsOf } from "../learn/layer.js";
import { epsilon as layerNormEpsilon } from "../learn/layer-norm.js";
import type { OnnxGraph } from "../onnx/graph.js";
import type { DescribedMember } from "./described.js";
import { needsLastAxis, writeActivation } from "./onnx-activations.js";

/** A value of the graph. Rows of numbers lie as they lie. */
interface Value {
  readonly name: string;
  readonly lies: "channels last" | "channels first" | "rows";
}

export const bytesOf = ({ data }: { readonly data: ArrayBufferView }): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** @param input  float32 [batch, ...shape], normalised. @returns  float32 [batch, outputs] */
export function writeNetwork(graph: OnnxGraph, member: DescribedMember, input: string): string {
  const [first] = member.layers;
  const areImages = first!.input.length === 3;
  return new NetworkWriter(graph, member).through(member.layers, {
    name: input,
    lies: areImages ? "channels last" : "rows",
  }).name;
}

class NetworkWriter {
  constructor(
    readonly graph: OnnxGraph,
    readonly member: DescribedMember,
  ) {}

  through(layers: readonly PlacedLayer[], input: Value): Value {
    return layers.reduce((value, placed) => this.#layer(placed, value), input);
  }

  #layer(placed: PlacedLayer, x: Value): Value {
    const { graph } = this;
    const { layer } = placed;
    const name = this.#named(placed.name);
    switch (layer.type) {
      case "conv": {
        const [top, bottom, left, right] = paddingOf(layer, placed.input);
        const turned = this.#channelsFirst(x).name;
        const given = [turned, this.#kernels(placed.name), this.#array(`${placed.name}.bias`)];
        const convolved = graph.addAs(name, "Conv", given, {
          kernel_shape: { ints: layer.size },
          strides: { ints: layer.stride },
          pads: { ints: [top, left, bottom, right] },
        });
        return this.#activated(placed, { name: convolved, lies: "channels first" }, layer.activation);
      }
      case "dense": {
        const given = [x.name, this.#array(`${placed.name}.weight`), this.#array(`${placed.name}.bias`)];
        return this.#activated(placed, { name: graph.addAs(name, "Gemm", given), lies: "rows" }, layer.activation);
      }
      case "max_pool":
      case "avg_pool": {
        const op = layer.type === "max_pool" ? "MaxPool" : "AveragePool";
        const turned = this.#channelsFirst(x).name;
        const window = { kernel_shape: { ints: layer.size }, strides: { ints: layer.stride } };
        return { name: graph.addAs(name, op, [turned], window), lies: "channels first" };
      }
      case "global_avg_pool": {
        const pooled = graph.add("GlobalAveragePool", [this.#channelsFirst(x).name]);
        return { name: graph.addAs(name, "Flatten", [pooled], { axis: { int: 1 } }), lies: "rows" };
      }
      case "flatten": {
        const rows = this.#channelsLast(x).name;
        return { name: graph.addAs(name, "Flatten", [rows], { axis: { int: 1 } }), lies: "rows" };
      }
      case "activation":
        return this.#activated(placed, x, layer.activation);
      case "dropout":
        return x;
      case "batch_norm": {
        const turned = this.#channelsFirst(x);
        const parts = ["weight", "bias", "running_mean", "running_variance"];
        const given = [turned.name, ...parts.map((part) => this.#array(`${placed.name}.${part}`))];
        const made = graph.addAs(name, "BatchNormalization", given, { epsilon: { float: batchNormEpsilon } });
        return { ...turned, name: made };
      }
      case "layer_norm": {
        const turned = this.#channelsLast(x);
        const given = [turned.name, ...["weight", "bias"].map((part) => this.#array(`${placed.name}.${part}`))];
        const options = { axis: { int: -1 }, epsilon: { float: layerNormEpsilon } };
        return { ...turned, name: graph.addAs(name, "LayerNormalization", given, options) };
      }
      case "residual": {
        const [own, around] = pathsOf(placed).map((path) => this.through(path, x)) as [Value, Value];
        const beside = own.lies === "channels first" ? this.#channelsFirst(around) : this.#channelsLast(around);
        const sum = graph.addAs(name, "Add", [own.name, beside.name]);
        return this.#activated(placed, { ...own, name: sum }, layer.activation);
      }
    }
  }

  #named(name: string): string {
    return `${this.member.prefix}${name}`;
  }

  #activated(placed: PlacedLayer, x: Value, activation: Activation): Value {
    const value = needsLastAxis(activation) ? this.#channelsLast(x) : x;
    const to = placed.layer.type === "activation" ? placed.name : `${placed.name}.activation`;
    return { ...value, name: writeActivation(this.graph, activation, value.name, this.#named(to)) };
  }

  #channelsFirst(x: Value): Value {
    return x.lies === "channels last" ? this.#turned(x, [0, 3, 1, 2], "channels first") : x;
  }
  #channelsLast(x: Value): Value {
    return x.lies === "channels first" ? this.#turned(x, [0, 2, 3, 1], "channels last") : x;
  }
  #turned({ name }: Value, perm: readonly number[], lies: Value["lies"]): Value {
    return { name: this.graph.add("Transpose", [name], { perm: { ints: perm } }), lies };
  }

  #given(name: string): ArrayValue {
    const found = this.member.parameters.get(name);
    if (!found) throw new Error(`hw1 bug: no parameter ${name}`);
    return found;
  }
  #array(name: string): string {
    const value = this.#given(name);
    return this.graph.constantAs(this.#named(name), "float32", value.shape, bytesOf(value));
  }
  /** [height, width, channels, kernels] as [kernels, channels, height, width]. */
  #kernels(layer: string): string {
    const { shape, data } = this.#given(`${layer}.weight`);
    const [height, width, channels, kernels] = shape as [number, number, number, number];
    const turned = new Float32Array(data.length);
    const places = height * width;
    for (let place = 0; place < places; place++)
      for (let channel = 0; channel < channels; channel++)
        for (let kernel = 0; kernel < kernels; kernel++)
          turned[(kernel * channels + channel) * places + place] =
            data[(place * channels + channel) * kernels + kernel]!;
    const name = this.#named(`${layer}.weight`);
    return this.graph.constantAs(name, "float32", [kernels, channels, height, width], bytesOf({ data: turned }));
  }
}
