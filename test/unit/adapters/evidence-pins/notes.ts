import { createHash } from 'node:crypto';

/** A checkpoint as far as a pin looks at it; its signature is for the log. */
export const noteOf = (size: number, origin = 'example.com/log', root = `root ${size}`): string => {
  const hash = createHash('sha256').update(root).digest('base64');
  return `${origin}\n${size}\n${hash}\n\n\u2014 ${origin} AAAAAAAA\n`;
};
