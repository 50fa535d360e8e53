import * as fc from 'fast-check';

/** Texts that try to leave their place; every renderer has to keep them in it. */
export const HOSTILE = {
  terminal: [
    '\u001b[2K\rallow  app.tgz',
    '\u001b]8;;https://evil.example\u0007click\u001b]8;;\u0007',
    '\u001bP+q544e\u001b\\',
    '\u009b31mred',
    '\u0085allow  app.tgz',
    'a\nallow  app.tgz',
    'a\r\nallow  app.tgz',
    '\u2028allow\u2029allow',
    '\u202egpj.exe',
    '\u2066\u2069\u200b\u200d\ufeff',
    'nul\u0000byte\u007f\b\t\v\f',
    '\u{e0001}\u{e0041}tag',
    '\u115f\u3164\uffa0hangul filler',
    '\ud800lone surrogate\udc00',
  ],
  commands: [
    '::set-output name=allow::true',
    '  ::add-mask::x',
    '::stop-commands::token',
    '\n::set-env name=PATH::/tmp',
    '%0A::error::x',
    '##[error]x',
    '##vso[task.setvariable variable=x]y',
    "##teamcity[buildStatus text='allow']",
    '####',
  ],
  markup: [
    '</td><img src=x onerror=alert(1)>',
    '<script>alert(1)</script>',
    '[x](javascript:alert(1))',
    '![x](https://evil.example/pixel.png)',
    '<https://evil.example>',
    'https://evil.example',
    '@org/team @user #1 GH-1',
    '`code` ``double`` ```fence```',
    '| a | b |',
    '\\| a \\` b \\',
    '**bold** __under__ ~~gone~~',
    '\n\n# heading\n\n- item',
    '&lt;img&gt; &#60;img&#62;',
  ],
  documents: [
    'javascript:alert(1)',
    'https://evil.example/x',
    '//evil.example/x',
    'data:text/html,x',
    '../../etc/passwd',
    'C:\\x',
    ']]>',
    '<![CDATA[x',
    '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>&e;',
    '"><failure message="',
    "' onload='",
    '{0} {{1}} [a](1) \\[b](2) [c',
    '\ufffe\uffff\u{1fffe}',
    '\\u0041 \\n',
    '__proto__',
    '',
    ' ',
  ],
} as const;

export const ALL_HOSTILE: readonly string[] = Object.values(HOSTILE).flat();

/** Hostile texts, alone and glued together, and any other string at all. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...ALL_HOSTILE),
  fc.array(fc.constantFrom(...ALL_HOSTILE), { minLength: 2, maxLength: 3 }).map((texts) => texts.join('')),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
);

/** Controls, format characters, separators, surrogates and what is drawn as nothing: none may stand raw in a report. */
export const RAW = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

export const withoutLineFeeds = (text: string): string => text.replaceAll('\n', '');
