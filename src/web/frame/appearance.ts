import { createContext, use, useEffect, useState } from 'react';
import { theme, type ThemeConfig } from 'antd';

export type Appearance = 'system' | 'light' | 'dark';

export interface AppearanceChoice {
  readonly appearance: Appearance;
  readonly choose: (appearance: Appearance) => void;
}

export const AppearanceContext = createContext<AppearanceChoice>({ appearance: 'system', choose: () => {} });
export const useAppearance = (): AppearanceChoice => use(AppearanceContext);

/** What is kept is the whole origin's, and so may be another page's. */
const KEPT_AS = 'wecom-syncer.appearance';

export function keptAppearance(): Appearance {
  const kept = localStorage.getItem(KEPT_AS);
  return kept === 'light' || kept === 'dark' ? kept : 'system';
}

export const keepAppearance = (appearance: Appearance): void => localStorage.setItem(KEPT_AS, appearance);

/** Follows the system while the page is open. */
export function useSystemDark(): boolean {
  const [query] = useState(() => matchMedia('(prefers-color-scheme: dark)'));
  const [dark, setDark] = useState(query.matches);
  useEffect(() => {
    const follow = (event: MediaQueryListEvent): void => setDark(event.matches);
    query.addEventListener('change', follow);
    return () => query.removeEventListener('change', follow);
  }, [query]);
  return dark;
}

/**
 * Read once: the components would be built anew, and what is typed be lost, if it changed while the page is open. With
 * motion, they place what opens only after it has moved; the style sheet alone, which cuts movement short, would leave a
 * menu outside the window.
 */
const MOTION = !matchMedia('(prefers-reduced-motion: reduce)').matches;

const FONT =
  "-apple-system, BlinkMacSystemFont, 'Segoe UI', Roboto, 'Helvetica Neue', 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif";

/** Colours are chosen so that every text keeps a contrast of 4.5 : 1 on its ground. */
export const themeOf = (dark: boolean): ThemeConfig => ({
  algorithm: dark ? theme.darkAlgorithm : theme.defaultAlgorithm,
  token: {
    fontFamily: FONT,
    borderRadius: 8,
    wireframe: false,
    motion: MOTION,
    colorPrimary: dark ? '#4a6ae0' : '#3451b2',
    colorInfo: dark ? '#4a6ae0' : '#3451b2',
    colorLink: dark ? '#93a9ff' : '#3451b2',
    colorSuccess: dark ? '#5cd695' : '#1f7a4d',
    colorWarning: dark ? '#f0b454' : '#9a6200',
    colorError: dark ? '#ff8d86' : '#c2352f',
    colorBgLayout: dark ? '#101216' : '#f5f6f8',
    colorBgContainer: dark ? '#191c22' : '#ffffff',
    colorBgElevated: dark ? '#22262e' : '#ffffff',
    colorTextSecondary: dark ? 'rgba(255, 255, 255, 0.72)' : 'rgba(20, 24, 35, 0.70)',
    colorTextTertiary: dark ? 'rgba(255, 255, 255, 0.62)' : 'rgba(20, 24, 35, 0.62)',
    colorTextDescription: dark ? 'rgba(255, 255, 255, 0.66)' : 'rgba(20, 24, 35, 0.64)',
    colorTextPlaceholder: dark ? 'rgba(255, 255, 255, 0.6)' : 'rgba(20, 24, 35, 0.64)',
    // Derived from the darkened colours above, the grounds of notes would be muddy.
    ...(dark
      ? {}
      : {
          colorInfoBg: '#eef2ff',
          colorInfoBorder: '#cdd8f8',
          colorSuccessBg: '#edf7f1',
          colorSuccessBorder: '#c3e4d1',
          colorWarningBg: '#fff8ea',
          colorWarningBorder: '#f1ddb0',
          colorErrorBg: '#fdf2f1',
          colorErrorBorder: '#f4cfcc',
        }),
    colorBorder: dark ? '#3a404b' : '#d3d7df',
    colorBorderSecondary: dark ? '#2a2f38' : '#e7e9ee',
  },
  components: {
    Table: { headerBg: 'transparent', headerSplitColor: 'transparent' },
    Card: { headerFontSize: 16 },
    Button: { primaryShadow: 'none', defaultShadow: 'none', dangerShadow: 'none' },
  },
});
