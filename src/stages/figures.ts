/**
 * The table of figures, in the order of the reference page. To add one: a file in `figures/`, its import and its line
 * here.
 */
import type { FigureDeclaration } from "./figure-declaration.js";
import { activationProfileFigure } from "./figures/activation-profile.js";
import { activationsFigure } from "./figures/activations.js";
import { augmentationFigure } from "./figures/augmentation.js";
import { classFrequencyFigure } from "./figures/class-frequency.js";
import { classificationReportFigure } from "./figures/classification-report.js";
import { confusionMatrixFigure } from "./figures/confusion-matrix.js";
import { examplesFigure } from "./figures/examples.js";
import { featureMapsFigure } from "./figures/feature-maps.js";
import { filterMatchesFigure } from "./figures/filter-matches.js";
import { fitFigure } from "./figures/fit.js";
import { fitGalleryFigure } from "./figures/fit-gallery.js";
import { foldCurvesFigure } from "./figures/fold-curves.js";
import { gapErrorFigure } from "./figures/gap-error.js";
import { kernelsFigure } from "./figures/kernels.js";
import { learningCurvesFigure } from "./figures/learning-curves.js";
import { mistakesFigure } from "./figures/mistakes.js";
import { modelComparisonFigure } from "./figures/model-comparison.js";
import { outerFoldsFigure } from "./figures/outer-folds.js";
import { parallelCoordinatesFigure } from "./figures/parallel-coordinates.js";
import { pointsFigure } from "./figures/points.js";
import { precisionRecallFigure } from "./figures/precision-recall.js";
import { predictionErrorFigure } from "./figures/prediction-error.js";
import { preferredInputsFigure } from "./figures/preferred-inputs.js";
import { profileFigure } from "./figures/profile.js";
import { receptiveFieldsFigure } from "./figures/receptive-fields.js";
import { reliabilityFigure } from "./figures/reliability.js";
import { rocFigure } from "./figures/roc.js";
import { searchCurvesFigure } from "./figures/search-curves.js";
import { searchEffectsFigure } from "./figures/search-effects.js";
import { searchFunnelFigure } from "./figures/search-funnel.js";
import { searchHistoryFigure } from "./figures/search-history.js";
import { searchImportanceFigure } from "./figures/search-importance.js";
import { searchRungsFigure } from "./figures/search-rungs.js";
import { searchSliceFigure } from "./figures/search-slice.js";
import { searchTableFigure } from "./figures/search-table.js";
import { testErrorFigure } from "./figures/test-error.js";
import { weightHistogramsFigure } from "./figures/weight-histograms.js";
import { weightRidgesFigure } from "./figures/weight-ridges.js";

export const figures: readonly FigureDeclaration[] = [
  examplesFigure,
  augmentationFigure,
  classFrequencyFigure,
  profileFigure,
  pointsFigure,
  activationsFigure,
  learningCurvesFigure,
  foldCurvesFigure,
  confusionMatrixFigure,
  classificationReportFigure,
  rocFigure,
  precisionRecallFigure,
  reliabilityFigure,
  mistakesFigure,
  modelComparisonFigure,
  activationProfileFigure,
  kernelsFigure,
  featureMapsFigure,
  receptiveFieldsFigure,
  preferredInputsFigure,
  filterMatchesFigure,
  fitFigure,
  fitGalleryFigure,
  testErrorFigure,
  predictionErrorFigure,
  gapErrorFigure,
  searchTableFigure,
  searchCurvesFigure,
  searchHistoryFigure,
  searchRungsFigure,
  searchEffectsFigure,
  searchImportanceFigure,
  searchSliceFigure,
  parallelCoordinatesFigure,
  searchFunnelFigure,
  outerFoldsFigure,
  weightHistogramsFigure,
  weightRidgesFigure,
];

/** @throws Error where the options were not checked */
export function figureNamed(name: string): FigureDeclaration {
  const found = figures.find((figure) => figure.name === name);
  if (!found) throw new Error(`hw1 bug: no figure ${name}`);
  return found;
}
