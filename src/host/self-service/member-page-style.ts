import { createHash } from 'node:crypto';

/** For a phone first: people open it within the directory's own app. */
export const STYLE = `
:root { color-scheme: light dark; --ground: #f4f6f9; --card: #fff; --text: #1a2330; --faint: #5c6878; --line: #e3e8ee; --accent: #1668dc; --on-accent: #fff; --warn: #9a5b00; --warn-ground: #fff7e6; }
@media (prefers-color-scheme: dark) { :root { --ground: #10151c; --card: #1a212b; --text: #e8edf3; --faint: #9aa7b6; --line: #2b3542; --accent: #4b8df0; --on-accent: #08111d; --warn: #f0b95a; --warn-ground: #2d2413; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); font: 1rem/1.55 system-ui, -apple-system, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; -webkit-text-size-adjust: 100%; }
main { max-width: 30rem; margin: 0 auto; padding: 1.5rem 1rem calc(2rem + env(safe-area-inset-bottom)); }
h1 { font-size: 1.5rem; line-height: 1.3; margin: .25rem 0 .75rem; }
p { margin: 0 0 1rem; }
section { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: .25rem 1rem; margin: 0 0 1.25rem; }
dl, ul, ol { margin: 0; }
ul { list-style: none; padding: 0; }
li, dl > div { padding: .75rem 0; border-top: 1px solid var(--line); }
li:first-child, dl > div:first-child { border-top: 0; }
ol { padding: 0 0 0 1.4rem; margin: 0 0 1.5rem; color: var(--faint); }
ol li { border: 0; padding: .2rem 0; }
dt { color: var(--faint); font-size: .875rem; }
dd { margin: .1rem 0 0; font-size: 1.125rem; overflow-wrap: anywhere; }
dd.before { font-size: .875rem; color: var(--faint); }
.warned { background: var(--warn-ground); border-color: transparent; }
.warned h2 { font-size: 1rem; color: var(--warn); margin: .75rem 0 0; }
.warned dd { font-size: 1rem; }
img { display: block; width: 4rem; height: 4rem; border-radius: .5rem; object-fit: cover; margin-top: .35rem; background: var(--line); }
.button { display: block; width: 100%; min-height: 3rem; padding: .7rem 1rem; border: 0; border-radius: .6rem; background: var(--accent); color: var(--on-accent); font: inherit; font-weight: 600; text-align: center; text-decoration: none; cursor: pointer; }
.plain { background: transparent; color: var(--accent); font-weight: 400; margin-top: .5rem; }
.button:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; }
.small { color: var(--faint); font-size: .875rem; text-align: center; margin: 1rem 0 0; }
`;

/** Of this very text, so that nothing else is taken for a style of the page. */
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/** Nothing but its own styles, and pictures of people, which a directory has wherever it likes. */
export const PAGE_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${STYLE_HASH}'`,
  'img-src https:',
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');
