/** The order of stages, and the first cycle, always told by the same trail. */
export interface Reads {
  readonly name: string;
  readonly reads: readonly string[];
}

/**
 * Every stage after what it reads, ties in the given order; or the trail of a cycle, which begins and ends with the
 * same name.
 */
export function orderStages(stages: readonly Reads[]): {
  readonly order: readonly string[];
  readonly cycle: readonly string[] | null;
} {
  const byName = new Map(stages.map((stage) => [stage.name, stage]));
  const state = new Map<string, "open" | "done">();
  const order: string[] = [];
  let cycle: string[] | null = null;
  for (const start of stages) {
    // An explicit stack, because a chain of ten thousand stages is deeper than JavaScript's own.
    const trail: { stage: Reads; next: number }[] = [];
    const enter = (stage: Reads): void => {
      state.set(stage.name, "open");
      trail.push({ stage, next: 0 });
    };
    if (!state.has(start.name)) enter(start);
    while (trail.length > 0) {
      const top = trail[trail.length - 1]!;
      const read = top.stage.reads[top.next++];
      if (read === undefined) {
        state.set(top.stage.name, "done");
        order.push(top.stage.name);
        trail.pop();
        continue;
      }
      const known = state.get(read);
      if (known === "open") {
        const names = trail.map((step) => step.stage.name);
        cycle ??= [...names.slice(names.indexOf(read)), read];
      } else if (known === undefined && byName.has(read)) enter(byName.get(read)!);
    }
  }
  return { order, cycle };
}
