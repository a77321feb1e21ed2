/** What a network ends in against what its loss learns: one output per class, or per target. */
import type { OptionPath } from "../diagnostic/diagnostic.js";
import { type Activation, activationName, functionOf } from "../learn/activation.js";
import { type LossName, losses, lossNames } from "../learn/losses.js";
import { plural } from "../util/words.js";
import { lastWeighted, type Network } from "./layers.js";

interface OutputMisfit {
  readonly title: string;
  readonly message: string;
  /** The option at fault: the loss, or a place in the layers. */
  readonly at: OptionPath;
  /** Whether the number of outputs is what does not fit. */
  readonly isNumber: boolean;
}
/** What the data say; undefined where that is not known, which is no mistake. */
interface Wanted {
  /** Null where the labels are numbers. */
  readonly classes: readonly string[] | null | undefined;
  readonly targets: number | undefined;
}

export function misfitOfOutput(
  loss: LossName,
  network: Network,
  output: readonly number[],
  { classes, targets }: Wanted,
): OutputMisfit | null {
  const shape = `float32 [batch, ${output.join(", ")}]`;
  const ofLoss = (title: string, message: string): OutputMisfit => ({ title, message, at: ["loss"], isNumber: false });
  const row = losses[loss];
  if (row.learns === "classes" && classes === null)
    return ofLoss(
      `${loss} needs classes`,
      targets !== undefined && targets > 1
        ? `\`${loss}\` learns classes, but these labels are ${targets} numbers an example. Use \`loss: mse\`, ` +
            "or load one target and declare its `classes:`."
        : `\`${loss}\` learns classes, but these labels are numbers. Declare \`classes:\` in the \`load\` stage, ` +
            "or use `loss: mse`.",
    );
  if (row.learns === "numbers" && classes)
    return ofLoss(
      `${loss} needs numbers`,
      `\`${loss}\` learns numbers, but these labels are classes. Use \`loss: cross_entropy\`.`,
    );
  const wanted = row.learns === "classes" ? row.outputs(classes?.length) : targets;
  if (wanted === null)
    return ofLoss(
      `${loss} needs two classes`,
      `\`${loss}\` learns two classes, but there are ${classes!.length}. ` +
        "Use `loss: cross_entropy`, with one output per class.",
    );
  if (output.length !== 1)
    return {
      title: "outputs are not flat",
      message:
        `\`${loss}\` takes one row of outputs per example, but the network ends in ${shape}. ` +
        "Add `- flatten` and a `dense` layer.",
      at: placeOfWidth(network),
      isNumber: false,
    };
  if (wanted === undefined || output[0] === wanted) return null;
  return {
    title: row.learns === "classes" ? "outputs do not match classes" : "outputs do not match targets",
    message:
      `\`${loss}\` needs ${wantedText(row)}: float32 [batch, ${wanted}], but the network ends in ${shape}.\n` +
      `${remedy(loss, network, output[0]!, wanted)}`,
    at: placeOfWidth(network),
    isNumber: true,
  };
}
function wantedText(row: (typeof losses)[LossName]): string {
  if (row.learns === "numbers") return "one output per target";
  return row.outputs(undefined) === undefined ? "one output per class" : "one output for both classes";
}

/** What the last layer does to the outputs, where it does anything. */
export function lastActivation({
  layers,
  placeOf,
}: Network): { readonly activation: Activation; readonly at: OptionPath; readonly isOfBlock: boolean } | null {
  const last = layers[layers.length - 1];
  if (!last || !("activation" in last) || functionOf(last.activation).isIdentity) return null;
  const at = placeOf(last);
  return {
    activation: last.activation,
    at: last.type === "activation" ? at : [...at, last.type, "activation"],
    isOfBlock: last.type === "residual",
  };
}

function remedy(loss: LossName, network: Network, found: number, wanted: number): string {
  const last = lastActivation(network);
  const widest = lastWeighted(network.layers);
  const width =
    widest?.type === "dense" ? `Set \`units: ${wanted}\`` : `Let the network end in \`- dense: {units: ${wanted}}\``;
  const row = losses[loss];
  if (row.learns === "numbers") return `${width}.`;
  const other = lossNames.find((name) => {
    const candidate = losses[name];
    return candidate.learns === "classes" && name !== loss && candidate.outputs(2) === found;
  });
  const isOfTwo = row.outputs(2) === wanted;
  if (!other || !isOfTwo) return `${width}, or change the classes where they are loaded.`;
  // The habit of other tools: one output through a sigmoid.
  const without = last ? ` Either way, leave out the last \`${activationName(last.activation)}\`.` : "";
  return `${width}, or use \`loss: ${other}\`, which takes ${plural(found, "output")} for two classes.${without}`;
}

/** Place of the number that decides how many outputs there are. */
function placeOfWidth({ layers, placeOf }: Network): OptionPath {
  const layer = lastWeighted(layers);
  if (!layer) return ["layers"];
  return [...placeOf(layer), layer.type, layer.type === "dense" ? "units" : "kernels"];
}
