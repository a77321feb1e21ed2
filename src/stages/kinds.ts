/** The table of stage kinds. To add one: a file beside this, a line here, a test in test/stages/, a use in pipelines/. */
import type { Kinds } from "../pipeline/kind.js";
import { fold } from "./fold.js";
import { load } from "./load.js";
import { shuffle } from "./shuffle.js";
import { split } from "./split.js";

export const kinds = { load, shuffle, split, fold } as unknown as Kinds;
