/** What is said of an aspect of an inspection, and saved of it: `inspected.ts` has a row for each. */
import type { AspectName, Aspects, Inspection } from "./inspection.js";
import type { Preview } from "./preview.js";
import type { SavedFile } from "./saved-array.js";

export interface AspectWords<Name extends AspectName> {
  /** For `hw1 show`, below a heading with the aspect's name: tables in words, and images where they say more. */
  preview(data: Aspects[Name], inspection: Inspection): Preview;
  /** How much there is of it, in a few words: `128 kernels`. */
  headline(data: Aspects[Name]): string;
  /**
   * What one of its arrays is, for `hw1 show --save`: its axes, and what its reader must know.
   *
   * @param array  name of the blob behind the aspect's: `residual_1.conv_1.max_pool`
   */
  meaning?(data: Aspects[Name], array: string): string | undefined;
  /** Its tables, as CSV. */
  tables?(data: Aspects[Name], inspection: Inspection): readonly SavedFile[];
}
