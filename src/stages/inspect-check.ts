/**
 * What check time knows of an inspection: which layers and units each aspect looks at, where the network is known, and
 * why it cannot. The same is asked again of the network itself before anything is computed.
 */
import type { Mistake } from "../diagnostic/diagnostic.js";
import type { PlacedLayer } from "../learn/layer.js";
import type { CheckContext } from "../pipeline/check-context.js";
import type { InspectedInfo, PortInfo } from "../pipeline/port-info.js";
import type { JsonObject } from "../util/json.js";
import type { AspectName } from "../values/inspection.js";
import { checkMeeting } from "./agreement-check.js";
import type { AspectScene } from "./aspect-declaration.js";
import { chosenLayers, chosenUnits, unitsMistake } from "./aspect-layers.js";
import { askedFor, aspects, type Given } from "./aspects.js";
import { checkPlain, readers } from "./augmented.js";
import { checkInputs } from "./inspect-inputs.js";
import type { InspectInputs, InspectOptions } from "./inspect-options.js";
import { meetings } from "./meetings.js";
import { placedAgain } from "./model-outputs.js";

export const ofEnsemble: Mistake = {
  title: "an ensemble to look into",
  message:
    "This model is an ensemble, which has no layers of its own. Let `model` name one of the stages that trained its " +
    "members.",
  at: ["model"],
};

type Context = CheckContext<InspectOptions, InspectInputs>;

export function checkInspect({ options, inputs, report }: Context): Readonly<Record<string, PortInfo>> {
  const { model, data } = inputs;
  const asked = askedFor(options.what);
  if (model?.ensemble) report(ofEnsemble);
  if (checkPlain(data, readers.inspect, report)) checkMeeting(model, data, meetings.evaluate, report, "follows");
  if (data?.count === 0) report(nothingToShow);
  const needs = asked.filter(({ name }) => aspects[name].needs.length > 0);
  if (options.data === undefined && needs.length > 0) report(withoutData(needs.map(({ name }) => name)));
  else if (options.data === undefined && options.inputs) report(inputsOfNothing);
  const shown = looksAtInputs(options) ? checkInputs(options.inputs, model, data, report) : 0;
  const network = networkOf(model);
  // Of mistakes there may be fewer than are wanted.
  const inputCount = options.inputs?.mistaken === undefined ? shown : null;
  const known = { classes: model?.classes, data, inputCount };
  const looked: Record<string, InspectedInfo["aspects"][string]> = {};
  for (const [index, { name, options: own }] of asked.entries()) {
    const at = ["what", index, ...(typeof own === "object" ? [name] : [])];
    if (Object.hasOwn(looked, name)) report({ ...twice(name), at: ["what", index] });
    const scene =
      network && model?.inputShape ? sceneOf(name, own, { ...known, network, inputShape: model.inputShape }) : null;
    if (scene && "title" in scene) report({ ...scene, at: [...at, ...(scene.at ?? [])] });
    const layers = scene && !("title" in scene) ? scene.layers.map((layer) => layer.name) : null;
    looked[name] ??= { options: own as JsonObject, layers };
  }
  return {
    inspection: {
      type: "inspection",
      classes: model?.classes,
      inputShape: model?.inputShape ?? null,
      featureNames: model?.featureNames,
      split: data?.split,
      model,
      inspected: { aspects: looked, inputs: shown },
    },
  };
}

/** Whether the network is shown examples: where an aspect wants them, and where a file names some. */
export const looksAtInputs = ({ inputs, what }: InspectOptions): boolean =>
  inputs !== undefined || askedFor(what).some(({ name }) => aspects[name].needs.includes("inputs"));

const withoutData = (names: readonly string[]): Mistake => ({
  title: "no examples to look at",
  message:
    `${names.map((name) => `\`${name}\``).join(", ")} ${names.length === 1 ? "looks" : "look"} at examples. ` +
    "Name them with `data`, such as `data: digits.test`.",
});
export const nothingToShow: Mistake = {
  title: "no examples",
  message: "`data` has no examples to show the network.",
  at: ["data"],
};
const inputsOfNothing: Mistake = {
  title: "inputs of no data",
  message: "`inputs` chooses among the examples of `data`, and none are named. Name them, or leave `inputs` out.",
  at: ["inputs"],
};
const twice = (name: string): Pick<Mistake, "title" | "message"> => ({
  title: "an aspect twice",
  message: `\`${name}\` is asked for already. For other options of it use a second \`inspect\` stage.`,
});

/** Placed, where check time knows them. */
function networkOf({ layers, inputShape, ensemble }: PortInfo = { type: "model" }): readonly PlacedLayer[] | null {
  if (!layers || !inputShape || ensemble) return null;
  const placed = placedAgain(layers, inputShape);
  return placed.ok ? placed.layers : null;
}

/** What an aspect looks at, or why it cannot; `at` is an option of the aspect. */
export function sceneOf(
  name: AspectName,
  options: Given,
  known: Pick<AspectScene, "network" | "inputShape" | "classes" | "inputCount" | "data">,
): AspectScene<Given> | Mistake {
  const aspect = aspects[name];
  const layers = aspect.layers ? chosenLayers(name, known.network, aspect.layers, options) : [];
  if ("title" in layers) return layers;
  const most = aspect.units ?? Number.POSITIVE_INFINITY;
  const scene: AspectScene<Given> = {
    ...known,
    options,
    layers,
    unitsOf: (layer) => chosenUnits(layer, options, most),
  };
  return unitsMistake(layers, options) ?? aspect.problem?.(scene) ?? scene;
}
