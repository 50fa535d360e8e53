/**
 * Every environment variable that is read, with what it does. None of them adds to what is trusted; a test holds this
 * list against the source. Variables of Node itself apply as to any program that it runs.
 */
export const ENVIRONMENT: Readonly<Record<string, string>> = {
  XDG_CACHE_HOME:
    'Folder under which trust update keeps trusted roots; they are verified again whenever they are read',
  LOCALAPPDATA: 'The same on Windows',
  HOME: 'Where that folder is when neither of the two is set (USERPROFILE on Windows)',
  TMPDIR: 'Scratch folder of trust update (TEMP on Windows)',
  NO_COLOR: 'No colours, also on a terminal',
  TERM: 'No colours on a terminal of type dumb',
};
