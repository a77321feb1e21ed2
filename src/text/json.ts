/** Events as JSON, one a line. A number that JSON cannot say is null. */
import type { RunEvent } from "../run/event.js";
import { jsonText } from "../util/escape.js";

export const jsonLine = (event: RunEvent): string => `${jsonText(event)}\n`;
