/**
 * Entry of a thread that decodes pictures: given the bytes of a file, it answers with pixels, whose memory it hands
 * over. It loads neither TF.js nor the engine.
 */
import { parentPort, workerData } from "node:worker_threads";
import { asError } from "../util/attempt.js";
import type { Asked, Told } from "./decoding-threads.js";
import { decodeFitted, type Making } from "./picture-fit.js";

const port = parentPort!;
const { making, decoders } = workerData as { readonly making: Making; readonly decoders: readonly string[] };

port.on("message", ({ id, bytes }: Asked) => {
  decodeFitted(bytes, making, decoders).then(
    (decoded) => {
      const memory = "picture" in decoded ? [decoded.picture.pixels.buffer as ArrayBuffer] : [];
      port.postMessage({ id, decoded } satisfies Told, memory);
    },
    (error) => port.postMessage({ id, stack: asError(error).stack ?? String(error) } satisfies Told),
  );
});
