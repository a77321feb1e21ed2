/**
 * Precision by recall: of one class against the rest, how many of those that a threshold takes for it are of it,
 * against how many of its examples it finds.
 *
 * Drawn as stairs, since between two thresholds there is none: the area below them is the average precision.
 */
import { stairs } from "../../figure/unit-square.js";
import { averagePrecision, macroPrecision, precisionSteps } from "../../learn/class-curves.js";
import { declareFigure } from "../figure-declaration.js";
import { needsClasses } from "../figure-refusals.js";
import { classOption, overOneAnother } from "../judged-classes.js";
import { oneAgainstRest } from "../one-against-rest-figure.js";

const name = "precision_recall";

export const precisionRecallFigure = declareFigure({
  name,
  summary:
    "Precision by recall and average precision, each class against the rest. " +
    "Of an evaluation of classes, or of several on one set.",
  from: { accepts: ["evaluation"], many: true, source: "an `evaluate` stage" },
  options: {
    class: classOption(
      "The class whose examples are to be found. Default: the second of two; of more, the mean over the classes and, " +
        "of one evaluation, each of them.",
    ),
  },
  problem: needsClasses(name, "evaluation"),
  together: overOneAnother(name, "class"),
  draw: ({ items, options }) =>
    oneAgainstRest(
      {
        figure: name,
        title: "Precision by recall",
        short: "AP",
        long: "average precision (AP)",
        metric: "averagePrecision",
        x: "Recall",
        y: "Precision",
        best: "right",
        guess: "the share of the class, which is the precision of guessing",
        area: averagePrecision,
        points: precisionSteps,
        mean: macroPrecision,
        line: stairs,
        guides: (shares) =>
          shares.map((share) => [
            [0, share],
            [1, share],
          ]),
      },
      items,
      options,
    ),
  sample: ({ classes }) => ({ from: [classes] }),
});
