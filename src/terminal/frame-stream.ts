/**
 * What Ink takes for the terminal: the window that the frame is drawn in.
 *
 * The frame has the alternate screen to itself, so nothing that stood in the terminal can be erased, a resize leaves no
 * torn lines (this screen is not re-wrapped by terminals), and leaving it brings everything back as it was. Ink clears
 * the terminal with all its scrollback when it believes a frame to be as tall as the window, also right after the
 * window became lower; so it is told that there is always room, and `layout.ts` sees to it that there is.
 */
import { EventEmitter } from "node:events";

const enterScreen = "\u001b[?1049h\u001b[2J\u001b[H";
const leaveScreen = "\u001b[2J\u001b[?1049l";
const clearScreen = "\u001b[2J\u001b[H";
const showCursor = "\u001b[?25h";
const eraseScrollback = "\u001b[3J";

export class FrameStream extends EventEmitter {
  readonly isTTY = true;
  readonly rows = Number.MAX_SAFE_INTEGER;
  #open = true;

  constructor(readonly terminal: NodeJS.WriteStream) {
    super();
    this.setMaxListeners(0);
    terminal.write(enterScreen);
  }

  get columns(): number {
    return windowOf(this.terminal).columns;
  }
  get writable(): boolean {
    return this.#open && this.terminal.writable;
  }
  get destroyed(): boolean {
    return this.terminal.destroyed;
  }
  get writableEnded(): boolean {
    return this.terminal.writableEnded;
  }

  write(text: string, done?: () => void): boolean {
    if (!this.#open) {
      done?.();
      return true;
    }
    return this.terminal.write(text.replaceAll(eraseScrollback, ""), () => done?.());
  }
  clear(): void {
    this.write(clearScreen);
  }
  /** Back to what stood there before; may be called again. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    if (this.terminal.writable) this.terminal.write(leaveScreen + showCursor);
  }
}

/** A terminal that does not tell its size is taken for the usual one. */
export const windowOf = (terminal: NodeJS.WriteStream): { readonly columns: number; readonly rows: number } => ({
  columns: terminal.columns || 80,
  rows: terminal.rows || 24,
});
