/**
 * The live screen. Ink shows the lines that `layout.ts` makes of the view; only this file knows React and Ink.
 *
 * It promises to give the terminal back as it found it (what stood there, cursor, line mode), whether it is stopped,
 * the process ends, or an exception ends it. Events may come at any rate: ten frames a second are drawn at most.
 */
// First, so that it comes before Ink.
import "./ink-environment.js";
import { Box, render, Text, useInput } from "ink";
import { type ReactElement, useLayoutEffect } from "react";
import type { RunEvent } from "../run/event.js";
import type { StopSignal } from "../run/interrupt.js";
import { type Paint, painter } from "../text/color.js";
import type { Line } from "../text/line.js";
import { FrameStream, windowOf } from "./frame-stream.js";
import { restoreEnvironment } from "./ink-environment.js";
import { layout } from "./layout.js";
import { holdStderr } from "./stderr.js";
import { advance, initialView } from "./view.js";

restoreEnvironment();

/** Between two frames at least; the clock of the title ticks once a second without events. */
const frameMs = 100;
const tickMs = 1000;

interface Screen {
  update(event: RunEvent): void;
  /** Takes the frame away; what is printed next stands where it began. May be called again. */
  stop(): void;
}
interface ScreenOptions {
  readonly color: boolean;
  interrupt(signal: StopSignal): void;
  readonly stdout?: NodeJS.WriteStream;
  readonly stdin?: NodeJS.ReadStream;
  /** Wall clock in milliseconds. */
  readonly now?: () => number;
}

export function startScreen({
  color,
  interrupt,
  stdout = process.stdout,
  stdin = process.stdin,
  now = Date.now,
}: ScreenOptions): Screen {
  const paint = painter(color);
  let view = initialView();
  let stopped = false;
  let drawnAtMs = 0;
  let pending: NodeJS.Timeout | undefined;
  const stream = new FrameStream(stdout);
  const releaseStderr = holdStderr(stdout);
  const onCtrlC = (): void => interrupt("SIGINT");
  // Ink ends by itself too, on SIGHUP for one: then the terminal is given back as well.
  const frame = (): ReactElement => (
    <Frame
      lines={layout(view, { ...windowOf(stdout), nowMs: now() })}
      paint={paint}
      onCtrlC={onCtrlC}
      onEnd={giveBack}
      readsKeys={stdin.isTTY === true}
    />
  );

  const draw = (): void => {
    clearTimeout(pending);
    pending = undefined;
    if (stopped) return;
    drawnAtMs = performance.now();
    ink.rerender(frame());
  };
  const drawSoon = (): void => {
    if (stopped || pending) return;
    pending = setTimeout(draw, Math.max(0, frameMs - (performance.now() - drawnAtMs)));
  };
  // The lines are laid out anew before Ink hears of the new size, or it would draw the old ones in it.
  const onResize = (): void => {
    if (stopped) return;
    stream.clear();
    draw();
    stream.emit("resize");
  };
  function giveBack(): void {
    stream.close();
    releaseStderr();
  }
  const stop = (): void => {
    if (stopped) return;
    stopped = true;
    clearTimeout(pending);
    clearInterval(ticker);
    stdout.off("resize", onResize);
    process.off("exit", stop);
    process.off("uncaughtExceptionMonitor", stop);
    try {
      ink.unmount();
    } finally {
      // Ink leaves line mode to an effect, which does not run when the process is already ending.
      if (stdin.isTTY && stdin.isRaw) stdin.setRawMode(false);
      giveBack();
    }
  };

  const ink = render(frame(), {
    // Ink asks for a whole stream of Node's, and uses no more of it than a frame stream has.
    stdout: stream as unknown as NodeJS.WriteStream,
    stdin,
    exitOnCtrlC: false,
    patchConsole: false,
    maxFps: 1000 / frameMs,
  });
  const ticker = setInterval(drawSoon, tickMs);
  stdout.on("resize", onResize);
  // A terminal that closed fails when it is read, or taken out of raw mode; the signal or the lost output has said so.
  stdin.on("error", () => undefined);
  process.on("exit", stop);
  process.on("uncaughtExceptionMonitor", stop);
  return {
    update(event) {
      if (stopped) return;
      view = advance(view, event, now());
      drawSoon();
    },
    stop,
  };
}

interface FrameProps {
  readonly lines: readonly Line[];
  readonly paint: Paint;
  readonly readsKeys: boolean;
  onCtrlC(): void;
  onEnd(): void;
}

/** Colour is painted here and not by Ink, which does not heed NO_COLOR. */
function Frame({ lines, paint, readsKeys, onCtrlC, onEnd }: FrameProps): ReactElement {
  useLayoutEffect(() => onEnd, [onEnd]);
  // With the terminal in raw mode Ctrl-C is a key, not a signal.
  useInput(
    (input, key) => {
      if (key.ctrl && input === "c") onCtrlC();
    },
    { isActive: readsKeys },
  );
  return (
    <Box flexDirection="column">
      {lines.map((line, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line of the frame is known by its place
        <Text key={row} wrap="truncate">
          {line.map(({ text, style }) => (style ? paint(style, text) : text)).join("") || " "}
        </Text>
      ))}
    </Box>
  );
}
