/**
 * How light a colour is: 0.2989 R + 0.587 G + 0.114 B, the luma of ITU-R BT.601 with torchvision's digits (their sum is
 * 0.9999).
 */
export const luminance = (red: number, green: number, blue: number): number =>
  0.2989 * red + 0.587 * green + 0.114 * blue;

/**
 * The same of bytes as a byte, with the digits and the rounding of Pillow's `convert("L")`: 0.299 R + 0.587 G + 0.114 B
 * in units of 2⁻¹⁶, so that a picture made grey in Python has the same bits.
 */
export const luminanceByte = (red: number, green: number, blue: number): number =>
  (19595 * red + 38470 * green + 7471 * blue + 0x8000) >> 16;
