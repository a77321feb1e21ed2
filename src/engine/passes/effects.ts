/** What each pass makes of a step, for who looks at it (`observer.ts`). */
import { movedBytes } from "../memory.js";
import { type Node, pending, placeholder } from "../node.js";
import type { ObservedPasses, PassEffect, StepSize } from "../observer.js";
import type { Recording } from "../record.js";
import { wantedOf } from "./pass.js";
import { rewritten } from "./passes.js";

/** A step after all passes, and what each made of it. @param without  names of passes that are left out */
export function observedPasses(
  recording: Recording,
  without: ReadonlySet<string>,
): { readonly recording: Recording; readonly observed: ObservedPasses } {
  const passes: PassEffect[] = [];
  let before = recording;
  const last = rewritten(recording, without, (pass, after) => {
    passes.push({ pass, after: after === null ? "off" : effectOf(before, after) });
    before = after ?? before;
  });
  return { recording: last, observed: { recorded: sizeOf(recording), passes } };
}

function effectOf(before: Recording, after: Recording): StepSize | "unchanged" {
  // A pass changes no node, so a step whose results are the same nodes is the same step.
  const wanted = wantedOf(before);
  return wantedOf(after).every((node, index) => node === wanted[index]) ? "unchanged" : sizeOf(after);
}

const isComputed = ({ value, kernel }: Node): boolean => value === undefined && kernel !== placeholder;
function sizeOf(recording: Recording): StepSize {
  const computed = pending(wantedOf(recording)).filter(isComputed);
  return { nodes: computed.length, movedBytes: movedBytes(computed) };
}
