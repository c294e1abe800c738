export const SESSION = 'crash';

/** What the killed process does, round by round; the kept message of a round is the last. */
export const ROUNDS = [
  {
    messages: ['I prefer tabs over spaces.', 'My name is Ada.', 'What is next?'],
    used: ['viking://resources/a.md'],
  },
  {
    messages: ['I prefer spaces over tabs.', 'We decided to drop Windows support.', 'And now?'],
    used: ['viking://resources/a.md', 'viking://resources/b.md'],
  },
] as const;
