/**
 * Inputs that several figures refuse, and why: numbers where classes are compared, classes or several columns where
 * curves are drawn.
 */
import { type Mistake, MistakeError } from "../diagnostic/diagnostic.js";
import { learnsClasses } from "../learn/losses.js";
import type { PortInfo } from "../pipeline/port-info.js";
import { sizeOfShape } from "../util/shape.js";
import { ensembleOf } from "../values/model.js";
import type { Output } from "../values/output.js";

const noClassesText = (figure: string, input: "dataset" | "evaluation"): string =>
  input === "dataset"
    ? `\`${figure}\` counts classes, but the targets of this dataset are numbers. ` +
      "Declare `classes:` in the `load` stage if they are labels."
    : `\`${figure}\` compares classes, but this evaluation is of a regression. ` +
      "Use an evaluation of a model that learns classes.";
const aboutClasses = { title: "a figure about classes" };
const aboutNumbers = { title: "a figure about numbers" };

/** Said by every figure about classes when it is given numbers. */
export const noClasses = (figure: string, input: "dataset" | "evaluation"): MistakeError =>
  new MistakeError({ ...aboutClasses, message: noClassesText(figure, input), at: ["from"] });

export const needsClasses =
  (figure: string, input: "dataset" | "evaluation") =>
  (from: PortInfo): Mistake | undefined =>
    isRegression(from) ? { ...aboutClasses, message: noClassesText(figure, input) } : undefined;
/** Where nothing is known, nothing is said. */
const isRegression = ({ loss, classes }: PortInfo): boolean =>
  loss === undefined ? classes === null : !learnsClasses(loss);

const noTraining = (figure: string): Mistake => ({
  title: "an ensemble has no learning curve",
  message:
    `\`${figure}\` draws how trainings went, but an ensemble is made of models that are trained already. ` +
    "Let `from` name the stages that trained its members.",
});
/** Models that were trained, which ensembles were not. */
export const needsTraining =
  (figure: string) =>
  ({ ensemble }: PortInfo): Mistake | undefined =>
    ensemble && noTraining(figure);
/** The same of models themselves. @throws MistakeError */
export function requireTrainings(figure: string, items: readonly { readonly value: Output<"model"> }[]): void {
  if (items.some(({ value }) => ensembleOf(value))) throw new MistakeError({ ...noTraining(figure), at: ["from"] });
}

const classesText = (figure: string): string =>
  `\`${figure}\` is about numbers, but the targets here are classes. ` +
  "Use data without `classes:`, and a model that learns numbers.";
export const classesGiven = (figure: string, option: string): MistakeError =>
  new MistakeError({ ...aboutNumbers, message: classesText(figure), at: [option] });

const severalFeaturesText = (figure: string, shape: readonly number[]): string =>
  `\`${figure}\` draws one feature against one target, but an example here is [${shape.join(", ")}]. ` +
  "Choose one column with `features:` in the `load` stage.";
export const severalFeatures = (figure: string, shape: readonly number[], option: string): MistakeError =>
  new MistakeError({ title: "several features", message: severalFeaturesText(figure, shape), at: [option] });

const ofTargets = (figure: string, count: number): Mistake => ({
  title: "several targets",
  message:
    `\`${figure}\` draws one feature against one target, but there are ${count} targets here. ` +
    "Name one in the `load` stage.",
});
export const severalTargets = (figure: string, count: number): MistakeError =>
  new MistakeError({ ...ofTargets(figure, count), at: ["from"] });

/** Numbers as targets. */
export const needsNumbers =
  (figure: string) =>
  ({ loss, classes }: PortInfo): Mistake | undefined =>
    (loss === undefined ? classes : learnsClasses(loss))
      ? { ...aboutNumbers, message: classesText(figure) }
      : undefined;

/** Numbers as targets, one feature and one target. */
export const needsOneFeature =
  (figure: string) =>
  (port: PortInfo): Mistake | undefined => {
    const { shape, targetNames } = port;
    const count = targetNames?.length ?? 0;
    const isSeveral = shape && sizeOfShape(shape) !== 1;
    const several = isSeveral ? { title: "several features", message: severalFeaturesText(figure, shape) } : undefined;
    return needsNumbers(figure)(port) ?? several ?? (count > 1 ? ofTargets(figure, count) : undefined);
  };
