import { hasCredentials } from '../../core/model/credentials.ts';
import { refuse } from '../../errors.ts';
import type { GateRequest } from './requests.ts';

/**
 * Names stand in the record and in the summary, for ever and for many readers, so a URL among them holds no credentials.
 * What is refused is not repeated.
 *
 * @throws SlsaGateError `usage.flag`
 */
export function assertWithoutCredentials(
  request: Pick<GateRequest, 'artifacts' | 'package' | 'resourceUri'>,
): void {
  const names = [
    ...request.artifacts.map((artifact) => ['the name of an artifact', artifact] as const),
    ['--package', request.package ?? ''] as const,
    ['--resource-uri', request.resourceUri ?? ''] as const,
  ];
  const found = names.find(([, text]) => hasCredentials(text));
  if (found === undefined) return;
  refuse('usage.flag', `credentials stand in ${found[0]}`, {
    hint: 'Leave them out: what is on record is never taken back. If they are real, change them.',
  });
}
