/** `docs/benchmarks.md` has an opening and sections; each benchmark writes its own and leaves the others as they are. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const file = join(import.meta.dirname, "..", "docs", "benchmarks.md");

/** @param text  with a newline at its end, as all of these */
export const writeOpening = (text: string): void => write((page) => withOpening(page, text));
/** @param heading  what stands behind `## `; a section that is not there yet goes to the end */
export const writeSection = (heading: string, text: string): void => write((page) => withSection(page, heading, text));

export function withOpening(page: string, text: string): string {
  const [, ...sections] = page.split("\n## ");
  return [text, ...sections].join("\n## ");
}
export function withSection(page: string, heading: string, text: string): string {
  const [opening, ...sections] = page.split("\n## ") as [string, ...string[]];
  const isThis = (section: string): boolean => section.startsWith(`${heading}\n`);
  const made = `${heading}\n\n${text}`;
  const all = sections.some(isThis)
    ? sections.map((section) => (isThis(section) ? made : section))
    : [...sections, made];
  return [opening, ...all].join("\n## ");
}

function write(change: (page: string) => string): void {
  writeFileSync(file, change(readFileSync(file, "utf8")));
}
