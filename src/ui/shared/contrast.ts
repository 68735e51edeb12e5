/** Colour arithmetic after WCAG 2.2 (relative luminance, contrast ratio). Colours are `#rrggbb`. */

/** What text needs against its background. */
export const MIN_CONTRAST = 4.5;

type Rgb = readonly [number, number, number];

/** The page's own backgrounds; `theme.css` holds the same two values. */
export const lightBackground = '#fcfbf9';
export const darkBackground = '#1c1e23';

const parse = (hex: string): Rgb => [
  Number.parseInt(hex.slice(1, 3), 16),
  Number.parseInt(hex.slice(3, 5), 16),
  Number.parseInt(hex.slice(5, 7), 16),
];

const write = (rgb: Rgb): string =>
  `#${rgb
    .map((part) =>
      Math.max(0, Math.min(255, Math.round(part)))
        .toString(16)
        .padStart(2, '0'),
    )
    .join('')}`;

const channel = (value: number): number => {
  const part = value / 255;
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
};

const luminance = (hex: string): number => {
  const [red, green, blue] = parse(hex);
  return 0.2126 * channel(red) + 0.7152 * channel(green) + 0.0722 * channel(blue);
};

/** 1 (same) to 21 (black on white). */
export function contrast(first: string, second: string): number {
  const one = luminance(first);
  const two = luminance(second);
  return (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
}

/** The colour itself, or the nearest mix with black or white that can be read on `background`. */
export function readable(colour: string, background: string, minimum = MIN_CONTRAST): string {
  const towards = luminance(background) > 0.18 ? 0 : 255;
  const start = parse(colour);
  for (let step = 0; step <= 20; step += 1) {
    const mixed = write([
      start[0] + ((towards - start[0]) * step) / 20,
      start[1] + ((towards - start[1]) * step) / 20,
      start[2] + ((towards - start[2]) * step) / 20,
    ]);
    if (contrast(mixed, background) >= minimum) return mixed;
  }
  return write([towards, towards, towards]);
}

/** `hue` 0–360, `saturation` and `lightness` 0–1. */
export function fromHsl(hue: number, saturation: number, lightness: number): string {
  const spread = saturation * Math.min(lightness, 1 - lightness);
  const part = (offset: number): number => {
    const k = (offset + hue / 30) % 12;
    return 255 * (lightness - spread * Math.max(-1, Math.min(k - 3, 9 - k, 1)));
  };
  return write([part(0), part(8), part(4)]);
}

/** A CSS colour for both themes; the root's `color-scheme` chooses. */
export const forBothThemes = (light: string, dark: string): string => `light-dark(${light}, ${dark})`;
