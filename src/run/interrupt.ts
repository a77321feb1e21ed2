/**
 * Ctrl-C and SIGTERM, told apart by count: the first asks the run to stop after the engine call under way and keep
 * its checkpoint, the second ends the process at once.
 */
export interface Interrupt {
  readonly signal: AbortSignal;
  /** What arrived first, or null. */
  readonly received: () => "SIGINT" | "SIGTERM" | null;
  /** Also called for the Ctrl-C key, which raw mode delivers as a key and not as a signal. */
  readonly interrupt: (signal: "SIGINT" | "SIGTERM") => void;
  readonly dispose: () => void;
}

export function listenForInterrupt(onFirst: (signal: "SIGINT" | "SIGTERM") => void, onSecond: (code: number) => void): Interrupt {
  const controller = new AbortController();
  let received: "SIGINT" | "SIGTERM" | null = null;
  const interrupt = (signal: "SIGINT" | "SIGTERM"): void => {
    if (received) {
      onSecond(signal === "SIGINT" ? 130 : 143);
      return;
    }
    received = signal;
    controller.abort(signal);
    onFirst(signal);
  };
  const onInt = (): void => interrupt("SIGINT");
  const onTerm = (): void => interrupt("SIGTERM");
  process.on("SIGINT", onInt);
  process.on("SIGTERM", onTerm);
  return {
    signal: controller.signal,
    received: () => received,
    interrupt,
    dispose: () => {
      process.off("SIGINT", onInt);
      process.off("SIGTERM", onTerm);
    },
  };
}
