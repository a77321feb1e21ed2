/**
 * TF.js for the engine in the suite: the same modules that the suite imports, one by one. Stands in for
 * `src/util/tfjs.ts`.
 */
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-layers";

export { tf };
export const registerCpuKernels = (): void => undefined;
export const registerGradients = (): void => undefined;
