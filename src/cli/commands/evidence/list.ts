import { type ListRequest, listRecords } from '../../../app/evidence/list.ts';
import { CODES, isCode } from '../../../codes.ts';
import { suggest } from '../../../core/model/did-you-mean.ts';
import type { RecordType } from '../../../core/model/evidence.ts';
import type { Verdict } from '../../../core/model/result.ts';
import { refuse } from '../../../errors.ts';
import { artifactFlag, withEvidence } from '../../evidence-words.ts';
import { chosenFormat } from '../../output.ts';
import type { Invocation } from '../../parse.ts';
import { renderList } from '../../render/evidence.ts';
import { print } from '../../streams.ts';
import { checkTime } from '../../values.ts';

const LIMIT = 50;
const MAX_LIMIT = 1000;

/** `slsa-gate evidence list` */
export async function run(words: Invocation): Promise<void> {
  const format = chosenFormat(words);
  const request = toRequest(words);
  const document = await withEvidence(words, 'evidence list', { write: false }, (evidence) =>
    listRecords(request, evidence),
  );
  await print(renderList(document, format));
  process.exitCode = 0;
}

function toRequest(words: Invocation): ListRequest {
  const filter = {
    artifactDigest: artifactFlag(words),
    environment: words.text('environment'),
    // The parser holds both to their lists.
    verdict: words.text('verdict') as Verdict | undefined,
    type: words.text('type') as RecordType | undefined,
    code: codeFlag(words),
    since: timeFlag(words, 'since'),
    until: timeFlag(words, 'until'),
    before: numberFlag(words, 'before', Number.MAX_SAFE_INTEGER),
  };
  const given = Object.entries(filter).filter(([, value]) => value !== undefined);
  return {
    filter: Object.fromEntries(given),
    limit: numberFlag(words, 'limit', MAX_LIMIT) ?? LIMIT,
    verify: words.on('verify'),
  };
}

/** Rows have their times in one form, so that they can be compared as texts. */
function timeFlag(words: Invocation, name: string): string | undefined {
  const value = words.text(name);
  return value === undefined ? undefined : new Date(checkTime(name, value)).toISOString();
}

function numberFlag(words: Invocation, name: string, most: number): number | undefined {
  const value = words.text(name);
  if (value === undefined) return undefined;
  const number = /^[1-9][0-9]{0,15}$/.test(value) ? Number(value) : Number.NaN;
  if (number <= most) return number;
  return refuse('usage.flag', `--${name} is no whole number from 1 to ${most}: ${value}`, { actual: value });
}

function codeFlag(words: Invocation): string | undefined {
  const value = words.text('code');
  if (value === undefined || isCode(value)) return value;
  return refuse('usage.flag', `there is no such code: ${value}`, {
    hint: suggest(value, Object.keys(CODES), 'Run slsa-gate explain CODE.'),
    actual: value,
  });
}
