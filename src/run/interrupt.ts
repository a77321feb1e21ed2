/**
 * What asks a run to stop. The first signal asks it to stop after the engine call under way and to keep its checkpoint;
 * a second Ctrl-C or SIGTERM ends the process at once.
 *
 * SIGHUP says that the terminal is gone, and stops as SIGTERM does; where no terminal was ever there (nohup, services)
 * it is ignored, which Node, unlike the shells' tools, does not do of itself. SIGPIPE stands for a stdout that takes no
 * more: Node never delivers it as a signal.
 */
import { isatty } from "node:tty";

/** The exit code of a run that stopped for it: 128 and the signal's number. */
export const stopCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129, SIGPIPE: 141 } as const;
export type StopSignal = keyof typeof stopCodes;

export interface Interrupt {
  readonly signal: AbortSignal;
  /**
   * What arrived first, or null; a terminal that closes may be noticed by its broken output before its signal comes.
   */
  readonly received: () => StopSignal | null;
  /** Also called for the Ctrl-C key, which raw mode delivers as a key and not as a signal, and for a lost output. */
  readonly interrupt: (signal: StopSignal) => void;
  readonly dispose: () => void;
}

/** The signal that an AbortSignal's reason names; whoever aborts without one pressed Ctrl-C. */
export const stopSignalOf = (reason: unknown): StopSignal =>
  typeof reason === "string" && Object.hasOwn(stopCodes, reason) ? (reason as StopSignal) : "SIGINT";

/** Whether SIGHUP has anything to say to this process. Asked before the terminal may be gone. */
export const hasTerminal = (): boolean => [0, 1, 2].some((fd) => isatty(fd));

/** @param terminal  whether a terminal is on stdin, stdout or stderr */
export function listenForInterrupt(onSecond: (code: number) => void, terminal: boolean = hasTerminal()): Interrupt {
  const controller = new AbortController();
  let received: StopSignal | null = null;
  const interrupt = (signal: StopSignal): void => {
    if (!received) {
      received = signal;
      controller.abort(signal);
    } else if (signal === "SIGINT" || signal === "SIGTERM") onSecond(stopCodes[signal]);
    // A closed terminal may send SIGHUP more than once, from the kernel and from the shell.
    else if (signal === "SIGHUP" && received === "SIGPIPE") received = signal;
  };
  const listeners = (["SIGINT", "SIGTERM", "SIGHUP"] as const).map((signal) => {
    const listener = (): void => {
      if (signal !== "SIGHUP" || terminal) interrupt(signal);
    };
    process.on(signal, listener);
    return [signal, listener] as const;
  });
  return {
    signal: controller.signal,
    received: () => received,
    interrupt,
    dispose: () => {
      // A process that stops because its terminal closed is often told so again, and shall come to its own end.
      for (const [signal, listener] of listeners)
        if (signal !== "SIGHUP" || received !== "SIGHUP") process.off(signal, listener);
    },
  };
}
