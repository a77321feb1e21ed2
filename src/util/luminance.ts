/**
 * How light a colour is: 0.2989 R + 0.587 G + 0.114 B, the luma of ITU-R BT.601 with torchvision's digits (their sum is
 * 0.9999).
 */
export const luminance = (red: number, green: number, blue: number): number =>
  0.2989 * red + 0.587 * green + 0.114 * blue;
