const UNITS = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 } as const;

/** `30d`, `12h`, `90m`, `45s`, `2w` to seconds; undefined for every other text. */
export function toSeconds(text: string): number | undefined {
  const [, count, unit] = /^([1-9][0-9]{0,8})([smhdw])$/.exec(text) ?? [];
  return count === undefined ? undefined : Number(count) * UNITS[unit as keyof typeof UNITS];
}
