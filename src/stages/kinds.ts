/**
 * The table of stage kinds. To add one: a file beside this, a line here, a test in test/stages/, a use in pipelines/.
 */
import type { Kinds } from "../pipeline/kind.js";
import { augment } from "./augment.js";
import { ensemble } from "./ensemble.js";
import { evaluate } from "./evaluate.js";
import { explore } from "./explore.js";
import { exportKind } from "./export.js";
import { fold } from "./fold.js";
import { impute } from "./impute.js";
import { inspect } from "./inspect.js";
import { load } from "./load.js";
import { merge } from "./merge.js";
import { normalize } from "./normalize.js";
import { search } from "./search.js";
import { seeds } from "./seeds.js";
import { select } from "./select.js";
import { shuffle } from "./shuffle.js";
import { split } from "./split.js";
import { train } from "./train.js";
import { visualize } from "./visualize.js";

// Who asks a table knows no kind: it gives each the options and inputs that check time has accepted for it.
export const kinds = {
  load,
  explore,
  shuffle,
  split,
  merge,
  fold,
  seeds,
  impute,
  normalize,
  augment,
  train,
  search,
  select,
  ensemble,
  evaluate,
  export: exportKind,
  inspect,
  visualize,
} as unknown as Kinds;
