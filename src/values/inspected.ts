/**
 * The table of what is said of each aspect of an inspection, and saved of it. To add an aspect: its data and words in a
 * file `inspected-NAME.ts` beside this, with an import and a line here; and what computes it in `stages/aspects/`.
 */
import type { AspectWords } from "./aspect-words.js";
import { activationsWords } from "./inspected-activations.js";
import { featureMapsWords } from "./inspected-feature-maps.js";
import { filtersWords } from "./inspected-filters.js";
import { kernelsWords } from "./inspected-kernels.js";
import { preferredInputsWords } from "./inspected-preferred-inputs.js";
import { receptiveFieldsWords } from "./inspected-receptive-fields.js";
import { weightsWords } from "./inspected-weights.js";
import type { AspectName } from "./inspection.js";

export const aspectWords: { readonly [Name in AspectName]: AspectWords<Name> } = {
  weights: weightsWords,
  activations: activationsWords,
  feature_maps: featureMapsWords,
  kernels: kernelsWords,
  receptive_fields: receptiveFieldsWords,
  preferred_inputs: preferredInputsWords,
  filters: filtersWords,
};
