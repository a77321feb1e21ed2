/**
 * TF.js, by `require`. Its packages are CommonJS of 0.5 to 1.5 MB; where one is imported, Node's loader first reads its
 * whole source for the names that it exports, in JavaScript, which takes longer than running it. On Node 20 importing
 * the core takes 170 ms and requiring it 35.
 */
import { createRequire } from "node:module";
import type * as core from "@tensorflow/tfjs-core";
import type * as layers from "@tensorflow/tfjs-layers";

const require = createRequire(import.meta.url);

export const tf: typeof core = require("@tensorflow/tfjs-core");

/** TF.js's own kernels, on plain JavaScript: the backend `cpu`. */
export function registerCpuKernels(): void {
  require("@tensorflow/tfjs-backend-cpu");
}

/**
 * Every gradient. The core for Node registers none, and its files of them cannot be loaded by Node; the layers register
 * them all with the core that they find, which is this one. Their small build loads in 22 ms, the other in 50.
 */
export function registerGradients(): void {
  layersOfTfjs();
}

/** TF.js's layers, over the same core. */
export function layersOfTfjs(): typeof layers {
  return require("@tensorflow/tfjs-layers/dist/tf-layers.min.js");
}

/** The types that hw1 names. */
export declare namespace tf {
  type Rank = core.Rank;
  type Tensor<R extends core.Rank = core.Rank> = core.Tensor<R>;
  type Scalar = core.Scalar;
  type Tensor1D = core.Tensor1D;
  type Tensor2D = core.Tensor2D;
  type Tensor3D = core.Tensor3D;
  type Tensor4D = core.Tensor4D;
  type TensorInfo = core.TensorInfo;
  type DataType = core.DataType;
  type DataStorage<T> = core.DataStorage<T>;
  type BackendTimingInfo = core.BackendTimingInfo;
  type KernelBackend = core.KernelBackend;
  type KernelConfig = core.KernelConfig;
  type KernelFunc = core.KernelFunc;
  type GradSaveFunc = core.GradSaveFunc;
  type NamedAttrMap = core.NamedAttrMap;
  type NamedTensorInfoMap = core.NamedTensorInfoMap;
  namespace backend_util {
    type BackendValues = core.backend_util.BackendValues;
    type ExplicitPadding = core.backend_util.ExplicitPadding;
    type PadInfo = core.backend_util.PadInfo;
    type Conv2DInfo = core.backend_util.Conv2DInfo;
  }
}
