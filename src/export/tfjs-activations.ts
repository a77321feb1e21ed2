/** Each activation as a layer of TF.js, where it has one. Check time asks, so nothing here loads TF.js. */
import { type Activation, type ActivationName, activationName, activationValues } from "../learn/activation.js";
import type { Layer } from "../learn/layer.js";
import type { JsonObject } from "../util/json.js";

/** A layer of TF.js, or why there is none. */
type Written = { readonly type: string; readonly config: JsonObject } | { readonly lacks: string };
const called = (activation: string): Written => ({ type: "Activation", config: { activation } });

const rows: {
  readonly [N in Exclude<ActivationName, "linear">]: (settings: Readonly<Record<string, unknown>>) => Written;
} = {
  relu: () => called("relu"),
  leaky_relu: ({ slope }) => ({ type: "LeakyReLU", config: { alpha: Number(slope) } }),
  elu: ({ alpha }) => (alpha === 1 ? called("elu") : { lacks: "its layer has an `alpha` of 1 alone" }),
  gelu: () => called("gelu"),
  silu: () => called("swish"),
  sigmoid: () => called("sigmoid"),
  tanh: () => called("tanh"),
  softplus: () => called("softplus"),
  softmax: () => called("softmax"),
};

/** Activations that TF.js has no layer for. */
export function lackingActivation(
  layers: readonly Layer[],
): { readonly what: string; readonly because: string } | undefined {
  for (const layer of layers) {
    if (!("activation" in layer) || activationName(layer.activation) === "linear") continue;
    const written = writtenAs(layer.activation);
    if (!("lacks" in written)) continue;
    const settings = Object.entries(activationValues(layer.activation)).map(([name, value]) => `${name}: ${value}`);
    const name = activationName(layer.activation);
    const what = settings.length > 0 ? `\`${name}\` with \`${settings.join(", ")}\`` : `\`${name}\``;
    return { what, because: written.lacks };
  }
  return undefined;
}

/** @param activation  that changes something */
export function writtenAs(activation: Activation): Written {
  const name = activationName(activation);
  if (name === "linear") throw new Error("hw1 bug: nothing to write");
  return rows[name](activationValues(activation));
}
