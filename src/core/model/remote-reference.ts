import type { OciReference } from './oci/reference.ts';
import type { Purl } from './purl.ts';

/** An artifact that lies at a server. */
export type RemoteReference =
  | { readonly kind: 'oci'; readonly text: string; readonly image: OciReference }
  /** `pkg:npm/name@version` */
  | { readonly kind: 'npm'; readonly text: string; readonly purl: Purl }
  /** `pkg:pypi/name@version?file_name=...` */
  | { readonly kind: 'pypi'; readonly text: string; readonly purl: Purl }
  /** `pkg:github/owner/repo@tag#asset` */
  | { readonly kind: 'github-release'; readonly text: string; readonly purl: Purl };
