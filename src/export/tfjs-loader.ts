/** A layers model read by TF.js' own loader and computed by its kernels in plain JavaScript: what checks an export. */
import type { LoadedNetwork } from "../compute/loaded.js";
import { layersOfTfjs, registerCpuKernels, tf } from "../util/tfjs.js";
import type { ExportedFiles } from "./described.js";

/** @throws Error as TF.js words it, where it cannot read the files */
export async function loadTfjs(files: ExportedFiles): Promise<LoadedNetwork> {
  const description = JSON.parse(new TextDecoder().decode(files["model.json"])) as Description;
  const weights = Uint8Array.from(files["weights.bin"]!).buffer;
  registerCpuKernels();
  const model = await onCpu(() =>
    layersOfTfjs().loadLayersModel({
      load: async () => ({
        modelTopology: description.modelTopology,
        weightSpecs: description.weightsManifest[0]!.weights,
        weightData: weights,
      }),
    }),
  );
  return {
    run: (_name, { shape, data }, outputs) =>
      onCpu(async () => {
        const values = tf.tidy(() => {
          const given = tf.tensor(Float32Array.from(data), [...shape]);
          const said = model.predict(given);
          return Array.isArray(said) ? said : [said];
        });
        try {
          return outputs.map((name) => values[model.outputNames.indexOf(name)]!.dataSync() as Float32Array);
        } finally {
          tf.dispose(values);
        }
      }),
    dispose: () => void model.dispose(),
  };
}
interface Description {
  readonly modelTopology: object;
  readonly weightsManifest: readonly { readonly weights: never[] }[];
}

/** Whatever engine TF.js has beside. */
async function onCpu<T>(work: () => Promise<T>): Promise<T> {
  const before = tf.getBackend();
  await tf.setBackend("cpu");
  try {
    return await work();
  } finally {
    if (before) await tf.setBackend(before);
  }
}
