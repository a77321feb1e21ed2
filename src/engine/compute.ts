/**
 * The engine as something that runs programs: recorded where they can be, step by step where they cannot, said once.
 */
import { eagerProgram } from "../compute/eager.js";
import type { Compute, Program } from "../compute/program.js";
import { CaptureError } from "./error.js";
import { installedBackend } from "./install.js";
import { productRate } from "./product-rate.js";
import { RecordedProgram } from "./program.js";

/** @param warn  called once, when a body cannot be recorded and is computed call by call */
export function onnxCompute(warn: (message: string) => void = () => undefined): Compute {
  let warned = false;
  return {
    engine: "onnx",
    productRate: (threads) => productRate(threads),
    program(constants, state, ...bodies) {
      let program: Program = new RecordedProgram(installedBackend(), constants, state, ...bodies);
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
          program = eagerProgram(constants, now, ...bodies);
          return task();
        }
      };
      return {
        get stepwise() {
          return program.stepwise;
        },
        get threads() {
          return program.threads;
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
