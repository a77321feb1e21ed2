// NOTE: first version by another engineer, see view.ts; yours replaces it.
/**
 * The live screen: Ink shows the lines of `layout.ts`, ten times a second at most. The only file that knows React.
 *
 * A frame is always lower than the window, so Ink redraws it in place and never clears what stands above. When the run
 * is over the frame is taken away; the summary takes its place.
 */
import { Box, render, Text, useInput } from "ink";
import type { ReactNode } from "react";
import type { RunEvent } from "../run/event.js";
import type { Style } from "./color.js";
import { type Line, layout } from "./layout.js";
import { advance, initialView, type View } from "./view.js";

export interface Screen {
  update(event: RunEvent): void;
  /** Takes the frame away and gives the terminal back; may be called again. */
  stop(): void;
}
export interface ScreenOptions {
  readonly color: boolean;
  interrupt(signal: "SIGINT" | "SIGTERM"): void;
  readonly stdout?: NodeJS.WriteStream;
  readonly stdin?: NodeJS.ReadStream;
  readonly now?: () => number;
}

const frameMs = 100;

export function startScreen({ color, interrupt, stdout = process.stdout, stdin = process.stdin, now = Date.now }: ScreenOptions): Screen {
  let view: View = initialView();
  let stopped = false;
  const frame = (): ReactNode => <Frame lines={layout(view, { columns: stdout.columns || 80, rows: stdout.rows || 24, now: now() })} color={color} onInterrupt={() => interrupt("SIGINT")} />;
  const app = render(frame(), { stdout, stdin, exitOnCtrlC: false, patchConsole: false });
  const draw = (): void => {
    if (!stopped) app.rerender(frame());
  };
  // The clock of the title ticks even while nothing happens.
  const timer = setInterval(draw, frameMs);
  stdout.on("resize", draw);
  return {
    update(event) {
      view = advance(view, event, now());
    },
    stop() {
      if (stopped) return;
      stopped = true;
      clearInterval(timer);
      stdout.off("resize", draw);
      app.clear();
      app.rerender(null);
      app.unmount();
    },
  };
}

function Frame({ lines, color, onInterrupt }: { readonly lines: readonly Line[]; readonly color: boolean; readonly onInterrupt: () => void }): ReactNode {
  // Ctrl-C is a key like others while the terminal is raw; it becomes the signal that it would have been.
  useInput((input, key) => {
    if (key.ctrl && input === "c") onInterrupt();
  });
  return (
    <Box flexDirection="column">
      {lines.map((line, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows of a screen have no other identity
        <Text key={row} wrap="truncate">
          {line.length === 0 ? " " : line.map((segment, index) => <Styled key={`${index}`} text={segment.text} style={color ? segment.style : undefined} />)}
        </Text>
      ))}
    </Box>
  );
}

function Styled({ text, style }: { readonly text: string; readonly style: Style | undefined }): ReactNode {
  if (style === undefined) return <Text>{text}</Text>;
  if (style === "bold") return <Text bold>{text}</Text>;
  if (style === "dim") return <Text dimColor>{text}</Text>;
  return <Text color={style}>{text}</Text>;
}
