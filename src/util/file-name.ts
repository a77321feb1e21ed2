/**
 * A name as a file can have it, in one folder: dots alone, separators and control characters lead elsewhere or nowhere,
 * and what is too long no disk holds. A name that had to change gets digits of its digest, so that two stay two.
 */
import { digestText } from "./digest.js";

/** Bytes of a file's name that most disks hold are 255; a format and a digest come behind. */
const mostBytes = 230;
/** Files that hw1 keeps beside those of the names. */
const ours = [".owners", ".hw1-saved.json"];

export function fileName(name: string): string {
  const safe =
    /^\.*$/.test(name) || ours.includes(name.toLowerCase()) ? "_" : name.replace(/[/\\:\p{Cc}\p{Surrogate}]/gu, "_");
  if (safe === name && Buffer.byteLength(name) <= mostBytes) return name;
  let kept = "";
  for (const character of safe) {
    if (Buffer.byteLength(kept + character) > mostBytes - 7) break;
    kept += character;
  }
  return `${kept}-${digestText(name).slice("sha256:".length, "sha256:".length + 6)}`;
}
