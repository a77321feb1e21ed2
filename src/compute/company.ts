/**
 * Threads of this process that compute beside the engine, such as those that make pictures. To the engine they are what
 * another process is: they leave it fewer cores, whatever the process as a whole has used.
 */

/** Milliseconds that a thread has been at work so far. */
type BusyMs = () => number;

const threads = new Set<BusyMs>();
/** Of those that have ended. */
let pastMs = 0;

/** @returns what to call before the thread ends */
export function accompany(busyMs: BusyMs): () => void {
  threads.add(busyMs);
  return () => {
    if (threads.delete(busyMs)) pastMs += busyMs();
  };
}

/** Of all such threads together. */
export const companyMs = (): number => [...threads].reduce((sum, busyMs) => sum + busyMs(), pastMs);
