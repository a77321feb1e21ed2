/** A decoded picture as `load` and `predict` hand it on: grey or in colours, in the size that is asked for. */
import { luminanceByte } from "../util/luminance.js";
import { decodePicture, type Picture } from "./picture-decode.js";
import { UnreadablePictureError } from "./picture-header.js";
import { resized } from "./picture-resize.js";

/** What a `load` asks for. */
export interface Making {
  readonly grey: boolean;
  readonly resize?: readonly [height: number, width: number] | undefined;
}
/** What is compared of a picture, as it stands in its file. */
export type PictureLook = Pick<Picture, "height" | "width" | "channels">;
/** A picture as it was asked for, and what it was in its file; or why it cannot be read. */
export type Decoded = { readonly look: PictureLook; readonly picture: Picture } | { readonly unreadable: string };

/** @throws EnvironmentError */
export async function decodeFitted(
  bytes: Uint8Array,
  { grey, resize }: Making,
  decoders: readonly string[],
): Promise<Decoded> {
  try {
    const found = await decodePicture(bytes, decoders);
    const { height, width, channels } = found;
    return { look: { height, width, channels }, picture: fitted(found, grey ? 1 : channels, resize) };
  } catch (error) {
    if (!(error instanceof UnreadablePictureError)) throw error;
    return { unreadable: error.message };
  }
}

/**
 * Channels first, then the size, each with the bits of Pillow: `convert("L")` or `convert("RGB")`, then `resize`.
 *
 * @param channels  that it must have; a grey picture in colours has the same three
 * @param size      [height, width] to bring it to; absent: as it is
 */
export function fitted(
  picture: Picture,
  channels: 1 | 3,
  size: readonly [height: number, width: number] | undefined,
): Picture {
  const { height, width } = picture;
  const pixels = picture.channels === channels ? picture.pixels : otherChannels(picture.pixels, channels);
  if (!size || (size[0] === height && size[1] === width)) return { ...picture, channels, pixels };
  const [newHeight, newWidth] = size;
  const changed = resized(pixels, [height, width, channels], size);
  return { ...picture, height: newHeight, width: newWidth, channels, pixels: changed };
}

function otherChannels(pixels: Uint8Array, channels: 1 | 3): Uint8Array {
  const changed = new Uint8Array(channels === 1 ? pixels.length / 3 : pixels.length * 3);
  if (channels === 1)
    for (let at = 0; at < changed.length; at++)
      changed[at] = luminanceByte(pixels[3 * at]!, pixels[3 * at + 1]!, pixels[3 * at + 2]!);
  else for (let at = 0; at < changed.length; at++) changed[at] = pixels[Math.floor(at / 3)]!;
  return changed;
}

/** `28 × 32`, height first. */
export const sizeText = ({ height, width }: { readonly height: number; readonly width: number }): string =>
  `${height} × ${width}`;
