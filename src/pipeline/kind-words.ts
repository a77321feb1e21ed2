/** What a kind says to people of what its stages left: on the screen, in lines and in `hw1 show`. */
import type { JsonObject } from "../util/json.js";
import type { LeftBehind } from "../values/left-behind.js";
import type { NetworkTable } from "../values/network.js";
import type { Output, Outputs } from "../values/output.js";
import type { Preview } from "../values/preview.js";

export interface KindWords {
  /** What it left, in one line: a score, an epoch, a count. */
  headline?(outputs: Outputs): string;
  /**
   * One of its outputs, for `show`: beside metrics and tensors, which are shown of all. @param network  of the step,
   * where it trains one
   */
  preview?(name: string, output: Output, network?: NetworkTable): Preview;
  /**
   * What `show` says of its metrics, or of those over several elements, beside the numbers: `measures` may be
   * undefined, `others` not.
   *
   * @param outputs  of one of the elements
   * @param times    how often each example is counted in sums over the elements
   */
  metricsPreview?(
    metrics: JsonObject,
    outputs: Outputs,
    times: number,
  ): { readonly measures: Preview; readonly others: Preview };
  /** An element of a fan-out in a list, where it has no metrics. */
  brief?(outputs: Outputs): string;
  /**
   * Of a step that went wrong: what its checkpoint holds, undefined where it is none of that kind. @param isPrefix
   * whether a shorter computation goes on from it
   */
  leftBehind?(checkpoint: Outputs, isPrefix: boolean): LeftBehind | undefined;
}
