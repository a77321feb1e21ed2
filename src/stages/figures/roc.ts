/**
 * Receiver operating characteristic: of one class against the rest, how many of its examples a threshold finds, against
 * how many of the others it takes for it.
 */
import { macroRoc, rocArea, rocPoints } from "../../learn/class-curves.js";
import { declareFigure } from "../figure-declaration.js";
import { needsClasses } from "../figure-refusals.js";
import { classOption, overOneAnother } from "../judged-classes.js";
import { oneAgainstRest } from "../one-against-rest-figure.js";

const name = "roc";

export const rocFigure = declareFigure({
  name,
  summary:
    "Receiver operating characteristic and the area under it, each class against the rest. " +
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
        title: "Receiver operating characteristic",
        short: "AUC",
        long: "area under the curve (AUC)",
        metric: "auc",
        x: "False positive rate",
        y: "True positive rate",
        best: "left",
        guess: "guessing",
        area: rocArea,
        points: rocPoints,
        mean: macroRoc,
        line: (points) => points,
        guides: () => [
          [
            [0, 0],
            [1, 1],
          ],
        ],
        // Of either of two classes the area is the same; of more the evaluation has none.
        interval: ({ data }) => data.intervals.auc ?? null,
      },
      items,
      options,
    ),
  sample: ({ classes }) => ({ from: [classes] }),
});
