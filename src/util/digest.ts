/** SHA-256, always written with its name in front, so that a stored digest says what it is. */
import { hash } from "node:crypto";
import { canonical } from "./json.js";

export type Digest = `sha256:${string}`;

export function digestBytes(bytes: Uint8Array): Digest {
  return `sha256:${hash("sha256", bytes)}`;
}

/** Digest of a JSON value's canonical text. */
export function digestJson(value: unknown): Digest {
  return digestText(canonical(value));
}
export function digestText(text: string): Digest {
  return `sha256:${hash("sha256", text)}`;
}
