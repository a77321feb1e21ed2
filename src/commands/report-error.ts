/** What ends a command without a result of its own. */
import { EnvironmentError, MistakeError } from "../diagnostic/diagnostic.js";
import { say } from "../terminal/output.js";

/** Says on stderr what went wrong outside the file, and gives the exit code. */
export function reportError(error: unknown): number {
  if (error instanceof EnvironmentError) {
    say(`${error.message}\n`);
    return 4;
  }
  if (error instanceof MistakeError) {
    say(`${error.title}\n\n${error.message}\n`);
    return 2;
  }
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
  say(`hw1 has a bug: this should not happen. Please report it with the lines below.\n\n${trace}\n`);
  return 1;
}
