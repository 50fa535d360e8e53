import { describe } from 'vitest';
import { describeRegistry } from '../registry/suite.ts';
import { startDistribution } from '../stack/registry.ts';
import { withoutGo } from './tools.ts';

describe.skipIf(withoutGo)('the registry of CNCF distribution', () => {
  describeRegistry('open to all', { start: () => startDistribution(), fallbackTags: true });
  describeRegistry('with a password, over TLS by a private authority', {
    start: () => startDistribution({ auth: 'basic', tls: true }),
    fallbackTags: true,
  });
  describeRegistry('with tokens of a server on another origin', {
    start: () => startDistribution({ auth: 'token' }),
    fallbackTags: true,
  });
});
