/** Events as JSON, one a line. A number that JSON cannot say is null. */
import type { RunEvent } from "../run/event.js";

export const jsonLine = (event: RunEvent): string => `${JSON.stringify(event)}\n`;
