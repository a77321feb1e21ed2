/** What `show` says of a trial that failed. */
import type { FailureData } from "./failure.js";
import type { Preview } from "./preview.js";

export const failurePreview = ({ title, message }: FailureData): Preview => [
  { type: "heading", title, isMistake: true },
  { type: "lines", lines: message.split("\n").map((line) => (line === "" ? "" : `  ${line}`)) },
];
