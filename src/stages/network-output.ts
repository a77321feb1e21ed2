/** What a network ends in against what its loss learns: one output per class, or per target. */
import { type Activation, activations } from "../learn/activation.js";
import type { Layer } from "../learn/layer.js";

type Loss = "cross_entropy" | "mse";
interface OutputMisfit {
  readonly title: string;
  readonly message: string;
  /** The option at fault: the loss, or a place in the layers. */
  readonly at: readonly (string | number)[];
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
  loss: Loss,
  layers: readonly Layer[],
  output: readonly number[],
  { classes, targets }: Wanted,
): OutputMisfit | null {
  const shape = `float32 [batch, ${output.join(", ")}]`;
  const ofLoss = (title: string, message: string): OutputMisfit => ({ title, message, at: ["loss"], isNumber: false });
  if (loss === "cross_entropy" && classes === null)
    return ofLoss(
      "cross_entropy needs classes",
      "`cross_entropy` learns classes, but these labels are numbers. Declare `classes:` in the `load` stage, " +
        "or use `loss: mse`.",
    );
  if (loss === "mse" && classes)
    return ofLoss(
      "mse needs numbers",
      "`mse` learns numbers, but these labels are classes. Use `loss: cross_entropy`.",
    );
  if (output.length !== 1)
    return {
      title: "outputs are not flat",
      message:
        `\`${loss}\` takes one row of outputs per example, but the network ends in ${shape}. ` +
        "Add `- flatten` and a `dense` layer.",
      at: placeOfWidth(layers),
      isNumber: false,
    };
  const wanted = loss === "cross_entropy" ? classes?.length : targets;
  if (wanted === undefined || output[0] === wanted) return null;
  const of = loss === "cross_entropy" ? "class" : "target";
  return {
    title: loss === "cross_entropy" ? "outputs do not match classes" : "outputs do not match targets",
    message:
      `\`${loss}\` needs one output per ${of}: float32 [batch, ${wanted}], but the network ends in ${shape}.\n` +
      `${remedy(loss, layers, output[0]!, wanted)}`,
    at: placeOfWidth(layers),
    isNumber: true,
  };
}

/** What the last layer does to the outputs, where it does anything. */
export function lastActivation(
  layers: readonly Layer[],
): { readonly activation: Activation; readonly at: readonly (string | number)[] } | null {
  const index = layers.length - 1;
  const last = layers[index];
  if (last?.type === "activation" && !activations[last.activation].isIdentity)
    return { activation: last.activation, at: ["layers", index] };
  if ((last?.type === "dense" || last?.type === "conv") && !activations[last.activation].isIdentity)
    return { activation: last.activation, at: ["layers", index, last.type, "activation"] };
  return null;
}

function remedy(loss: Loss, layers: readonly Layer[], found: number, wanted: number): string {
  const last = lastActivation(layers);
  const widest = layers[lastWeighted(layers)];
  const width =
    widest?.type === "dense" ? `Set \`units: ${wanted}\`` : `Let the network end in \`- dense: {units: ${wanted}}\``;
  if (loss === "mse") return `${width}.`;
  // The habit of other tools: one output through a sigmoid.
  if (found === 1 && wanted === 2)
    return (
      "One output for two classes is the loss `binary_cross_entropy`, which hw1 does not have yet. " +
      `${width}${last ? ` and leave out the last \`${last.activation}\`` : ""}: ` +
      "with `cross_entropy` two outputs learn the same."
    );
  return `${width}, or change the classes where they are loaded.`;
}

/** Place of the number that decides how many outputs there are. */
function placeOfWidth(layers: readonly Layer[]): readonly (string | number)[] {
  const index = lastWeighted(layers);
  const layer = layers[index];
  if (layer?.type === "dense") return ["layers", index, "dense", "units"];
  if (layer?.type === "conv") return ["layers", index, "conv", "kernels"];
  return ["layers"];
}

const lastWeighted = (layers: readonly Layer[]): number =>
  layers.findLastIndex(({ type }) => type === "dense" || type === "conv");
