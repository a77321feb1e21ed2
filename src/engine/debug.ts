/**
 * HW1_DEBUG=engine: of each program what is recorded, what passes make of it, and where the time of its steps goes.
 *
 * It is text, in whole lines, for people. Who gets them is decided by who installs the engine.
 */
import type { Execution } from "../compute/execution.js";
import { formatBytes, rounded } from "../util/numbers.js";
import { table } from "../util/table.js";
import { plural } from "../util/words.js";
import type { TensorType } from "./node.js";
import type { ObservedPhase, ObservedProgram, Observer, StepSize } from "./observer.js";
import { byOp, type Profile } from "./profile.js";

/** @param write  takes lines, without their ends */
export function debugObserver(write: (lines: readonly string[]) => void): Observer {
  let programs = 0;
  return {
    compiled(program) {
      const name = `program ${++programs}`;
      write(programLines(name, program));
      return (profile) => write(profileLines(name, profile));
    },
  };
}

export function executionText({ threads, spins }: Execution): string {
  if (threads === 1) return "1 thread";
  return `${threads} threads that ${spins ? "spin" : "sleep"}`;
}

function programLines(name: string, { execution, phases }: ObservedProgram): readonly string[] {
  const several = phases.length > 1;
  return [
    `${name} begins with ${executionText(execution)}${several ? `; ${phases.length} kinds of steps` : ""}`,
    ...phases.flatMap((phase, index) => phaseLines(phase, several ? `step ${index + 1}` : "step")),
  ];
}

function phaseLines({ slices, recorded, passes, onnxNodes }: ObservedPhase, step: string): readonly string[] {
  const sizeCells = ({ nodes, movedBytes }: StepSize): readonly string[] => [String(nodes), formatBytes(movedBytes)];
  const rows = [
    ["", "nodes", "moved a step"],
    ["recorded", ...sizeCells(recorded)],
    ...passes.map(({ pass, after }): readonly string[] => {
      if (after === "off") return [pass, "off"];
      return [pass, ...(after === "unchanged" ? ["–"] : sizeCells(after))];
    }),
    ["as ONNX", String(onnxNodes)],
  ];
  return [`  ${step} of ${slicesText(slices)}`, ...table(rows, { indent: "    ", right: (column) => column > 0 })];
}

/** `int32[64] float32[] 3 × float32[64,128]` */
function slicesText(slices: readonly TensorType[]): string {
  const counts = new Map<string, number>();
  for (const { dtype, shape } of slices) {
    const text = `${dtype}[${shape}]`;
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  const texts = [...counts].map(([text, count]) => (count === 1 ? text : `${count} × ${text}`));
  return texts.length === 0 ? "nothing" : texts.join(" ");
}

/** Ops below this part of the time are told together. */
const leastPart = 0.005;

function profileLines(name: string, profile: Profile | null): readonly string[] {
  if (!profile) return [`${name}: nothing was measured`];
  return [
    `${name}: ${profileTitle(profile)}`,
    ...profileRows(
      profile,
      byOp(profile.ops).map(({ op, ...time }) => ({ name: op, ...time })),
    ),
  ];
}

/** `18.91 ms a step with 1 thread, 17.22 of it in ops; measured over 214 of 856 steps` */
export function profileTitle({ execution, steps, allSteps, stepMs, ops }: Profile): string {
  const inOps = ops.reduce((sum, op) => sum + op.stepMs, 0);
  return (
    `${ms(stepMs)} ms a step with ${executionText(execution)}, ${ms(inOps)} of it in ops; ` +
    `measured over ${steps} of ${plural(allSteps, "step")}`
  );
}

/** A table of the ops. @param rows  the slowest first */
export function profileRows(
  { ops }: Profile,
  rows: readonly { readonly name: string; readonly stepMs: number; readonly calls: number }[],
): readonly string[] {
  const all = ops.reduce((sum, { stepMs }) => sum + stepMs, 0);
  const part = (stepMs: number): string => `${((100 * stepMs) / all).toFixed(1)} %`;
  const isShown = ({ stepMs }: { readonly stepMs: number }): boolean => stepMs >= leastPart * all;
  const others = rows.filter((row) => !isShown(row));
  const otherMs = others.reduce((sum, { stepMs }) => sum + stepMs, 0);
  const cells = [
    ["ms a step", "", "calls", ""],
    ...rows.filter(isShown).map(({ name, stepMs, calls }) => [ms(stepMs), part(stepMs), shortCount(calls), name]),
    ...(others.length > 0 ? [[ms(otherMs), part(otherMs), "", plural(others.length, "other op")]] : []),
  ];
  return table(cells, { indent: "    ", right: (column) => column < 3 });
}

const ms = (value: number): string => value.toFixed(3);
const shortCount = (count: number): string => String(rounded(count, 3));
