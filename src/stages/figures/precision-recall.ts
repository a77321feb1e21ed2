/**
 * Precision by recall: of one class against the rest, how many of those that a threshold takes for it are of it,
 * against how many of its examples it finds.
 *
 * Drawn as stairs, since between two thresholds there is none: the area below them is the average precision.
 */
import { stairs } from "../../figure/unit-square.js";
import { averagePrecision, macroPrecision, precisionSteps } from "../../learn/class-curves.js";
import { oneAgainstRestFigure } from "../one-against-rest-figure.js";

export const precisionRecallFigure = oneAgainstRestFigure("Precision by recall and average precision", {
  figure: "precision_recall",
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
});
