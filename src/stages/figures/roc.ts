/**
 * Receiver operating characteristic: of one class against the rest, how many of its examples a threshold finds, against
 * how many of the others it takes for it.
 */
import { macroRoc, rocArea, rocPoints } from "../../learn/class-curves.js";
import { oneAgainstRestFigure } from "../one-against-rest-figure.js";

export const rocFigure = oneAgainstRestFigure("Receiver operating characteristic and the area under it", {
  figure: "roc",
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
});
