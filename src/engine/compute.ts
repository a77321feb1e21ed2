/**
 * The engine as something that runs programs: recorded where they can be, step by step where they cannot, said once.
 */
import { installedBackend } from "./backend.js";
import { CaptureError } from "./error.js";
import { type Array_, type Body, type Phase_, RecordedProgram } from "./program.js";

export interface AnyProgram {
  readonly stepwise: boolean;
  run(slices: readonly Array_[], body?: number): readonly Array_[];
  runRounds(phases: readonly Phase_[], rounds: number): readonly (readonly Array_[])[];
  readState(): readonly Array_[];
  writeState(state: readonly Array_[]): void;
  dispose(): void;
}

/** @param eager  runs a program step by step, for bodies that cannot be recorded */
export function onnxCompute(
  eager: (constants: readonly Array_[], state: readonly Array_[], ...bodies: readonly Body[]) => AnyProgram,
  warn: (message: string) => void = () => undefined,
): {
  readonly engine: string;
  program(constants: readonly Array_[], state: readonly Array_[], ...bodies: readonly Body[]): AnyProgram;
} {
  let warned = false;
  return {
    engine: "onnx",
    program(constants, state, ...bodies) {
      let program: AnyProgram = new RecordedProgram(installedBackend(), constants, state, ...bodies);
      const attempt = <T>(task: () => T): T => {
        try {
          return task();
        } catch (error) {
          if (!(error instanceof CaptureError)) throw error;
          if (!warned)
            warn(`A step cannot be recorded (${error.message}); it is computed call by call, which is slower.`);
          warned = true;
          const now = program.readState();
          program.dispose();
          program = eager(constants, now, ...bodies);
          return task();
        }
      };
      return {
        get stepwise() {
          return program.stepwise;
        },
        run: (slices, body) => attempt(() => program.run(slices, body)),
        runRounds: (phases, rounds) => attempt(() => program.runRounds(phases, rounds)),
        readState: () => program.readState(),
        writeState: (values) => program.writeState(values),
        dispose: () => program.dispose(),
      };
    },
  };
}
