/** An ONNX file read by ONNX Runtime, as any program may read it: what checks an export. */
import type { NetworkLoader } from "../compute/loaded.js";
import { Session } from "./session.js";

/** @throws Error as ONNX Runtime words it, where it cannot read the file */
export const loadOnnx: NetworkLoader = async (files) => {
  const [model] = Object.values(files);
  const session = new Session(model!, { threads: 1, spins: false });
  return {
    async run(name, { shape, data }, outputs) {
      const dtype = data instanceof Float64Array ? "float64" : "float32";
      const values = session.run(new Map([[name, { type: { dtype, shape }, value: data }]]), outputs);
      return values.map((value) => value as Float32Array);
    },
    dispose: () => session.dispose(),
  };
};
