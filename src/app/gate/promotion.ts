import { CODES } from '../../codes.ts';
import type { Finding } from '../../core/model/finding.ts';
import type { OciReference } from '../../core/model/oci/reference.ts';
import type { PreparedPromotion } from '../../core/model/promotion.ts';
import { blocks, passes } from '../../core/policy/beside.ts';
import { refuse, SlsaGateError } from '../../errors.ts';
import type { NamedArtifact } from '../open-artifact.ts';
import type { GatePorts, GateRequest } from './requests.ts';

const SPEC = 'slsa-gate, promotion';

/** The tag that is to name the image, as it was before anything was decided. */
export interface GatePromotion {
  /**
   * Moves the tag; to be called for an allow that is durably on record, and for nothing else.
   *
   * @param digest `sha256:<hex>` that was decided on
   */
  promote(digest: string): Promise<Finding>;
  close(): Promise<void>;
}

/**
 * Reads what the tag names before the decision, so that it is moved from there and from nowhere else. A registry that cannot
 * be read is what the finding tells in the end: it has nothing to do with the decision.
 *
 * @returns undefined where nothing is to be promoted; a dry run never promotes
 * @throws SlsaGateError for usage
 */
export async function preparePromotion(
  { promote: tag, dryRun }: Pick<GateRequest, 'promote' | 'dryRun'>,
  named: readonly NamedArtifact[],
  { openPromotion }: Pick<GatePorts, 'openPromotion'>,
): Promise<GatePromotion | undefined> {
  if (tag === undefined) return undefined;
  const image = imageOf(named);
  if (dryRun) return undefined;
  if (openPromotion === undefined) return refuse('internal.bug', 'a promotion that nobody can make');
  const tags = await openPromotion();
  const target = `${image.registry}/${image.repository}:${tag}`;
  try {
    const prepared = await tags.prepare(image, tag).catch(asFailure);
    return { promote: (digest) => promoteTo(prepared, target, digest), close: () => tags.close() };
  } catch (error) {
    await tags.close();
    throw error;
  }
}

/** The one artifact, which must be an image in a registry. */
function imageOf(named: readonly NamedArtifact[]): OciReference {
  const [first, ...others] = named;
  const parsed = others.length === 0 ? first?.parsed : undefined;
  const remote = parsed?.kind === 'remote' || parsed?.kind === 'purl' ? parsed.remote : undefined;
  if (remote?.kind === 'oci') return remote.image;
  return refuse('usage.flag', '--promote is about one image in a registry', {
    expected: 'registry/repository:tag or registry/repository@sha256:<hex>',
    actual: named.map(({ reference }) => reference).join(', '),
    hint: 'Name one image as registry/repository:tag or registry/repository@sha256:<hex>.',
  });
}

const isUsage = ({ exitCode }: SlsaGateError): boolean => exitCode === 64;

function asFailure(error: unknown): SlsaGateError {
  if (!(error instanceof SlsaGateError) || isUsage(error)) throw error;
  return error;
}

async function promoteTo(
  prepared: PreparedPromotion | SlsaGateError,
  target: string,
  digest: string,
): Promise<Finding> {
  const expected = `${target} names ${digest}`;
  if (prepared instanceof SlsaGateError) return notPromoted(prepared, expected);
  try {
    const isMoved = await prepared.promote(digest);
    const actual = isMoved ? `moved there from ${prepared.before ?? 'nothing'}` : 'it named it already';
    return passes('promotion', expected, actual, SPEC);
  } catch (error) {
    if (!(error instanceof SlsaGateError)) throw error;
    return notPromoted(error, expected);
  }
}

/** The decision stands on record; what is not known to be promoted is not answered as if it were. */
function notPromoted(error: SlsaGateError, expected: string): Finding {
  const { answer } = CODES[error.finding];
  const isTold = answer === 'deny' || answer === 'indeterminate';
  return {
    ...blocks({
      rule: 'promotion',
      code: isTold ? error.finding : 'registry.write-failed',
      outcome: answer === 'deny' ? 'fail' : 'error',
      expected,
      actual: error.actual ?? error.message,
      message: error.message,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      spec: SPEC,
    }),
    error,
  };
}
