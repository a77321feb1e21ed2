/**
 * Passes over a recorded step: each writes some of its nodes in another way that computes the same, faster.
 *
 * A pass depends on kernels, attributes and types alone, as a lowering does. It makes new nodes and changes none; what
 * it does not touch stays the same node, so that a state that a step leaves as it was is still known by its node.
 */
import { type Node, pending } from "../node.js";
import type { Recording } from "../record.js";

export interface Pass {
  readonly name: string;
  /** The equation it relies on, and whether it holds to the bit or within rounding. */
  readonly identity: string;
  /** What it does with the nodes of one step. @param readers  of the step as it is given */
  rule(readers: Readers): Rule;
}

/**
 * What stands in a node's place, or undefined to keep it. Nodes are asked for in order, inputs before readers.
 *
 * @param node  as it was
 * @param now   how any node before it is written now
 */
export type Rule = (node: Node, now: (node: Node) => Node) => Node | undefined;

/** What a pass asks about a node of a step. */
export interface Readers {
  /** Nodes that read it, each once; empty for what nobody reads. */
  of(node: Node): readonly Node[];
  /** Does its value leave the step, as state or output? */
  leaves(node: Node): boolean;
}

export const wantedOf = ({ state, outputs }: Recording): readonly Node[] => [...state, ...outputs];

function readersOf(step: Recording): Readers {
  const wanted = wantedOf(step);
  const left = new Set(wanted);
  const readers = new Map<Node, Set<Node>>();
  for (const node of pending(wanted))
    if (node.value === undefined)
      for (const input of node.inputs) {
        const known = readers.get(input);
        if (known) known.add(node);
        else readers.set(input, new Set([node]));
      }
  return { of: (node) => [...(readers.get(node) ?? [])], leaves: (node) => left.has(node) };
}

/** Does one node alone want its value? */
export const isReadOnce = (readers: Readers, node: Node): boolean =>
  !readers.leaves(node) && readers.of(node).length === 1;

/** A step after a pass: with the nodes that it replaces, and what reads them. */
export function applied(pass: Pass, step: Recording): Recording {
  const replace = pass.rule(readersOf(step));
  const written = new Map<Node, Node>();
  const now = (node: Node): Node => written.get(node) ?? node;
  for (const node of pending(wantedOf(step))) {
    if (node.value !== undefined) continue;
    const inputs = node.inputs.map(now);
    const same = inputs.every((input, index) => input === node.inputs[index]);
    const replaced = replace(node, now) ?? (same ? node : { ...node, inputs });
    if (replaced !== node) written.set(node, replaced);
  }
  return { ...step, state: step.state.map(now), outputs: step.outputs.map(now) };
}
