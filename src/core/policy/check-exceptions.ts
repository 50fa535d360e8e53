import type { Draft } from '../config/draft.ts';
import type { Report } from '../config/parse.ts';
import type { Path } from '../config/tree.ts';
import { checkDistinct, checkInstant, checkOrder, checkPem, hintForName } from './check-values.ts';
import type { Policy, PolicyException } from './schema.ts';

export function checkExceptions(policy: Draft<Policy>, report: Report): void {
  const exceptions = policy.exceptions ?? [];
  checkDistinct(
    exceptions.map((exception) => exception?.id),
    (index) => ['exceptions', index, 'id'],
    report,
  );
  exceptions.forEach((exception, index) => {
    if (exception !== undefined) checkException(policy, exception, ['exceptions', index], report);
  });
}

/** People are told apart as people tell them apart. */
const person = (name: string): string => name.normalize('NFKC').trim().replaceAll(/\s+/g, ' ').toLowerCase();

function checkException(
  policy: Draft<Policy>,
  exception: Draft<PolicyException>,
  path: Path,
  report: Report,
): void {
  const { environment, digest, change, owner, approver, expires, reviewBy } = exception;
  const names = Object.keys(policy.environments ?? {});
  if (
    environment !== undefined &&
    !names.includes(environment) &&
    !report.touches(['environments', environment])
  ) {
    report.fault(
      'policy.environment',
      [...path, 'environment'],
      `no such environment: ${JSON.stringify(environment)}`,
      hintForName(environment, names),
    );
  }
  if (
    (digest === undefined) === (change === undefined) &&
    !report.touches([...path, 'digest']) &&
    !report.touches([...path, 'change'])
  ) {
    const hint = 'Give digest, or change, and not both.';
    report.fault('policy.invalid', path, 'an exception is about one artifact or about one change', hint);
  }
  if (owner !== undefined && approver !== undefined && person(owner) === person(approver))
    report.fault(
      'policy.invalid',
      [...path, 'approver'],
      'the owner cannot approve it',
      'Name somebody else as approver.',
    );
  checkInstant(expires, [...path, 'expires'], report);
  checkInstant(reviewBy, [...path, 'reviewBy'], report);
  checkOrder(reviewBy, expires, [...path, 'reviewBy'], report);
}

export function checkOverrides(policy: Draft<Policy>, report: Report): void {
  const keys = policy.overrides?.keys ?? [];
  const path = (index: number): Path => ['overrides', 'keys', index, 'pem'];
  checkDistinct(
    keys.map((key, index) => checkPem(key?.pem, path(index), report)),
    path,
    report,
  );
}
