import { darkBackground, forBothThemes, fromHsl, lightBackground, readable } from '../shared/contrast.ts';

/** Chosen by eye: neighbours differ, and the muddy range between yellow and green is thin. */
const hues = [352, 10, 26, 40, 78, 128, 152, 170, 186, 200, 214, 230, 250, 270, 290, 318];
/** Room above 4.5, so that the tinted background of a highlighted line is readable too. */
const NICK_CONTRAST = 5.4;

const palette = hues.map((hue) => ({
  light: readable(fromHsl(hue, 0.62, 0.42), lightBackground, NICK_CONTRAST),
  dark: readable(fromHsl(hue, 0.6, 0.7), darkBackground, NICK_CONTRAST),
}));

/** FNV-1a over the lower-cased nick without trailing underscores and digits, so that `anna` and `anna_` look alike. */
function hash(nick: string): number {
  let value = 0x811c9dc5;
  for (const character of nick.toLowerCase().replace(/[_\d|`]+$/, '') || nick) {
    value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  }
  return value;
}

/** Both colours of a nick: the same nick always has the same ones. */
export function nickShades(nick: string): { light: string; dark: string } {
  return palette[hash(nick) % palette.length] ?? { light: '#000000', dark: '#ffffff' };
}

export function nickColour(nick: string): string {
  const shades = nickShades(nick);
  return forBothThemes(shades.light, shades.dark);
}
