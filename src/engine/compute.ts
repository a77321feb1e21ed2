/** The engine as something that runs programs: recorded where they can be, step by step where they cannot, said once. */
import { installedBackend } from "./backend.js";
import { CaptureError } from "./error.js";
import { type Array_, type Body, RecordedProgram } from "./program.js";

export interface AnyProgram {
  run(slices: readonly Array_[]): readonly Array_[];
  readState(): readonly Array_[];
  writeState(state: readonly Array_[]): void;
  dispose(): void;
}

/** @param eager  runs a program step by step, for bodies that cannot be recorded */
export function onnxCompute(
  eager: (constants: readonly Array_[], state: readonly Array_[], body: Body) => AnyProgram,
  warn: (message: string) => void = () => undefined,
): { readonly engine: string; program(constants: readonly Array_[], state: readonly Array_[], body: Body): AnyProgram } {
  let warned = false;
  return {
    engine: "onnx",
    program(constants, state, body) {
      let program: AnyProgram = new RecordedProgram(installedBackend(), constants, state, body);
      return {
        run(slices) {
          try {
            return program.run(slices);
          } catch (error) {
            if (!(error instanceof CaptureError)) throw error;
            if (!warned) warn(`A step cannot be recorded (${error.message}); it is computed call by call, which is slower.`);
            warned = true;
            const now = program.readState();
            program.dispose();
            program = eager(constants, now, body);
            return program.run(slices);
          }
        },
        readState: () => program.readState(),
        writeState: (values) => program.writeState(values),
        dispose: () => program.dispose(),
      };
    },
  };
}
