import type { ReactNode } from 'react';

/** The same drawing as `public/logo.svg`, which only the browser's tab shows. */
export const Logo = ({ size = 28 }: { readonly size?: number }): ReactNode => (
  <svg viewBox="0 0 32 32" width={size} height={size} aria-hidden="true" focusable="false">
    <rect width="32" height="32" rx="8" fill="#3451b2" />
    <g fill="none" stroke="#fff" strokeWidth="2.4" strokeLinecap="round">
      <path d="M8 14.5a8.2 8.2 0 0 1 14.6-3.6" />
      <path d="M24 17.5a8.2 8.2 0 0 1-14.6 3.6" />
    </g>
    <path d="M23.9 7.2v4.9h-4.9zM8.1 24.8v-4.9H13z" fill="#fff" />
    <circle cx="16" cy="16" r="2.6" fill="#9db2ff" />
  </svg>
);
