const LOOPBACK = /^(?:127\.|::1$|::ffff:127\.)/;
const SECRET = /^(authorization|proxy-authorization|private-token|job-token|cookie): *(.+)$/gim;

/** What left the process since it was last taken, and must not have. */
export interface Watch {
  /** @param address of the other side; undefined for a socket of a file system */
  connected(address: string | undefined): void;
  /** @param headers of one request, a line each */
  sent(origin: string, headers: string): void;
  /** Everything that was wrong, to be read by people; forgets it. */
  take(): readonly string[];
}

/** A credential belongs to the first origin that it is sent to. */
export function createWatch(): Watch {
  let wrong: string[] = [];
  let owners = new Map<string, string>();
  return {
    connected(address) {
      if (address !== undefined && !LOOPBACK.test(address)) wrong.push(`connected to ${address}`);
    },
    sent(origin, headers) {
      for (const [, name = '', value = ''] of headers.matchAll(SECRET)) {
        const credential = value.trim();
        const owner = owners.get(credential) ?? origin;
        owners.set(credential, owner);
        if (owner !== origin) wrong.push(`${name.toLowerCase()} of ${owner} was sent to ${origin}`);
      }
    },
    take() {
      const taken = wrong;
      wrong = [];
      owners = new Map();
      return taken;
    },
  };
}
