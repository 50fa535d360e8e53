import { refuse } from '../errors.ts';

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 } as const;

const isUnit = (unit: string): unit is keyof typeof SECONDS => Object.hasOwn(SECONDS, unit);

/** `30d`, `12h`, `90m`, `45s`, `2w` to seconds. */
export const parseDurationSeconds = (flag: string, value: string): number => {
  const match = /^([1-9][0-9]{0,8})([a-z])$/.exec(value);
  const unit = match?.[2] ?? '';
  if (match === null || !isUnit(unit)) {
    return refuse('usage.flag', `--${flag} is no duration: ${value}`, {
      hint: 'Write a whole number and s, m, h, d or w, e.g. 30d.',
      actual: value,
    });
  }
  return Number(match[1]) * SECONDS[unit];
};

/** A threshold of at least one; zero would demand nothing. */
export const parseThreshold = (flag: string, value: string): number => {
  if (/^0+$/.test(value))
    refuse('config.threshold', `--${flag} must be at least 1: ${value}`, { actual: value });
  if (!/^[1-9][0-9]?$/.test(value)) {
    refuse('usage.flag', `--${flag} is no number from 1 to 99: ${value}`, { actual: value });
  }
  return Number(value);
};

const TIME =
  /^(\d{4})-(\d{2})-(\d{2})T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/** RFC 3339 with an offset; returned as it was written. */
export const checkTime = (flag: string, value: string): string => {
  const match = TIME.exec(value);
  const [year, month, day] = [Number(match?.[1]), Number(match?.[2]), Number(match?.[3])];
  const days = new Date(Date.UTC(year, month, 0)).getUTCDate();
  if (match === null || month < 1 || month > 12 || day < 1 || day > days) {
    refuse('usage.flag', `--${flag} is no RFC 3339 time: ${value}`, {
      hint: 'Write it as 2026-01-31T12:00:00Z.',
      actual: value,
    });
  }
  return value;
};

/** `ALGORITHM:VALUE`, both parts given. Which algorithms there are is for the rules to say. */
export const checkPair = (flag: string, value: string, separator: ':' | '='): string => {
  const at = value.indexOf(separator);
  if (at < 1 || (separator === ':' && at === value.length - 1)) {
    const form = separator === ':' ? 'ALGORITHM:VALUE' : 'NAME=VALUE';
    refuse('usage.flag', `--${flag} is not ${form}: ${value}`, { expected: form, actual: value });
  }
  return value;
};
