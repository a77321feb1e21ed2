/** How a run is told: on a live screen, line by line, as JSON, or failures only. */
import { readDebug } from "../util/debug.js";

type Mode = "screen" | "plain" | "json" | "quiet";

interface ModeFlags {
  readonly plain?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/**
 * A screen wants a terminal to draw on and to read Ctrl-C from; where there is none, or in CI, lines are written. So
 * they are under HW1_DEBUG, whose lines would tear it.
 */
export function modeOf(
  flags: ModeFlags,
  terminal: {
    readonly stdout: boolean;
    readonly stdin: boolean;
    readonly env: Readonly<Record<string, string | undefined>>;
  },
): Mode {
  if (flags.json) return "json";
  if (flags.quiet) return "quiet";
  if (
    flags.plain ||
    !terminal.stdout ||
    !terminal.stdin ||
    terminal.env.TERM === "dumb" ||
    readDebug(terminal.env.HW1_DEBUG).names.size > 0 ||
    (terminal.env.CI !== undefined && terminal.env.CI !== "" && terminal.env.CI !== "false")
  )
    return "plain";
  return "screen";
}
