import type { ImageAttachment } from '../../app/evidence/attach-to-image.ts';
import { toJson } from '../escape/json.ts';
import { toTerminal } from '../escape/terminal.ts';

/** What hangs on an image now. */
export const renderImageAttachment = (attachment: ImageAttachment, format: string): string =>
  format === 'json' ? toJson({ schemaVersion: 1, ...attachment }) : `${linesOf(attachment).join('\n')}\n`;

const linesOf = ({ image, recordId, environment, verdict, place, referrers }: ImageAttachment) => [
  `attached to ${toTerminal(image)}`,
  `record: ${toTerminal(recordId)}, ${toTerminal(verdict)} for ${toTerminal(environment)}`,
  ...referrers.map(
    ({ document, form, digest }) =>
      `  ${document.padEnd('decision'.length)}  ${form.padEnd('envelope'.length)}  ${toTerminal(digest)}`,
  ),
  place.kind === 'referrers'
    ? 'listed by the registry as its referrers'
    : `listed under the tag ${toTerminal(place.tag)}, since the registry lists no referrers`,
];
