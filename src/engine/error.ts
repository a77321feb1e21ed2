/** The engine cannot do what was asked: no native library, no lowering, a body that cannot be recorded. */
export class EngineError extends Error {
  override name = "EngineError";
}
/** A body asked for a value while it was being recorded. */
export class CaptureError extends EngineError {
  override name = "CaptureError";
}
