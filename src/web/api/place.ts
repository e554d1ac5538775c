const told = (name: string): string => document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content ?? '';

/** Under which the host serves this page and its calls, without a slash at its end; Vite's own server fills in nothing. */
export const PREFIX = told('prefix').startsWith('/') ? told('prefix') : '';

/** The page is part of somebody else's, who signs people in and has pages of his own for accounts and groups. */
export const IS_MOUNTED = told('sign-in') === 'elsewhere';
