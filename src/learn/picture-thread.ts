/**
 * Entry of a thread that makes pictures: asked for a block, it answers with its numbers, whose memory it hands over.
 *
 * The stored images are in memory that all threads share, and nothing else is. It loads neither TF.js nor the engine.
 */
import { parentPort, workerData } from "node:worker_threads";
import { MistakeError } from "../diagnostic/diagnostic.js";
import { asError } from "../util/attempt.js";
import type { Asked, Told } from "./picture-threads.js";
import { type PictureSource, Pictures } from "./pictures.js";

const port = parentPort!;
const tell = (told: Told, handedOver: readonly ArrayBuffer[] = []): void => port.postMessage(told, [...handedOver]);
const source = workerData as PictureSource;

let pictures: Pictures | undefined;
port.on("message", ({ id, ...block }: Asked) => {
  try {
    pictures ??= new Pictures(source);
    const made = pictures.of(block);
    tell({ type: "made", id, made }, [made.buffer as ArrayBuffer]);
  } catch (error) {
    tell({ type: "failed", failure: failureOf(asError(error)) });
  }
});
tell({ type: "ready" });

/** What is copied between threads loses its class. */
function failureOf(error: Error): Extract<Told, { readonly type: "failed" }>["failure"] {
  if (!(error instanceof MistakeError)) return { stack: error.stack ?? error.message };
  const { title, message, at } = error;
  return { mistake: { title, message, at } };
}
